package org.lenet4j.backend.cpu.vector;

import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorSpecies;
import org.lenet4j.backend.cpu.memory.Layout;

/** The innermost loops of a fully connected layer, written out as those of {@link RegisterBlocks} and for the same reason. */
final class LinearBlocks {
  /** Rows of {@link #forward} and {@link #backward}. */
  static final int SUMS = 12;

  /** Rows of {@link #weightGradient}. */
  static final int ROWS = 8;

  private static final VectorSpecies<Float> S = VectorLoops.S;
  private static final int LANES = Layout.LANES;

  private LinearBlocks() {}

  /**
   * Twelve outputs of a chunk: {@code z[o] = bias[o] + sum_i w[o,i] x[i]}.
   *
   * @param theta the weights {@code (out, in)} from {@code w} and the biases from {@code b}
   * @param o     the first of the outputs; the last one is repeated if there are fewer
   * @param x     {@code (in, LANES)} in the memory
   * @param z     output 0, and the next one {@code stride} further
   */
  static void forward(float[] theta, int w, int b, int o, int out, int in, float[] memory, int x, int z,
      int stride) {
    int o0 = o;
    int o1 = Math.min(o + 1, out - 1);
    int o2 = Math.min(o + 2, out - 1);
    int o3 = Math.min(o + 3, out - 1);
    int o4 = Math.min(o + 4, out - 1);
    int o5 = Math.min(o + 5, out - 1);
    int o6 = Math.min(o + 6, out - 1);
    int o7 = Math.min(o + 7, out - 1);
    int o8 = Math.min(o + 8, out - 1);
    int o9 = Math.min(o + 9, out - 1);
    int o10 = Math.min(o + 10, out - 1);
    int o11 = Math.min(o + 11, out - 1);
    int w0 = w + o0 * in;
    int w1 = w + o1 * in;
    int w2 = w + o2 * in;
    int w3 = w + o3 * in;
    int w4 = w + o4 * in;
    int w5 = w + o5 * in;
    int w6 = w + o6 * in;
    int w7 = w + o7 * in;
    int w8 = w + o8 * in;
    int w9 = w + o9 * in;
    int w10 = w + o10 * in;
    int w11 = w + o11 * in;
    FloatVector s0 = FloatVector.broadcast(S, theta[b + o0]);
    FloatVector s1 = FloatVector.broadcast(S, theta[b + o1]);
    FloatVector s2 = FloatVector.broadcast(S, theta[b + o2]);
    FloatVector s3 = FloatVector.broadcast(S, theta[b + o3]);
    FloatVector s4 = FloatVector.broadcast(S, theta[b + o4]);
    FloatVector s5 = FloatVector.broadcast(S, theta[b + o5]);
    FloatVector s6 = FloatVector.broadcast(S, theta[b + o6]);
    FloatVector s7 = FloatVector.broadcast(S, theta[b + o7]);
    FloatVector s8 = FloatVector.broadcast(S, theta[b + o8]);
    FloatVector s9 = FloatVector.broadcast(S, theta[b + o9]);
    FloatVector s10 = FloatVector.broadcast(S, theta[b + o10]);
    FloatVector s11 = FloatVector.broadcast(S, theta[b + o11]);
    for (int i = 0; i < in; i++) {
      FloatVector v = FloatVector.fromArray(S, memory, x + i * LANES);
      s0 = v.fma(FloatVector.broadcast(S, theta[w0 + i]), s0);
      s1 = v.fma(FloatVector.broadcast(S, theta[w1 + i]), s1);
      s2 = v.fma(FloatVector.broadcast(S, theta[w2 + i]), s2);
      s3 = v.fma(FloatVector.broadcast(S, theta[w3 + i]), s3);
      s4 = v.fma(FloatVector.broadcast(S, theta[w4 + i]), s4);
      s5 = v.fma(FloatVector.broadcast(S, theta[w5 + i]), s5);
      s6 = v.fma(FloatVector.broadcast(S, theta[w6 + i]), s6);
      s7 = v.fma(FloatVector.broadcast(S, theta[w7 + i]), s7);
      s8 = v.fma(FloatVector.broadcast(S, theta[w8 + i]), s8);
      s9 = v.fma(FloatVector.broadcast(S, theta[w9 + i]), s9);
      s10 = v.fma(FloatVector.broadcast(S, theta[w10 + i]), s10);
      s11 = v.fma(FloatVector.broadcast(S, theta[w11 + i]), s11);
    }
    s0.intoArray(memory, z + o0 * stride);
    s1.intoArray(memory, z + o1 * stride);
    s2.intoArray(memory, z + o2 * stride);
    s3.intoArray(memory, z + o3 * stride);
    s4.intoArray(memory, z + o4 * stride);
    s5.intoArray(memory, z + o5 * stride);
    s6.intoArray(memory, z + o6 * stride);
    s7.intoArray(memory, z + o7 * stride);
    s8.intoArray(memory, z + o8 * stride);
    s9.intoArray(memory, z + o9 * stride);
    s10.intoArray(memory, z + o10 * stride);
    s11.intoArray(memory, z + o11 * stride);
  }

