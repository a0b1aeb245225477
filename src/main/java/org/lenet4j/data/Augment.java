package org.lenet4j.data;

import org.lenet4j.layer.Shape;

/** Random distortions of a training image, keyed by (seed, epoch, sample). */
public record Augment() {
  /** No distortion. */
  public static final Augment NONE = new Augment();

  /** Whether this leaves images as they are. */
  public boolean isNone() {
    return true;
  }

  /**
   * Draws one distorted image.
   *
   * @param images    unsigned bytes; the image starts at {@code offset}, {@code (channels, height, width)}
   * @param offset    of the image
   * @param shape     of the image
   * @param seed      of the run
   * @param epoch     from 0
   * @param sample    the sample's index in its data set
   * @param out       receives brightness 0..255, element i at {@code outOffset + i * outStride}
   * @param outOffset of the first element
   * @param outStride between elements
   */
  public void apply(byte[] images, int offset, Shape shape, long seed, int epoch, int sample, float[] out, int outOffset, int outStride) {
    for (int i = 0; i < shape.size(); i++) {
      out[outOffset + i * outStride] = images[offset + i] & 0xFF;
    }
  }
}
