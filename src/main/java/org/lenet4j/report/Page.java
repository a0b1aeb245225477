package org.lenet4j.report;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;

/** One HTML page that needs nothing but itself: cards, two beside each other where there is room, and none alone in its row. */
final class Page {
  private static final String STYLE = """
      :root { color-scheme: light dark; --back: #f6f8fa; --card: #ffffff; LIGHT }
      @media (prefers-color-scheme: dark) { :root { --back: #0d1117; --card: #161b22; DARK } }
      * { box-sizing: border-box; }
      body { margin: 0; padding: 32px 16px; background: var(--back); color: var(--text);
        font: 16px/1.5 system-ui, -apple-system, "Segoe UI", Roboto, sans-serif; }
      main { max-width: 1120px; margin: 0 auto; }
      h1 { font-size: 1.75rem; line-height: 1.2; margin: 0; overflow-wrap: anywhere; }
      h2 { font-size: 1.05rem; line-height: 1.3; margin: 0 0 12px; }
      .facts { margin: 8px 0 0; color: var(--faint); }
      .facts span { display: inline-block; }
      .facts span:not(:last-child)::after { content: "\\00a0\\00a0·"; }
      .command { margin: 12px 0 0; padding: 10px 14px; background: var(--card); border: 1px solid var(--line); border-radius: 8px;
        font: .875rem/1.5 ui-monospace, SFMono-Regular, Menlo, Consolas, monospace; white-space: pre-wrap; overflow-wrap: anywhere; }
      .option { white-space: nowrap; }
      .parts { display: grid; gap: 16px; margin-top: 24px; grid-template-columns: repeat(2, minmax(0, 1fr)); }
      section { display: flex; flex-direction: column; background: var(--card); border: 1px solid var(--line); border-radius: 8px;
        padding: 18px 20px; min-width: 0; }
      .full { grid-column: 1 / -1; }
      section p { margin: 0; }
      section .note { margin-top: auto; padding-top: 10px; color: var(--faint); font-size: .9rem; }
      .answer { font-size: 1.5rem; font-weight: 600; line-height: 1.3; }
      .answer + p { margin: 4px 0 16px; color: var(--faint); }
      svg { display: block; width: 100%; max-width: 640px; max-height: 560px; margin: auto; }
      .full > svg { max-height: 360px; }
      .wide { display: grid; flex: 1; overflow-x: auto; }
      table { border-collapse: collapse; width: 100%; font-variant-numeric: tabular-nums; }
      th, td { text-align: left; padding: 5px 0 5px 24px; border-bottom: 1px solid var(--line); }
      th:first-child, td:first-child { padding-left: 0; }
      th { color: var(--faint); font-weight: 500; font-size: .9rem; white-space: nowrap; }
      td { white-space: nowrap; }
      .n { text-align: right; }
      tr:last-child td { border-bottom: 0; }
      dl { display: grid; gap: 14px 32px; margin: 0; grid-template-columns: repeat(auto-fill, minmax(min(100%, 200px), 1fr)); }
      dt { color: var(--faint); font-size: .9rem; }
      dd { margin: 0; overflow-wrap: anywhere; }
      .big div { display: flex; flex-direction: column; justify-content: end; }
      .big { grid-template-columns: repeat(auto-fit, minmax(150px, 1fr)); }
      .big dd { font-size: 1.5rem; font-weight: 600; line-height: 1.3; font-variant-numeric: tabular-nums; }
      .sheet { display: grid; gap: 14px; grid-template-columns: repeat(10, minmax(0, 1fr)); }
      figure { margin: 0; text-align: center; font-size: .9rem; line-height: 1.35; min-width: 0; overflow-wrap: anywhere; }
      figure img { display: block; width: 84px; max-width: 100%; aspect-ratio: 1; margin: 0 auto 6px; border: 1px solid var(--line);
        border-radius: 4px; object-fit: contain; background: #000; image-rendering: pixelated; }
      figure span { color: var(--faint); }
      @media (max-width: 720px) {
        .parts { grid-template-columns: minmax(0, 1fr); }
        .sheet { grid-template-columns: repeat(auto-fill, minmax(84px, 1fr)); }
      }
      @media (max-width: 480px) {
        body { padding: 16px 10px; }
        section { padding: 14px; }
        th, td { padding-left: 8px; }
        table { font-size: .8rem; }
        .big div { justify-content: start; }
        .big dd { font-size: 1.25rem; }
        dl, .big { gap: 12px 16px; grid-template-columns: repeat(2, minmax(0, 1fr)); }
      }
      @media print {
        :root { color-scheme: light; --back: #ffffff; --card: #ffffff; LIGHT }
        @page { margin: 14mm; }
        html { font-size: 12px; }
        body { padding: 0; font-size: 1rem; }
        .parts { gap: 10px; margin-top: 14px; grid-template-columns: repeat(2, minmax(0, 1fr)); }
        section { padding: 12px 14px; break-inside: avoid; }
        figure { font-size: .75rem; }
        .sheet { gap: 8px; grid-template-columns: repeat(10, minmax(0, 1fr)); }
        th, td { padding-left: 12px; }
        img { print-color-adjust: exact; }
      }
      """;

