package org.lenet4j.backend.cpu.layer;

import org.lenet4j.backend.cpu.memory.Layout;
import org.lenet4j.backend.cpu.memory.Scratch;
import org.lenet4j.data.Dataset;
import org.lenet4j.nn.BinaryCrossEntropy;
import org.lenet4j.nn.CrossEntropy;
import org.lenet4j.nn.Loss;
import org.lenet4j.nn.MeanSquaredError;

/** Losses and their gradients on a chunk of logits {@code (K, LANES)}. */
public final class CpuLoss {
  private static final int LANES = Layout.LANES;

  private CpuLoss() {}

  /**
   * Writes each sample's loss to {@code s.lossOfLane} and, where wanted, the gradient of the batch mean.
   *
   * @param z     logits
   * @param dz    their gradient, zero in the lanes above {@code s.count}; null if not wanted
   * @param scale one over the batch size
   */
  public static void apply(Loss loss, Dataset data, Layout z, Layout dz, Scratch s, float scale) {
    int outputs = z.shape().size();
    for (int lane = 0; lane < LANES; lane++) {
      int from = z.start() + lane;
      int to = dz == null ? -1 : dz.start() + lane;
      int sample = s.sample[lane];
      if (lane >= s.count) {
        clear(s.memory, to, outputs);
      } else if (loss instanceof CrossEntropy crossEntropy) {
        s.lossOfLane[lane] = crossEntropy(crossEntropy.labelSmoothing(), data.labels()[sample], s, from, outputs, scale, to);
      } else if (loss instanceof BinaryCrossEntropy) {
        s.lossOfLane[lane] = binaryCrossEntropy(data.labels()[sample], s.memory, from, outputs, scale, to);
      } else if (loss instanceof MeanSquaredError) {
        s.lossOfLane[lane] = meanSquaredError(data, sample, s.memory, from, outputs, scale, to);
      } else {
        throw new AssertionError("no loss for " + loss);
      }
    }
  }

  private static void clear(float[] memory, int dz, int outputs) {
    for (int k = 0; dz >= 0 && k < outputs; k++) {
      memory[dz + k * LANES] = 0;
    }
  }

  private static float crossEntropy(float smoothing, int label, Scratch s, int z, int outputs, float scale, int dz) {
    float[] memory = s.memory;
    float max = memory[z + largest(memory, z, outputs) * LANES];
    double sum = 0;
    double total = 0; // of z - max, for the smoothed part
    for (int k = 0; k < outputs; k++) {
      double shifted = memory[z + k * LANES] - max;
      s.exponentials[k] = Math.exp(shifted);
      sum += s.exponentials[k];
      total += shifted;
    }
    double logSum = Math.log(sum);
    float even = smoothing / outputs;
    for (int k = 0; dz >= 0 && k < outputs; k++) {
      double p = s.exponentials[k] / sum;
      float q = k == label ? 1 - smoothing + even : even;
      memory[dz + k * LANES] = (float) (p - q) * scale;
    }
    double onLabel = memory[z + label * LANES] - max - logSum;
    return (float) (-(1 - smoothing) * onLabel - even * (total - outputs * logSum));
  }

  private static float binaryCrossEntropy(int label, float[] memory, int z, int outputs, float scale, int dz) {
    double sum = 0;
    for (int k = 0; k < outputs; k++) {
      double v = memory[z + k * LANES];
      double target = k == label ? 1 : 0;
      sum += Math.max(v, 0) - v * target + Math.log1p(Math.exp(-Math.abs(v)));
      if (dz >= 0) {
        memory[dz + k * LANES] = (float) ((1 / (1 + Math.exp(-v)) - target) / outputs) * scale;
      }
    }
    return (float) (sum / outputs);
  }

  private static float meanSquaredError(Dataset data, int sample, float[] memory, int z, int outputs, float scale, int dz) {
    double sum = 0;
    for (int k = 0; k < outputs; k++) {
      double target = data.isRegression() ? data.targets()[sample * outputs + k] : data.labels()[sample] == k ? 1 : 0;
      double difference = memory[z + k * LANES] - target;
      sum += difference * difference;
      if (dz >= 0) {
        memory[dz + k * LANES] = (float) (2 * difference / outputs) * scale;
      }
    }
    return (float) (sum / outputs);
  }

  /** Index of the first largest output of a sample, whose outputs begin at {@code z}. */
  public static int largest(float[] memory, int z, int outputs) {
    int largest = 0;
    for (int k = 1; k < outputs; k++) {
      if (memory[z + k * LANES] > memory[z + largest * LANES]) {
        largest = k;
      }
    }
    return largest;
  }
}
