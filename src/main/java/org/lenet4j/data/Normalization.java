package org.lenet4j.data;

import java.io.Serializable;

/**
 * How a byte becomes the network's input: {@code (byte / 255 - mean) / std}.
 *
 * @param mean the mean, in units of 0..1
 * @param std  the standard deviation, in units of 0..1, positive
 */
public record Normalization(float mean, float std) implements Serializable {
  /** {@code byte / 255}. */
  public static final Normalization NONE = new Normalization(0, 1);

  /** Checks that both are finite and {@code std} is positive. */
  public Normalization {
    if (!Float.isFinite(mean) || !Float.isFinite(std) || std <= 0) {
      throw new IllegalArgumentException("normalization needs a finite mean and a positive std, got mean " + mean + " and std " + std);
    }
  }

  /** The input value of a pixel of brightness {@code value}, 0..255. */
  public float apply(float value) {
    return (value / 255 - mean) / std;
  }
}
