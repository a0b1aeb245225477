package org.lenet4j.data;

import java.util.stream.IntStream;
import org.lenet4j.data.scan.Scan;

/**
 * Copies of digits as other pens, scanners and cameras would have made them, to train on beside the originals: thin and thick strokes,
 * slanted, low in resolution, black and white, blurred, noisy, and framed by {@link Preprocess} like any other picture. {@link Augment}
 * distorts a 28x28 image anew in every epoch; what happens before a picture is one of 28x28 costs more, and is done once.
 */
public final class Scans {
  private Scans() {}

  /**
   * One copy of each image. {@link Scan} says what may happen to it.
   *
   * @param digits images of 1x28x28, bright ink on black, with labels
   * @param seed   other seeds give other copies
   * @return as many images of 1x28x28, in the same order
   * @throws IllegalArgumentException if the images have another shape or no labels
   */
  public static Dataset of(Dataset digits, long seed) {
    if (!digits.shape().equals(new Shape(1, Preprocess.SIDE, Preprocess.SIDE)) || digits.isRegression()) {
      throw new IllegalArgumentException("scans are made of images of 1x28x28 with labels, got "
          + (digits.isRegression() ? "real-valued targets" : digits.shape()));
    }
    int size = digits.shape().size();
    byte[] images = Pixels.array(digits.size(), digits.shape());
    IntStream.range(0, (digits.size() + 99) / 100).parallel().forEach(run -> { // runs of 100 keep a thread's buffers
      Scan scan = new Scan();
      for (int i = 100 * run; i < Math.min(digits.size(), 100 * run + 100); i++) {
        digits.copy(i, 1, images, i * size); // what has no ink stays as it is
        if (scan.make(images, i * size, seed, i)) {
          byte[] framed = Preprocess.digit(scan.pixels(), scan.height(), scan.width(), false);
          System.arraycopy(framed, 0, images, i * size, size);
        }
      }
    });
    return new Dataset(digits.shape(), images, digits.labels(), digits.classes());
  }
}
