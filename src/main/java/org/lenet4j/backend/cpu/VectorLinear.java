package org.lenet4j.backend.cpu;

import jdk.incubator.vector.FloatVector;
import org.lenet4j.layer.Linear;

/** A fully connected layer in Java's Vector API, on the parameters as they are. */
final class VectorLinear extends CpuLinear {
  private final float[] x; // (samples, columns): inputs of a batch, one sample after the other
  private final float[] dz; // (rows, samples)
  private final float[][] dw; // (tasks)(ROWS, columns)
  private final int columns; // inFeatures, in whole pairs of vectors
  private final int samples; // room for so many
  private final int dx; // (in, LANES)

  VectorLinear(Linear spec, Place place, Kernels kernels, CpuParameters parameters, int chunks, MemoryPlan memory) {
    super(spec, place, kernels, parameters);
    samples = chunks * LANES;
    int pair = 2 * VectorKernels.length();
    columns = (inFeatures + pair - 1) / pair * pair;
    boolean direct = passesGradient && dIn.border() == 0;
    dx = direct ? dIn.start() : memory.reserve(passesGradient ? inFeatures * LANES : 0);
    boolean gradients = needsGradient && !weight.frozen();
    x = new float[gradients ? samples * columns : 0];
    dz = new float[gradients ? gradientTasks() * ROWS * samples : 0];
    dw = new float[gradients ? gradientTasks() : 0][ROWS * columns];
  }

  @Override void forward(Scratch s, boolean training) {
    for (int o = 0; o < outFeatures; o += LinearBlocks.SUMS) {
      for (int lane = 0; lane < LANES; lane += VectorKernels.length()) {
        LinearBlocks.forward(parameters.theta, weight.from(), bias.from(), o, outFeatures, inFeatures, s.memory, in.start() + lane,
            out.at(0, 0, 0) + lane, out.plane());
      }
    }
    activation.forward(s.memory, out);
  }

  @Override void backward(Scratch s) {
    if (dw.length > 0) {
      keep(s);
    }
    if (passesGradient) {
      for (int i = 0; i < inFeatures; i += LinearBlocks.SUMS) {
        for (int lane = 0; lane < LANES; lane += VectorKernels.length()) {
          LinearBlocks.backward(parameters.theta, weight.from(), i, outFeatures, inFeatures, s.memory, dOut.start() + lane,
              dx + lane);
        }
      }
      if (dx != dIn.start()) {
        dIn.put(s.memory, dx);
      }
      below.backward(s.memory, in, dIn);
    }
  }

  /** Puts a chunk's inputs and output gradients beside those of the batch's other chunks. */
  private void keep(Scratch s) {
    int first = s.chunk * LANES;
    for (int lane = 0; lane < LANES; lane++) {
      int to = (first + lane) * columns;
      for (int i = 0, from = in.start() + lane; i < inFeatures; i++, from += LANES) {
        x[to + i] = s.memory[from];
      }
    }
    for (int o = 0; o < outFeatures; o++) {
      System.arraycopy(s.memory, dOut.start() + o * LANES, dz, o * samples + first, LANES);
    }
  }

  @Override public void beginSlot(Scratch s) {}

  @Override public void endSlot(Scratch s, float[] slot) {}

  @Override public int slotLength() {
    return 0;
  }

  @Override void sumGradient(int task, int rows, int chunks, float[][] slots, int slotCount) {
    for (int r = 0; r < rows; r += LinearBlocks.ROWS) {
      int d0 = (task * ROWS + r) * samples;
      for (int j = 0; j < columns; j += 2 * VectorKernels.length()) {
        LinearBlocks.weightGradient(chunks * LANES, dz, d0, samples, x, j, columns, dw[task], r * columns + j);
      }
    }
    for (int r = 0; r < rows; r++) {
      System.arraycopy(dw[task], r * columns, parameters.gradient, weightFrom(task) + r * inFeatures, inFeatures);
      parameters.gradient[biasFrom(task) + r] = sum((task * ROWS + r) * samples, chunks * LANES);
    }
  }

  private float sum(int from, int count) {
    FloatVector sum = FloatVector.zero(VectorKernels.S);
    for (int b = 0; b < count; b += VectorKernels.length()) {
      sum = sum.add(FloatVector.fromArray(VectorKernels.S, dz, from + b));
    }
    float total = 0;
    for (int lane = 0; lane < VectorKernels.length(); lane++) {
      total += sum.lane(lane);
    }
    return total;
  }

  @Override public void load() {}

  @Override public void close() {}
}
