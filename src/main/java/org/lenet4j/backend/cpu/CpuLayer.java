package org.lenet4j.backend.cpu;

import org.lenet4j.backend.cpu.memory.Layout;
import org.lenet4j.backend.cpu.memory.Scratch;

/**
 * One layer on the CPU. A chunk goes forward through all layers and back again on one thread. Each layer's backward writes the gradient
 * of the layer below it, already multiplied with the derivative of that layer's activation, since its input is that layer's output.
 */
abstract class CpuLayer {
  final Layout in;
  final Layout out;
  final Layout dIn; // gradient of the layer below, before its activation
  final Layout dOut;
  final CpuActivation below; // activation of the layer below
  final boolean needsGradient; // at or above the lowest trainable layer
  final boolean passesGradient; // above the lowest trainable layer

  CpuLayer(Place place) {
    in = place.in;
    out = place.out;
    dIn = place.dIn;
    dOut = place.dOut;
    below = place.below;
    needsGradient = place.needsGradient;
    passesGradient = place.passesGradient;
  }

  /**
   * A layer's surroundings.
   *
   * @param pooled        the 2x2 max-pooling above is part of this convolution, and so are {@code out} and {@code dOut}
   * @param poolRectifies the ReLU of this convolution is left to the 2x2 max-pooling above it, where it costs nothing:
   *                      {@code max(relu(a), relu(b)) = relu(max(a, b))}
   */
  record Place(Layout in, Layout out, Layout dIn, Layout dOut, CpuActivation below, boolean needsGradient, boolean passesGradient,
      boolean pooled, boolean poolRectifies) {}

  abstract void forward(Scratch s, boolean training);

  abstract void backward(Scratch s);
}
