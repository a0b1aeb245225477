package org.lenet4j.backend.cpu;

import org.lenet4j.layer.Activation;
import org.lenet4j.layer.Conv2d;

/** A convolution layer: its parameters and its place in the net. The loops are the {@link Convolution}'s. */
final class CpuConv2d extends CpuLayer implements TrainableLayer {
  private final CpuParameters parameters;
  private final CpuParameters.Range weight;
  private final CpuParameters.Range bias;
  final CpuActivation activation;
  final Convolution convolution;
  private final int slotOffset;

  CpuConv2d(Conv2d spec, Place place, Kernels kernels, CpuParameters parameters, int slotOffset, int workers) {
    super(place);
    this.parameters = parameters;
    this.slotOffset = slotOffset;
    weight = parameters.range(spec.name() + ".weight");
    bias = parameters.range(spec.name() + ".bias");
    activation = new CpuActivation(kernels, place.poolRectifies() ? Activation.NONE : spec.activation());
    convolution = kernels.convolution(spec, place, weight.frozen(), workers);
    load();
  }

  @Override void forward(Scratch s, boolean training) {
    convolution.forward(s.worker, x(s), s.y[index]);
    activation.forward(s.y[index], out);
  }

  @Override void backward(Scratch s) {
    convolution.backward(s.worker, x(s), s.dz[index], passesGradient ? dx(s) : null);
    if (passesGradient) {
      below.backward(x(s), in, dx(s), dIn);
    }
  }

  @Override public void beginSlot(int worker) {
    convolution.clearGradient(worker);
  }

  @Override public void endSlot(int worker, float[] slot) {
    convolution.gradient(worker, slot, slotOffset);
  }

  @Override public int slotLength() {
    return weight.to() - weight.from() + bias.to() - bias.from();
  }

  @Override public int gradientTasks() {
    return 1;
  }

  @Override public void gradient(int task, int chunks, float[][] slots, int slotCount) {
    assert weight.to() == bias.from();
    TrainableLayer.sumSlots(slots, slotCount, slotOffset, parameters.gradient, weight.from(), bias.to());
    parameters.optimizer.penalize(weight.from(), bias.to());
  }

  @Override public double gradientSquares(int task) {
    return parameters.squares(weight.from(), bias.to());
  }

  @Override public void update(int task, float rateFactor, float gradientScale) {
    parameters.optimizer.update(weight, weight.from(), weight.to(), rateFactor, gradientScale);
    parameters.optimizer.update(bias, bias.from(), bias.to(), rateFactor, gradientScale);
    load();
  }

  @Override public void load() {
    convolution.load(parameters.theta, weight.from(), bias.from());
  }

  @Override public boolean frozen() {
    return weight.frozen();
  }

  @Override public void close() {
    convolution.close();
  }
}
