package org.lenet4j.backend;

import java.util.Locale;

/**
 * Which kernels a device took for a program when it was left to choose, {@link KernelSet#AUTO}.
 *
 * @param kernels   those taken, {@link KernelSet#CUDNN} or {@link KernelSet#FUSED}
 * @param training  whether the program trains
 * @param batchSize the batch size of the program
 * @param cudnn     microseconds for a batch with cuDNN's kernels; NaN if they were not timed
 * @param fused     microseconds for a batch with the fused kernels; NaN if they were not timed
 * @param reason    why nothing was timed; empty if the faster ones were taken
 */
public record KernelChoice(KernelSet kernels, boolean training, int batchSize, double cudnn, double fused, String reason) {
  /** The faster ones. */
  public KernelChoice(boolean training, int batchSize, double cudnn, double fused) {
    this(fused < cudnn ? KernelSet.FUSED : KernelSet.CUDNN, training, batchSize, cudnn, fused, "");
  }

  /** Without timing. */
  public KernelChoice(KernelSet kernels, boolean training, int batchSize, String reason) {
    this(kernels, training, batchSize, Double.NaN, Double.NaN, reason);
  }

  /** {@code cudnn} or {@code fused}. */
  public String name() {
    return kernels.name().toLowerCase(Locale.ROOT);
  }

  /** One line: what was taken, what for, and why. */
  public String describe() {
    String why = reason.isEmpty() ? String.format(Locale.ROOT, "cudnn %.1f us, fused %.1f us a batch", cudnn, fused) : reason;
    return name() + " for " + (training ? "training" : "inference") + " with batch size " + batchSize + " (" + why + ")";
  }
}
