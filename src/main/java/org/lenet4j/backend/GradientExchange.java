package org.lenet4j.backend;

import org.lenet4j.optim.Recipe;

/**
 * What processes that train one model together tell each other between a step's gradients and its update. Each, a rank, computes its
 * share of the {@link Recipe#accumulate} shards of every batch: rank r of R those from {@code r / R} to {@code (r + 1) / R} of them. All
 * have the same data, recipe and seed, make the same calls in the same order, and end with the same bits, which are those of one process
 * alone: a rank sums its shards as the lower part of the tree, the exchange adds the upper part.
 *
 * <p>The calls come from the thread that trains. What they throw ends the epoch; a run goes on from the last checkpoint. So a call never
 * waits without an end: it throws when another rank is gone, when it was silent for too long, or when the thread is to stop.
 */
public interface GradientExchange {
  /** This process's number, from 0. */
  int rank();

  /** How many there are: a power of two, and not more than the recipe has shards. */
  int ranks();

  /**
   * Replaces the values by their sums over all ranks, added as the tree {@code ((0 + 1) + (2 + 3)) + ((4 + 5) + (6 + 7))}: all get the same
   * bits.
   */
  void sum(float[] values);

  /** As {@link #sum(float[])}. */
  void sum(double[] values);
}
