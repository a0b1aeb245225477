package org.lenet4j.backend.cpu;

import org.lenet4j.backend.cpu.memory.Layout;
import org.lenet4j.backend.cpu.memory.PoolPlan;
import org.lenet4j.backend.cpu.memory.Scratch;
import org.lenet4j.nn.Activation;
import org.lenet4j.nn.Pool2d;

/** Max and average pooling. */
final class CpuPool2d extends CpuLayer {
  private final Kernels kernels;
  private final boolean max;
  private final int size;
  private final PoolPlan plan;
  private final PoolPlan gradient;

  CpuPool2d(Pool2d spec, Place place, Kernels kernels) {
    super(place);
    this.kernels = kernels;
    max = spec.kind() == Pool2d.Kind.MAX;
    size = spec.size();
    plan = new PoolPlan(in, out, size);
    gradient = needsGradient ? new PoolPlan(dIn, dOut, size) : null;
  }

  @Override void forward(Scratch s, boolean training) {
    if (max && size == 2) {
      kernels.maxPool2(plan, s.memory, below.f == Activation.RELU);
    } else if (max) {
      maximum(s.memory);
    } else {
      average(s.memory);
    }
  }

  @Override void backward(Scratch s) {
    if (!passesGradient) {
      return;
    }
    if (max && size == 2 && (below.f == Activation.NONE || below.f == Activation.RELU)) {
      kernels.maxPool2Backward(plan, gradient, s.memory, below.f == Activation.RELU);
      return; // elements outside every window stay zero from the start
    }
    if (max) {
      maximumBackward(s.memory);
    } else {
      averageBackward(s.memory);
    }
    below.backward(s.memory, in, dIn);
  }

  private void maximum(float[] memory) {
    for (int i = 0; i < plan.xWindow.length; i++) {
      for (int lane = 0; lane < Layout.LANES; lane++) {
        memory[plan.yElement[i] + lane] = memory[plan.xWindow[i] + lane + firstLargest(memory, plan.xWindow[i] + lane, plan.row)];
      }
    }
  }

  private void maximumBackward(float[] memory) {
    for (int i = 0; i < plan.xWindow.length; i++) {
      for (int lane = 0; lane < Layout.LANES; lane++) {
        int largest = firstLargest(memory, plan.xWindow[i] + lane, plan.row);
        int row = largest / plan.row;
        int column = largest % plan.row / Layout.LANES;
        for (int k = 0; k < size * size; k++) {
          boolean taken = k / size == row && k % size == column;
          memory[gradient.xWindow[i] + lane + k / size * gradient.row + k % size * Layout.LANES]
              = taken ? memory[gradient.yElement[i] + lane] : 0;
        }
      }
    }
  }

  /** Offset from {@code at} of the first largest element of a window. */
  private int firstLargest(float[] memory, int at, int row) {
    int largest = 0;
    for (int k = 1; k < size * size; k++) {
      int offset = k / size * row + k % size * Layout.LANES;
      if (memory[at + offset] > memory[at + largest]) {
        largest = offset;
      }
    }
    return largest;
  }

  private void average(float[] memory) {
    float share = 1f / (size * size);
    for (int i = 0; i < plan.xWindow.length; i++) {
      for (int lane = 0; lane < Layout.LANES; lane++) {
        float sum = 0;
        for (int k = 0; k < size * size; k++) {
          sum += memory[plan.xWindow[i] + lane + k / size * plan.row + k % size * Layout.LANES];
        }
        memory[plan.yElement[i] + lane] = sum * share;
      }
    }
  }

  private void averageBackward(float[] memory) {
    float share = 1f / (size * size);
    for (int i = 0; i < gradient.xWindow.length; i++) {
      for (int k = 0; k < size * size; k++) {
        int to = gradient.xWindow[i] + k / size * gradient.row + k % size * Layout.LANES;
        for (int lane = 0; lane < Layout.LANES; lane++) {
          memory[to + lane] = memory[gradient.yElement[i] + lane] * share;
        }
      }
    }
  }
}
