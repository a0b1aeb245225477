package org.lenet4j.backend.cpu.layer;

import org.lenet4j.backend.base.FlatParameters;
import org.lenet4j.backend.cpu.memory.Scratch;

/**
 * A layer with parameters. A batch is cut into slots of whole chunks; one worker goes through a slot and adds up its gradients, and the
 * slots are added in their order, so the sum does not depend on the number of threads. The gradient of a layer is finished, and the
 * layer updated, in numbered tasks that any worker may take.
 */
public abstract class TrainableLayer extends CpuLayer {
  protected final Loops loops;
  protected final CpuParameters parameters;
  protected final FlatParameters.Range weight;
  protected final FlatParameters.Range bias;
  protected final boolean trained; // there is a gradient of them
  protected final int slotOffset; // where the layer's gradients begin in a slot

  protected TrainableLayer(String name, Place place, CpuParameters parameters, Loops loops) {
    super(place);
    this.loops = loops;
    this.parameters = parameters;
    weight = parameters.range(name + ".weight");
    bias = parameters.range(name + ".bias");
    trained = needsGradient && !weight.frozen();
    slotOffset = place.slotOffset();
  }

  /** Frozen layers compute no gradient and are never updated. */
  public final boolean frozen() {
    return weight.frozen();
  }

  /** Floats that this layer keeps for each slot. */
  public int slotLength() {
    return 0;
  }

  /** Clears a worker's sums, if this layer has any. */
  public void beginSlot(Scratch s) {}

  /** Writes a worker's sums to a slot. */
  public void endSlot(Scratch s, float[] slot) {}

  /** Number of tasks below. */
  public abstract int gradientTasks();

  /**
   * Begins a part of a batch's gradient with its first {@code chunks} chunks, while others may not be through yet.
   *
   * @return how many chunks are in it now: 0 for layers that do all of it in {@link #gradient}
   */
  public int sumAhead(int task, int chunks) {
    return 0;
  }

  /** Finishes a part of the gradient of a batch of {@code chunks} chunks in {@code slotCount} slots; {@code from} of them are in it. */
  public abstract void gradient(CpuOptimizer optimizer, int task, int from, int chunks, float[][] slots, int slotCount);

  /** Adds that part to those of the shards before, see {@link ShardSums#add}. */
  public abstract void addShard(ShardSums sums, int task, int shard);

  /** Adds the gradient of the penalties to that part. */
  public abstract void penalize(CpuOptimizer optimizer, int task);

  /** Parameters of that part. */
  public abstract int parameterCount(int task);

  /** Sum of squares of that part. */
  public abstract double gradientSquares(CpuOptimizer optimizer, int task);

  /** Updates that part of the parameters. */
  public abstract void update(CpuOptimizer optimizer, int task, float rateFactor, float gradientScale);

  /** Takes the parameters from the flat array, if this layer keeps them in its own order: when all memory is there, and after changes. */
  public void load() {}

  /** Sum of the lanes at {@code at}, as a fixed tree. */
  public static float sumLanes(float[] x, int at) {
    float a = x[at] + x[at + 1] + (x[at + 2] + x[at + 3]);
    float b = x[at + 4] + x[at + 5] + (x[at + 6] + x[at + 7]);
    float c = x[at + 8] + x[at + 9] + (x[at + 10] + x[at + 11]);
    float d = x[at + 12] + x[at + 13] + (x[at + 14] + x[at + 15]);
    return a + b + (c + d);
  }

  /** {@code gradient[from .. to) = sum of slots[s][offset ..]} in the order of the slots. */
  protected final void sumSlots(float[][] slots, int slotCount, int offset, float[] gradient, int from, int to) {
    System.arraycopy(slots[0], offset, gradient, from, to - from);
    for (int s = 1; s < slotCount; s++) {
      loops.add(gradient, from, slots[s], offset, to - from);
    }
  }
}
