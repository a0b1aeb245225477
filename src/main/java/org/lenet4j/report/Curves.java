package org.lenet4j.report;

import java.awt.BasicStroke;
import java.awt.image.BufferedImage;
import java.util.List;
import java.util.Locale;
import java.util.function.ToDoubleFunction;
import java.util.stream.DoubleStream;
import org.knowm.xchart.XYChart;
import org.knowm.xchart.XYChartBuilder;
import org.knowm.xchart.XYSeries;
import org.knowm.xchart.style.XYStyler;
import org.knowm.xchart.style.markers.SeriesMarkers;
import org.lenet4j.EpochResult;
import org.lenet4j.tune.LrRange;

/** Line charts of a training run. */
final class Curves {
  private static final int MOST_LABELS = 8; // of epochs

  private Curves() {}

  /** Loss by epoch; {@code measured} is what the second line is called. */
  static BufferedImage loss(List<EpochResult> epochs, String measured, Theme theme) {
    XYChart chart = chart("epoch", "loss", theme);
    add(chart, "training", epochs, EpochResult::trainLoss);
    add(chart, measured, epochs, EpochResult::testLoss);
    return draw(chart, theme);
  }

  /** Accuracy in percent by epoch. */
  static BufferedImage accuracy(List<EpochResult> epochs, String measured, Theme theme) {
    XYChart chart = chart("epoch", "accuracy, %", theme);
    add(chart, "training", epochs, epoch -> 100 * epoch.trainAccuracy());
    add(chart, measured, epochs, epoch -> 100 * epoch.testAccuracy());
    return draw(chart, theme);
  }

  /** The learning rate over the first {@code done} epochs. */
  static BufferedImage rates(Rates rates, int done, Theme theme) {
    XYChart chart = chart("epoch", "learning rate", theme);
    chart.getStyler().setYAxisDecimalPattern(rates.recipe().optimizer().learningRate() >= 1e-3 ? "0.#####" : "0.##E0");
    int every = every(done);
    int end = (done + every - 1) / every * every;
    chart.getStyler().setXAxisMaxLabelCount(end / every + 1); // XChart divides the axis evenly
    chart.getStyler().setXAxisMin(0d);
    chart.getStyler().setXAxisMax((double) end);
    long steps = done * rates.stepsPerEpoch();
    int points = (int) Math.min(steps, 2L * Theme.CHART_WIDTH);
    double[] epochs = new double[points];
    double[] values = new double[points];
    for (int i = 0; i < points; i++) {
      long step = points == 1 ? 0 : i * (steps - 1) / (points - 1);
      epochs[i] = (double) step / rates.stepsPerEpoch();
      values[i] = rates.at(step);
    }
    line(chart, "learning rate", epochs, values, false);
    return theme.chart(List.of(), (g, height) -> chart.paint(g, Theme.CHART_WIDTH, height));
  }

  /** Of so many epochs each one, each second or so is labelled: 1, 2, 5, 10, 20, ... */
  static int every(int epochs) {
    int every = 1;
    for (int i = 1; epochs / every > MOST_LABELS; i++) {
      every = i % 3 == 2 ? every * 5 / 2 : every * 2; // 1, 2, 5, 10
    }
    return every;
  }

  /** The curve of a range test. */
  static BufferedImage range(LrRange range, Theme theme) {
    XYChart chart = chart("learning rate", "loss", theme);
    chart.getStyler().setXAxisLogarithmic(true);
    chart.getStyler().setXAxisDecimalPattern("0E0");
    double[] rates = range.curve().stream().mapToDouble(LrRange.Point::rate).toArray();
    line(chart, "smoothed loss", rates, range.curve().stream().mapToDouble(LrRange.Point::smoothed).toArray(), false);
    double low = range.curve().stream().mapToDouble(LrRange.Point::smoothed).min().orElse(0);
    double high = range.curve().stream().mapToDouble(LrRange.Point::smoothed).max().orElse(1);
    line(chart, "suggestion", new double[] {range.suggestion(), range.suggestion()}, new double[] {low, high}, false);
    return draw(chart, theme);
  }

  private static void add(XYChart chart, String name, List<EpochResult> epochs, ToDoubleFunction<EpochResult> value) {
    double[] values = epochs.stream().mapToDouble(value).toArray();
    for (double v : values) {
      if (!Double.isFinite(v)) {
        return; // there was nothing to measure on
      }
    }
    line(chart, name, epochs.stream().mapToDouble(EpochResult::epoch).toArray(), values, epochs.size() <= 30);
  }

  private static void line(XYChart chart, String name, double[] x, double[] y, boolean markers) {
    XYSeries series = chart.addSeries(name, x, y);
    series.setMarker(markers ? SeriesMarkers.CIRCLE : SeriesMarkers.NONE);
    series.setLineStyle(new BasicStroke(2.5f, BasicStroke.CAP_ROUND, BasicStroke.JOIN_ROUND));
  }

  private static XYChart chart(String x, String y, Theme theme) {
    XYChart chart = new XYChartBuilder().width(Theme.CHART_WIDTH).height(Theme.CHART_HEIGHT).xAxisTitle(x).yAxisTitle(y).build();
    XYStyler style = chart.getStyler();
    theme.apply(style);
    style.setMarkerSize(7);
    style.setXAxisMaxLabelCount(MOST_LABELS);
    style.setXAxisDecimalPattern("#");
    return chart;
  }

  private static BufferedImage draw(XYChart chart, Theme theme) {
    double[] values = chart.getSeriesCollection().stream().flatMapToDouble(series -> DoubleStream.of(series.getYData())).toArray();
    double range = DoubleStream.of(values).max().orElse(0) - DoubleStream.of(values).min().orElse(0);
    int decimals = decimals(range);
    chart.getStyler().setYAxisTickLabelsFormattingFunction(y -> String.format(Locale.ROOT, "%." + decimals + "f", y));
    List<String> names = chart.getSeriesCollection().stream().map(XYSeries::getName).toList();
    return theme.chart(names, (g, height) -> chart.paint(g, Theme.CHART_WIDTH, height));
  }

  /** That tell labels apart which stand about a sixth of a range from each other; the same for all, so that their points align. */
  static int decimals(double range) {
    return range > 0 ? Math.max(0, Math.min(9, (int) Math.ceil(-Math.log10(range / 6)))) : 2;
  }
}
