package org.lenet4j.data;

import org.lenet4j.random.Philox;

/** The order in which an epoch visits the samples. */
public final class Batches {
  private Batches() {}

  /** A permutation of {@code 0 .. size-1} that depends only on (seed, epoch): Fisher-Yates with counter-based random numbers. */
  public static int[] order(int size, long seed, int epoch) {
    return shuffle(size, seed, Philox.SHUFFLE, epoch);
  }

  static int[] shuffle(int size, long seed, int domain, int stream) {
    int[] order = new int[size];
    for (int i = 0; i < size; i++) {
      int j = Philox.below(i + 1, seed, domain, stream, i);
      order[i] = order[j];
      order[j] = i;
    }
    return order;
  }
}
