package org.lenet4j.cli;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.lenet4j.Device;
import org.lenet4j.Metrics;
import org.lenet4j.data.Dataset;
import org.lenet4j.data.Seen;
import org.lenet4j.data.Splits;
import org.lenet4j.file.Json;
import org.lenet4j.file.Words;
import org.lenet4j.nn.Model;
import org.lenet4j.nn.WeightsFile;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** What commands have in common that measure a model on a data set. */
abstract class MeasuringCommand extends Subcommand {
  private static final int MANY = 1000; // images for which a warm-up pays

  @Mixin private ModelOptions modelOptions;

  @Option(names = "--data", paramLabel = "DATA", defaultValue = "digits", description = "A folder of IDX files, a folder with one"
      + " sub-folder of images per class, CSV, .npz, mnist or digits (${DEFAULT-VALUE}).")
  private String data;

  @Option(names = "--split", paramLabel = "NAME", defaultValue = "test", description = "train, test or validation (${DEFAULT-VALUE}).")
  private String split;

  @Mixin private PixelOptions pixelOptions;

  @Mixin private ClassOptions classOptions;

  @Mixin private DeviceOptions deviceOptions;

  @Override public Integer call() throws IOException {
    if (!List.of("train", "test", "validation").contains(split)) {
      throw usage("unknown --split '" + split + "'; splits are train, test, validation"
          + Words.didYouMean(split, "train", "test", "validation"));
    }
    usage(pixelOptions::fixes);
    deviceOptions.check();
    json().check();
    checkFiles();
    WeightsFile weights = modelOptions.read();
    Model model = weights.model();
    try (Device device = deviceOptions.open()) {
      Splits opened = Splits.open(data, pixelOptions.reading(err()));
      if (part(opened) == null) {
        String other = opened.train() == null ? "test" : "train";
        throw new IOException(data + ": there is no " + split + " set; use --split " + other + ", or add one");
      }
      Dataset chosen = part(ClassOptions.match(usage(() -> classOptions.apply(opened)), model.classNames(), out()));
      if (chosen.size() >= MANY) {
        device.warmUp();
      }
      pixelOptions.check(data, device, model, chosen, err());
      tell(device, model, chosen);
      String better = modelOptions.better(device, weights, chosen);
      if (better != null) {
        err().println(modelOptions.file() + ": " + better);
      }
    }
    return 0;
  }

  /** Finds now that a file cannot be written. */
  void checkFiles() throws IOException {}

  /** Measures and says what came of it. */
  abstract void tell(Device device, Model model, Dataset chosen) throws IOException;

  /** What the weights, the data and its split are called. */
  final String name() {
    return modelOptions.file() + " on " + data + ", " + split + " set";
  }

  /** The same without folders, which are nobody's business. */
  final String title() {
    Path source = DataOptions.isWord(data) ? null : Path.of(data).toAbsolutePath().normalize().getFileName();
    return modelOptions.file().getFileName() + " on " + (source == null ? data : source) + ", " + split + " set";
  }

  /** What JSON has of every one. */
  final Map<String, Object> json(Device device, Measured measured, Seen seen) {
    Map<String, Object> result = Json.object("command", spec.name(), "device", device.name(), "from", modelOptions.file().toString(),
        "data", data);
    result.putAll(TrainResult.measured(split, measured.shown(), measured.unseen() == null));
    Metrics known = measured.seen();
    result.putAll(Json.object("seen", known == null ? null : Json.object("samples", known.samples(), "accuracy", known.accuracy(),
        "loss", known.loss()), "unknown_samples", measured.unknown(), "seen_complete", seen.isComplete()));
    return result;
  }

  private Dataset part(Splits splits) {
    return split.equals("train") ? splits.train() : split.equals("test") ? splits.test() : splits.validation();
  }
}
