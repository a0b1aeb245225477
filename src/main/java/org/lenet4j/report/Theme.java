package org.lenet4j.report;

import java.awt.BasicStroke;
import java.awt.Color;
import java.awt.Font;
import java.awt.Graphics2D;
import java.awt.RenderingHints;
import java.awt.image.BufferedImage;
import java.util.List;
import java.util.function.Consumer;
import java.util.function.ObjIntConsumer;
import org.knowm.xchart.style.AxesChartStyler;

/** Colours of pictures on a light or a dark page. Series are blue and orange, which colour-blind readers tell apart as well. */
enum Theme {
  LIGHT(0xFFFFFF, 0x1F2328, 0x6A737D, 0xD8DEE4, 0x0B63CE, 0xC2570C),
  DARK(0x161B22, 0xE6EDF3, 0x9198A1, 0x30363D, 0x58A6FF, 0xF0883E);

  /** Pixels of a picture for each pixel of its size on the page, so that it is sharp on fine screens. */
  static final int FINE = 2;

  /** Size of a chart, and of the letters in it, which stay legible on a telephone. */
  static final int CHART_WIDTH = 480;
  static final int CHART_HEIGHT = 310;
  private static final int CHART_FONT = 15;
  private static final int LEGEND_HEIGHT = 30;

  final Color background;
  final Color text;
  final Color faint;
  final Color line;
  final Color first;
  final Color second;

  Theme(int background, int text, int faint, int line, int first, int second) {
    this.background = new Color(background);
    this.text = new Color(text);
    this.faint = new Color(faint);
    this.line = new Color(line);
    this.first = new Color(first);
    this.second = new Color(second);
  }

  static Font font(int size) {
    return new Font(Font.SANS_SERIF, Font.PLAIN, size);
  }

  /** A picture of that size on the page, filled with the background. */
  BufferedImage picture(int width, int height, Consumer<Graphics2D> content) {
    BufferedImage image = new BufferedImage(width * FINE, height * FINE, BufferedImage.TYPE_INT_RGB);
    Graphics2D g = image.createGraphics();
    try {
      g.setRenderingHint(RenderingHints.KEY_ANTIALIASING, RenderingHints.VALUE_ANTIALIAS_ON);
      g.setRenderingHint(RenderingHints.KEY_TEXT_ANTIALIASING, RenderingHints.VALUE_TEXT_ANTIALIAS_ON);
      g.setColor(background);
      g.fillRect(0, 0, image.getWidth(), image.getHeight());
      g.scale(FINE, FINE);
      g.setColor(text);
      content.accept(g);
    } finally {
      g.dispose();
    }
    return image;
  }

  /**
   * A chart, with a legend below it if there is more than one series. XChart's own legend sets each name at a height of its own.
   *
   * @param series at most two names
   * @param chart  draws the chart with the height it gets
   */
  BufferedImage chart(List<String> series, ObjIntConsumer<Graphics2D> chart) {
    return picture(CHART_WIDTH, CHART_HEIGHT, g -> {
      chart.accept(g, series.size() > 1 ? CHART_HEIGHT - LEGEND_HEIGHT : CHART_HEIGHT);
      if (series.size() > 1) {
        legend(g, series);
      }
    });
  }

  private void legend(Graphics2D g, List<String> series) {
    g.setFont(font(CHART_FONT));
    int bar = 22;
    int gap = 8;
    int apart = 28;
    int x = CHART_WIDTH / 2 + apart / 2;
    for (String name : series) {
      x -= (bar + gap + g.getFontMetrics().stringWidth(name) + apart) / 2;
    }
    int middle = CHART_HEIGHT - LEGEND_HEIGHT / 2;
    for (int i = 0; i < series.size(); i++) {
      g.setColor(i == 0 ? first : second);
      g.fillRoundRect(x, middle - 3, bar, 6, 6, 6);
      g.setColor(text);
      g.drawString(series.get(i), x + bar + gap, middle + 5);
      x += bar + gap + g.getFontMetrics().stringWidth(series.get(i)) + apart;
    }
  }

  /** Text around a point. */
  static void centred(Graphics2D g, String text, double x, double y) {
    var metrics = g.getFontMetrics();
    g.drawString(text, (float) (x - metrics.stringWidth(text) / 2.0), (float) (y + (metrics.getAscent() - metrics.getDescent()) / 2.0));
  }

  /** A colour between two, {@code share} of the second. */
  static Color mix(Color a, Color b, double share) {
    return new Color((int) Math.round(a.getRed() + share * (b.getRed() - a.getRed())),
        (int) Math.round(a.getGreen() + share * (b.getGreen() - a.getGreen())),
        (int) Math.round(a.getBlue() + share * (b.getBlue() - a.getBlue())));
  }

  /** How every chart looks. */
  void apply(AxesChartStyler style) {
    style.setChartBackgroundColor(background);
    style.setPlotBackgroundColor(background);
    style.setPlotBorderVisible(false);
    style.setPlotGridLinesColor(line);
    style.setPlotGridLinesStroke(new BasicStroke(1));
    style.setChartFontColor(text);
    style.setAxisTickLabelsColor(text);
    style.setAxisTickMarksColor(line);
    style.setAxisTickLabelsFont(font(CHART_FONT));
    style.setAxisTitleFont(font(CHART_FONT));
    style.setXAxisTitleColor(text);
    style.setYAxisTitleColor(text);
    style.setYAxisLabelAlignment(AxesChartStyler.TextAlignment.Right);
    style.setLegendVisible(false);
    style.setSeriesColors(new Color[] {first, second});
  }
}
