package org.lenet4j.backend.cpu.layer;

import org.lenet4j.nn.Activation;
import org.lenet4j.nn.Conv2d;

/**
 * A convolution layer: its parameters and its place in the net, and how a batch's gradient is summed and used. A twin keeps the weights in
 * an order of its own, and gradient sums of every worker.
 *
 * <p>Forward is {@code y[m,i,j] = bias[m] + sum_{c,u,v} w[m,c,u,v] x[c,i+u-p,j+v-p]}, and then the activation, and the pooling if the place
 * says so. Backward adds {@code dw[m,c,u,v] += sum_{i,j} dy[m,i,j] x[c,i+u-p,j+v-p]} and {@code dbias[m] += sum_{i,j} dy[m,i,j]} to the
 * worker's sums, and passes on {@code dx[c,i,j] = sum_{m,u,v} w[m,c,u,v] dy[m,i-u+p,j-v+p]}.
 */
public abstract class CpuConv2d extends TrainableLayer {
  protected final CpuActivation activation; // what neither the convolution's loops nor the pooling does

  protected CpuConv2d(Conv2d spec, Place place, CpuParameters parameters, Loops loops) {
    super(spec.name(), place, parameters, loops);
    activation = new CpuActivation(loops, place.pooled() || place.poolRectifies() ? Activation.NONE : spec.activation());
    assert weight.to() == bias.from();
  }

  @Override public final boolean isRandom() {
    return false;
  }

  @Override public final int slotLength() {
    return bias.to() - weight.from();
  }

  @Override public final int gradientTasks() {
    return 1;
  }

  @Override public final void gradient(CpuOptimizer optimizer, int task, int from, int chunks, float[][] slots, int slotCount) {
    sumSlots(slots, slotCount, slotOffset, optimizer.gradient, weight.from(), bias.to());
  }

  @Override public final void addShard(ShardSums sums, int task, int shard) {
    sums.add(shard, weight.from(), bias.to());
  }

  @Override public final void penalize(CpuOptimizer optimizer, int task) {
    optimizer.penalize(weight.from(), bias.to());
  }

  @Override public final int parameterCount(int task) {
    return slotLength();
  }

  @Override public final double gradientSquares(CpuOptimizer optimizer, int task) {
    return optimizer.squares(weight.from(), bias.to());
  }

  @Override public final void update(CpuOptimizer optimizer, int task, float rateFactor, float gradientScale) {
    optimizer.update(weight, weight.from(), weight.to(), rateFactor, gradientScale);
    optimizer.update(bias, bias.from(), bias.to(), rateFactor, gradientScale);
    load();
  }
}
