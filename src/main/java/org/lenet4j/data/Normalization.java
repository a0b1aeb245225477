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

  /** As {@link Dataset#normalization} says. */
  static Normalization of(Dataset data) {
    int size = data.shape().size();
    long[] counts = new long[256]; // of each value
    data.blocks((images, first, count) -> count(images, count * size, counts));
    long all = (long) data.size() * size;
    long sum = 0;
    long squares = 0;
    boolean even = false;
    for (int v = 0; v < counts.length; v++) {
      sum += v * counts[v];
      squares += v * v * counts[v];
      even |= counts[v] == all;
    }
    double mean = (double) sum / all / 255;
    double variance = (double) squares / all / 255 / 255 - mean * mean;
    return new Normalization((float) mean, even ? 1 : (float) Math.sqrt(variance));
  }

  private static void count(byte[] values, int length, long... counts) {
    for (int i = 0; i < length; i++) {
      counts[values[i] & 0xFF]++;
    }
  }
}
