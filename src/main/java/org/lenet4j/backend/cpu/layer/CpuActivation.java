package org.lenet4j.backend.cpu.layer;

import org.lenet4j.backend.cpu.memory.Layout;
import org.lenet4j.nn.Activation;

/** An activation over the elements of a chunk. */
public final class CpuActivation {
  private final Loops loops;
  public final Activation f;

  public CpuActivation(Loops loops, Activation f) {
    this.loops = loops;
    this.f = f;
  }

  /** {@code y[i] = f(y[i])} for {@code from <= i < to}; a last vector may reach past the end. */
  public void forward(float[] y, int from, int to) {
    switch (f) {
      case NONE -> { }
      case RELU -> loops.rectify(y, from, to);
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
  private void backward(float[] memory, int o, int d, int count) {
    switch (f) {
      case NONE -> { }
      case RELU -> loops.rectifyBackward(memory, o, d, count);
      case TANH -> {
        for (int i = 0; i < count; i++) {
          memory[d + i] *= 1 - memory[o + i] * memory[o + i];
        }
      }
      case SIGMOID -> {
        for (int i = 0; i < count; i++) {
          memory[d + i] *= memory[o + i] * (1 - memory[o + i]);
        }
      }
    }
  }

  /** {@code y = f(y)}. */
  public void forward(float[] y, Layout layout) {
    if (layout.border() == 0) {
      forward(y, layout.start(), layout.start() + layout.length());
      return;
    }
    int row = layout.shape().width() * Layout.LANES;
    for (int c = 0; f != Activation.NONE && c < layout.shape().channels(); c++) {
      for (int i = 0; i < layout.shape().height(); i++) {
        forward(y, layout.at(c, i, 0), layout.at(c, i, 0) + row);
      }
    }
  }

  /** {@code dy *= f'}, with the derivative written in the output {@code y}. */
  public void backward(float[] memory, Layout y, Layout dy) {
    if (y.border() == 0 && dy.border() == 0) {
      backward(memory, y.start(), dy.start(), y.length());
      return;
    }
    int row = y.shape().width() * Layout.LANES;
    for (int c = 0; f != Activation.NONE && c < y.shape().channels(); c++) {
      for (int i = 0; i < y.shape().height(); i++) {
        backward(memory, y.at(c, i, 0), dy.at(c, i, 0), row);
      }
    }
  }
}
