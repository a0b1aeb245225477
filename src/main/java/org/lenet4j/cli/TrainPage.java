package org.lenet4j.cli;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.lenet4j.Device;
import org.lenet4j.EpochResult;
import org.lenet4j.Metrics;
import org.lenet4j.data.Splits;
import org.lenet4j.nn.Model;
import org.lenet4j.report.Rates;
import org.lenet4j.report.Report;

/**
 * The report of a training as a page.
 *
 * @param training what it came to
 * @param model    trained; its notes say how
 * @param data     that it was trained on
 * @param rates    the learning rate
 */
record TrainPage(TrainReport training, Model model, Splits data, Rates rates) {
  void write(Device device, Path folder) throws IOException {
    Report page = new Report("Training on " + model.metadata().get("data"), model.classNames());
    page.table("Result", result());
    page.epochs(training.history().epochs(), "test");
    page.rates(rates, training.history().last().epoch());
    page.filters(model);
    if (data.test() != null) {
      Metrics metrics = Metrics.of(device, model, data.test());
      page.confusion("", metrics);
      page.classes(metrics);
      page.mistakes(device, model, data.test());
    }
    page.table("How", settings());
    page.write(folder);
  }

  private List<List<String>> result() {
    EpochResult last = training.history().last();
    List<List<String>> rows = new ArrayList<>();
    rows.add(List.of("", "loss", "accuracy"));
    rows.add(row("training, last epoch", last.trainLoss(), last.trainAccuracy()));
    if (data.test() != null) {
      rows.add(row("test", last.testLoss(), last.testAccuracy()));
    }
    return rows;
  }

  private static List<String> row(String name, double loss, double accuracy) {
    return List.of(name, String.format(Locale.ROOT, "%.4f", loss), String.format(Locale.ROOT, "%.2f%%", 100 * accuracy));
  }

  private List<List<String>> settings() {
    List<List<String>> rows = new ArrayList<>();
    rows.add(List.of("setting", "value"));
    rows.add(List.of("training images", Integer.toString(training.samples())));
    rows.add(List.of("test images", data.test() == null ? "none" : Integer.toString(data.test().size())));
    rows.add(List.of("parameters", Integer.toString(training.parameters())));
    for (Map.Entry<String, String> note : model.metadata().entrySet()) {
      if (!note.getKey().equals("test_accuracy")) { // that is the result
        rows.add(List.of(note.getKey().replace('_', ' '), note.getValue()));
      }
    }
    rows.add(List.of("device", training.device()));
    rows.add(List.of("seconds of training", String.format(Locale.ROOT, "%.1f", training.history().trainSeconds())));
    return rows;
  }
}
