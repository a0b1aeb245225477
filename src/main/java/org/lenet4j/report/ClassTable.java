package org.lenet4j.report;

import java.awt.image.BufferedImage;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.lenet4j.Metrics;

/** Precision, recall and F1 of each class. */
final class ClassTable {
  private static final int WIDTH = 600;
  private static final int LINE = 34;
  private static final int FIRST = 190; // width of the names

  private ClassTable() {}

  /** As text; the first row is the head. */
  static List<List<String>> rows(Metrics metrics, List<String> names) {
    List<List<String>> rows = new ArrayList<>();
    rows.add(List.of("class", "precision", "recall", "F1", "images"));
    for (int label = 0; label < metrics.confusion().length; label++) {
      String name = label < names.size() ? names.get(label) : Integer.toString(label);
      rows.add(List.of(name.length() <= 16 ? name : name.substring(0, 15) + "…", percent(metrics.precision(label)),
          percent(metrics.recall(label)), percent(metrics.f1(label)), Long.toString(metrics.support(label))));
    }
    return rows;
  }

  private static String percent(double share) {
    return String.format(Locale.ROOT, "%.2f%%", 100 * share);
  }

  static BufferedImage draw(List<List<String>> rows, Theme theme) {
    int column = (WIDTH - FIRST) / (rows.get(0).size() - 1);
    return theme.picture(WIDTH, rows.size() * LINE, g -> {
      for (int row = 0; row < rows.size(); row++) {
        g.setFont(Theme.font(17));
        g.setColor(row == 0 ? theme.faint : theme.text);
        int baseline = row * LINE + LINE - 11;
        g.drawString(rows.get(row).get(0), 8, baseline);
        for (int i = 1; i < rows.get(row).size(); i++) {
          String text = rows.get(row).get(i);
          g.drawString(text, FIRST + i * column - 8 - g.getFontMetrics().stringWidth(text), baseline);
        }
        g.setColor(theme.line);
        g.drawLine(0, (row + 1) * LINE - 1, WIDTH, (row + 1) * LINE - 1);
      }
    });
  }
}
