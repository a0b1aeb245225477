package org.lenet4j.backend.cpu.vector;

import org.lenet4j.backend.cpu.memory.Scratch;

/** How a {@link VectorConv2d} goes backward, with sums of its own in each worker's memory. */
interface ConvGradient {
  /** Takes the weights, {@code (M, C, k, k)} from {@code weight} on, in the order that it needs. */
  void load(float[] theta, int weight);

  /** From {@code dOut} to the sums, and to {@code dIn} before the activation below. */
  void backward(Scratch s);

  /** Clears the sums. */
  void beginSlot(float[] memory);

  /** Writes the sums of the weights and of the biases, {@code (M)}, to a slot. */
  void endSlot(float[] memory, float[] slot, int offset);
}
