package org.lenet4j.cli;

import com.fasterxml.jackson.core.JsonGenerator;
import java.io.IOException;
import java.util.List;
import org.lenet4j.Device;
import org.lenet4j.Metrics;
import org.lenet4j.data.Dataset;
import org.lenet4j.data.Splits;
import org.lenet4j.nn.Model;
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
      List<String> names = DataOptions.names(splits.classNames(), model);
      new MetricsTable(metrics, names).print(out(), modelOptions.file() + " on " + data + ", " + split + " set");
      json().write(json -> write(json, device, metrics, names));
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

  private void write(JsonGenerator json, Device device, Metrics metrics, List<String> names) throws IOException {
    json.writeStartObject();
    json.writeStringField("command", "evaluate");
    json.writeStringField("device", device.name());
    json.writeStringField("model", modelOptions.file().toString());
    json.writeStringField("data", data);
    json.writeStringField("split", split);
    json.writeNumberField("samples", metrics.samples());
    JsonFile.number(json, "accuracy", metrics.accuracy());
    JsonFile.number(json, "loss", metrics.loss());
    json.writeArrayFieldStart("classes");
    for (int label = 0; label < metrics.confusion().length; label++) {
      json.writeStartObject();
      json.writeNumberField("label", label);
      json.writeStringField("name", MetricsTable.name(names, label));
      json.writeNumberField("samples", metrics.support(label));
      JsonFile.number(json, "precision", metrics.precision(label));
      JsonFile.number(json, "recall", metrics.recall(label));
      JsonFile.number(json, "f1", metrics.f1(label));
      json.writeEndObject();
    }
    json.writeEndArray();
    json.writeArrayFieldStart("confusion"); // [label][prediction]
    for (long[] row : metrics.confusion()) {
      json.writeArray(row, 0, row.length);
    }
    json.writeEndArray();
    json.writeEndObject();
  }
}
