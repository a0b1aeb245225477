package org.lenet4j.backend.cpu;

import org.lenet4j.data.Dataset;
import org.lenet4j.loss.BinaryCrossEntropy;
import org.lenet4j.loss.CrossEntropy;
import org.lenet4j.loss.Loss;
import org.lenet4j.loss.MeanSquaredError;

/** Losses and their gradients on a chunk of logits {@code (K, LANES)}. */
final class CpuLoss {
  private CpuLoss() {}

  /**
   * Writes each sample's loss to {@code s.lossOfLane} and, where wanted, the gradient of the batch mean.
   *
   * @param scale one over the batch size
   * @param dz    {@code (K, LANES)}, zero in the lanes above {@code s.count}; null if not wanted
   */
  static void apply(Loss loss, Dataset data, float[] z, int outputs, Scratch s, float scale, float[] dz) {
    for (int lane = 0; lane < Kernels.LANES; lane++) {
      if (lane >= s.count) {
        clear(dz, outputs, lane);
      } else if (loss instanceof CrossEntropy crossEntropy) {
        s.lossOfLane[lane] = crossEntropy(crossEntropy.labelSmoothing(), data.labels()[s.sample[lane]], z, outputs, lane, scale, dz);
      } else if (loss instanceof BinaryCrossEntropy) {
        s.lossOfLane[lane] = binaryCrossEntropy(data.labels()[s.sample[lane]], z, outputs, lane, scale, dz);
      } else if (loss instanceof MeanSquaredError) {
        s.lossOfLane[lane] = meanSquaredError(data, s.sample[lane], z, outputs, lane, scale, dz);
      }
    }
  }

  private static void clear(float[] dz, int outputs, int lane) {
    for (int k = 0; dz != null && k < outputs; k++) {
      dz[k * Kernels.LANES + lane] = 0;
    }
  }

  private static float crossEntropy(float smoothing, int label, float[] z, int outputs, int lane, float scale, float[] dz) {
    float max = z[lane + largest(z, outputs, lane) * Kernels.LANES];
    double sum = 0;
    double total = 0; // of z - max, for the smoothed part
    for (int k = 0; k < outputs; k++) {
      double shifted = z[k * Kernels.LANES + lane] - max;
      sum += Math.exp(shifted);
      total += shifted;
    }
    double logSum = Math.log(sum);
    float even = smoothing / outputs;
    for (int k = 0; dz != null && k < outputs; k++) {
      double p = Math.exp(z[k * Kernels.LANES + lane] - max) / sum;
      float q = k == label ? 1 - smoothing + even : even;
      dz[k * Kernels.LANES + lane] = (float) (p - q) * scale;
    }
    double onLabel = z[label * Kernels.LANES + lane] - max - logSum;
    return (float) (-(1 - smoothing) * onLabel - even * (total - outputs * logSum));
  }

  private static float binaryCrossEntropy(int label, float[] z, int outputs, int lane, float scale, float[] dz) {
    double sum = 0;
    for (int k = 0; k < outputs; k++) {
      double v = z[k * Kernels.LANES + lane];
      double target = k == label ? 1 : 0;
      sum += Math.max(v, 0) - v * target + Math.log1p(Math.exp(-Math.abs(v)));
      if (dz != null) {
        dz[k * Kernels.LANES + lane] = (float) ((1 / (1 + Math.exp(-v)) - target) / outputs) * scale;
      }
    }
    return (float) (sum / outputs);
  }

  private static float meanSquaredError(Dataset data, int sample, float[] z, int outputs, int lane, float scale, float[] dz) {
    double sum = 0;
    for (int k = 0; k < outputs; k++) {
      double target = data.isRegression() ? data.targets()[sample * outputs + k] : data.labels()[sample] == k ? 1 : 0;
      double difference = z[k * Kernels.LANES + lane] - target;
      sum += difference * difference;
      if (dz != null) {
        dz[k * Kernels.LANES + lane] = (float) (2 * difference / outputs) * scale;
      }
    }
    return (float) (sum / outputs);
  }

  /** Index of the first largest output of a sample. */
  static int largest(float[] z, int outputs, int lane) {
    int largest = 0;
    for (int k = 1; k < outputs; k++) {
      if (z[k * Kernels.LANES + lane] > z[largest * Kernels.LANES + lane]) {
        largest = k;
      }
    }
    return largest;
  }
}
