package org.lenet4j.report;

import java.util.ArrayList;
import java.util.Base64;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** One HTML page that needs nothing but itself. */
final class Page {
  private static final String STYLE = """
      :root { color-scheme: light dark; --back: #f6f8fa; --card: #ffffff; --text: #1f2328; --faint: #59636e; --line: #d8dee4; }
      @media (prefers-color-scheme: dark) {
        :root { --back: #0d1117; --card: #161b22; --text: #e6edf3; --faint: #9198a1; --line: #30363d; }
      }
      * { box-sizing: border-box; }
      body { margin: 0; padding: 16px; background: var(--back); color: var(--text);
        font: 16px/1.5 system-ui, -apple-system, "Segoe UI", Roboto, sans-serif; }
      main { max-width: 1120px; margin: 0 auto; }
      h1 { font-size: 1.5rem; line-height: 1.25; margin: 8px 0 16px; overflow-wrap: anywhere; }
      section:first-child, .full { grid-column: 1 / -1; }
      h2 { font-size: 1.05rem; margin: 0 0 8px; }
      .parts { display: grid; gap: 16px; grid-template-columns: repeat(auto-fit, minmax(min(100%, 420px), 1fr)); align-items: start; }
      section { background: var(--card); border: 1px solid var(--line); border-radius: 8px; padding: 14px; min-width: 0; }
      section p { margin: 8px 0 0; color: var(--faint); font-size: .9rem; }
      img { display: block; width: 100%; height: auto; }
      .wide { overflow-x: auto; }
      table { border-collapse: collapse; width: 100%; font-size: .95rem; font-variant-numeric: tabular-nums; }
      th, td { text-align: left; padding: 5px 12px 5px 0; border-bottom: 1px solid var(--line); vertical-align: top;
        overflow-wrap: break-word; }
      th:last-child, td:last-child { overflow-wrap: anywhere; }
      .lines th, .lines td { white-space: nowrap; }
      .lines td:first-child { white-space: normal; }
      th { color: var(--faint); font-weight: 600; }
      tr:last-child td { border-bottom: 0; }
      @media (max-width: 480px) {
        body { padding: 10px; }
        section { padding: 12px; }
        table { font-size: .85rem; }
        th, td { padding-right: 8px; }
      }
      """;

  private static final int MOST_WRAPPED = 3; // columns
  private static final int MOST_BESIDE = 5; // columns of a table that has room beside another part

  private final String title;
  private final List<String> parts = new ArrayList<>(); // HTML, with a mark where a picture's data goes
  private final Map<String, String> data = new HashMap<>(); // mark -> data URI

  Page(String title) {
    this.title = title;
  }

  void table(String heading, Table table) {
    String layout = table.columns() > MOST_WRAPPED ? "<table class=\"lines\">" : "<table>"; // many columns scroll rather than wrap
    String section = table.columns() > MOST_BESIDE ? "<section class=\"full\">" : "<section>";
    parts.add(section + "<h2>" + escape(heading) + "</h2><div class=\"wide\">" + layout + table.html() + "</table></div></section>");
  }

  void picture(String file, String heading, String caption) {
    String dark = "<source media=\"(prefers-color-scheme: dark)\" srcset=\"" + mark(file, true) + "\">";
    String light = "<img alt=\"" + escape(heading + ": " + caption) + "\" src=\"" + mark(file, false) + "\">";
    parts.add("<section><h2>" + escape(heading) + "</h2><picture>" + dark + light + "</picture><p>" + escape(caption) + "</p></section>");
  }

  void show(String file, byte[] light, byte[] dark) {
    data.put(mark(file, false), "data:image/png;base64," + Base64.getEncoder().encodeToString(light));
    data.put(mark(file, true), "data:image/png;base64," + Base64.getEncoder().encodeToString(dark));
  }

  private static String mark(String file, boolean dark) {
    return "{" + file + (dark ? ",dark}" : "}");
  }

  String html() {
    String body = String.join("\n", parts);
    for (Map.Entry<String, String> entry : data.entrySet()) {
      body = body.replace("\"" + entry.getKey() + "\"", "\"" + entry.getValue() + "\"");
    }
    return "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
        + "<meta name=\"generator\" content=\"lenet4j\">\n"
        + "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n<title>" + escape(title) + "</title>\n<style>\n"
        + STYLE + "</style>\n</head>\n<body>\n<main>\n<h1>" + escape(title) + "</h1>\n<div class=\"parts\">\n" + body
        + "\n</div>\n</main>\n</body>\n</html>\n";
  }

  static String escape(String text) {
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;").replace("\"", "&quot;");
  }
}
