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
import org.junit.jupiter.api.function.Executable;

class DatasetTest {
  private static final Shape PIXEL = new Shape(1, 1, 1);

  private static void fails(String part, Executable call) {
    IllegalArgumentException e = assertThrows(IllegalArgumentException.class, call);
    assertTrue(e.getMessage().contains(part), e.getMessage());
  }

  /** Sample i is the pixel i; labels as given. */
  private static Dataset data(int classes, int... labels) {
    byte[] images = new byte[labels.length];
    for (int i = 0; i < images.length; i++) {
      images[i] = (byte) i;
    }
    return new Dataset(PIXEL, images, labels, classes);
  }

  @Test void rejectsWhatDoesNotFit() {
    fails("at least one sample", () -> new Dataset(PIXEL, new byte[0], new int[0], 2));
    fails("2 images of 1x1x1 are 2 bytes, got 3", () -> new Dataset(PIXEL, new byte[3], new int[2], 2));
    fails("sample 1 has label 2, outside the classes 0 to 1", () -> new Dataset(PIXEL, new byte[2], new int[] {0, 2}, 2));
    fails("sample 0 has label -1", () -> new Dataset(PIXEL, new byte[1], new int[] {-1}, 2));
    fails("sample 1 has target NaN", () -> new Dataset(PIXEL, new byte[2], new float[] {0, 0, 0, Float.NaN}, 2));
    fails("3 target values are not rows of 2", () -> new Dataset(PIXEL, new byte[2], new float[3], 2));
  }

  @Test void holdOutPartsTheSamples() {
    Dataset data = data(100, IntStream.range(0, 100).toArray());
    Splits parts = data.holdOut(30, 5);
    assertEquals(70, parts.train().size());
    assertEquals(30, parts.test().size());
    assertEquals(100, parts.classNames().size());
    assertArrayEquals(IntStream.range(0, 100).toArray(),
        IntStream.concat(IntStream.of(parts.train().labels()), IntStream.of(parts.test().labels())).sorted().toArray());
    for (int i = 0; i < 30; i++) {
      assertEquals(parts.test().labels()[i], parts.test().images()[i]);
    }
    fails("cannot hold out 100 of 100", () -> data.holdOut(100, 1));
    fails("cannot hold out 0 of 100", () -> data.holdOut(0, 1));
  }

  @Test void theSameSeedsChooseTheSameSamplesForever() {
    Dataset data = data(3, IntStream.range(0, 20).map(i -> i % 3).toArray());
    assertArrayEquals(new byte[] {8, 3, 13, 14, 12, 6, 16, 17, 4, 15, 10, 7, 5, 9, 2, 1}, data.holdOut(4, 5).train().images());
    assertArrayEquals(new byte[] {18, 0, 19, 11}, data.holdOut(4, 5).test().images());
    assertArrayEquals(new byte[] {0, 2, 3, 4, 5, 6, 7, 9, 10, 11, 13, 14, 15, 16, 17, 18, 19}, data.holdOut(0.2, 3).train().images());
    assertArrayEquals(new byte[] {1, 8, 12}, data.holdOut(0.2, 3).test().images());
    assertArrayEquals(new byte[] {3, 7, 8, 10, 14, 15}, data.perClass(2, 7).images());
    Dataset targets = new Dataset(PIXEL, data.images(), new float[20], 1);
    assertArrayEquals(new byte[] {1, 3, 8, 12}, targets.holdOut(0.2, 3).test().images());
    fails("no classes to choose from", () -> targets.perClass(1, 1));
    fails("no classes to choose from", () -> targets.atMost(1, 1));
    fails("no classes to choose from", () -> targets.ofClasses(0));
  }

  @Test void imageIsACopy() {
    Dataset data = new Dataset(new Shape(1, 1, 2), new byte[] {1, 2, 3, 4}, new int[2], 1);
    assertArrayEquals(new byte[] {3, 4}, data.image(1));
    data.image(1)[0] = 9;
    assertEquals(3, data.images()[2]);
    assertThrows(IndexOutOfBoundsException.class, () -> data.image(2));
    assertThrows(IndexOutOfBoundsException.class, () -> data.image(-1));
  }

