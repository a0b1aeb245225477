package org.lenet4j.backend.cpu;

import org.lenet4j.layer.Activation;
import org.lenet4j.layer.Pool2d;

/** Max and average pooling. */
final class CpuPool2d extends CpuLayer {
  private final Kernels kernels;
  final boolean max;
  final int size;
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
      kernels.maxPool2(plan, x(s), s.y[index], below.f == Activation.RELU);
    } else if (max) {
      maximum(x(s), s.y[index]);
    } else {
      average(x(s), s.y[index]);
    }
  }

  /**
   * Whether the gradient can take the place of the output below: it is not needed any more, since the ReLU below is done here, and
   * windows cover every element. That spares 300 KB of the second-level cache for the first convolution of LeNet-5.
   */
  boolean backwardInPlace() {
    return passesGradient && max && size == 2 && below.f == Activation.RELU && dIn.equals(in)
        && in.shape().height() % 2 == 0 && in.shape().width() % 2 == 0;
  }

  @Override void backward(Scratch s) {
    if (!passesGradient) {
      return;
    }
    if (max && size == 2 && (below.f == Activation.NONE || below.f == Activation.RELU)) {
      kernels.maxPool2Backward(plan, gradient, x(s), s.y[index], s.dz[index], dx(s), below.f == Activation.RELU);
      return; // elements outside every window stay zero from the start
    }
    if (max) {
      maximumBackward(x(s), s.y[index], s.dz[index], dx(s));
    } else {
      averageBackward(s.dz[index], dx(s));
    }
    below.backward(x(s), in, dx(s), dIn);
  }

  private void maximum(float[] x, float[] y) {
    for (int i = 0; i < plan.xWindow.length; i++) {
      for (int lane = 0; lane < Kernels.LANES; lane++) {
        y[plan.yElement[i] + lane] = x[plan.xWindow[i] + lane + firstLargest(x, plan.xWindow[i] + lane, plan.x.row())];
      }
    }
  }

  private void maximumBackward(float[] x, float[] y, float[] dy, float[] dx) {
    for (int i = 0; i < plan.xWindow.length; i++) {
      for (int lane = 0; lane < Kernels.LANES; lane++) {
        int largest = firstLargest(x, plan.xWindow[i] + lane, plan.x.row());
        int row = largest / plan.x.row();
        int column = largest % plan.x.row() / Kernels.LANES;
        for (int k = 0; k < size * size; k++) {
          boolean taken = k / size == row && k % size == column;
          dx[gradient.xWindow[i] + lane + k / size * gradient.x.row() + k % size * Kernels.LANES]
              = taken ? dy[gradient.yElement[i] + lane] : 0;
        }
      }
    }
  }

  /** Offset from {@code at} of the first largest element of a window. */
  private int firstLargest(float[] x, int at, int row) {
    int largest = 0;
    for (int k = 1; k < size * size; k++) {
      int offset = k / size * row + k % size * Kernels.LANES;
      if (x[at + offset] > x[at + largest]) {
        largest = offset;
      }
    }
    return largest;
  }

  private void average(float[] x, float[] y) {
    float share = 1f / (size * size);
    for (int i = 0; i < plan.xWindow.length; i++) {
      for (int lane = 0; lane < Kernels.LANES; lane++) {
        float sum = 0;
        for (int k = 0; k < size * size; k++) {
          sum += x[plan.xWindow[i] + lane + k / size * plan.x.row() + k % size * Kernels.LANES];
        }
        y[plan.yElement[i] + lane] = sum * share;
      }
    }
  }

  private void averageBackward(float[] dy, float[] dx) {
    float share = 1f / (size * size);
    for (int i = 0; i < gradient.xWindow.length; i++) {
      for (int k = 0; k < size * size; k++) {
        int to = gradient.xWindow[i] + k / size * gradient.x.row() + k % size * Kernels.LANES;
        for (int lane = 0; lane < Kernels.LANES; lane++) {
          dx[to + lane] = dy[gradient.yElement[i] + lane] * share;
        }
      }
    }
  }
}
