package org.lenet4j.report;

import java.awt.BasicStroke;
import java.awt.Color;
import java.awt.image.BufferedImage;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import org.knowm.xchart.CategoryChart;
import org.knowm.xchart.CategoryChartBuilder;
import org.knowm.xchart.style.CategoryStyler;
import org.knowm.xchart.style.Styler;

/** A bar chart of groups with a bar for each series. */
final class Bars {
  private static final int WIDTH = 640;
  private static final int HEIGHT = 400;

  private Bars() {}

  static BufferedImage draw(Collection<?> groups, Map<String, double[]> series, Theme theme) {
    CategoryChart chart = new CategoryChartBuilder().width(WIDTH).height(HEIGHT).build();
    List<String> names = new ArrayList<>();
    groups.forEach(group -> names.add(group.toString()));
    series.forEach((name, values) -> chart.addSeries(name, names, Arrays.stream(values).boxed().toList()));
    CategoryStyler style = chart.getStyler();
    style.setChartBackgroundColor(theme.background);
    style.setPlotBackgroundColor(theme.background);
    style.setPlotBorderVisible(false);
    style.setPlotGridLinesColor(theme.line);
    style.setPlotGridLinesStroke(new BasicStroke(1));
    style.setPlotGridVerticalLinesVisible(false);
    style.setChartFontColor(theme.text);
    style.setAxisTickLabelsColor(theme.text);
    style.setAxisTickMarksColor(theme.line);
    style.setAxisTickLabelsFont(Theme.font(17));
    style.setLegendFont(Theme.font(17));
    style.setLegendBackgroundColor(theme.background);
    style.setLegendBorderColor(theme.background);
    style.setLegendPosition(Styler.LegendPosition.OutsideS);
    style.setLegendLayout(Styler.LegendLayout.Horizontal);
    style.setSeriesColors(new Color[] {theme.first, theme.second});
    style.setAvailableSpaceFill(0.6);
    style.setLabelsVisible(true);
    style.setLabelsFont(Theme.font(15));
    style.setLabelsFontColor(Color.WHITE);
    style.setYAxisMin(0.0);
    style.setYAxisDecimalPattern("#,###.##");
    return theme.picture(WIDTH, HEIGHT, g -> chart.paint(g, WIDTH, HEIGHT));
  }
}
