package org.lenet4j.report;

import java.util.Locale;
import java.util.Map;

/**
 * A picture of lines, areas and words as SVG. Words stay words: whoever looks at it has fonts, the machine that trains may have none. In a
 * page it takes the page's colours, light or dark; as a file of its own it is light, in colours that every program for drawings knows.
 */
final class Svg {
  /** Where a word stands from its point. */
  enum Anchor { START, MIDDLE, END }

  /** The colours of a class of shapes; {@code {name}} is one of {@link #LIGHT}. */
  private static final String RULES = """
      text { font-family: system-ui, -apple-system, "Segoe UI", Roboto, sans-serif; font-size: 14px; fill: {text}; }
      text.faint { fill: {faint}; }
      text.strong { font-weight: 600; }
      .grid { stroke: {line}; fill: none; }
      .line { fill: none; stroke-width: 2.5; stroke-linecap: round; stroke-linejoin: round; }
      .line.first { stroke: {first}; }
      .line.second { stroke: {second}; }
      .area.first { fill: {first}; }
      .area.second { fill: {second}; }
      """;

  /** Series are blue and orange, which colour-blind readers tell apart as well. */
  static final Map<String, String> LIGHT =
      Map.of("text", "#1f2328", "faint", "#59636e", "line", "#d8dee4", "first", "#0b63ce", "second", "#c2570c");
  static final Map<String, String> DARK =
      Map.of("text", "#e6edf3", "faint", "#9198a1", "line", "#30363d", "first", "#58a6ff", "second", "#f0883e");

  private final int width;
  private final int height;
  private final StringBuilder shapes = new StringBuilder();

  Svg(int width, int height) {
    this.width = width;
    this.height = height;
  }

  /** The style of the shapes in a page, whose own style has the colours as variables. */
  static String pageRules() {
    String rules = RULES;
    for (String name : LIGHT.keySet()) {
      rules = rules.replace("{" + name + "}", "var(--" + name + ")");
    }
    return rules.replaceAll("(?m)^", "svg ").strip().replaceAll("svg $", "");
  }

  /** A word; {@code kind} is empty, {@code faint} or {@code strong}. */
  Svg text(double x, double y, Anchor anchor, int size, String kind, String text) {
    String style = size == 14 ? "" : " style=\"font-size:" + size + "px\"";
    return add("<text x=\"%s\" y=\"%s\" text-anchor=\"%s\"%s%s>%s</text>", number(x), number(y),
        anchor.name().toLowerCase(Locale.ROOT), kind.isEmpty() ? "" : " class=\"" + kind + "\"", style, Page.escape(text));
  }

  /** A word that is read upwards. */
  Svg upwards(double x, double y, Anchor anchor, int size, String kind, String text) {
    add("<g transform=\"rotate(-90 %s %s)\">", number(x), number(y));
    return text(x, y, anchor, size, kind, text).add("</g>");
  }

  /** A straight line of the grid. */
  Svg grid(double x1, double y1, double x2, double y2) {
    return add("<path class=\"grid\" d=\"M%s %sL%s %s\"/>", number(x1), number(y1), number(x2), number(y2));
  }

  /** A frame in the colour of the grid. */
  Svg frame(double x, double y, double w, double h) {
    return add("<rect class=\"grid\" x=\"%s\" y=\"%s\" width=\"%s\" height=\"%s\"/>", number(x), number(y), number(w), number(h));
  }

  /** A line through points. */
  Svg line(boolean first, double[] x, double[] y) {
    StringBuilder path = new StringBuilder();
    for (int i = 0; i < x.length; i++) {
      path.append(i == 0 ? "M" : "L").append(number(x[i])).append(' ').append(number(y[i]));
    }
    return add("<path class=\"line %s\" d=\"%s\"/>", series(first), path);
  }

  /** A dot. */
  Svg dot(boolean first, double x, double y) {
    return add("<circle class=\"area %s\" cx=\"%s\" cy=\"%s\" r=\"4\"/>", series(first), number(x), number(y));
  }

  /** A rectangle; {@code strength} of its colour is from 0 to 1. */
  Svg area(boolean first, double x, double y, double w, double h, double strength) {
    return strength <= 0 ? this : add("<rect class=\"area %s\" x=\"%s\" y=\"%s\" width=\"%s\" height=\"%s\"%s/>", series(first),
        number(x), number(y), number(w), number(h), strength == 1 ? "" : " fill-opacity=\"" + Table.format("%.3f", strength) + "\"");
  }

  private Svg add(String shape, Object... values) {
    shapes.append(String.format(Locale.ROOT, shape, values)).append('\n');
    return this;
  }

  private static String series(boolean first) {
    return first ? "first" : "second";
  }

  /** In tenths, as short as it can be. */
  private static String number(double value) {
    double tenths = Math.round(value * 10) / 10.0;
    return tenths == Math.rint(tenths) ? Long.toString((long) tenths) : Double.toString(tenths);
  }

  /** About how wide a word is, in letters of a size: no font is asked. */
  static double width(String text, int size) {
    return 0.6 * size * text.length() + (text.endsWith("%") ? 0.35 * size : 0); // a percent sign is wide
  }

  /** For a page; {@code label} is what it shows, for who cannot see it. */
  String inPage(String label) {
    return "<svg viewBox=\"0 0 " + width + " " + height + "\" role=\"img\" aria-label=\"" + Page.escape(label) + "\">\n" + shapes
        + "</svg>";
  }

  /** As a file. */
  String file() {
    String rules = RULES;
    for (Map.Entry<String, String> colour : LIGHT.entrySet()) {
      rules = rules.replace("{" + colour.getKey() + "}", colour.getValue());
    }
    return "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 " + width + " " + height + "\" width=\"" + width
        + "\" height=\"" + height + "\">\n<desc>drawn by lenet4j</desc>\n<style>\n" + rules
        + "</style>\n<rect width=\"100%\" height=\"100%\" fill=\"#ffffff\"/>\n"
        + shapes + "</svg>\n";
  }
}
