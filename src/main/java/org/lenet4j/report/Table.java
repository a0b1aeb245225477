package org.lenet4j.report;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;

/** Rows of text under a head, for a terminal and for a page. */
public final class Table {
  private static final String UNKNOWN = "not known";

  private final List<List<String>> rows = new ArrayList<>(); // the head first, all of one length

  /** Without rows; where every word of the head is empty, it is not shown on a terminal. */
  public Table(String... head) {
    rows.add(List.of(head));
  }

  /** Adds a row; what is no text becomes one. */
  public Table row(Object... cells) {
    if (cells.length != columns()) {
      throw new IllegalArgumentException("a row of " + cells.length + " cells in a table of " + columns() + " columns");
    }
    rows.add(Arrays.stream(cells).map(String::valueOf).toList());
    return this;
  }

  int columns() {
    return rows.get(0).size();
  }

  /** The head, then the rows. */
  List<List<String>> rows() {
    return rows;
  }

  /** For a terminal: columns two blanks apart, numbers to the right. */
  public List<String> lines() {
    List<String> lines = new ArrayList<>();
    for (List<String> row : rows) {
      StringBuilder line = new StringBuilder();
      for (int column = 0; column < row.size(); column++) {
        String blanks = " ".repeat(width(column) - row.get(column).length());
        line.append(isNumbers(column) ? blanks + row.get(column) : row.get(column) + blanks).append("  ");
      }
      lines.add(line.toString().stripTrailing());
    }
    return lines.get(0).isEmpty() ? lines.subList(1, lines.size()) : lines;
  }

  /** Columns of the terminal that {@link #lines} takes at most. */
  public int width() {
    return lines().stream().mapToInt(String::length).max().orElse(0);
  }

  private int width(int column) {
    return rows.stream().mapToInt(row -> row.get(column).length()).max().orElse(0);
  }

  private boolean isNumbers(int column) {
    return rows.stream().skip(1).map(row -> row.get(column))
        .allMatch(cell -> cell.isEmpty() || cell.equals(UNKNOWN) || "-+−0123456789".indexOf(cell.charAt(0)) >= 0);
  }

  /** For a page; the first column has names, be they numbers. */
  String html() {
    StringBuilder html = new StringBuilder();
    for (int i = 0; i < rows.size(); i++) {
      String cell = i == 0 ? "th" : "td";
      html.append("<tr>");
      for (int column = 0; column < columns(); column++) {
        html.append('<').append(cell).append(column > 0 && isNumbers(column) ? " class=\"n\">" : ">")
            .append(Page.escape(rows.get(i).get(column))).append("</").append(cell).append('>');
      }
      html.append("</tr>\n");
    }
    return html.toString();
  }

  /** A share of 0 to 1 in percent. */
  public static String percent(double share) {
    return Double.isNaN(share) ? UNKNOWN : format("%.2f%%", 100 * share);
  }

  /** As {@link String#format}, in every country alike. */
  public static String format(String format, Object... values) {
    return String.format(Locale.ROOT, format, values);
  }
}
