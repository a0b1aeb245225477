package org.lenet4j.report;

import java.awt.Color;
import java.awt.Font;
import java.awt.FontMetrics;
import java.awt.Graphics2D;
import java.awt.image.BufferedImage;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;
import org.lenet4j.Metrics;

/** A confusion matrix as a picture: a row is a label, a column what it was taken for; right answers are blue, wrong ones orange. */
final class ConfusionMatrix {
  private static final int SIDE = 480; // on the page, at least
  private static final int LEAST_CELL = 12;
  private static final int MOST_NUMBERED = 20; // classes; with more there is no room for numbers in the cells

  private static final int LARGEST_NUMBER = 17; // size of letters
  private static final int SMALLEST_NUMBER = 9;

  private ConfusionMatrix() {}

  static BufferedImage draw(Metrics metrics, List<String> names, Theme theme) {
    int classes = metrics.confusion().length;
    int margin = margin(classes, names);
    int cell = Math.max(LEAST_CELL, (SIDE - margin) / classes);
    int size = margin + cell * classes + 10;
    return theme.picture(size, size, g -> {
      long most = mostWrong(metrics);
      g.setFont(numbers(g, metrics, cell));
      for (int label = 0; label < classes; label++) {
        for (int prediction = 0; prediction < classes; prediction++) {
          cell(g, metrics, label, prediction, margin, cell, most, theme);
        }
      }
      labels(g, names, classes, margin, cell, theme);
    });
  }

  private static int margin(int classes, List<String> names) {
    int longest = 1;
    for (int label = 0; label < classes; label++) {
      longest = Math.max(longest, name(names, label).length());
    }
    return 34 + 10 * longest;
  }

  private static String name(List<String> names, int label) {
    return ClassTable.name(names, label, 8);
  }

  /** One size for all numbers, in which the longest has room in a cell. */
  private static Font numbers(Graphics2D g, Metrics metrics, int cell) {
    long largest = Arrays.stream(metrics.confusion()).flatMapToLong(Arrays::stream).max().orElse(0);
    int size = LARGEST_NUMBER;
    while (size > SMALLEST_NUMBER && g.getFontMetrics(Theme.font(size)).stringWidth(Long.toString(largest)) > cell - 8) {
      size--;
    }
    return Theme.font(size);
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

  private static void cell(Graphics2D g, Metrics metrics, int label, int prediction, int margin, int cell, long most, Theme theme) {
    long count = metrics.confusion()[label][prediction];
    double strength = label == prediction ? metrics.recall(label) * metrics.recall(label) * 0.8
        : count == 0 ? 0 : 0.15 + 0.7 * Math.sqrt((double) count / most);
    Color colour = Theme.mix(theme.background, label == prediction ? theme.first : theme.second, strength);
    int x = margin + prediction * cell;
    int y = margin + label * cell;
    g.setColor(colour);
    g.fillRect(x, y, cell - 1, cell - 1);
    if (count > 0 && metrics.confusion().length <= MOST_NUMBERED) {
      g.setColor(luminance(colour) > 0.45 ? Color.BLACK : Color.WHITE);
      Theme.centred(g, Long.toString(count), x + cell / 2.0, y + cell / 2.0);
    }
  }

  private static double luminance(Color colour) {
    return (0.299 * colour.getRed() + 0.587 * colour.getGreen() + 0.114 * colour.getBlue()) / 255;
  }

  private static void labels(Graphics2D g, List<String> names, int classes, int margin, int cell, Theme theme) {
    g.setColor(theme.faint);
    g.setFont(Theme.font(16));
    Theme.centred(g, "taken for", margin + cell * classes / 2.0, 12);
    g.rotate(-Math.PI / 2);
    Theme.centred(g, "label", -(margin + cell * classes / 2.0), 12);
    g.rotate(Math.PI / 2);
    g.setColor(theme.text);
    g.setFont(Theme.font(Math.min(17, Math.max(9, cell - 2))));
    int step = Math.max(1, 14 / cell); // not every class has a name where cells are smaller than letters
    FontMetrics letters = g.getFontMetrics();
    boolean narrow = IntStream.range(0, classes).allMatch(label -> letters.stringWidth(name(names, label)) <= cell * step - 4);
    for (int label = 0; label < classes; label += step) {
      String name = name(names, label);
      Theme.centred(g, name, 26 + (margin - 30) / 2.0, margin + (label + 0.5) * cell);
      if (narrow) {
        Theme.centred(g, name, margin + (label + 0.5) * cell, margin - 14);
      } else {
        g.rotate(-Math.PI / 2);
        Theme.centred(g, name, -(26 + (margin - 30) / 2.0), margin + (label + 0.5) * cell);
        g.rotate(Math.PI / 2);
      }
    }
  }
}
