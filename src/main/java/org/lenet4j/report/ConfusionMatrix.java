package org.lenet4j.report;

import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;
import org.lenet4j.Metrics;
import org.lenet4j.report.Svg.Anchor;

/** A confusion matrix as a picture: a row is a label, a column what it was taken for; right answers are blue, wrong ones orange. */
final class ConfusionMatrix {
  private static final int SIDE = 480; // at least
  private static final int LEAST_CELL = 12;
  private static final int MOST_NUMBERED = 20; // classes; with more there is no room for numbers in the cells

  private static final int LARGEST_NUMBER = 17; // size of letters
  private static final int SMALLEST_NUMBER = 9;
  private static final double STRONGEST = 0.55; // of a colour, on which the page's text can still be read, in light and dark

  private ConfusionMatrix() {}

  static Svg draw(Metrics metrics, List<String> classNames) {
    int classes = metrics.confusion().length;
    List<String> names = IntStream.range(0, classes).mapToObj(label -> ClassTable.name(classNames, label, 8)).toList();
    int margin = 40 + 9 * names.stream().mapToInt(String::length).max().orElse(1);
    int cell = Math.max(LEAST_CELL, (SIDE - margin) / classes);
    int size = margin + cell * classes + 2;
    Svg svg = new Svg(size, size);
    long most = mostWrong(metrics);
    int letters = numbers(metrics, cell);
    for (int label = 0; label < classes; label++) {
      for (int prediction = 0; prediction < classes; prediction++) {
        long count = metrics.confusion()[label][prediction];
        double strength = label == prediction ? metrics.recall(label) * metrics.recall(label)
            : count == 0 ? 0 : 0.2 + 0.8 * Math.sqrt((double) count / most);
        double x = margin + prediction * cell;
        double y = margin + label * cell;
        svg.area(label == prediction, x, y, cell - 1, cell - 1, STRONGEST * strength);
        if (count > 0 && classes <= MOST_NUMBERED) {
          svg.text(x + (cell - 1) / 2.0, y + cell / 2.0 + letters * 0.35, Anchor.MIDDLE, letters, "", Long.toString(count));
        }
      }
    }
    svg.frame(margin - 1, margin - 1, cell * classes + 1, cell * classes + 1);
    labels(svg, names, margin, cell);
    return svg;
  }

  /** One size for all numbers, in which the longest has room in a cell. */
  private static int numbers(Metrics metrics, int cell) {
    String largest = Long.toString(Arrays.stream(metrics.confusion()).flatMapToLong(Arrays::stream).max().orElse(0));
    int size = LARGEST_NUMBER;
    while (size > SMALLEST_NUMBER && Svg.width(largest, size) > cell - 8) {
      size--;
    }
    return size;
  }

  private static long mostWrong(Metrics metrics) {
    long most = 1;
    for (int label = 0; label < metrics.confusion().length; label++) {
      for (int prediction = 0; prediction < metrics.confusion().length; prediction++) {
        most = Math.max(most, label == prediction ? 0 : metrics.confusion()[label][prediction]);
      }
    }
    return most;
  }

  private static void labels(Svg svg, List<String> names, int margin, int cell) {
    double middle = margin + cell * names.size() / 2.0;
    svg.text(middle, 16, Anchor.MIDDLE, 15, "faint", "taken for").upwards(16, middle, Anchor.MIDDLE, 15, "faint", "what it is");
    int size = Math.min(16, Math.max(9, cell - 2));
    int step = Math.max(1, 14 / cell); // not every class has a name where cells are smaller than letters
    boolean narrow = names.stream().allMatch(name -> Svg.width(name, size) <= cell * step - 4);
    for (int label = 0; label < names.size(); label += step) {
      double at = margin + (label + 0.5) * cell;
      svg.text(margin - 9, at + size * 0.35, Anchor.END, size, "", names.get(label));
      if (narrow) {
        svg.text(at, margin - 9, Anchor.MIDDLE, size, "", names.get(label));
      } else {
        svg.upwards(at + size * 0.35, margin - 9, Anchor.START, size, "", names.get(label));
      }
    }
  }
}
