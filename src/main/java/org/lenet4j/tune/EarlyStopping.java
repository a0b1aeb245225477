package org.lenet4j.tune;

import java.io.Serializable;
import java.util.Locale;
import org.lenet4j.EpochResult;

/**
 * Training ends when the validation data no longer gets better, and the model gets back the weights that were best on it: those it began
 * with, if no epoch was better.
 *
 * @param measure   what has to get better
 * @param patience  epochs without improvement after which training ends, at least 1; while layers are still to be unfrozen it does not
 *                  end, and each unfreezing starts the count again
 * @param minChange the least improvement that counts, 0 or more
 */
public record EarlyStopping(Measure measure, int patience, double minChange) implements Serializable {
  /** What is watched on the validation data. */
  public enum Measure {
    /** The smaller the better. */
    LOSS,
    /** The larger the better. */
    ACCURACY;

    @Override public String toString() {
      return name().toLowerCase(Locale.ROOT);
    }
  }

  /** Checks the numbers. */
  public EarlyStopping {
    if (patience < 1) {
      throw new IllegalArgumentException("the patience must be at least 1 epoch, got " + patience);
    }
    if (!(minChange >= 0 && minChange < Double.POSITIVE_INFINITY)) {
      throw new IllegalArgumentException("the least improvement must be a finite number of at least 0, got " + minChange);
    }
  }

  /** On the validation loss, every improvement counts. */
  public EarlyStopping(int patience) {
    this(Measure.LOSS, patience, 0);
  }

  /** As text: what is watched, patience and least improvement. */
  String text() {
    return measure + ":" + patience + ":" + minChange;
  }

  /**
   * What {@link #text} wrote.
   *
   * @throws IllegalArgumentException if it is something else
   */
  static EarlyStopping parse(String text) {
    String[] parts = text.split(":", -1);
    if (parts.length != 3) {
      throw new IllegalArgumentException("do not understand the stopping '" + text + "'");
    }
    return new EarlyStopping(Measure.valueOf(parts[0].toUpperCase(Locale.ROOT)), Integer.parseInt(parts[1]), Double.parseDouble(parts[2]));
  }

  /** Whether one epoch is better than another. */
  boolean isBetter(EpochResult result, EpochResult best) {
    return value(result) < value(best) - minChange;
  }

  /** The smaller the better. */
  private double value(EpochResult result) {
    double value = measure == Measure.LOSS ? result.testLoss() : -result.testAccuracy();
    return Double.isNaN(value) ? Double.POSITIVE_INFINITY : value;
  }
}
