package org.lenet4j.cli;

import java.io.PrintWriter;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import org.lenet4j.Metrics;

/**
 * Metrics for people, at most 80 columns wide.
 *
 * @param metrics    to print
 * @param classNames of the data set; classes beyond them are numbers
 */
record MetricsTable(Metrics metrics, List<String> classNames) {
  private static final int WIDTH = 80;
  private static final int NAME = 12;
  private static final int MOST_CONFUSIONS = 20;

  static String name(List<String> names, int label) {
    return label < names.size() ? names.get(label) : Integer.toString(label);
  }

  private String shortName(int label) {
    String name = name(classNames, label);
    return name.length() <= NAME ? name : name.substring(0, NAME - 2) + "..";
  }

  void print(PrintWriter out, String title) {
    out.printf(Locale.ROOT, "%s: accuracy %.2f%%, loss %.4f, %d images%n%n", title, 100 * metrics.accuracy(), metrics.loss(),
        metrics.samples());
    printClasses(out);
    out.println();
    int names = widestName();
    int cell = 2 + Math.max(names, Arrays.stream(metrics.confusion()).flatMapToLong(Arrays::stream)
        .mapToInt(n -> Long.toString(n).length()).max().orElse(1));
    if (names + cell * metrics.confusion().length <= WIDTH) {
      printConfusion(out, names, cell);
    } else {
      printConfusions(out); // a matrix would not fit
    }
  }

  private int widestName() {
    int widest = 0;
    for (int label = 0; label < metrics.confusion().length; label++) {
      widest = Math.max(widest, shortName(label).length());
    }
    return widest;
  }

  private void printClasses(PrintWriter out) {
    String form = "%-" + NAME + "s";
    out.printf(form + "  precision  recall      F1  images%n", "class");
    for (int label = 0; label < metrics.confusion().length; label++) {
      out.printf(Locale.ROOT, form + "    %6.2f%% %6.2f%% %6.2f%%  %6d%n", shortName(label), 100 * metrics.precision(label),
          100 * metrics.recall(label), 100 * metrics.f1(label), metrics.support(label));
    }
  }

  private void printConfusion(PrintWriter out, int names, int cell) {
    out.println("confusion matrix: a row is a label, a column what it was taken for");
    out.print(" ".repeat(names));
    for (int label = 0; label < metrics.confusion().length; label++) {
      out.printf("%" + cell + "s", shortName(label));
    }
    out.println();
    for (int label = 0; label < metrics.confusion().length; label++) {
      out.printf("%" + names + "s", shortName(label));
      for (long n : metrics.confusion()[label]) {
        out.printf("%" + cell + "d", n);
      }
      out.println();
    }
  }

  /** One class taken for another. */
  private record Confusion(int label, int prediction, long count) {}

  private void printConfusions(PrintWriter out) {
    List<Confusion> confusions = new ArrayList<>();
    for (int label = 0; label < metrics.confusion().length; label++) {
      for (int prediction = 0; prediction < metrics.confusion().length; prediction++) {
        if (label != prediction && metrics.confusion()[label][prediction] > 0) {
          confusions.add(new Confusion(label, prediction, metrics.confusion()[label][prediction]));
        }
      }
    }
    out.println("most frequent confusions (--json has the whole matrix)");
    confusions.stream().sorted(Comparator.comparingLong(Confusion::count).reversed()).limit(MOST_CONFUSIONS)
        .forEach(c -> out.printf("%8d x %s taken for %s%n", c.count, shortName(c.label), shortName(c.prediction)));
  }
}
