package org.lenet4j.data;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Arrays;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class ReplayTest {
  private static Dataset data(int size, int classes) {
    return new Dataset(new Shape(1, 1, 1), new byte[size], IntStream.range(0, size).map(i -> i % classes).toArray(), classes);
  }

  @Test void anEpochHasAllNewSamplesAndOtherOldOnesEachTime() {
    Replay replay = new Replay(data(100, 10), 0.5f);
    Map<Integer, Integer> old = new HashMap<>();
    for (int epoch = 0; epoch < 5; epoch++) {
      int[] order = replay.order(40, 9, epoch);
      assertEquals(80, order.length);
      assertEquals(40, Arrays.stream(order).filter(i -> i < 40).distinct().count());
      Arrays.stream(order).filter(i -> i >= 40).forEach(i -> old.merge(i, 1, Integer::sum));
    }
    // 200 draws from 100 samples: each exactly twice, because no sample comes again before all have been seen
    assertEquals(100, old.size());
    assertTrue(old.values().stream().allMatch(n -> n == 2), old.toString());
    assertArrayEquals(replay.order(40, 9, 3), replay.order(40, 9, 3));
    assertFalse(Arrays.equals(replay.order(40, 9, 3), replay.order(40, 10, 3)));
  }

  @Test void theShareCountsOldAmongAll() {
    Replay replay = new Replay(data(10, 10), 0.8f);
    assertEquals(400, replay.count(100));
    assertEquals(500, replay.order(100, 1, 0).length); // more than there are: they come again
    assertEquals(1, new Replay(data(10, 10), 0.001f).count(10));
    for (float share : new float[] {0, 1, -1, Float.NaN}) {
      assertThrows(IllegalArgumentException.class, () -> new Replay(data(10, 10), share));
    }
  }

  @Test void balancedWeighsClassesAlike() {
    assertEquals(0.5f, Replay.balanced(data(50, 10), data(1000, 10)).share());
    assertEquals(0.8f, Replay.balanced(data(50, 2), data(80, 8)).share(), 1e-6f);
  }

  @Test void onlySamplesThatAreSeenAreKept() {
    Replay replay = new Replay(data(1000, 10), 0.5f);
    Replay less = replay.forEpochs(3, 20, 4);
    assertEquals(60, less.samples().size());
    Set<Integer> used = new HashSet<>();
    for (int epoch = 0; epoch < 3; epoch++) {
      Arrays.stream(less.order(20, 4, epoch)).filter(i -> i >= 20).forEach(used::add);
    }
    assertEquals(60, used.size());
    assertEquals(1000, replay.forEpochs(100, 20, 4).samples().size());
  }

  @Test void theBufferIsBoundedAndFair() {
    int[] kept = new int[1000]; // how often each of 1,000 samples of one class is among 50
    for (int seed = 0; seed < 200; seed++) {
      byte[] images = new byte[2000];
      for (int i = 0; i < 1000; i++) {
        images[2 * i] = (byte) (i / 250);
        images[2 * i + 1] = (byte) (i % 250);
      }
      Dataset all = new Dataset(new Shape(1, 1, 2), images, new int[1000], 2);
      ReplayBuffer buffer = new ReplayBuffer(50, seed).add(all.head(600)).add(all.subset(IntStream.range(600, 1000).toArray()));
      assertEquals(50, buffer.size());
      byte[] held = buffer.samples().images();
      for (int i = 0; i < 50; i++) {
        kept[250 * held[2 * i] + (held[2 * i + 1] & 0xFF)]++;
      }
    }
    int early = IntStream.of(kept).limit(500).sum();
    assertEquals(5000, early, 250); // of 10,000; a deviation of 50 is one sigma
    assertTrue(IntStream.of(kept).max().getAsInt() < 30); // 10 expected
  }

  @Test void theBufferKeepsLabelsAndRefusesOtherShapes() {
    ReplayBuffer buffer = new ReplayBuffer(3, 1);
    assertThrows(IllegalStateException.class, buffer::samples);
    buffer.add(data(20, 2)).add(data(40, 4));
    Dataset samples = buffer.samples();
    assertArrayEquals(new int[] {3, 3, 3, 3}, samples.counts());
    assertThrows(IllegalArgumentException.class, () -> buffer.add(new Dataset(new Shape(1, 2, 1), new byte[2], new int[1], 2)));
    assertThrows(IllegalArgumentException.class, () -> new ReplayBuffer(0, 1));
  }
}
