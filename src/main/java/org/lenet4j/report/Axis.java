package org.lenet4j.report;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.function.DoubleFunction;

/**
 * An axis of a chart.
 *
 * @param from        where it begins
 * @param to          where it ends, above {@code from}
 * @param logarithmic whether it is
 * @param ticks       what is labelled, in order
 */
record Axis(double from, double to, boolean logarithmic, List<Tick> ticks) {
  /** A labelled place. */
  record Tick(double at, String label) {}

  private static final int MOST_EPOCHS = 10; // labels beside each other on a chart
  private static final double STEPS = 5; // about so many on an axis of numbers

  /** How far along the axis a value is, 0 to 1 if it is on it. */
  double share(double value) {
    return logarithmic ? Math.log(value / from) / Math.log(to / from) : (value - from) / (to - from);
  }

  /** Epochs: each one, each second or so is labelled, and the first where there is room. */
  static Axis epochs(int first, int last) {
    int every = every(last - first);
    List<Tick> ticks = new ArrayList<>();
    for (int epoch = first; epoch <= last; epoch++) {
      boolean room = every < 4 ? epoch % every == 0 : epoch % every == 0 || epoch == first; // 1 and 2 of 20 epochs have none
      if (room) {
        ticks.add(new Tick(epoch, Integer.toString(epoch)));
      }
    }
    return first == last ? new Axis(first - 0.5, last + 0.5, false, ticks) : new Axis(first, last, false, ticks);
  }

  /** 1, 2, 5, 10, 20, ... */
  static int every(int epochs) {
    int every = 1;
    for (int i = 1; epochs / every > MOST_EPOCHS; i++) {
      every = i % 3 == 2 ? every * 5 / 2 : every * 2;
    }
    return every;
  }

  /**
   * Round numbers around values.
   *
   * @param low  the smallest value
   * @param high the largest
   * @param most the axis does not go beyond it
   * @param unit behind each label
   */
  static Axis numbers(double low, double high, double most, String unit) {
    double pad = high > low ? 0 : low == 0 ? 1 : Math.abs(low) / 10; // one value stands in the middle
    double step = round((high - low + 2 * pad) / STEPS);
    double from = Math.floor((low - pad) / step + 1e-9) * step;
    double to = Math.min(Math.ceil((high + pad) / step - 1e-9) * step, Math.max(most, high));
    DoubleFunction<String> label = label(step, Math.max(Math.abs(from), Math.abs(to)));
    List<Tick> ticks = new ArrayList<>();
    for (int i = 0; from + i * step <= to + step / 1000; i++) {
      ticks.add(new Tick(from + i * step, label.apply(from + i * step) + unit));
    }
    return new Axis(from, to, false, ticks);
  }

  /** The smallest of 1, 2, 5 and their tenfold that is not below. */
  private static double round(double step) {
    double tens = Math.pow(10, Math.floor(Math.log10(step)));
    double first = step / tens;
    return first > 5 ? 10 * tens : first > 2 ? 5 * tens : first > 1 ? 2 * tens : tens;
  }

  /** With as many decimals as tell neighbours apart; very small numbers as powers of ten. */
  private static DoubleFunction<String> label(double step, double largest) {
    int decimals = Math.max(0, (int) Math.ceil(-Math.log10(step) - 1e-9));
    return largest < 1e-3 ? Axis::scientific : value -> String.format(Locale.ROOT, "%,." + decimals + "f", value + 0.0);
  }

  /** Powers of ten around values. */
  static Axis decades(double low, double high) {
    int first = (int) Math.floor(Math.log10(low) + 1e-9);
    int last = Math.max(first + 1, (int) Math.ceil(Math.log10(high) - 1e-9));
    List<Tick> ticks = new ArrayList<>();
    for (int power = first; power <= last; power++) {
      ticks.add(new Tick(Math.pow(10, power), "1e" + power));
    }
    return new Axis(Math.pow(10, first), Math.pow(10, last), true, ticks);
  }

  /** Such as 2.5e-4. */
  static String scientific(double value) {
    if (value == 0) {
      return "0";
    }
    String[] parts = String.format(Locale.ROOT, "%.2e", value).split("e");
    return parts[0].replaceAll("\\.?0+$", "") + "e" + Integer.parseInt(parts[1]);
  }
}
