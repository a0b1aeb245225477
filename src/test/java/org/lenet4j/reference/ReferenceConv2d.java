package org.lenet4j.reference;

import org.lenet4j.data.Shape;
import org.lenet4j.nn.Conv2d;

/** Cross-correlation as its definition says: x (C, H, W), w (O, C, K, K), b (O), y (O, Ho, Wo). */
final class ReferenceConv2d implements ReferenceLayer {
  private final Conv2d spec;
  private final Shape in; // C, H, W
  private final Shape out; // O, Ho, Wo
  private final double[] weight; // (O, C, K, K)
  private final double[] bias; // (O)
  private final double[] dWeight; // (O, C, K, K)
  private final double[] dBias; // (O)

  ReferenceConv2d(Conv2d spec, Shape in, double[] weight, double[] bias, double[] dWeight, double[] dBias) {
    this.spec = spec;
    this.in = in;
    this.out = spec.output(in);
    this.weight = weight;
    this.bias = bias;
    this.dWeight = dWeight;
    this.dBias = dBias;
  }

  @Override public double[] forward(double[] x, Draw draw) {
    int k = spec.kernelSize();
    double[] y = new double[out.size()]; // (O, Ho, Wo)
    for (int o = 0; o < out.channels(); o++) {
      for (int i = 0; i < out.height(); i++) {
        for (int j = 0; j < out.width(); j++) {
          double z = bias[o];
          for (int c = 0; c < in.channels(); c++) {
            for (int u = 0; u < k; u++) {
              for (int v = 0; v < k; v++) {
                int row = i + u - spec.padding();
                int column = j + v - spec.padding();
                if (row >= 0 && row < in.height() && column >= 0 && column < in.width()) {
                  z += weight[((o * in.channels() + c) * k + u) * k + v] * x[(c * in.height() + row) * in.width() + column];
                }
              }
            }
          }
          y[(o * out.height() + i) * out.width() + j] = ReferenceActivation.forward(spec.activation(), z);
        }
      }
    }
    return y;
  }

  @Override public double[] backward(double[] x, double[] y, double[] dy, Draw draw) {
    int k = spec.kernelSize();
    double[] dx = new double[in.size()]; // (C, H, W)
    for (int o = 0; o < out.channels(); o++) {
      for (int i = 0; i < out.height(); i++) {
        for (int j = 0; j < out.width(); j++) {
          int at = (o * out.height() + i) * out.width() + j;
          double dz = ReferenceActivation.backward(spec.activation(), y[at], dy[at]);
          dBias[o] += dz;
          for (int c = 0; c < in.channels(); c++) {
            for (int u = 0; u < k; u++) {
              for (int v = 0; v < k; v++) {
                int row = i + u - spec.padding();
                int column = j + v - spec.padding();
                if (row >= 0 && row < in.height() && column >= 0 && column < in.width()) {
                  int tap = ((o * in.channels() + c) * k + u) * k + v;
                  int pixel = (c * in.height() + row) * in.width() + column;
                  dWeight[tap] += dz * x[pixel];
                  dx[pixel] += dz * weight[tap];
                }
              }
            }
          }
        }
      }
    }
    return dx;
  }
}
