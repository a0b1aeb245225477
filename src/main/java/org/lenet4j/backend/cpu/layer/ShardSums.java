package org.lenet4j.backend.cpu.layer;

import java.util.Arrays;

/**
 * Sums over the shards of a batch, as the tree {@code ((0 + 1) + (2 + 3)) + ...}, while they come one after another: like a counter in
 * base two, it keeps one sum for each width of the tree, and not one for each shard.
 */
public final class ShardSums {
  private final Loops loops;
  private final float[] gradient; // of the shard under way; of all when the last one is added
  private final float[][] widths; // (log2(shards), parameterCount), sums of 1, 2, 4, ... shards that wait for the next ones

  /**
   * For the gradient that is updated with.
   *
   * @param shards how many will come, a power of two
   */
  public ShardSums(CpuOptimizer optimizer, int shards) {
    loops = optimizer.loops;
    gradient = optimizer.gradient;
    widths = new float[Integer.numberOfTrailingZeros(shards)][gradient.length];
  }

  /** Takes {@code gradient[from .. to)} of a shard; of the last one, leaves the sum of all there. */
  public void add(int shard, int from, int to) {
    int width = 0;
    while ((shard >> width & 1) == 1) {
      loops.add(gradient, from, widths[width], from, to - from);
      width++;
    }
    if (width < widths.length) {
      System.arraycopy(gradient, from, widths[width], from, to - from);
    }
  }

  /** A shard without samples. */
  public void addNothing(int shard) {
    Arrays.fill(gradient, 0);
    add(shard, 0, gradient.length);
  }

  /** {@code values[0] = ((0 + 1) + (2 + 3)) + ...}; overwrites the others. */
  public static double tree(double[] values) {
    for (int width = 1; width < values.length; width *= 2) {
      for (int i = 0; i + width < values.length; i += 2 * width) {
        values[i] += values[i + width];
      }
    }
    return values[0];
  }
}
