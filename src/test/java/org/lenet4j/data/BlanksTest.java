package org.lenet4j.data;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;

class BlanksTest {
  private static final Shape SHAPE = new Shape(1, 28, 28);

  /** Images of which some have ink. */
  private static Dataset data(String inked, int... labels) {
    byte[] images = new byte[labels.length * 784];
    for (int i = 0; i < labels.length; i++) {
      images[i * 784 + i] = (byte) (inked.charAt(i) == 'x' ? 200 : 0);
    }
    return new Dataset(SHAPE, images, labels, 3);
  }

  @Test void blankImagesAreLeftOut() {
    Dataset data = data("xx.xx.", 0, 1, 1, 2, 1, 0);
    assertFalse(Blanks.is(data.images(), 1));
    assertTrue(Blanks.is(data.images(), 2));
    Dataset left = Blanks.without(data);
    assertArrayEquals(new int[] {0, 1, 2, 1}, left.labels());
    assertFalse(Blanks.haveClass(data));
  }

  @Test void thoseOfABlankClassStay() {
    Dataset data = data("x.x...x", 0, 0, 1, 2, 2, 2, 2);
    assertTrue(Blanks.haveClass(data));
    assertArrayEquals(new int[] {0, 1, 2, 2, 2, 2}, Blanks.without(data).labels());
  }

  @Test void withInkEverywhereItIsTheSame() {
    Dataset data = data("xxx", 0, 1, 2);
    assertSame(data, Blanks.without(data));
    Dataset other = new Dataset(new Shape(1, 2, 2), new byte[8], new int[] {0, 1}, 2); // zeros may mean anything here
    assertSame(other, Blanks.without(other));
    assertFalse(Blanks.haveClass(other));
    Dataset targets = new Dataset(SHAPE, new byte[784], new float[1], 1);
    assertSame(targets, Blanks.without(targets));
    assertEquals(1, Blanks.without(data("...", 0, 1, 2)).withClasses(3).counts()[0]);
  }
}
