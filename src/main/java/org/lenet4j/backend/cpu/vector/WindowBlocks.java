package org.lenet4j.backend.cpu.vector;

import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorSpecies;

/**
 * {@link RegisterBlocks} with the pooling behind the convolution: what is not the largest of its window never leaves the registers. The
 * maxima are written out too: as calls they would go over the number of nodes up to which the JIT inlines, and box.
 */
final class WindowBlocks {
  private static final VectorSpecies<Float> S = VectorLoops.S;

  private WindowBlocks() {}

  /**
   * 6 channels as in {@link RegisterBlocks#correlate6}, at the four outputs of each window of 2x2; the largest is kept, and no less than
   * {@code least}. In y there must be room for 6 channels.
   *
   * @param below taps of the lower two
   * @param right distance in x from the left two to the right two
   */
  static void correlateMax6(float[] x, int x0, int right, int[] taps, int[] below, int[] tapIndex, float[] w, int w0, float[] bias, int m,
      float least, float[] y, int y0, int plane) {
    FloatVector b0 = FloatVector.broadcast(S, bias[m + 0]);
    FloatVector s00 = b0, s01 = b0, s02 = b0, s03 = b0;
    FloatVector b1 = FloatVector.broadcast(S, bias[m + 1]);
    FloatVector s10 = b1, s11 = b1, s12 = b1, s13 = b1;
    FloatVector b2 = FloatVector.broadcast(S, bias[m + 2]);
    FloatVector s20 = b2, s21 = b2, s22 = b2, s23 = b2;
    FloatVector b3 = FloatVector.broadcast(S, bias[m + 3]);
    FloatVector s30 = b3, s31 = b3, s32 = b3, s33 = b3;
    FloatVector b4 = FloatVector.broadcast(S, bias[m + 4]);
    FloatVector s40 = b4, s41 = b4, s42 = b4, s43 = b4;
    FloatVector b5 = FloatVector.broadcast(S, bias[m + 5]);
    FloatVector s50 = b5, s51 = b5, s52 = b5, s53 = b5;
    for (int t = 0; t < taps.length; t++) {
      int upper = x0 + taps[t];
      int lower = x0 + below[t];
      int weight = w0 + 6 * tapIndex[t];
      FloatVector v0 = FloatVector.fromArray(S, x, upper);
      FloatVector v1 = FloatVector.fromArray(S, x, upper + right);
      FloatVector v2 = FloatVector.fromArray(S, x, lower);
      FloatVector v3 = FloatVector.fromArray(S, x, lower + right);
      FloatVector f = FloatVector.broadcast(S, w[weight]);
      s00 = v0.fma(f, s00);
      s01 = v1.fma(f, s01);
      s02 = v2.fma(f, s02);
      s03 = v3.fma(f, s03);
      f = FloatVector.broadcast(S, w[weight + 1]);
      s10 = v0.fma(f, s10);
      s11 = v1.fma(f, s11);
      s12 = v2.fma(f, s12);
      s13 = v3.fma(f, s13);
      f = FloatVector.broadcast(S, w[weight + 2]);
      s20 = v0.fma(f, s20);
      s21 = v1.fma(f, s21);
      s22 = v2.fma(f, s22);
      s23 = v3.fma(f, s23);
      f = FloatVector.broadcast(S, w[weight + 3]);
      s30 = v0.fma(f, s30);
      s31 = v1.fma(f, s31);
      s32 = v2.fma(f, s32);
      s33 = v3.fma(f, s33);
      f = FloatVector.broadcast(S, w[weight + 4]);
      s40 = v0.fma(f, s40);
      s41 = v1.fma(f, s41);
      s42 = v2.fma(f, s42);
      s43 = v3.fma(f, s43);
      f = FloatVector.broadcast(S, w[weight + 5]);
      s50 = v0.fma(f, s50);
      s51 = v1.fma(f, s51);
      s52 = v2.fma(f, s52);
      s53 = v3.fma(f, s53);
    }
    FloatVector floor = FloatVector.broadcast(S, least);
    s00.max(s01).max(s02.max(s03)).max(floor).intoArray(y, y0);
    s10.max(s11).max(s12.max(s13)).max(floor).intoArray(y, y0 + plane);
    s20.max(s21).max(s22.max(s23)).max(floor).intoArray(y, y0 + 2 * plane);
    s30.max(s31).max(s32.max(s33)).max(floor).intoArray(y, y0 + 3 * plane);
    s40.max(s41).max(s42.max(s43)).max(floor).intoArray(y, y0 + 4 * plane);
    s50.max(s51).max(s52.max(s53)).max(floor).intoArray(y, y0 + 5 * plane);
  }

