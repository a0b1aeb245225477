package org.lenet4j.backend.cpu.gemm;

import static org.lenet4j.backend.cpu.gemm.PlainLoops.bits;
import static org.lenet4j.backend.cpu.gemm.PlainLoops.differ;
import static org.lenet4j.backend.cpu.memory.Layout.LANES;

import org.lenet4j.backend.cpu.layer.CpuPool2d;
import org.lenet4j.nn.Pool2d;

/**
 * Max-pooling of 2x2 for a JVM without {@code jdk.incubator.vector}, without branches.
 *
 * <p>C2 of JDK 17 makes no vector instructions of loops over arrays with different offsets, and a branch on such data is mispredicted
 * every other time. So floats are compared as the integers that their bits are, where a maximum is a conditional move and a mask a
 * shift. LeNet-5's pool1, microseconds a chunk on one core: forward 298 with branches, 104 with {@code Math.max}, 20 so; backward 238 with
 * branches, 160 with masks in float arithmetic, 45 so.
 */
final class PlainPool2d extends CpuPool2d {
  PlainPool2d(Pool2d spec, Place place) {
    super(spec, place);
  }

  @Override protected void maxPool2(float[] memory, boolean relu) {
    if (relu) {
      positiveMaximum(memory);
    } else {
      anyMaximum(memory);
    }
  }

  /** The bits of floats that are not negative are in the order of the floats, and all others are negative integers. */
  private void positiveMaximum(float[] memory) {
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

  private void anyMaximum(float[] memory) {
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

  /** Bits of a float to an integer in the order of the floats, -0 below 0, and back. */
  private static int ordered(int bits) {
    return bits ^ bits >> 31 >>> 1;
  }

  @Override protected void maxPool2Backward(float[] memory, boolean relu) {
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
}
