package org.lenet4j.data;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;

import java.util.Arrays;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class BatchesTest {
  @Test void orderIsAPermutation() {
    for (int size : new int[] {1, 2, 3, 10, 1000, 60_000}) {
      int[] order = Batches.order(size, 42, 0);
      Arrays.sort(order);
      assertArrayEquals(IntStream.range(0, size).toArray(), order);
    }
  }

  @Test void orderDependsOnSeedAndEpochOnly() {
    int[] order = Batches.order(1000, 42, 3);
    assertArrayEquals(order, Batches.order(1000, 42, 3));
    assertFalse(Arrays.equals(order, Batches.order(1000, 42, 4)));
    assertFalse(Arrays.equals(order, Batches.order(1000, 43, 3)));
  }

  @Test void everyPermutationIsEquallyLikely() {
    int[] count = new int[27];
    for (int epoch = 0; epoch < 60_000; epoch++) {
      int[] order = Batches.order(3, 1, epoch);
      count[9 * order[0] + 3 * order[1] + order[2]]++;
    }
    for (int code : new int[] {5, 7, 11, 15, 19, 21}) { // 012 021 102 120 201 210 in base 3
      assertEquals(10_000, count[code], 460); // 5 standard deviations of sqrt(60,000 * 1/6 * 5/6)
    }
  }
}
