package org.lenet4j.report;

import java.util.Arrays;
import java.util.List;
import org.lenet4j.Metrics;

/** Precision, recall and F1 of each class. */
public final class ClassTable {
  private static final int NAME = 16; // letters

  private ClassTable() {}

  /** As text. */
  public static Table of(Metrics metrics, List<String> names) {
    Table table = new Table("class", "precision", "recall", "F1", "images");
    for (int label = 0; label < metrics.confusion().length; label++) {
      boolean there = metrics.support(label) > 0; // else there is nothing to recall
      table.row(name(names, label, NAME), taken(metrics, label) ? Table.percent(metrics.precision(label)) : "-",
          there ? Table.percent(metrics.recall(label)) : "-", there ? Table.percent(metrics.f1(label)) : "-", metrics.support(label));
    }
    return table;
  }

  private static boolean taken(Metrics metrics, int label) {
    return Arrays.stream(metrics.confusion()).anyMatch(row -> row[label] > 0);
  }

  /** What a class is called, in at most so many letters. */
  public static String name(List<String> names, int label, int most) {
    String name = names.get(label);
    return name.length() <= most ? name : name.substring(0, most - 1) + "…";
  }
}
