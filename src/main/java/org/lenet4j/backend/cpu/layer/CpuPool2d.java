package org.lenet4j.backend.cpu.layer;

import org.lenet4j.backend.cpu.memory.Layout;
import org.lenet4j.backend.cpu.memory.PoolPlan;
import org.lenet4j.backend.cpu.memory.Scratch;
import org.lenet4j.nn.Activation;
import org.lenet4j.nn.Pool2d;

/** Max and average pooling. The maximum of 2x2, which takes the most time, is the twins'. */
public abstract class CpuPool2d extends CpuLayer {
  protected final PoolPlan plan; // of in and out
  protected final PoolPlan gradient; // the same windows of dIn and dOut
  private final boolean max;
  private final int size;

  protected CpuPool2d(Pool2d spec, Place place) {
    super(place);
    max = spec.kind() == Pool2d.Kind.MAX;
    size = spec.size();
    plan = new PoolPlan(in, out, size);
    gradient = needsGradient ? new PoolPlan(dIn, dOut, size) : null;
  }

  @Override public final boolean isRandom() {
    return false;
  }

  @Override public final void forward(Scratch s, boolean training) {
    if (max && size == 2) {
      maxPool2(s.memory, below.f == Activation.RELU);
    } else if (max) {
      maximum(s.memory);
    } else {
      average(s.memory);
    }
  }

  @Override public final void backward(Scratch s) {
    if (!passesGradient) {
      return;
    }
    if (max && size == 2 && (below.f == Activation.NONE || below.f == Activation.RELU)) {
      maxPool2Backward(s.memory, below.f == Activation.RELU);
      return; // elements outside every window stay zero from the start
    }
    if (max) {
      maximumBackward(s.memory);
    } else {
      averageBackward(s.memory);
    }
    below.backward(s.memory, in, dIn);
  }

  /** Maximum of each 2x2 window; with {@code relu} of the window and zero, which is the ReLU before the pooling as well. */
  protected abstract void maxPool2(float[] memory, boolean relu);

  /**
   * Gives each window's gradient to its first largest element and zero to the others. With {@code relu} the gradient is zero where the
   * maximum is not positive; the windows are then before the ReLU.
   */
  protected abstract void maxPool2Backward(float[] memory, boolean relu);

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
