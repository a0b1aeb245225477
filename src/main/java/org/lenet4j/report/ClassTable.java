package org.lenet4j.report;

import java.awt.image.BufferedImage;
import java.util.List;
import org.lenet4j.Metrics;

/** Precision, recall and F1 of each class. */
public final class ClassTable {
  private static final int WIDTH = 600;
  private static final int LINE = 34;
  private static final int FIRST = 190; // width of the names
  private static final int NAME = 16; // letters

  private ClassTable() {}

  /** As text. */
  public static Table of(Metrics metrics, List<String> names) {
    Table table = new Table("class", "precision", "recall", "F1", "images");
    for (int label = 0; label < metrics.confusion().length; label++) {
      boolean there = metrics.support(label) > 0; // else there is nothing to recall
      table.row(name(names, label, NAME), Table.percent(metrics.precision(label)), there ? Table.percent(metrics.recall(label)) : "-",
          there ? Table.percent(metrics.f1(label)) : "-", metrics.support(label));
    }
    return table;
  }

  /** What a class is called, in at most so many letters. */
  public static String name(List<String> names, int label, int most) {
    String name = names.get(label);
    return name.length() <= most ? name : name.substring(0, most - 1) + "…";
  }

  static BufferedImage draw(Table table, Theme theme) {
    List<List<String>> rows = table.rows();
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
