package org.lenet4j.cli;

import java.io.PrintWriter;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.stream.IntStream;
import java.util.stream.LongStream;
import java.util.stream.Stream;
import org.lenet4j.Metrics;
import org.lenet4j.report.ClassTable;
import org.lenet4j.report.Table;

/**
 * Metrics for people, at most 80 columns wide.
 *
 * @param metrics    to print
 * @param classNames of the data set; classes beyond them are numbers
 */
record MetricsTable(Metrics metrics, List<String> classNames) {
  private static final int WIDTH = 80;
  private static final int MOST_CONFUSIONS = 20;

  void print(PrintWriter out, String title) {
    out.printf(Locale.ROOT, "%s: accuracy %.2f%%, loss %.4f, %d images%n%n", title, 100 * metrics.accuracy(), metrics.loss(),
        metrics.samples());
    ClassTable.of(metrics, classNames).lines().forEach(out::println);
    out.println();
    Table matrix = matrix();
    if (matrix.width() <= WIDTH) {
      out.println("confusion matrix: a row is a label, a column what it was taken for");
      matrix.lines().forEach(out::println);
    } else {
      out.println("most frequent confusions (--json has the whole matrix)");
      confusions().lines().forEach(out::println);
    }
  }

  private String name(int label) {
    return ClassTable.name(classNames, label, 12);
  }

  private Table matrix() {
    String[] names = IntStream.range(0, metrics.confusion().length).mapToObj(this::name).toArray(String[]::new);
    Table table = new Table(Stream.concat(Stream.of(""), Stream.of(names)).toArray(String[]::new));
    for (int label = 0; label < names.length; label++) {
      table.row(Stream.concat(Stream.of(names[label]), LongStream.of(metrics.confusion()[label]).boxed()).toArray());
    }
    return table;
  }

  private Table confusions() {
    int classes = metrics.confusion().length;
    Table table = new Table("images", "label", "taken for");
    IntStream.range(0, classes * classes).filter(i -> i / classes != i % classes && count(i) > 0).boxed()
        .sorted(Comparator.comparingLong(this::count).reversed()).limit(MOST_CONFUSIONS)
        .forEach(i -> table.row(count(i), name(i / classes), name(i % classes)));
    return table;
  }

  private long count(int cell) {
    return metrics.confusion()[cell / metrics.confusion().length][cell % metrics.confusion().length];
  }
}
