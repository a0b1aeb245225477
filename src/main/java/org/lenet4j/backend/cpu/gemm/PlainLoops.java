package org.lenet4j.backend.cpu.gemm;

import org.lenet4j.backend.cpu.layer.Loops;

/**
 * For a JVM without {@code jdk.incubator.vector}. Floats are compared as the integers that their bits are, where a mask is a shift;
 * {@link PlainPool2d} says why.
 */
final class PlainLoops implements Loops {
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

  static int bits(float x) {
    return Float.floatToRawIntBits(x);
  }

  /** All ones if two integers differ, zero if they do not. */
  static int differ(int a, int b) {
    int d = a ^ b;
    return (d | -d) >> 31;
  }
}
