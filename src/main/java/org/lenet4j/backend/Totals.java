package org.lenet4j.backend;

/**
 * Sums over samples since the last time they were taken.
 *
 * @param lossSum sum of the samples' losses
 * @param correct samples whose largest output is their label (0 for regression)
 * @param samples number of samples
 */
public record Totals(double lossSum, long correct, long samples) {
  /** Mean loss per sample. */
  public double loss() {
    return lossSum / samples;
  }

  /** Share of samples that were right, 0..1. */
  public double accuracy() {
    return (double) correct / samples;
  }
}
