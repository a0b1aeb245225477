package org.lenet4j.cli;

import java.io.IOException;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import java.util.stream.LongStream;
import java.util.stream.Stream;
import org.lenet4j.Device;
import org.lenet4j.Metrics;
import org.lenet4j.data.Dataset;
import org.lenet4j.data.Seen;
import org.lenet4j.data.Splits;
import org.lenet4j.file.Json;
import org.lenet4j.file.Words;
import org.lenet4j.nn.Model;
import org.lenet4j.nn.WeightsFile;
import org.lenet4j.report.ClassTable;
import org.lenet4j.report.Table;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code lenet4j evaluate}. */
@Command(name = "evaluate", sortOptions = false,
    description = "Measures a model on a data set: accuracy, loss, precision, recall and F1 of each class, and the confusion matrix.")
final class EvaluateCommand extends Subcommand {
  private static final int WIDTH = 80; // of a terminal
  private static final int NAME = 12; // letters
  private static final int MOST_CONFUSIONS = 20;

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
    WeightsFile weights = modelOptions.read();
    Model model = weights.model();
    try (Device device = deviceOptions.open()) {
      Splits opened = Splits.open(data, pixelOptions.reading(err()));
      if (part(opened) == null) {
        String other = opened.train() == null ? "test" : "train";
        throw new IOException(data + ": there is no " + split + " set; use --split " + other + ", or add one");
      }
      Dataset chosen = part(ClassOptions.match(usage(() -> classOptions.apply(opened)), model.classNames(), out()));
      pixelOptions.check(data, device, model, chosen, err());
      Measured measured = Measured.of(device, model, chosen);
      List<String> names = model.classNames();
      print(measured, Measured.caution(model.seen()), names);
      String better = modelOptions.better(device, weights, chosen);
      if (better != null) {
        err().println(modelOptions.file() + ": " + better);
      }
      json().write(() -> result(device, measured, model.seen(), names));
    }
    return 0;
  }

  private Dataset part(Splits splits) {
    return split.equals("train") ? splits.train() : split.equals("test") ? splits.test() : splits.validation();
  }

  /** For people, at most 80 columns wide. */
  private void print(Measured measured, String caution, List<String> names) {
    Metrics metrics = measured.shown();
    out().println(modelOptions.file() + " on " + data + ", " + split + " set: " + measured.line() + blanks(metrics.blanks()));
    if (caution != null) {
      out().println(caution);
    }
    out().println();
    ClassTable.of(metrics, names).lines().forEach(out()::println);
    String[] shortNames = IntStream.range(0, metrics.confusion().length).mapToObj(label -> ClassTable.name(names, label, NAME))
        .toArray(String[]::new);
    Table matrix = matrix(metrics.confusion(), shortNames);
    boolean fits = matrix.width() <= WIDTH;
    out().println();
    out().println(fits ? "confusion matrix: a row is a label, a column what it was taken for"
        : "most frequent confusions (--json has the whole matrix)");
    (fits ? matrix : confusions(metrics.confusion(), shortNames)).lines().forEach(out()::println);
  }

  private static String blanks(long count) {
    return count == 0 ? "" : "; " + count + (count == 1 ? " has no ink and counts" : " have no ink and count") + " as wrong";
  }

  private static Table matrix(long[][] confusion, String... names) {
    Table table = new Table(Stream.concat(Stream.of(""), Stream.of(names)).toArray(String[]::new));
    for (int label = 0; label < names.length; label++) {
      table.row(Stream.concat(Stream.of(names[label]), LongStream.of(confusion[label]).boxed()).toArray());
    }
    return table;
  }

  private static Table confusions(long[][] confusion, String... names) {
    Table table = new Table("images", "label", "taken for");
    IntStream.range(0, names.length * names.length).boxed().filter(i -> i / names.length != i % names.length)
        .sorted(Comparator.comparingLong((Integer i) -> confusion[i / names.length][i % names.length]).reversed())
        .limit(MOST_CONFUSIONS).filter(i -> confusion[i / names.length][i % names.length] > 0)
        .forEach(i -> table.row(confusion[i / names.length][i % names.length], names[i / names.length], names[i % names.length]));
    return table;
  }

  private Map<String, Object> result(Device device, Measured measured, Seen seen, List<String> names) {
    Metrics metrics = measured.shown();
    List<Object> classes = new ArrayList<>();
    for (int label = 0; label < metrics.confusion().length; label++) {
      boolean there = metrics.support(label) > 0;
      classes.add(Json.object("label", label, "name", names.get(label), "samples", metrics.support(label),
          "precision", metrics.precision(label), "recall", there ? metrics.recall(label) : null, "f1", there ? metrics.f1(label) : null));
    }
    Map<String, Object> result = Json.object("command", "evaluate", "device", device.name(), "from", modelOptions.file().toString(),
        "data", data);
    result.putAll(TrainResult.measured(split, metrics, measured.unseen() == null));
    Metrics known = measured.seen();
    result.putAll(Json.object("seen", known == null ? null : Json.object("samples", known.samples(), "accuracy", known.accuracy(),
        "loss", known.loss()), "unknown_samples", measured.unknown(), "seen_complete", seen.isComplete()));
    result.putAll(Json.object("classes", classes, "confusion", metrics.confusion())); // [label][prediction]
    return result;
  }
}
