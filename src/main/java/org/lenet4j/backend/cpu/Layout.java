package org.lenet4j.backend.cpu;

import org.lenet4j.layer.Shape;

/**
 * Where the elements of a chunk of {@link Kernels#LANES} samples lie in one array: {@code (channels, height + 2 border, width + 2
 * border, LANES)}, samples innermost so that one vector holds one element of every sample. The border stays zero and is what a padded
 * convolution reads.
 *
 * @param shape  of one sample
 * @param border rows and columns of zeros around each channel
 */
record Layout(Shape shape, int border) {
  int row() {
    return (shape.width() + 2 * border) * Kernels.LANES;
  }

  int plane() {
    return (shape.height() + 2 * border) * row();
  }

  int length() {
    return shape.channels() * plane();
  }

  /** Index of lane 0 of an element; y and x may reach into the border. */
  int at(int channel, int y, int x) {
    return channel * plane() + (y + border) * row() + (x + border) * Kernels.LANES;
  }
}
