package org.lenet4j.reference;

import org.lenet4j.data.Dataset;
import org.lenet4j.loss.BinaryCrossEntropy;
import org.lenet4j.loss.CrossEntropy;
import org.lenet4j.loss.Loss;
import org.lenet4j.loss.MeanSquaredError;

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
      double[] p = softmax(z);
      double[] q = smooth(crossEntropy, t);
      for (int k = 0; k < outputs; k++) {
        // A target of 0 adds nothing, also where p has underflowed and its logarithm is infinite.
        sum -= q[k] == 0 ? 0 : q[k] * Math.log(p[k]);
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
    double[] p = softmax(z);
    for (int k = 0; k < outputs; k++) {
      if (loss instanceof CrossEntropy crossEntropy) {
        dz[k] = p[k] - smooth(crossEntropy, t)[k];
      } else if (loss instanceof BinaryCrossEntropy) {
        dz[k] = (1 / (1 + Math.exp(-z[k])) - t[k]) / outputs;
      } else {
        dz[k] = 2 * (z[k] - t[k]) / outputs;
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

  private static double[] softmax(double[] z) {
    double largest = Double.NEGATIVE_INFINITY; // subtracted, so that exp cannot overflow
    for (double value : z) {
      largest = Math.max(largest, value);
    }
    double[] p = new double[z.length];
    double sum = 0;
    for (int k = 0; k < z.length; k++) {
      p[k] = Math.exp(z[k] - largest);
      sum += p[k];
    }
    for (int k = 0; k < z.length; k++) {
      p[k] /= sum;
    }
    return p;
  }
}
