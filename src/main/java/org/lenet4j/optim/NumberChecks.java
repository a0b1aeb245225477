package org.lenet4j.optim;

/** What settings refuse, in the same words. */
final class NumberChecks {
  private NumberChecks() {}

  /** Throws unless {@code value} is finite and at least 0. */
  static void notNegative(String what, float value) {
    if (!Float.isFinite(value) || value < 0) {
      throw new IllegalArgumentException(what + " must be a finite number of at least 0, got " + value);
    }
  }

  /** Throws unless {@code value} is in [0, 1). */
  static void fraction(String what, float value) {
    if (!(value >= 0 && value < 1)) {
      throw new IllegalArgumentException(what + " must be in [0, 1), got " + value);
    }
  }
}
