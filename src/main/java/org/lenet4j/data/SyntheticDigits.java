package org.lenet4j.data;

import java.util.stream.IntStream;
import org.lenet4j.data.digits.Pen;
import org.lenet4j.data.digits.Strokes;

/**
 * Handwritten-looking digits drawn from strokes, with no fonts, files or network: something to train on anywhere. Every image is a pure
 * function of (seed, index): a skeleton in one of the shapes people write, bent, slanted and stretched, inked with a pen of some width,
 * and framed as MNIST frames its digits: the longer side of the ink is 20 pixels, and its centre of mass is in the centre of 28x28.
 */
public final class SyntheticDigits {
  private static final int SIDE = 28;
  private static final int TRAIN = 60_000; // as many as MNIST
  private static final int TEST = 10_000;

  private SyntheticDigits() {}

  /**
   * Draws digits.
   *
   * @param count how many, 1 or more; sample i is of class {@code i % 10}
   * @param seed  other seeds give other digits
   * @return images of 1x28x28, 10 classes
   * @throws IllegalArgumentException if count is below 1
   */
  public static Dataset create(int count, long seed) {
    return create(0, count, seed);
  }

  /** 60,000 training and 10,000 test digits, as many as MNIST has. */
  public static Splits splits(long seed) {
    return new Splits(create(0, TRAIN, seed), create(TRAIN, TEST, seed));
  }

  private static Dataset create(int first, int count, long seed) {
    if (count < 1) {
      throw new IllegalArgumentException("cannot draw " + count + " digits; give 1 or more");
    }
    byte[] images = new byte[Math.multiplyExact(count, SIDE * SIDE)];
    int[] labels = new int[count];
    // Runs of 100 keep a thread's buffers; no sample depends on another, so neither order nor number of threads matters.
    IntStream.range(0, (count + 99) / 100).parallel().forEach(run -> {
      Strokes strokes = new Strokes();
      Pen pen = new Pen();
      for (int i = 100 * run; i < Math.min(count, 100 * run + 100); i++) {
        labels[i] = (first + i) % 10;
        strokes.draw(labels[i], seed, first + i);
        pen.render(strokes, images, i * SIDE * SIDE);
      }
    });
    return new Dataset(new Shape(1, SIDE, SIDE), images, labels, 10);
  }
}
