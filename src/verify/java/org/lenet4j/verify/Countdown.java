package org.lenet4j.verify;

/** The time that is left for everything. */
final class Countdown {
  private final long end;

  Countdown(int seconds) {
    end = System.nanoTime() + seconds * 1_000_000_000L;
  }

  /** Whole seconds left, 0 or more. */
  long seconds() {
    return Math.max(0, (end - System.nanoTime()) / 1_000_000_000L);
  }
}
