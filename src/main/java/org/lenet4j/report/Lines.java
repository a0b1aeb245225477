package org.lenet4j.report;

import java.util.ArrayList;
import java.util.List;
import java.util.function.DoubleFunction;
import java.util.function.ToDoubleFunction;
import java.util.stream.DoubleStream;
import java.util.stream.IntStream;
import org.lenet4j.EpochResult;
import org.lenet4j.report.Svg.Anchor;
import org.lenet4j.tune.LrRange;

/** Charts of lines: how a training run went. */
final class Lines {
  /** Size of a chart; its letters stay legible on a telephone. */
  static final int WIDTH = 480;
  static final int HEIGHT = 300;

  private static final int TOP = 36; // above the plot, for the legend
  private static final int BOTTOM = 44;
  private static final int RIGHT = 16;
  private static final int SIZE = 14; // of letters
  private static final int MOST_POINTS = 480; // of a line; more than the chart has pixels show nothing
  private static final int MOST_DOTS = 30;

  /**
   * A line.
   *
   * @param name  in the legend, with the value
   * @param value that the legend has; empty for none
   * @param dots  whether each point is marked
   */
  private record Line(String name, String value, double[] x, double[] y, boolean dots) {}

  private Lines() {}

  /** Loss by epoch; {@code measured} is what the second line is called. */
  static Svg loss(List<EpochResult> epochs, String measured) {
    return epochs(epochs, measured, EpochResult::trainLoss, EpochResult::testLoss, Double.MAX_VALUE, "",
        value -> Table.format("%.4f", value));
  }

  /** Accuracy in percent by epoch. */
  static Svg accuracy(List<EpochResult> epochs, String measured) {
    return epochs(epochs, measured, epoch -> 100 * epoch.trainAccuracy(), epoch -> 100 * epoch.testAccuracy(), 100, "%",
        value -> Table.format("%.2f%%", value));
  }

  private static Svg epochs(List<EpochResult> epochs, String measured, ToDoubleFunction<EpochResult> train,
      ToDoubleFunction<EpochResult> test, double most, String unit, DoubleFunction<String> text) {
    List<Line> lines = new ArrayList<>();
    add(lines, "training", epochs, train, text);
    add(lines, measured, epochs, test, text);
    return draw(lines, Axis.epochs(epochs.get(0).epoch(), epochs.get(epochs.size() - 1).epoch()), "epoch", most, unit);
  }

  private static void add(List<Line> lines, String name, List<EpochResult> epochs, ToDoubleFunction<EpochResult> value,
      DoubleFunction<String> text) {
    List<EpochResult> known = epochs.stream().filter(epoch -> Double.isFinite(value.applyAsDouble(epoch))).toList();
    if (!known.isEmpty()) { // else there was nothing to measure on
      double[] y = known.stream().mapToDouble(value).toArray();
      lines.add(new Line(name, text.apply(y[y.length - 1]), known.stream().mapToDouble(EpochResult::epoch).toArray(), y,
          known.size() <= MOST_DOTS));
    }
  }

  /** The learning rate over the first {@code done} epochs. */
  static Svg rates(Rates rates, int done) {
    long steps = done * rates.stepsPerEpoch();
    int points = (int) Math.min(steps, MOST_POINTS);
    long[] at = IntStream.range(0, points).mapToLong(i -> points == 1 ? 0 : i * (steps - 1) / (points - 1)).toArray();
    double[] x = IntStream.range(0, points).mapToDouble(i -> (double) at[i] / rates.stepsPerEpoch()).toArray();
    double[] y = IntStream.range(0, points).mapToDouble(i -> rates.at(at[i])).toArray();
    return draw(List.of(new Line("", "", x, y, points == 1)), Axis.epochs(0, done), "epoch", Double.MAX_VALUE, "");
  }

  /** The curve of a range test. */
  static Svg range(LrRange range) {
    double[] x = range.curve().stream().mapToDouble(LrRange.Point::rate).toArray();
    double[] y = range.curve().stream().mapToDouble(LrRange.Point::smoothed).toArray();
    double suggestion = range.suggestion();
    Line upright = new Line("suggestion", Axis.scientific(suggestion), new double[] {suggestion, suggestion},
        new double[] {DoubleStream.of(y).min().orElse(0), DoubleStream.of(y).max().orElse(1)}, false);
    DoubleStream all = DoubleStream.concat(DoubleStream.of(x), DoubleStream.of(suggestion));
    double[] sorted = all.sorted().toArray();
    return draw(List.of(new Line("smoothed loss", "", x, y, false), upright), Axis.decades(sorted[0], sorted[sorted.length - 1]),
        "learning rate", Double.MAX_VALUE, "");
  }

  private static Svg draw(List<Line> lines, Axis x, String title, double most, String unit) {
    double[] values = lines.stream().flatMapToDouble(line -> DoubleStream.of(line.y)).filter(Double::isFinite).sorted().toArray();
    Svg svg = new Svg(WIDTH, HEIGHT);
    if (values.length == 0) {
      return svg.text(WIDTH / 2.0, HEIGHT / 2.0, Anchor.MIDDLE, SIZE, "faint", "no number to draw");
    }
    Axis y = Axis.numbers(values[0], values[values.length - 1], most, unit);
    double left = 12 + y.ticks().stream().mapToDouble(tick -> Svg.width(tick.label(), SIZE)).max().orElse(0);
    double width = WIDTH - RIGHT - left;
    int top = lines.get(0).name.isEmpty() ? SIZE : TOP;
    double height = HEIGHT - BOTTOM - top;
    for (Axis.Tick tick : y.ticks()) {
      double at = top + height * (1 - y.share(tick.at()));
      svg.grid(left, at, WIDTH - RIGHT, at).text(left - 8, at + 5, Anchor.END, SIZE, "", tick.label());
    }
    for (Axis.Tick tick : x.ticks()) {
      svg.text(left + width * x.share(tick.at()), HEIGHT - BOTTOM + 20, Anchor.MIDDLE, SIZE, "", tick.label());
    }
    svg.text(WIDTH - RIGHT, HEIGHT - 5, Anchor.END, SIZE, "faint", title);
    for (int i = lines.size() - 1; i >= 0; i--) { // the first on top
      Line line = lines.get(i);
      double[] px = DoubleStream.of(line.x).map(value -> left + width * x.share(value)).toArray();
      double[] py = DoubleStream.of(line.y).map(value -> top + height * (1 - y.share(value))).toArray();
      svg.line(i == 0, px, py);
      for (int k = 0; line.dots && k < px.length; k++) {
        svg.dot(i == 0, px[k], py[k]);
      }
    }
    legend(svg, lines, left);
    return svg;
  }

  private static void legend(Svg svg, List<Line> lines, double left) {
    double at = left;
    for (int i = 0; i < lines.size(); i++) {
      Line line = lines.get(i);
      if (!line.name.isEmpty()) {
        svg.line(i == 0, new double[] {at, at + 18}, new double[] {13, 13});
        svg.text(at + 26, 18, Anchor.START, SIZE, "", line.name);
        double value = at + 26 + Svg.width(line.name, SIZE) + 8;
        svg.text(value, 18, Anchor.START, SIZE, "strong", line.value);
        at = value + Svg.width(line.value, SIZE) + 24;
      }
    }
  }
}
