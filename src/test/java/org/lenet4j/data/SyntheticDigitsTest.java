package org.lenet4j.data;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Arrays;
import java.util.HashSet;
import java.util.Set;
import org.junit.jupiter.api.Test;

class SyntheticDigitsTest {
  @Test void classesAreBalanced() {
    Dataset digits = SyntheticDigits.create(1000, 1);
    assertEquals(new Shape(1, 28, 28), digits.shape());
    assertEquals(10, digits.classes());
    int[] count = new int[10];
    for (int label : digits.labels()) {
      count[label]++;
    }
    for (int c : count) {
      assertEquals(100, c);
    }
  }

  @Test void sameSeedSameBytesWhateverTheCount() {
    byte[] many = SyntheticDigits.create(1234, 7).images();
    assertArrayEquals(many, SyntheticDigits.create(1234, 7).images());
    assertArrayEquals(Arrays.copyOf(many, 17 * 784), SyntheticDigits.create(17, 7).images());
    assertFalse(Arrays.equals(many, SyntheticDigits.create(1234, 8).images()));
  }

  @Test void noDigitIsDrawnTwice() {
    byte[] images = SyntheticDigits.create(20_000, 1).images();
    Set<Integer> seen = new HashSet<>();
    int equal = 0;
    for (int i = 0; i < 20_000; i++) {
      equal += seen.add(Arrays.hashCode(Arrays.copyOfRange(images, i * 784, i * 784 + 784))) ? 0 : 1;
    }
    assertTrue(equal <= 2, equal + " equal hash codes of 20,000"); // 0.05 expected among 2^32
  }

  /** The box and the centre of MNIST, so that Preprocess would leave every one as it is. */
  @Test void isFramedAsMnist() {
    Dataset digits = SyntheticDigits.create(2000, 5);
    for (int i = 0; i < digits.size(); i++) {
      byte[] image = digits.image(i);
      int ink = 0;
      for (byte b : image) {
        ink += b & 0xFF;
      }
      assertTrue(ink > 20 * 255, "sample " + i + " is nearly blank");
      assertArrayEquals(image, Preprocess.digit(image, 28, 28), "sample " + i);
    }
  }

  @Test void isAboutAsBrightAsMnist() {
    Normalization found = SyntheticDigits.create(5000, 1).normalization();
    assertEquals(0.1307, found.mean(), 0.02); // MNIST's, so that one normalization serves both
    assertEquals(0.3081, found.std(), 0.02);
  }

  /** European ones: an upstroke that reaches far to the left of the stem's top, and nothing at its bottom. */
  @Test void manyOnesHaveAFlagAndNoFoot() {
    Dataset ones = SyntheticDigits.create(10_000, 9).ofClasses(1);
    int flags = 0;
    for (int i = 0; i < ones.size(); i++) {
      byte[] image = ones.image(i);
      flags += span(image, 4, 14) >= 9 && span(image, 17, 24) <= 6 ? 1 : 0;
    }
    assertTrue(flags > 100, flags + " of " + ones.size()); // 54 when flags were short
  }

  /** Columns from the first to the last with ink, in some rows. */
  private static int span(byte[] image, int top, int bottom) {
    int left = 28;
    int right = 0;
    for (int p = 28 * top; p < 28 * bottom; p++) {
      if ((image[p] & 0xFF) > 127) {
        left = Math.min(left, p % 28);
        right = Math.max(right, p % 28 + 1);
      }
    }
    return Math.max(0, right - left);
  }

  @Test void splitsDoNotOverlap() {
    Splits splits = SyntheticDigits.splits(3);
    assertEquals(60_000, splits.train().size());
    assertEquals(10_000, splits.test().size());
    assertArrayEquals(SyntheticDigits.create(10, 3).images(), Arrays.copyOf(splits.train().images(), 7840));
    Set<Integer> seen = new HashSet<>();
    for (int i = 0; i < 60_000; i++) {
      seen.add(Arrays.hashCode(splits.train().image(i)));
    }
    int equal = 0;
    for (int i = 0; i < 10_000; i++) {
      equal += seen.contains(Arrays.hashCode(splits.test().image(i))) ? 1 : 0;
    }
    assertTrue(equal <= 3, equal + " equal hash codes"); // 0.14 expected among 2^32
  }

  @Test void rejectsACountBelowOne() {
    assertThrows(IllegalArgumentException.class, () -> SyntheticDigits.create(0, 1));
    assertThrows(IllegalArgumentException.class, () -> SyntheticDigits.create(-5, 1));
  }
}
