package org.lenet4j.backend.cpu;

import org.lenet4j.backend.base.FlatParameters;
import org.lenet4j.backend.cpu.memory.MemoryPlan;
import org.lenet4j.backend.cpu.memory.Scratch;
import org.lenet4j.nn.Activation;
import org.lenet4j.nn.Conv2d;

/** A convolution layer: its parameters and its place in the net. The loops are the {@link Convolution}'s. */
final class CpuConv2d extends CpuLayer implements TrainableLayer {
  private final Kernels kernels;
  private final CpuParameters parameters;
  private final FlatParameters.Range weight;
  private final FlatParameters.Range bias;
  private final CpuActivation activation; // what neither the convolution's loops nor the pooling does
  private final Convolution convolution;
  private final int slotOffset;

  CpuConv2d(Conv2d spec, Place place, Kernels kernels, CpuParameters parameters, int slotOffset, int workers, MemoryPlan memory) {
    super(place);
    this.kernels = kernels;
    this.parameters = parameters;
    this.slotOffset = slotOffset;
    weight = parameters.range(spec.name() + ".weight");
    bias = parameters.range(spec.name() + ".bias");
    activation = new CpuActivation(kernels, place.pooled() || place.poolRectifies() ? Activation.NONE : spec.activation());
    convolution = kernels.convolution(spec, place, weight.frozen(), workers, memory);
    load();
  }

  @Override void forward(Scratch s, boolean training) {
    convolution.forward(s.worker, s.memory);
    activation.forward(s.memory, out);
  }

  @Override void backward(Scratch s) {
    convolution.backward(s.worker, s.memory);
    if (passesGradient) {
      below.backward(s.memory, in, dIn);
    }
  }

  @Override public void beginSlot(Scratch s) {
    convolution.clearGradient(s.worker, s.memory);
  }

  @Override public void endSlot(Scratch s, float[] slot) {
    convolution.gradient(s.worker, s.memory, slot, slotOffset);
  }

  @Override public int slotLength() {
    return weight.to() - weight.from() + bias.to() - bias.from();
  }

  @Override public int gradientTasks() {
    return 1;
  }

  @Override public void gradient(CpuOptimizer optimizer, int task, int from, int chunks, float[][] slots, int slotCount) {
    assert weight.to() == bias.from();
    TrainableLayer.sumSlots(kernels, slots, slotCount, slotOffset, optimizer.gradient, weight.from(), bias.to());
    optimizer.penalize(weight.from(), bias.to());
  }

  @Override public int parameters(int task) {
    return slotLength();
  }

  @Override public double gradientSquares(CpuOptimizer optimizer, int task) {
    return optimizer.squares(weight.from(), bias.to());
  }

  @Override public void update(CpuOptimizer optimizer, int task, float rateFactor, float gradientScale) {
    optimizer.update(weight, weight.from(), weight.to(), rateFactor, gradientScale);
    optimizer.update(bias, bias.from(), bias.to(), rateFactor, gradientScale);
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
