package org.lenet4j.backend.cpu;

import org.lenet4j.layer.Activation;

/** An activation over the elements of a chunk. */
final class CpuActivation {
  private final Kernels kernels;
  final Activation f;

  CpuActivation(Kernels kernels, Activation f) {
    this.kernels = kernels;
    this.f = f;
  }

  /** {@code y[i] = f(y[i])} for {@code from <= i < to}; a last vector may reach past the end. */
  void forward(float[] y, int from, int to) {
    switch (f) {
      case NONE -> { }
      case RELU -> kernels.rectify(y, from, to);
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
  private void backward(float[] y, int o, float[] dy, int d, int count) {
    switch (f) {
      case NONE -> { }
      case RELU -> kernels.rectifyBackward(y, o, dy, d, count);
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

  /** {@code y = f(y)}. */
  void forward(float[] y, Layout layout) {
    if (layout.border() == 0) {
      forward(y, 0, layout.length());
      return;
    }
    int row = layout.shape().width() * Kernels.LANES;
    for (int c = 0; f != Activation.NONE && c < layout.shape().channels(); c++) {
      for (int i = 0; i < layout.shape().height(); i++) {
        forward(y, layout.at(c, i, 0), layout.at(c, i, 0) + row);
      }
    }
  }

  /** {@code dy *= f'}, with the derivative written in the output {@code y}. */
  void backward(float[] y, Layout yLayout, float[] dy, Layout dyLayout) {
    if (yLayout.border() == 0 && dyLayout.border() == 0) {
      backward(y, 0, dy, 0, yLayout.length());
      return;
    }
    int row = yLayout.shape().width() * Kernels.LANES;
    for (int c = 0; f != Activation.NONE && c < yLayout.shape().channels(); c++) {
      for (int i = 0; i < yLayout.shape().height(); i++) {
        backward(y, yLayout.at(c, i, 0), dy, dyLayout.at(c, i, 0), row);
      }
    }
  }
}
