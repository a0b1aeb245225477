package org.lenet4j.backend.cpu;

import org.lenet4j.layer.Activation;

/** Activations over rows of elements, lanes and all. */
final class CpuActivation {
  private CpuActivation() {}

  /** {@code y[i] = f(y[i])} for {@code from <= i < to}. */
  static void forward(Activation f, float[] y, int from, int to) {
    switch (f) {
      case NONE -> { }
      case RELU -> {
        for (int i = from; i < to; i++) {
          y[i] = y[i] < 0 ? 0 : y[i];
        }
      }
      case TANH -> {
        for (int i = from; i < to; i++) {
          y[i] = (float) Math.tanh(y[i]);
        }
      }
      case SIGMOID -> {
        for (int i = from; i < to; i++) {
          y[i] = (float) (1 / (1 + Math.exp(-y[i])));
        }
      }
    }
  }

  /** {@code dy[d + i] *= f'} for {@code 0 <= i < count}, with the derivative written in the output {@code y[o + i]}. */
  static void backward(Activation f, float[] y, int o, float[] dy, int d, int count) {
    switch (f) {
      case NONE -> { }
      case RELU -> {
        for (int i = 0; i < count; i++) {
          dy[d + i] = y[o + i] > 0 ? dy[d + i] : 0;
        }
      }
      case TANH -> {
        for (int i = 0; i < count; i++) {
          dy[d + i] *= 1 - y[o + i] * y[o + i];
        }
      }
      case SIGMOID -> {
        for (int i = 0; i < count; i++) {
          dy[d + i] *= y[o + i] * (1 - y[o + i]);
        }
      }
    }
  }

  /** {@link #forward} on the interior of a layout. */
  static void forward(Activation f, float[] y, Layout layout) {
    int row = layout.shape().width() * Kernels.LANES;
    for (int c = 0; f != Activation.NONE && c < layout.shape().channels(); c++) {
      for (int i = 0; i < layout.shape().height(); i++) {
        forward(f, y, layout.at(c, i, 0), layout.at(c, i, 0) + row);
      }
    }
  }

  /** {@link #backward} on the interior of two layouts of one shape. */
  static void backward(Activation f, float[] y, Layout yLayout, float[] dy, Layout dyLayout) {
    int row = yLayout.shape().width() * Kernels.LANES;
    for (int c = 0; f != Activation.NONE && c < yLayout.shape().channels(); c++) {
      for (int i = 0; i < yLayout.shape().height(); i++) {
        backward(f, y, yLayout.at(c, i, 0), dy, dyLayout.at(c, i, 0), row);
      }
    }
  }
}