  /**
   * The gradient of twelve inputs of a chunk: {@code dx[i] = sum_o w[o,i] dz[o]}.
   *
   * @param i the first of the inputs; the last one is repeated if there are fewer
   */
  static void backward(float[] theta, int w, int i, int out, int in, float[] memory, int dz, int dx) {
    int i0 = i;
    int i1 = Math.min(i + 1, in - 1);
    int i2 = Math.min(i + 2, in - 1);
    int i3 = Math.min(i + 3, in - 1);
    int i4 = Math.min(i + 4, in - 1);
    int i5 = Math.min(i + 5, in - 1);
    int i6 = Math.min(i + 6, in - 1);
    int i7 = Math.min(i + 7, in - 1);
    int i8 = Math.min(i + 8, in - 1);
    int i9 = Math.min(i + 9, in - 1);
    int i10 = Math.min(i + 10, in - 1);
    int i11 = Math.min(i + 11, in - 1);
    FloatVector zero = FloatVector.zero(S);
    FloatVector s0 = zero, s1 = zero, s2 = zero, s3 = zero, s4 = zero, s5 = zero;
    FloatVector s6 = zero, s7 = zero, s8 = zero, s9 = zero, s10 = zero, s11 = zero;
    for (int o = 0; o < out; o++) {
      int row = w + o * in;
      FloatVector v = FloatVector.fromArray(S, memory, dz + o * LANES);
      s0 = v.fma(FloatVector.broadcast(S, theta[row + i0]), s0);
      s1 = v.fma(FloatVector.broadcast(S, theta[row + i1]), s1);
      s2 = v.fma(FloatVector.broadcast(S, theta[row + i2]), s2);
      s3 = v.fma(FloatVector.broadcast(S, theta[row + i3]), s3);
      s4 = v.fma(FloatVector.broadcast(S, theta[row + i4]), s4);
      s5 = v.fma(FloatVector.broadcast(S, theta[row + i5]), s5);
      s6 = v.fma(FloatVector.broadcast(S, theta[row + i6]), s6);
      s7 = v.fma(FloatVector.broadcast(S, theta[row + i7]), s7);
      s8 = v.fma(FloatVector.broadcast(S, theta[row + i8]), s8);
      s9 = v.fma(FloatVector.broadcast(S, theta[row + i9]), s9);
      s10 = v.fma(FloatVector.broadcast(S, theta[row + i10]), s10);
      s11 = v.fma(FloatVector.broadcast(S, theta[row + i11]), s11);
    }
    s0.intoArray(memory, dx + i0 * LANES);
    s1.intoArray(memory, dx + i1 * LANES);
    s2.intoArray(memory, dx + i2 * LANES);
    s3.intoArray(memory, dx + i3 * LANES);
    s4.intoArray(memory, dx + i4 * LANES);
    s5.intoArray(memory, dx + i5 * LANES);
    s6.intoArray(memory, dx + i6 * LANES);
    s7.intoArray(memory, dx + i7 * LANES);
    s8.intoArray(memory, dx + i8 * LANES);
    s9.intoArray(memory, dx + i9 * LANES);
    s10.intoArray(memory, dx + i10 * LANES);
    s11.intoArray(memory, dx + i11 * LANES);
  }

