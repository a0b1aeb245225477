package org.lenet4j.report;

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

/** A bar chart of groups with a bar for each series. */
final class Bars {
  private Bars() {}

  static BufferedImage draw(Collection<?> groups, Map<String, double[]> series, Theme theme) {
    CategoryChart chart = new CategoryChartBuilder().width(Theme.CHART_WIDTH).height(Theme.CHART_HEIGHT).build();
    List<String> names = new ArrayList<>();
    groups.forEach(group -> names.add(group.toString()));
    series.forEach((name, values) -> chart.addSeries(name, names, Arrays.stream(values).boxed().toList()));
    CategoryStyler style = chart.getStyler();
    theme.apply(style);
    style.setPlotGridVerticalLinesVisible(false);
    style.setAvailableSpaceFill(0.6);
    style.setLabelsVisible(true);
    style.setLabelsFont(Theme.font(14));
    style.setLabelsFontColor(Color.WHITE);
    style.setYAxisMin(0.0);
    style.setYAxisDecimalPattern("#,##0.#");
    return theme.chart(List.copyOf(series.keySet()), (g, height) -> chart.paint(g, Theme.CHART_WIDTH, height));
  }
}
