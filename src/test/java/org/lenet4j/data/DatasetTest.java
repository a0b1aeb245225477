package org.lenet4j.data;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.function.Executable;

class DatasetTest {
  private static final Shape PIXEL = new Shape(1, 1, 1);

  private static void fails(String part, Executable call) {
    IllegalArgumentException e = assertThrows(IllegalArgumentException.class, call);
    assertTrue(e.getMessage().contains(part), e.getMessage());
  }

  @Test void rejectsWhatDoesNotFit() {
    fails("at least one sample", () -> new Dataset(PIXEL, new byte[0], new int[0], 2));
    fails("2 images of 1x1x1 are 2 bytes, got 3", () -> new Dataset(PIXEL, new byte[3], new int[2], 2));
    fails("sample 1 has label 2, outside the classes 0 to 1", () -> new Dataset(PIXEL, new byte[2], new int[] {0, 2}, 2));
    fails("sample 0 has label -1", () -> new Dataset(PIXEL, new byte[1], new int[] {-1}, 2));
    fails("sample 1 has target NaN", () -> new Dataset(PIXEL, new byte[2], new float[] {0, 0, 0, Float.NaN}, 2));
    fails("3 target values are not rows of 2", () -> new Dataset(PIXEL, new byte[2], new float[3], 2));
  }

  @Test void splitPartsTheSamples() {
    byte[] images = new byte[100];
    int[] labels = new int[100];
    for (int i = 0; i < 100; i++) {
      images[i] = (byte) i;
      labels[i] = i;
    }
    Dataset data = new Dataset(PIXEL, images, labels, 100);
    Dataset.Split split = data.split(30, 5);
    assertEquals(70, split.train().size());
    assertEquals(30, split.heldOut().size());
    assertArrayEquals(IntStream.range(0, 100).toArray(),
        IntStream.concat(IntStream.of(split.train().labels()), IntStream.of(split.heldOut().labels())).sorted().toArray());
    for (int i = 0; i < 30; i++) {
      assertEquals(split.heldOut().labels()[i], split.heldOut().images()[i]);
    }
    assertArrayEquals(split.heldOut().labels(), data.split(30, 5).heldOut().labels());
    fails("cannot hold out 100 of 100", () -> data.split(100, 1));
  }

  @Test void normalizationIsMeanAndDeviation() {
    Normalization found = new Dataset(PIXEL, new byte[] {0, -1, 0, -1}, new int[4], 1).normalization();
    assertEquals(new Normalization(0.5f, 0.5f), found);
    assertEquals(1, new Dataset(PIXEL, new byte[] {7, 7}, new int[2], 1).normalization().std()); // no contrast: no division by 0
  }
}
