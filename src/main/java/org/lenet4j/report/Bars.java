package org.lenet4j.report;

import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.stream.DoubleStream;
import org.lenet4j.report.Svg.Anchor;

/** A chart of groups with a bar for each series; of more than two series every second one has the same colour. */
final class Bars {
  private static final int TOP = 44; // for the legend, and the number above the highest bar
  private static final int BOTTOM = 30;
  private static final int SIZE = 14; // of letters
  private static final double FILLED = 0.6; // of the room of a group

  private Bars() {}

  static Svg draw(Collection<?> groups, Map<String, double[]> series) {
    Svg svg = new Svg(Lines.WIDTH, Lines.HEIGHT);
    List<String> names = new ArrayList<>(series.keySet());
    double most = series.values().stream().flatMapToDouble(DoubleStream::of).max().orElse(1);
    Axis y = Axis.numbers(0, Math.max(most, 1e-9), Double.MAX_VALUE, "");
    double left = 12 + y.ticks().stream().mapToDouble(tick -> Svg.width(tick.label(), SIZE)).max().orElse(0);
    double height = Lines.HEIGHT - BOTTOM - TOP;
    double room = (Lines.WIDTH - left) / groups.size();
    double bar = FILLED * room / names.size();
    for (Axis.Tick tick : y.ticks()) {
      double at = TOP + height * (1 - y.share(tick.at()));
      svg.grid(left, at, Lines.WIDTH, at).text(left - 8, at + 5, Anchor.END, SIZE, "", tick.label());
    }
    int group = 0;
    for (Object name : groups) {
      double middle = left + (group + 0.5) * room;
      svg.text(middle, Lines.HEIGHT - 8, Anchor.MIDDLE, SIZE, "", name.toString());
      for (int i = 0; i < names.size(); i++) {
        double value = series.get(names.get(i))[group];
        double x = middle + (i - names.size() / 2.0) * bar;
        svg.area(i % 2 == 0, x + 1, TOP + height * (1 - y.share(value)), bar - 2, height * y.share(value), 1);
        svg.text(x + bar / 2, TOP + height * (1 - y.share(value)) - 6, Anchor.MIDDLE, SIZE, "", Table.format(value < 100 ? "%.1f" : "%,.0f",
            value));
      }
      group++;
    }
    legend(svg, names, left);
    return svg;
  }

  private static void legend(Svg svg, List<String> names, double left) {
    double at = left;
    for (int i = 0; names.size() > 1 && i < names.size(); i++) {
      svg.area(i % 2 == 0, at, 7, 14, 14, 1).text(at + 22, 19, Anchor.START, SIZE, "", names.get(i));
      at += 22 + Svg.width(names.get(i), SIZE) + 24;
    }
  }
}
