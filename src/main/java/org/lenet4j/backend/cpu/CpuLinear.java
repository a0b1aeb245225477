package org.lenet4j.backend.cpu;

import org.lenet4j.layer.Linear;

/**
 * A fully connected layer: its parameters and its place in the net. Features are rows and samples columns, so a chunk's activations are
 * used as they lie. Inputs and output gradients of all chunks of a batch are kept, and the weight gradient is summed over the batch for
 * one block of rows after another.
 */
abstract class CpuLinear extends CpuLayer implements TrainableLayer {
  static final int ROWS = 24; // rows of the weight matrix in a gradient task
  static final int LANES = Kernels.LANES;

  final CpuParameters parameters;
  final CpuParameters.Range weight;
  final CpuParameters.Range bias;
  final CpuActivation activation;
  final int inFeatures;
  final int outFeatures;

  CpuLinear(Linear spec, Place place, Kernels kernels, CpuParameters parameters) {
    super(place);
    this.parameters = parameters;
    weight = parameters.range(spec.name() + ".weight");
    bias = parameters.range(spec.name() + ".bias");
    activation = new CpuActivation(kernels, spec.activation());
    inFeatures = spec.inFeatures();
    outFeatures = spec.outFeatures();
  }

  /** The gradient of a block of rows and of their biases, in {@code parameters.gradient}. */
  abstract void sumGradient(int task, int rows, int chunks, float[][] slots, int slotCount);

  @Override public final int gradientTasks() {
    return (outFeatures + ROWS - 1) / ROWS;
  }

  @Override public final void gradient(int task, int chunks, float[][] slots, int slotCount) {
    int rows = lastRow(task) - task * ROWS;
    sumGradient(task, rows, chunks, slots, slotCount);
    parameters.optimizer.penalize(weightFrom(task), weightFrom(task) + rows * inFeatures);
    parameters.optimizer.penalize(biasFrom(task), biasFrom(task) + rows);
  }

  @Override public final double gradientSquares(int task) {
    return parameters.squares(weightFrom(task), weightTo(task))
        + parameters.squares(biasFrom(task), bias.from() + lastRow(task));
  }

  @Override public void update(int task, float rateFactor, float gradientScale) {
    parameters.optimizer.update(weight, weightFrom(task), weightTo(task), rateFactor, gradientScale);
    parameters.optimizer.update(bias, biasFrom(task), bias.from() + lastRow(task), rateFactor, gradientScale);
  }

  private int lastRow(int task) {
    return Math.min(outFeatures, (task + 1) * ROWS);
  }

  final int weightFrom(int task) {
    return weight.from() + task * ROWS * inFeatures;
  }

  final int weightTo(int task) {
    return weight.from() + lastRow(task) * inFeatures;
  }

  final int biasFrom(int task) {
    return bias.from() + task * ROWS;
  }

  @Override public final boolean frozen() {
    return weight.frozen();
  }
}