  /**
   * 4 channels as in {@link RegisterBlocks#correlate4}, at the four outputs of each window of 2x2; the largest is kept, and no less than
   * {@code least}. In y there must be room for 4 channels.
   *
   * @param below taps of the lower two
   * @param right distance in x from the left two to the right two
   */
  static void correlateMax4(float[] x, int x0, int right, int[] taps, int[] below, int[] tapIndex, float[] w, int w0, float[] bias, int m,
      float least, float[] y, int y0, int plane) {
    FloatVector b0 = FloatVector.broadcast(S, bias[m + 0]);
    FloatVector s00 = b0, s01 = b0, s02 = b0, s03 = b0;
    FloatVector b1 = FloatVector.broadcast(S, bias[m + 1]);
    FloatVector s10 = b1, s11 = b1, s12 = b1, s13 = b1;
    FloatVector b2 = FloatVector.broadcast(S, bias[m + 2]);
    FloatVector s20 = b2, s21 = b2, s22 = b2, s23 = b2;
    FloatVector b3 = FloatVector.broadcast(S, bias[m + 3]);
    FloatVector s30 = b3, s31 = b3, s32 = b3, s33 = b3;
    for (int t = 0; t < taps.length; t++) {
      int upper = x0 + taps[t];
      int lower = x0 + below[t];
      int weight = w0 + 4 * tapIndex[t];
      FloatVector v0 = FloatVector.fromArray(S, x, upper);
      FloatVector v1 = FloatVector.fromArray(S, x, upper + right);
      FloatVector v2 = FloatVector.fromArray(S, x, lower);
      FloatVector v3 = FloatVector.fromArray(S, x, lower + right);
      FloatVector f = FloatVector.broadcast(S, w[weight]);
      s00 = v0.fma(f, s00);
      s01 = v1.fma(f, s01);
      s02 = v2.fma(f, s02);
      s03 = v3.fma(f, s03);
      f = FloatVector.broadcast(S, w[weight + 1]);
      s10 = v0.fma(f, s10);
      s11 = v1.fma(f, s11);
      s12 = v2.fma(f, s12);
      s13 = v3.fma(f, s13);
      f = FloatVector.broadcast(S, w[weight + 2]);
      s20 = v0.fma(f, s20);
      s21 = v1.fma(f, s21);
      s22 = v2.fma(f, s22);
      s23 = v3.fma(f, s23);
      f = FloatVector.broadcast(S, w[weight + 3]);
      s30 = v0.fma(f, s30);
      s31 = v1.fma(f, s31);
      s32 = v2.fma(f, s32);
      s33 = v3.fma(f, s33);
    }
    FloatVector floor = FloatVector.broadcast(S, least);
    s00.max(s01).max(s02.max(s03)).max(floor).intoArray(y, y0);
    s10.max(s11).max(s12.max(s13)).max(floor).intoArray(y, y0 + plane);
    s20.max(s21).max(s22.max(s23)).max(floor).intoArray(y, y0 + 2 * plane);
    s30.max(s31).max(s32.max(s33)).max(floor).intoArray(y, y0 + 3 * plane);
  }
}
