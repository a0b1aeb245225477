package org.lenet4j.reference;

import org.lenet4j.nn.Linear;

/** y = f(W x + b): x (I), w (O, I), b (O), y (O). */
final class ReferenceLinear implements ReferenceLayer {
  private final Linear spec;
  private final double[] weight; // (O, I)
  private final double[] bias; // (O)
  private final double[] dWeight; // (O, I)
  private final double[] dBias; // (O)

  ReferenceLinear(Linear spec, double[] weight, double[] bias, double[] dWeight, double[] dBias) {
    this.spec = spec;
    this.weight = weight;
    this.bias = bias;
    this.dWeight = dWeight;
    this.dBias = dBias;
  }

  @Override public double[] forward(double[] x, Draw draw) {
    double[] y = new double[spec.outFeatures()]; // (O)
    for (int o = 0; o < y.length; o++) {
      double z = bias[o];
      for (int i = 0; i < x.length; i++) {
        z += weight[o * x.length + i] * x[i];
      }
      y[o] = ReferenceActivation.forward(spec.activation(), z);
    }
    return y;
  }

  @Override public double[] backward(double[] x, double[] y, double[] dy, Draw draw) {
    double[] dx = new double[x.length]; // (I)
    for (int o = 0; o < y.length; o++) {
      double dz = ReferenceActivation.backward(spec.activation(), y[o], dy[o]);
      dBias[o] += dz;
      for (int i = 0; i < x.length; i++) {
        dWeight[o * x.length + i] += dz * x[i];
        dx[i] += dz * weight[o * x.length + i];
      }
    }
    return dx;
  }
}
