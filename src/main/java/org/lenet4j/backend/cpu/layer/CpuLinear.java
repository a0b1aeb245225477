package org.lenet4j.backend.cpu.layer;

import org.lenet4j.backend.cpu.memory.Layout;
import org.lenet4j.nn.Linear;

/**
 * A fully connected layer: its parameters and its place in the net. Features are rows and samples columns, so a chunk's activations are
 * used as they lie. Inputs and output gradients of all chunks of a batch are kept, and the weight gradient is summed over the batch for
 * one block of rows after another.
 */
public abstract class CpuLinear extends TrainableLayer {
  protected static final int LANES = Layout.LANES;

  protected final int rows; // of the weight matrix in a gradient task, the last one excepted
  protected final CpuActivation activation;
  protected final int inFeatures;
  protected final int outFeatures;

  protected CpuLinear(Linear spec, Place place, CpuParameters parameters, Loops loops, int rows) {
    super(spec.name(), place, parameters, loops);
    this.rows = rows;
    activation = new CpuActivation(loops, spec.activation());
    inFeatures = spec.inFeatures();
    outFeatures = spec.outFeatures();
  }

  @Override public final boolean isRandom() {
    return false;
  }

  /** The gradient of a task's rows and of their biases, in {@code gradient}. */
  protected abstract void sumGradient(float[] gradient, int task, int from, int chunks, float[][] slots, int slotCount);

  @Override public final int gradientTasks() {
    return (outFeatures + rows - 1) / rows;
  }

  @Override public final void gradient(CpuOptimizer optimizer, int task, int from, int chunks, float[][] slots, int slotCount) {
    sumGradient(optimizer.gradient, task, from, chunks, slots, slotCount);
  }

  @Override public final void addShard(ShardSums sums, int task, int shard) {
    sums.add(shard, weightFrom(task), weightTo(task));
    sums.add(shard, biasFrom(task), biasTo(task));
  }

  @Override public final void penalize(CpuOptimizer optimizer, int task) {
    optimizer.penalize(weightFrom(task), weightTo(task));
    optimizer.penalize(biasFrom(task), biasTo(task));
  }

  @Override public final int parameterCount(int task) {
    return rowsOf(task) * (inFeatures + 1);
  }

  @Override public final double gradientSquares(CpuOptimizer optimizer, int task) {
    return optimizer.squares(weightFrom(task), weightTo(task))
        + optimizer.squares(biasFrom(task), biasTo(task));
  }

  @Override public void update(CpuOptimizer optimizer, int task, float rateFactor, float gradientScale) {
    optimizer.update(weight, weightFrom(task), weightTo(task), rateFactor, gradientScale);
    optimizer.update(bias, biasFrom(task), biasTo(task), rateFactor, gradientScale);
  }

  protected final int rowsOf(int task) {
    return Math.min(rows, outFeatures - task * rows);
  }

  protected final int weightFrom(int task) {
    return weight.from() + task * rows * inFeatures;
  }

  protected final int weightTo(int task) {
    return weightFrom(task) + rowsOf(task) * inFeatures;
  }

  protected final int biasFrom(int task) {
    return bias.from() + task * rows;
  }

  private int biasTo(int task) {
    return biasFrom(task) + rowsOf(task);
  }
}
