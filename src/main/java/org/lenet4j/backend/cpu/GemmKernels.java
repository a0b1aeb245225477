package org.lenet4j.backend.cpu;

import org.lenet4j.backend.cpu.memory.Layout;
import org.lenet4j.backend.cpu.memory.MemoryPlan;
import org.lenet4j.backend.cpu.memory.PoolPlan;
import org.lenet4j.nn.Conv2d;
import org.lenet4j.nn.Linear;

/**
 * Kernels for a JVM without {@code jdk.incubator.vector}: convolutions as matrix products in OpenBLAS, pooling and ReLU without branches.
 *
 * <p>C2 of JDK 17 makes no vector instructions of loops over arrays with different offsets, and a branch on such data is mispredicted
 * every other time. So floats are compared as the integers that their bits are, where a maximum is a conditional move and a mask a
 * shift. LeNet-5's pool1, microseconds a chunk on one core: forward 298 with branches, 104 with {@code Math.max}, 20 so; backward 238 with
 * branches, 160 with masks in float arithmetic, 45 so.
 */
final class GemmKernels implements Kernels {
  private static final int LANES = Layout.LANES;

  @Override public String describe() {
    return "im2col and GEMM; for the faster kernels start java with --add-modules jdk.incubator.vector";
  }

  @Override public ImageKernels image() {
    return new ScalarImageKernels();
  }

  /** OpenBLAS's kernels for AVX2 sum the last columns of a matrix in another order than the others. */
  @Override public boolean lanesAreAlike() {
    return false;
  }

  @Override public boolean pools(Conv2d spec) {
    return false;
  }

  @Override public Convolution convolution(Conv2d spec, CpuLayer.Place place, boolean frozen, int workers, MemoryPlan memory) {
    OpenBlas.load();
    return new GemmConvolution(spec, place, frozen, workers);
  }

  @Override public CpuLinear linear(Linear spec, CpuLayer.Place place, CpuParameters parameters, int slotOffset, int workers,
      int chunks, MemoryPlan memory, MemoryPlan batch) {
    OpenBlas.load();
    return new GemmLinear(spec, place, this, parameters, slotOffset, workers, chunks);
  }

  @Override public void maxPool2(PoolPlan plan, float[] memory, boolean relu) {
    if (relu) {
      positiveMaximum(plan, memory);
    } else {
      maximum(plan, memory);
    }
  }

  /** The bits of floats that are not negative are in the order of the floats, and all others are negative integers. */
  private static void positiveMaximum(PoolPlan plan, float[] memory) {
    int row = plan.row;
    for (int i = 0; i < plan.xWindow.length; i++) {
      int at = plan.xWindow[i];
      int to = plan.yElement[i];
      for (int lane = 0; lane < LANES; lane++) {
        int a = Math.max(bits(memory[at + lane]), bits(memory[at + LANES + lane]));
        int b = Math.max(bits(memory[at + row + lane]), bits(memory[at + row + LANES + lane]));
        memory[to + lane] = Float.intBitsToFloat(Math.max(Math.max(a, b), 0));
      }
    }
  }

  private static void maximum(PoolPlan plan, float[] memory) {
    int row = plan.row;
    for (int i = 0; i < plan.xWindow.length; i++) {
      int at = plan.xWindow[i];
      int to = plan.yElement[i];
      for (int lane = 0; lane < LANES; lane++) {
        int a = Math.max(ordered(bits(memory[at + lane])), ordered(bits(memory[at + LANES + lane])));
        int b = Math.max(ordered(bits(memory[at + row + lane])), ordered(bits(memory[at + row + LANES + lane])));
        memory[to + lane] = Float.intBitsToFloat(ordered(Math.max(a, b)));
      }
    }
  }

  private static int bits(float x) {
    return Float.floatToRawIntBits(x);
  }

  /** Bits of a float to an integer in the order of the floats, -0 below 0, and back. */
  private static int ordered(int bits) {
    return bits ^ bits >> 31 >>> 1;
  }

  @Override public void maxPool2Backward(PoolPlan plan, PoolPlan gradient, float[] memory, boolean relu) {
    int row = plan.row;
    int dxRow = gradient.row;
    int always = relu ? 0 : -1;
    for (int i = 0; i < plan.xWindow.length; i++) {
      int at = plan.xWindow[i];
      int to = gradient.xWindow[i];
      int out = plan.yElement[i];
      int dOut = gradient.yElement[i];
      for (int lane = 0; lane < LANES; lane++) {
        int max = bits(memory[out + lane]);
        int rest = bits(memory[dOut + lane]) & (differ(max, 0) | always); // what no earlier element took
        int other = differ(max, bits(memory[at + lane]));
        memory[to + lane] = Float.intBitsToFloat(rest & ~other);
        rest &= other;
        other = differ(max, bits(memory[at + LANES + lane]));
        memory[to + LANES + lane] = Float.intBitsToFloat(rest & ~other);
        rest &= other;
        other = differ(max, bits(memory[at + row + lane]));
        memory[to + dxRow + lane] = Float.intBitsToFloat(rest & ~other);
        memory[to + dxRow + LANES + lane] = Float.intBitsToFloat(rest & other);
      }
    }
  }

  /** All ones if two integers differ, zero if they do not. */
  private static int differ(int a, int b) {
    int d = a ^ b;
    return (d | -d) >> 31;
  }

  @Override public void add(float[] y, int to, float[] x, int from, int count) {
    for (int i = 0; i < count; i++) {
      y[to + i] += x[from + i];
    }
  }

  @Override public void rectify(float[] y, int from, int to) {
    for (int i = from; i < to; i++) {
      y[i] = Math.max(y[i], 0);
    }
  }

  @Override public void rectifyBackward(float[] memory, int o, int d, int count) {
    for (int i = 0; i < count; i++) {
      memory[d + i] = Float.intBitsToFloat(bits(memory[d + i]) & differ(bits(memory[o + i]), 0));
    }
  }

  @Override public void adam(float[] theta, float[] gradient, float[] mean, float[] square, int from, int to, AdamStep step) {
    for (int i = from; i < to; i++) {
      step.apply(theta, gradient, mean, square, i);
    }
  }
}