  private static final Pattern OPTION = Pattern.compile("(?<!\\S)--[a-z][a-z-]*");
  private static final int MOST_BESIDE = 5; // columns of a table that has room beside another part
  private static final int MOST_ROWS = 16; // likewise

  /** How wide a card is: as the page, half of it where there is room, or what is left of a row. */
  private enum Width { FULL, HALF, EITHER }

  private record Part(String heading, String content, Width width) {}

  private final String title;
  private final List<String> head = new ArrayList<>();
  private final List<Part> parts = new ArrayList<>();

  Page(String title) {
    this.title = title;
  }

  /** Short facts under the title. */
  void facts(List<String> facts) {
    head.add("<p class=\"facts\">" + String.join(" ", facts.stream().map(fact -> "<span>" + escape(fact) + "</span>").toList()) + "</p>");
  }

  void command(String command) {
    head.add("<div class=\"command\">" + words(command) + "</div>");
  }

  /** A sentence that is read first, what there is to say of it, and its numbers. */
  void answer(String heading, String answer, String more, Table table) {
    parts.add(new Part(heading, "<p class=\"answer\">" + escape(answer) + "</p><p>" + words(more) + "</p>" + html(table), Width.FULL));
  }

  void table(String heading, Table table) {
    boolean large = table.columns() > MOST_BESIDE || table.rows().size() > MOST_ROWS;
    parts.add(new Part(heading, html(table), large ? Width.FULL : Width.HALF));
  }

  private static String html(Table table) {
    return "<div class=\"wide\"><table>\n" + table.html() + "</table></div>";
  }

  /** Names and what they are; a few large ones, or many small ones. */
  void list(String heading, Map<String, String> items, boolean large) {
    StringBuilder html = new StringBuilder(large ? "<dl class=\"big\">\n" : "<dl>\n");
    items.forEach((name, value) -> html.append("<div><dt>" + escape(name) + "</dt><dd>" + escape(value) + "</dd></div>\n"));
    parts.add(new Part(heading, html + "</dl>", large ? Width.FULL : Width.EITHER));
  }

  void note(String heading, String text) {
    parts.add(new Part(heading, "<p>" + escape(text) + "</p>", Width.FULL));
  }

  void picture(String heading, String caption, Svg picture) {
    parts.add(new Part(heading, picture.inPage(heading + ": " + caption) + note(caption), Width.HALF));
  }

  /** Small pictures with a word and a fainter one below. */
  void sheet(String heading, String caption, List<Mistake> mistakes, List<String> classNames, int height, int width) {
    StringBuilder html = new StringBuilder("<div class=\"sheet\">\n");
    for (Mistake mistake : mistakes) {
      String taken = classNames.get(mistake.label()) + " → " + classNames.get(mistake.prediction());
      html.append("<figure><img alt=\"\" src=\"data:image/png;base64," + mistake.png(height, width) + "\"><figcaption>" + escape(taken)
          + " <span>" + Table.format("%.0f%%", 100 * mistake.probability()) + "</span></figcaption></figure>\n");
    }
    parts.add(new Part(heading, html + "</div>" + note(caption), Width.FULL));
  }

  private static String note(String caption) {
    return "<p class=\"note\">" + escape(caption) + "</p>";
  }

  String html() {
    StringBuilder body = new StringBuilder();
    for (int i = 0; i < parts.size(); i++) {
      Part part = parts.get(i);
      if (part.width != Width.HALF || i + 1 == parts.size() || parts.get(i + 1).width == Width.FULL) { // nothing comes beside it
        body.append(section(part, true));
      } else {
        body.append(section(part, false)).append(section(parts.get(++i), false));
      }
    }
    String style = STYLE.replace("LIGHT", variables(Svg.LIGHT)).replace("DARK", variables(Svg.DARK)) + Svg.pageRules();
    return "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
        + "<meta name=\"generator\" content=\"lenet4j\">\n"
        + "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n<title>" + escape(title) + "</title>\n<style>\n"
        + style + "</style>\n</head>\n<body>\n<main>\n<header>\n<h1>" + escape(title) + "</h1>\n" + String.join("\n", head)
        + "\n</header>\n<div class=\"parts\">\n" + body + "</div>\n</main>\n</body>\n</html>\n";
  }

  private static String section(Part part, boolean full) {
    return "<section" + (full ? " class=\"full\"" : "") + "><h2>" + escape(part.heading) + "</h2>" + part.content + "</section>\n";
  }

  private static String variables(Map<String, String> colours) {
    return String.join(" ", colours.keySet().stream().sorted().map(name -> "--" + name + ": " + colours.get(name) + ";").toList());
  }

  /** A browser would break a line behind the first hyphen of an option. */
  private static String words(String text) {
    return OPTION.matcher(escape(text)).replaceAll("<span class=\"option\">$0</span>");
  }

  static String escape(String text) {
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;").replace("\"", "&quot;");
  }
}