  /**
   * Adds to two vectors of eight rows of the weight gradient: {@code dw[r,j] += sum_b dz[r,b] x[b,j]}.
   *
   * @param samples how many b there are
   * @param dz      row r from {@code d0 + r * stride}
   * @param x       sample b from {@code x0 + b * length}
   * @param dw      row r from {@code w0 + r * length}
   */
  static void weightGradient(int samples, float[] dz, int d0, int stride, float[] x, int x0, int length, float[] dw, int w0) {
    int next = S.length();
    int d1 = d0 + 1 * stride;
    int d2 = d0 + 2 * stride;
    int d3 = d0 + 3 * stride;
    int d4 = d0 + 4 * stride;
    int d5 = d0 + 5 * stride;
    int d6 = d0 + 6 * stride;
    int d7 = d0 + 7 * stride;
    FloatVector a0 = FloatVector.fromArray(S, dw, w0);
    FloatVector b0 = FloatVector.fromArray(S, dw, w0 + next);
    FloatVector a1 = FloatVector.fromArray(S, dw, w0 + length);
    FloatVector b1 = FloatVector.fromArray(S, dw, w0 + length + next);
    FloatVector a2 = FloatVector.fromArray(S, dw, w0 + 2 * length);
    FloatVector b2 = FloatVector.fromArray(S, dw, w0 + 2 * length + next);
    FloatVector a3 = FloatVector.fromArray(S, dw, w0 + 3 * length);
    FloatVector b3 = FloatVector.fromArray(S, dw, w0 + 3 * length + next);
    FloatVector a4 = FloatVector.fromArray(S, dw, w0 + 4 * length);
    FloatVector b4 = FloatVector.fromArray(S, dw, w0 + 4 * length + next);
    FloatVector a5 = FloatVector.fromArray(S, dw, w0 + 5 * length);
    FloatVector b5 = FloatVector.fromArray(S, dw, w0 + 5 * length + next);
    FloatVector a6 = FloatVector.fromArray(S, dw, w0 + 6 * length);
    FloatVector b6 = FloatVector.fromArray(S, dw, w0 + 6 * length + next);
    FloatVector a7 = FloatVector.fromArray(S, dw, w0 + 7 * length);
    FloatVector b7 = FloatVector.fromArray(S, dw, w0 + 7 * length + next);
    for (int b = 0; b < samples; b++) {
      FloatVector v = FloatVector.fromArray(S, x, x0 + b * length);
      FloatVector u = FloatVector.fromArray(S, x, x0 + b * length + next);
      FloatVector d = FloatVector.broadcast(S, dz[d0 + b]);
      a0 = v.fma(d, a0);
      b0 = u.fma(d, b0);
      d = FloatVector.broadcast(S, dz[d1 + b]);
      a1 = v.fma(d, a1);
      b1 = u.fma(d, b1);
      d = FloatVector.broadcast(S, dz[d2 + b]);
      a2 = v.fma(d, a2);
      b2 = u.fma(d, b2);
      d = FloatVector.broadcast(S, dz[d3 + b]);
      a3 = v.fma(d, a3);
      b3 = u.fma(d, b3);
      d = FloatVector.broadcast(S, dz[d4 + b]);
      a4 = v.fma(d, a4);
      b4 = u.fma(d, b4);
      d = FloatVector.broadcast(S, dz[d5 + b]);
      a5 = v.fma(d, a5);
      b5 = u.fma(d, b5);
      d = FloatVector.broadcast(S, dz[d6 + b]);
      a6 = v.fma(d, a6);
      b6 = u.fma(d, b6);
      d = FloatVector.broadcast(S, dz[d7 + b]);
      a7 = v.fma(d, a7);
      b7 = u.fma(d, b7);
    }
    a0.intoArray(dw, w0);
    b0.intoArray(dw, w0 + next);
    a1.intoArray(dw, w0 + length);
    b1.intoArray(dw, w0 + length + next);
    a2.intoArray(dw, w0 + 2 * length);
    b2.intoArray(dw, w0 + 2 * length + next);
    a3.intoArray(dw, w0 + 3 * length);
    b3.intoArray(dw, w0 + 3 * length + next);
    a4.intoArray(dw, w0 + 4 * length);
    b4.intoArray(dw, w0 + 4 * length + next);
    a5.intoArray(dw, w0 + 5 * length);
    b5.intoArray(dw, w0 + 5 * length + next);
    a6.intoArray(dw, w0 + 6 * length);
    b6.intoArray(dw, w0 + 6 * length + next);
    a7.intoArray(dw, w0 + 7 * length);
    b7.intoArray(dw, w0 + 7 * length + next);
  }
}
