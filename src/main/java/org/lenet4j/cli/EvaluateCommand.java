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
import org.lenet4j.file.Json;
import org.lenet4j.nn.Model;
import org.lenet4j.report.ClassTable;
import org.lenet4j.report.Table;
import picocli.CommandLine.Command;

/** {@code lenet4j evaluate}. */
@Command(name = "evaluate", sortOptions = false,
    description = "Measures a model on a data set: accuracy, loss, precision, recall and F1 of each class, and the confusion matrix.",
    footer = {"lenet4j evaluate --data mnist", "lenet4j evaluate --from mine.safetensors --data photos --json result.json"})
final class EvaluateCommand extends MeasuringCommand {
  private static final int WIDTH = 80; // of a terminal
  private static final int NAME = 12; // letters
  private static final int MOST_CONFUSIONS = 20;

  @Override void tell(Device device, Model model, Dataset chosen) throws IOException {
    Measured measured = Measured.of(device, model, chosen);
    List<String> names = model.classNames();
    print(measured, Measured.caution(model.seen()), names);
    json().write(() -> result(device, measured, model.seen(), names));
  }

  /** For people, at most 80 columns wide. */
  private void print(Measured measured, String caution, List<String> names) {
    Metrics metrics = measured.shown();
    out().println(name() + ": " + measured.line() + blanks(metrics.blanks()));
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
    Map<String, Object> result = json(device, measured, seen);
    result.putAll(Json.object("classes", classes, "confusion", metrics.confusion())); // [label][prediction]
    return result;
  }
}
