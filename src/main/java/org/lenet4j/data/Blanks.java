package org.lenet4j.data;

import java.util.Arrays;
import java.util.BitSet;
import java.util.stream.IntStream;

/** Images of 1x28x28 without ink: all zero, as {@link Preprocess} leaves a picture in which it finds none. */
public final class Blanks {
  private static final Shape SHAPE = new Shape(1, Preprocess.SIDE, Preprocess.SIDE);
  private static final byte[] BLANK = new byte[SHAPE.size()];

  private Blanks() {}

  /** Whether one of several images is blank. */
  public static boolean is(byte[] images, int sample) {
    return Arrays.equals(images, sample * BLANK.length, (sample + 1) * BLANK.length, BLANK, 0, BLANK.length);
  }

  /** Whether most images of a class are blank, as of empty boxes of a form: then that is what the class looks like. */
  public static boolean haveClass(Dataset data) {
    return !data.isRegression() && IntStream.of(perClass(data, among(data))).anyMatch(share -> share > 50);
  }

  /** Which of some images are blank; none of another shape, whose zeros may mean anything. */
  public static BitSet among(Dataset data) {
    BitSet blank = new BitSet();
    if (!data.shape().equals(SHAPE)) {
      return blank;
    }
    data.blocks((images, first, count) -> {
      for (int i = 0; i < count; i++) {
        if (is(images, i)) {
          blank.set(first + i);
        }
      }
    });
    return blank;
  }

  /** Which images are blank, those of a class of blank images aside. */
  static int[] of(Dataset data) {
    if (data.isRegression()) {
      return new int[0];
    }
    BitSet blank = among(data);
    int[] share = perClass(data, blank);
    return blank.stream().filter(i -> share[data.labels()[i]] <= 50).toArray();
  }

  /**
   * What is left without blank images, those of a class of blank images aside: a picture in which nothing is seen teaches a digit's class
   * nothing good.
   *
   * @return the same data set if all is left
   */
  public static Dataset without(Dataset data) {
    int[] blank = of(data);
    return blank.length == 0 ? data : data.without(blank);
  }

  /** Percent of each class that are blank. */
  private static int[] perClass(Dataset data, BitSet blank) {
    int[] blanks = new int[data.classes()];
    blank.stream().forEach(i -> blanks[data.labels()[i]]++);
    int[] counts = data.counts();
    return IntStream.range(0, counts.length).map(label -> counts[label] == 0 ? 0 : (int) (100L * blanks[label] / counts[label])).toArray();
  }
}
