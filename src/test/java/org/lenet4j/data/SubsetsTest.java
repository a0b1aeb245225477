package org.lenet4j.data;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Arrays;
import java.util.HashSet;
import java.util.Set;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class SubsetsTest {
  private static final Shape PIXEL = new Shape(1, 1, 1);

  /** Sample i is the pixel i; labels as given. */
  private static Dataset data(int classes, int... labels) {
    byte[] images = new byte[labels.length];
    for (int i = 0; i < images.length; i++) {
      images[i] = (byte) i;
    }
    return new Dataset(PIXEL, images, labels, classes);
  }

  @Test void perClassIsSeededAndComplete() {
    Dataset data = data(3, IntStream.range(0, 90).map(i -> i % 3).toArray());
    Dataset few = Subsets.perClass(data, 4, 7);
    assertArrayEquals(new int[] {4, 4, 4}, few.counts());
    for (int i = 0; i < 12; i++) {
      assertEquals(few.images()[i] % 3, few.labels()[i]); // images keep their labels
    }
    assertArrayEquals(few.images(), Subsets.perClass(data, 4, 7).images());
    assertFalse(Arrays.equals(few.images(), Subsets.perClass(data, 4, 8).images()));
  }

  @Test void perClassNamesTheClassThatIsTooSmall() {
    Dataset data = data(4, 0, 0, 0, 1, 3, 3);
    String message = assertThrows(IllegalArgumentException.class, () -> Subsets.perClass(data, 2, 1)).getMessage();
    assertEquals("cannot choose 2 images per class: class 1 has only 1", message);
    assertArrayEquals(new int[] {2, 1, 0, 2}, Subsets.atMost(data, 2, 1).counts());
    assertThrows(IllegalArgumentException.class, () -> Subsets.atMost(data, 0, 1));
  }

  @Test void ofClassesKeepsLabelsAndOrder() {
    Dataset some = Subsets.ofClasses(data(4, 3, 1, 2, 1, 0), 1, 3);
    assertArrayEquals(new int[] {3, 1, 1}, some.labels());
    assertArrayEquals(new byte[] {0, 1, 3}, some.images());
    assertEquals(4, some.classes());
    assertThrows(IllegalArgumentException.class, () -> Subsets.ofClasses(data(4, 0, 1), 4));
    assertThrows(IllegalArgumentException.class, () -> Subsets.ofClasses(data(4, 0, 1), 2));
  }

  @Test void splitTakesItsShareOfEachClass() {
    Dataset data = data(3, IntStream.range(0, 100).map(i -> i < 70 ? 0 : i < 99 ? 1 : 2).toArray());
    Dataset.Split split = Subsets.split(data, 0.2, 3);
    assertArrayEquals(new int[] {14, 6, 0}, split.heldOut().counts()); // a class of one stays in the training part
    assertArrayEquals(new int[] {56, 23, 1}, split.train().counts());
    Set<Byte> seen = new HashSet<>();
    for (Dataset part : new Dataset[] {split.train(), split.heldOut()}) {
      for (byte image : part.images()) {
        assertTrue(seen.add(image));
      }
    }
    assertEquals(100, seen.size());
    assertThrows(IllegalArgumentException.class, () -> Subsets.split(data, 1, 3));
    assertThrows(IllegalArgumentException.class, () -> Subsets.split(data(2, 0, 1), 0.1, 3));
  }

  @Test void plusAndWithClasses() {
    Dataset both = data(3, 0, 1).plus(data(3, 2));
    assertArrayEquals(new int[] {0, 1, 2}, both.labels());
    assertArrayEquals(new byte[] {0, 1, 0}, both.images());
    assertEquals(7, both.withClasses(7).classes());
    assertThrows(IllegalArgumentException.class, () -> both.withClasses(2));
    assertThrows(IllegalArgumentException.class, () -> both.plus(data(4, 3)));
    assertThrows(IllegalArgumentException.class, () -> both.plus(new Dataset(PIXEL, new byte[1], new float[3], 3)));
  }
}
