package org.lenet4j.backend.cpu.memory;

import org.lenet4j.data.Shape;

/**
 * Where the elements of a chunk of {@link #LANES} samples lie in a worker's memory: {@code (channels, height + 2 border, width + 2
 * border, LANES)}, samples innermost so that one vector holds one element of every sample. The border stays zero and is what a padded
 * convolution reads.
 *
 * @param shape  the shape of one sample
 * @param border rows and columns of zeros around each channel
 * @param start  index of the first element
 */
public record Layout(Shape shape, int border, int start) {
  /** Samples in a chunk: one 512-bit vector of floats, two of 256 bits, four of 128 bits. */
  public static final int LANES = 16;

  /** From an element to the one below it. */
  public int row() {
    return (shape.width() + 2 * border) * LANES;
  }

  /** From a channel to the next. */
  public int plane() {
    return (shape.height() + 2 * border) * row();
  }

  /** All of it, the border included. */
  public int length() {
    return length(shape, border);
  }

  static int length(Shape shape, int border) {
    return shape.channels() * (shape.height() + 2 * border) * (shape.width() + 2 * border) * LANES;
  }

  /** Copies a chunk without a border, from {@code from} in the same memory, to its place. */
  public void put(float[] memory, int from) {
    int row = shape.width() * LANES;
    int next = from;
    for (int c = 0; c < shape.channels(); c++) {
      for (int i = 0; i < shape.height(); i++, next += row) {
        System.arraycopy(memory, next, memory, at(c, i, 0), row);
      }
    }
  }

  /** Index of lane 0 of an element; y and x may reach into the border. */
  public int at(int channel, int y, int x) {
    return start + channel * plane() + (y + border) * row() + (x + border) * LANES;
  }
}