  @Test void perClassIsSeededAndComplete() {
    Dataset data = data(3, IntStream.range(0, 90).map(i -> i % 3).toArray());
    Dataset few = data.perClass(4, 7);
    assertArrayEquals(new int[] {4, 4, 4}, few.counts());
    for (int i = 0; i < 12; i++) {
      assertEquals(few.images()[i] % 3, few.labels()[i]); // images keep their labels
    }
    assertArrayEquals(few.images(), data.perClass(4, 7).images());
    assertFalse(Arrays.equals(few.images(), data.perClass(4, 8).images()));
  }

  @Test void perClassNamesTheClassThatIsTooSmall() {
    Dataset data = data(4, 0, 0, 0, 1, 3, 3);
    String message = assertThrows(IllegalArgumentException.class, () -> data.perClass(2, 1)).getMessage();
    assertEquals("cannot choose 2 images per class: class 1 has only 1", message);
    assertArrayEquals(new int[] {2, 1, 0, 2}, data.atMost(2, 1).counts());
    assertThrows(IllegalArgumentException.class, () -> data.atMost(0, 1));
  }

  @Test void ofClassesKeepsLabelsAndOrder() {
    Dataset some = data(4, 3, 1, 2, 1, 0).ofClasses(1, 3);
    assertArrayEquals(new int[] {3, 1, 1}, some.labels());
    assertArrayEquals(new byte[] {0, 1, 3}, some.images());
    assertEquals(4, some.classes());
    assertThrows(IllegalArgumentException.class, () -> data(4, 0, 1).ofClasses(4));
    assertThrows(IllegalArgumentException.class, () -> data(4, 0, 1).ofClasses(2));
  }

  @Test void holdOutTakesItsShareOfEachClass() {
    Dataset data = data(3, IntStream.range(0, 100).map(i -> i < 70 ? 0 : i < 99 ? 1 : 2).toArray());
    Splits parts = data.holdOut(0.2, 3);
    assertArrayEquals(new int[] {14, 6, 0}, parts.test().counts()); // a class of one stays in the training part
    assertArrayEquals(new int[] {56, 23, 1}, parts.train().counts());
    Set<Byte> seen = new HashSet<>();
    for (Dataset part : new Dataset[] {parts.train(), parts.test()}) {
      for (byte image : part.images()) {
        assertTrue(seen.add(image));
      }
    }
    assertEquals(100, seen.size());
    assertThrows(IllegalArgumentException.class, () -> data.holdOut(1.0, 3));
    assertThrows(IllegalArgumentException.class, () -> data(2, 0, 1).holdOut(0.1, 3));
  }

  @Test void holdOutGoesByTheImages() {
    Dataset data = data(2, IntStream.range(0, 100).map(i -> i % 2).toArray());
    byte[] held = data.holdOut(0.2, 3).test().images();
    Arrays.sort(held);
    byte[] shuffled = data.subset(Batches.order(100, 1, 0)).holdOut(0.2, 3).test().images();
    Arrays.sort(shuffled);
    assertArrayEquals(held, shuffled);
    assertFalse(Arrays.equals(data.holdOut(0.2, 3).test().images(), data.holdOut(0.2, 4).test().images()));
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

  @Test void normalizationIsMeanAndDeviation() {
    Normalization found = new Dataset(PIXEL, new byte[] {0, -1, 0, -1}, new int[4], 1).normalization();
    assertEquals(new Normalization(0.5f, 0.5f), found);
    assertEquals(1, new Dataset(PIXEL, new byte[] {7, 7}, new int[2], 1).normalization().std()); // no contrast: no division by 0
  }

  @Test void foldsHoldEachSampleOutOnce() {
    Dataset data = SyntheticDigits.create(103, 5);
    int[] held = new int[10];
    int total = 0;
    for (Splits fold : data.folds(5, 7)) {
      assertEquals(103, fold.train().size() + fold.test().size());
      assertTrue(fold.test().size() == 20 || fold.test().size() == 21);
      int[] counts = fold.test().counts();
      for (int label = 0; label < 10; label++) {
        assertTrue(Math.abs(counts[label] - data.counts()[label] / 5.0) < 1.01);
        held[label] += counts[label];
      }
      total += fold.test().size();
    }
    assertEquals(103, total);
    assertArrayEquals(data.counts(), held);
    assertThrows(IllegalArgumentException.class, () -> data.folds(1, 7));
    assertThrows(IllegalArgumentException.class, () -> data.folds(104, 7));
  }
}
