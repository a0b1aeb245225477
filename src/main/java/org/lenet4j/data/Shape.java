package org.lenet4j.data;

import java.io.Serializable;

/**
 * The shape of one sample between two layers: {@code (channels, height, width)}. A vector of n features is {@code (n, 1, 1)}.
 *
 * @param channels number of channels, or of features for a vector
 * @param height   rows
 * @param width    columns
 */
public record Shape(int channels, int height, int width) implements Serializable {
  /**
   * Checks that every dimension is positive and that the sample has fewer than 2^31 elements.
   *
   * @throws IllegalArgumentException if not
   */
  public Shape {
    if (channels < 1 || height < 1 || width < 1) {
      throw new IllegalArgumentException("a shape needs positive dimensions, got " + channels + "x" + height + "x" + width);
    }
    if ((long) channels * height > Integer.MAX_VALUE / width) {
      throw new IllegalArgumentException("shape " + channels + "x" + height + "x" + width + " has too many elements");
    }
  }

  /** The shape of a vector of {@code features} values. */
  public static Shape vector(int features) {
    return new Shape(features, 1, 1);
  }

  /** Number of elements of one sample. */
  public int size() {
    return channels * height * width;
  }

  @Override public String toString() {
    return channels + "x" + height + "x" + width;
  }
}
