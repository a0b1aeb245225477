package org.lenet4j.cli;

import com.fasterxml.jackson.core.JsonGenerator;
import java.io.IOException;
import java.io.PrintWriter;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.lenet4j.data.Augment;
import org.lenet4j.tune.Search;

/**
 * What a search tried, for people and as JSON.
 *
 * @param result of the search
 */
record SearchTable(Search.Result result) {
  void print(PrintWriter out) {
    out.println("round  epochs  learning rate  weight decay  augment  validation loss  accuracy  frozen");
    for (Search.Trial trial : result.trials()) {
      Search.Setting setting = trial.setting();
      out.printf(Locale.ROOT, "%5d  %6d  %13.1e  %12.3g  %-7s  %15.4f  %7.2f%%  %s%n", trial.round(), trial.epochs(),
          setting.learningRate(), setting.weightDecay(), augment(setting), trial.loss(), 100 * trial.accuracy(), frozen(setting));
    }
    Search.Setting best = result.best();
    out.printf(Locale.ROOT, "best: learning rate %.1e, weight decay %.3g, augment %s, frozen %s%n", best.learningRate(),
        best.weightDecay(), augment(best), frozen(best));
  }

  /** The same as rows of text, the head first. */
  List<List<String>> rows() {
    List<List<String>> rows = new ArrayList<>();
    rows.add(List.of("round", "epochs", "learning rate", "weight decay", "augment", "frozen", "validation loss", "accuracy"));
    for (Search.Trial trial : result.trials()) {
      Search.Setting setting = trial.setting();
      rows.add(List.of(Integer.toString(trial.round()), Integer.toString(trial.epochs()),
          String.format(Locale.ROOT, "%.1e", setting.learningRate()), String.format(Locale.ROOT, "%.3g", setting.weightDecay()),
          augment(setting), frozen(setting), String.format(Locale.ROOT, "%.4f", trial.loss()),
          String.format(Locale.ROOT, "%.2f%%", 100 * trial.accuracy())));
    }
    return rows;
  }

  private static String augment(Search.Setting setting) {
    return setting.augment().isNone() ? "none" : setting.augment().equals(Augment.LIGHT) ? "light" : "other";
  }

  private static String frozen(Search.Setting setting) {
    return setting.frozen().isEmpty() ? "none" : String.join(",", setting.frozen());
  }

  /** A list with one object for each trial. */
  void writeTo(JsonGenerator json) throws IOException {
    json.writeStartArray();
    for (Search.Trial trial : result.trials()) {
      json.writeStartObject();
      json.writeNumberField("round", trial.round());
      json.writeNumberField("epochs", trial.epochs());
      json.writeNumberField("learning_rate", trial.setting().learningRate());
      json.writeNumberField("weight_decay", trial.setting().weightDecay());
      json.writeStringField("frozen", frozen(trial.setting()));
      json.writeStringField("augment", augment(trial.setting()));
      JsonFile.number(json, "validation_loss", trial.loss());
      JsonFile.number(json, "validation_accuracy", trial.accuracy());
      json.writeEndObject();
    }
    json.writeEndArray();
  }
}
