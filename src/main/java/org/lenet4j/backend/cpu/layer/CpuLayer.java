package org.lenet4j.backend.cpu.layer;

import org.lenet4j.backend.cpu.memory.Layout;
import org.lenet4j.backend.cpu.memory.Scratch;

/**
 * One layer on the CPU. A chunk goes forward through all layers and back again on one thread. Each layer's backward writes the gradient
 * of the layer below it, already multiplied with the derivative of that layer's activation, since its input is that layer's output.
 */
public abstract class CpuLayer {
  protected final Layout in;
  public final Layout out;
  protected final Layout dIn; // gradient of the layer below, before its activation
  public final Layout dOut;
  protected final CpuActivation below; // activation of the layer below
  protected final boolean needsGradient; // at or above the lowest trainable layer
  protected final boolean passesGradient; // above the lowest trainable layer

  protected CpuLayer(Place place) {
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
   * @param slotOffset    where the layer's gradients begin in a slot
   */
  public record Place(Layout in, Layout out, Layout dIn, Layout dOut, CpuActivation below, boolean needsGradient, boolean passesGradient,
      boolean pooled, boolean poolRectifies, int slotOffset) {}

  /** Whether training gives the same input another output each time. */
  public abstract boolean isRandom();

  /** From {@code in} to {@code out}. */
  public abstract void forward(Scratch s, boolean training);

  /** From {@code dOut} to {@code dIn}, and to the gradient of the parameters. All else is as the worker's last {@link #forward} left it. */
  public abstract void backward(Scratch s);
}
