package org.lenet4j.reference;

import org.lenet4j.data.Dataset;
import org.lenet4j.nn.BinaryCrossEntropy;
import org.lenet4j.nn.CrossEntropy;
import org.lenet4j.nn.Loss;
import org.lenet4j.nn.MeanSquaredError;

/** The loss of one sample: raw outputs z (K), targets t (K). */
final class ReferenceLoss {
  private ReferenceLoss() {}

  /** The targets of one sample: one-hot from its label, or the row of a regression data set. */
  static double[] target(Dataset data, int sample, int outputs) {
    double[] t = new double[outputs]; // (K)
    if (data.isRegression()) {
      for (int k = 0; k < outputs; k++) {
        t[k] = data.targets()[sample * outputs + k];
      }
    } else {
      t[data.labels()[sample]] = 1;
    }
    return t;
  }

  static double value(Loss loss, double[] z, double[] t) {
    int outputs = z.length;
    double sum = 0;
    if (loss instanceof CrossEntropy crossEntropy) {
      double[] q = smooth(crossEntropy, t);
      double logSum = logSumExp(z);
      for (int k = 0; k < outputs; k++) {
        sum -= q[k] * (z[k] - logSum);
      }
      return sum;
    } else if (loss instanceof BinaryCrossEntropy) {
      for (int k = 0; k < outputs; k++) {
        sum += Math.max(z[k], 0) - z[k] * t[k] + Math.log1p(Math.exp(-Math.abs(z[k])));
      }
      return sum / outputs;
    } else if (loss instanceof MeanSquaredError) {
      for (int k = 0; k < outputs; k++) {
        sum += (z[k] - t[k]) * (z[k] - t[k]);
      }
      return sum / outputs;
    }
    throw new AssertionError("the reference has no loss for " + loss);
  }

  /** dz (K). */
  static double[] gradient(Loss loss, double[] z, double[] t) {
    int outputs = z.length;
    double[] dz = new double[outputs];
    for (int k = 0; k < outputs; k++) {
      if (loss instanceof CrossEntropy crossEntropy) {
        dz[k] = Math.exp(z[k] - logSumExp(z)) - smooth(crossEntropy, t)[k]; // softmax(z) - q
      } else if (loss instanceof BinaryCrossEntropy) {
        dz[k] = (1 / (1 + Math.exp(-z[k])) - t[k]) / outputs;
      } else if (loss instanceof MeanSquaredError) {
        dz[k] = 2 * (z[k] - t[k]) / outputs;
      } else {
        throw new AssertionError("the reference has no gradient for " + loss);
      }
    }
    return dz;
  }

  private static double[] smooth(CrossEntropy loss, double[] t) {
    double[] q = new double[t.length];
    for (int k = 0; k < t.length; k++) {
      q[k] = (1 - (double) loss.labelSmoothing()) * t[k] + (double) loss.labelSmoothing() / t.length;
    }
    return q;
  }

  /** The logarithm of softmax's denominator. */
  private static double logSumExp(double[] z) {
    double largest = Double.NEGATIVE_INFINITY; // taken out, so that exp cannot overflow
    for (double value : z) {
      largest = Math.max(largest, value);
    }
    double sum = 0;
    for (double value : z) {
      sum += Math.exp(value - largest);
    }
    return largest + Math.log(sum);
  }
}
