package org.lenet4j.cli;

import org.lenet4j.report.Table;

/** How fast samples go by. What happened in the last seconds counts most, so that a first epoch, which warms up, is soon forgotten. */
final class Pace {
  private static final double MEMORY = 3; // seconds

  private double rate = Double.NaN; // samples a second

  /** Some more samples, and how long they took. */
  void add(long samples, double seconds) {
    if (samples > 0 && seconds > 0) {
      double now = samples / seconds;
      rate = isKnown() ? rate + (1 - Math.exp(-seconds / MEMORY)) * (now - rate) : now;
    }
  }

  /** Whether there is anything to tell. */
  boolean isKnown() {
    return !Double.isNaN(rate);
  }

  /** Samples a second, in words. */
  String perSecond() {
    return Table.format(rate < 10 ? "%,.1f/s" : "%,.0f/s", rate);
  }

  /** Seconds that so many samples will take. */
  double seconds(double samples) {
    return samples / rate;
  }

  /** A time as clocks show it: 0:07, 12:30, 2:05:00. */
  static String clock(double seconds) {
    long whole = Math.round(seconds);
    return whole < 3600 ? Table.format("%2d:%02d", whole / 60, whole % 60)
        : Table.format("%d:%02d:%02d", whole / 3600, whole / 60 % 60, whole % 60);
  }
}
