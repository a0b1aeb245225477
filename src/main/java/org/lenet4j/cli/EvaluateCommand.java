package org.lenet4j.cli;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.lenet4j.Device;
import org.lenet4j.Metrics;
import org.lenet4j.data.Dataset;
import org.lenet4j.data.Splits;
import org.lenet4j.file.Json;
import org.lenet4j.nn.Model;
import org.lenet4j.report.ClassTable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code lenet4j evaluate}. */
@Command(name = "evaluate", sortOptions = false,
    description = "Measures a model on a data set: accuracy, loss, precision, recall and F1 of each class, and the confusion matrix.")
final class EvaluateCommand extends Subcommand {
  @Mixin private ModelOptions modelOptions;

  @Option(names = "--data", paramLabel = "DATA", defaultValue = "digits", description = "A folder of IDX files, a folder with one"
      + " sub-folder of images per class, mnist or digits (${DEFAULT-VALUE}).")
  private String data;

  @Option(names = "--split", paramLabel = "NAME", defaultValue = "test", description = "train or test (${DEFAULT-VALUE}).")
  private String split;

  @Mixin private DeviceOptions deviceOptions;

  @Override public Integer call() throws IOException {
    if (!List.of("train", "test").contains(split)) {
      throw usage("unknown --split '" + split + "'; splits are train, test");
    }
    deviceOptions.check();
    json().check();
    Model model = modelOptions.load();
    try (Device device = deviceOptions.open()) {
      Splits splits = Splits.open(data, seed(model));
      Dataset chosen = split.equals("train") ? splits.train() : splits.test();
      if (chosen == null) {
        String other = split.equals("train") ? "test" : "train";
        throw new IOException(data + ": there is no " + split + " set; use --split " + other + ", or add one");
      }
      Metrics metrics = Metrics.of(device, model, chosen);
      new MetricsTable(metrics, splits.classNames()).print(out(), modelOptions.file() + " on " + data + ", " + split + " set");
      json().write(() -> result(device, metrics, splits.classNames()));
    }
    return 0;
  }

  /** The seed of the training, for an image folder without a test part must be divided as it was then. */
  static long seed(Model model) {
    try {
      return Long.parseLong(model.metadata().getOrDefault("seed", "42"));
    } catch (NumberFormatException e) {
      return 42; // someone else's note
    }
  }

  private Map<String, Object> result(Device device, Metrics metrics, List<String> names) {
    List<Object> classes = new ArrayList<>();
    for (int label = 0; label < metrics.confusion().length; label++) {
      classes.add(Json.object("label", label, "name", ClassTable.name(names, label, Integer.MAX_VALUE), "samples", metrics.support(label),
          "precision", metrics.precision(label), "recall", metrics.recall(label), "f1", metrics.f1(label)));
    }
    Map<String, Object> result = Json.object("command", "evaluate", "device", device.name(), "model", modelOptions.file().toString(),
        "data", data);
    result.putAll(TrainReport.measured(split, metrics));
    result.putAll(Json.object("classes", classes, "confusion", metrics.confusion())); // [label][prediction]
    return result;
  }
}
