package org.lenet4j.data;

import java.util.HashSet;
import java.util.Set;
import org.lenet4j.random.Philox;

/**
 * Old samples that are learned again among new ones, so that they are not forgotten (rehearsal: A. Robins, "Catastrophic forgetting,
 * rehearsal and pseudorehearsal", Connection Science 7(2), 1995).
 *
 * @param samples the old samples
 * @param share   the part of an epoch that is old, in (0, 1): with n new samples an epoch has {@code n * share / (1 - share)} old ones,
 *                each time others as long as there are any
 */
public record Replay(Dataset samples, float share) {
  /**
   * Checks the share.
   *
   * @throws IllegalArgumentException if it is not in (0, 1)
   */
  public Replay {
    if (!(share > 0 && share < 1)) {
      throw new IllegalArgumentException("the replayed share must be above 0 and below 1, got " + share);
    }
  }

  /**
   * A share that gives each class of the new and of the old data the same weight: a half if they have the same classes, four fifths if
   * two new ones join eight.
   */
  public static Replay balanced(Dataset fresh, Dataset old) {
    return new Replay(old, fresh.isRegression() ? 0.5f : (float) present(old) / (present(fresh) + present(old)));
  }

  private static int present(Dataset data) {
    Set<Integer> labels = new HashSet<>();
    for (int label : data.labels()) {
      labels.add(label);
    }
    return labels.size();
  }

  /** Number of old samples in an epoch with {@code fresh} new ones, at least 1. */
  public int count(int fresh) {
    return (int) Math.max(1, Math.min(Integer.MAX_VALUE - fresh, Math.round((double) fresh * share / (1 - share))));
  }

  /** The same with only those samples that so many epochs will ever see. */
  public Replay forEpochs(int epochs, int fresh, long seed) {
    long needed = (long) epochs * count(fresh);
    if (needed >= samples.size()) {
      return this;
    }
    int[] order = Batches.shuffle(samples.size(), seed, Philox.REPLAY, 0);
    int[] used = new int[(int) needed];
    System.arraycopy(order, 0, used, 0, used.length);
    return new Replay(samples.subset(used), share);
  }

  /**
   * The order of an epoch in a data set of the new samples with the old ones behind them: every new sample once, and the old samples one
   * epoch after another as they come in a shuffled order, which begins again, shuffled anew, when all have been seen.
   *
   * @param fresh number of new samples
   */
  public int[] order(int fresh, long seed, int epoch) {
    int count = count(fresh);
    int[] chosen = new int[fresh + count];
    for (int i = 0; i < fresh; i++) {
      chosen[i] = i;
    }
    long first = (long) epoch * count;
    int[] shuffled = null;
    long round = -1;
    for (int i = 0; i < count; i++) {
      if ((first + i) / samples.size() != round) {
        round = (first + i) / samples.size();
        shuffled = Batches.shuffle(samples.size(), seed, Philox.REPLAY, (int) round + 1);
      }
      chosen[fresh + i] = fresh + shuffled[(int) ((first + i) % samples.size())];
    }
    int[] order = Batches.order(chosen.length, seed, epoch);
    for (int i = 0; i < order.length; i++) {
      order[i] = chosen[order[i]];
    }
    return order;
  }
}
