package org.lenet4j.backend.cpu.layer;

import org.lenet4j.backend.cpu.memory.Scratch;

/**
 * A layer with parameters. A batch is cut into slots of whole chunks; one worker goes through a slot and adds up its gradients, and the
 * slots are added in their order, so the sum does not depend on the number of threads. The gradient of a layer is finished, and the
 * layer updated, in numbered tasks that any worker may take.
 */
public interface TrainableLayer extends AutoCloseable {
  /** Frozen layers compute no gradient and are never updated. */
  boolean frozen();

  /** Floats that this layer keeps for each slot. */
  default int slotLength() {
    return 0;
  }

  /** Clears a worker's sums, if this layer has any. */
  default void beginSlot(Scratch s) {}

  /** Writes a worker's sums to a slot. */
  default void endSlot(Scratch s, float[] slot) {}

  /** Number of tasks below. */
  int gradientTasks();

  /**
   * Begins a part of a batch's gradient with its first {@code chunks} chunks, while others may not be through yet.
   *
   * @return how many chunks are in it now: 0 for layers that do all of it in {@link #gradient}
   */
  default int sumAhead(int task, int chunks) {
    return 0;
  }

  /** Finishes a part of the gradient of a batch of {@code chunks} chunks in {@code slotCount} slots; {@code from} of them are in it. */
  void gradient(CpuOptimizer optimizer, int task, int from, int chunks, float[][] slots, int slotCount);

  /** Parameters of that part. */
  int parameters(int task);

  /** Sum of squares of that part. */
  double gradientSquares(CpuOptimizer optimizer, int task);

  /** Updates that part of the parameters. */
  void update(CpuOptimizer optimizer, int task, float rateFactor, float gradientScale);

  /** Takes the parameters from the flat array, if this layer keeps them in an order of its own. */
  default void load() {}

  /** Frees native memory, if this layer has any. */
  @Override default void close() {}

  /** Sum of the lanes at {@code at}, as a fixed tree. */
  static float sumLanes(float[] x, int at) {
    float a = x[at] + x[at + 1] + (x[at + 2] + x[at + 3]);
    float b = x[at + 4] + x[at + 5] + (x[at + 6] + x[at + 7]);
    float c = x[at + 8] + x[at + 9] + (x[at + 10] + x[at + 11]);
    float d = x[at + 12] + x[at + 13] + (x[at + 14] + x[at + 15]);
    return a + b + (c + d);
  }

  /** {@code gradient[from .. to) = sum of slots[s][offset ..]} in the order of the slots. */
  static void sumSlots(Loops loops, float[][] slots, int slotCount, int offset, float[] gradient, int from, int to) {
    System.arraycopy(slots[0], offset, gradient, from, to - from);
    for (int s = 1; s < slotCount; s++) {
      loops.add(gradient, from, slots[s], offset, to - from);
    }
  }
}
