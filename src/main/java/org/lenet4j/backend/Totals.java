package org.lenet4j.backend;

/**
 * Sums over samples since the last time they were taken.
 *
 * @param lossSum        sum of the samples' losses
 * @param correct        samples whose largest output is their label (0 for regression)
 * @param samples        number of samples
 * @param firstNonFinite the first step, counted from 0 since the last time, whose loss was NaN or infinite; -1 if all were finite
 */
public record Totals(double lossSum, long correct, long samples, long firstNonFinite) {
  /** Sums in which every loss was finite. */
  public Totals(double lossSum, long correct, long samples) {
    this(lossSum, correct, samples, -1);
  }

  /** Both together; {@code firstNonFinite} is this one's. */
  public Totals plus(Totals other) {
    return new Totals(lossSum + other.lossSum, correct + other.correct, samples + other.samples, firstNonFinite);
  }

  /** Mean loss per sample. */
  public double loss() {
    return lossSum / samples;
  }

  /** Share of samples that were right, 0..1. */
  public double accuracy() {
    return (double) correct / samples;
  }
}
