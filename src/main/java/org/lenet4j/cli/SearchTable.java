package org.lenet4j.cli;

import java.util.List;
import java.util.Map;
import org.lenet4j.data.Augment;
import org.lenet4j.file.Json;
import org.lenet4j.report.Table;
import org.lenet4j.tune.Search;

/**
 * What a search tried, for people and as JSON.
 *
 * @param result the result of the search
 */
record SearchTable(Search.Result result) {
  /** Loss and accuracy are those on the validation data. */
  Table table() {
    Table table = new Table("round", "epochs", "learning rate", "decay", "augment", "loss", "accuracy", "frozen");
    for (Search.Trial trial : result.trials()) {
      Search.Setting setting = trial.setting();
      table.row(trial.round(), trial.epochs(), rate(setting), decay(setting), augment(setting), Table.format("%.4f", trial.loss()),
          Table.percent(trial.accuracy()), frozen(setting));
    }
    return table;
  }

  /** The setting that won. */
  String best() {
    Search.Setting best = result.best();
    return "best: learning rate " + rate(best) + ", weight decay " + decay(best) + ", augment " + augment(best) + ", frozen "
        + frozen(best);
  }

  private static String rate(Search.Setting setting) {
    return Table.format("%.1e", setting.learningRate());
  }

  private static String decay(Search.Setting setting) {
    return Table.format("%.3g", setting.weightDecay());
  }

  private static String augment(Search.Setting setting) {
    return setting.augment().isNone() ? "none" : setting.augment().equals(Augment.LIGHT) ? "light" : "other";
  }

  private static String frozen(Search.Setting setting) {
    return setting.frozen().isEmpty() ? "none" : String.join(",", setting.frozen());
  }

  /** An object for each trial. */
  List<Map<String, Object>> json() {
    return result.trials().stream().map(trial -> Json.object("round", trial.round(), "trained_epochs", trial.epochs(),
        "learning_rate", trial.setting().learningRate(), "weight_decay", trial.setting().weightDecay(), "frozen", trial.setting().frozen(),
        "augment", augment(trial.setting()), "validation_loss", trial.loss(), "validation_accuracy", trial.accuracy())).toList();
  }
}
