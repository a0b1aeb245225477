package org.lenet4j.backend.cpu.vector;

import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorSpecies;
import org.lenet4j.backend.cpu.memory.Layout;

/**
 * The innermost loops of convolution, written out so that every sum is a local variable and stays in a register: an array of vectors,
 * a nested loop or a branch around one makes the JIT compiler box them, and the loop runs 30 times slower.
 */
final class RegisterBlocks {
  private static final VectorSpecies<Float> S = VectorLoops.S;
  private static final int LANES = Layout.LANES;

  private RegisterBlocks() {}

  /** 6 channels at four positions: 24 sums in registers over one flat loop; nested loops would box the vectors. */
  static void correlate6(float[] x, int x0, int x1, int x2, int x3, int[] taps, int[] tapIndex, float[] w, int w0, float[] bias,
      int m, float[] y, int y0, int y1, int y2, int y3, int plane, int channels) {
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
      int offset = taps[t];
      int weight = w0 + 6 * tapIndex[t];
      FloatVector v0 = FloatVector.fromArray(S, x, x0 + offset);
      FloatVector v1 = FloatVector.fromArray(S, x, x1 + offset);
      FloatVector v2 = FloatVector.fromArray(S, x, x2 + offset);
      FloatVector v3 = FloatVector.fromArray(S, x, x3 + offset);
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
    int last = channels - 1; // superfluous channels are stored where the last one then overwrites them: a branch would box
    int c5 = Math.min(5, last) * plane;
    s50.intoArray(y, y0 + c5);
    s51.intoArray(y, y1 + c5);
    s52.intoArray(y, y2 + c5);
    s53.intoArray(y, y3 + c5);
    int c4 = Math.min(4, last) * plane;
    s40.intoArray(y, y0 + c4);
    s41.intoArray(y, y1 + c4);
    s42.intoArray(y, y2 + c4);
    s43.intoArray(y, y3 + c4);
    int c3 = Math.min(3, last) * plane;
    s30.intoArray(y, y0 + c3);
    s31.intoArray(y, y1 + c3);
    s32.intoArray(y, y2 + c3);
    s33.intoArray(y, y3 + c3);
    int c2 = Math.min(2, last) * plane;
    s20.intoArray(y, y0 + c2);
    s21.intoArray(y, y1 + c2);
    s22.intoArray(y, y2 + c2);
    s23.intoArray(y, y3 + c2);
    int c1 = Math.min(1, last) * plane;
    s10.intoArray(y, y0 + c1);
    s11.intoArray(y, y1 + c1);
    s12.intoArray(y, y2 + c1);
    s13.intoArray(y, y3 + c1);
    s00.intoArray(y, y0);
    s01.intoArray(y, y1);
    s02.intoArray(y, y2);
    s03.intoArray(y, y3);
  }

  /** 4 channels at four positions: 16 sums in registers over one flat loop; nested loops would box the vectors. */
  static void correlate4(float[] x, int x0, int x1, int x2, int x3, int[] taps, int[] tapIndex, float[] w, int w0, float[] bias,
      int m, float[] y, int y0, int y1, int y2, int y3, int plane, int channels) {
    FloatVector b0 = FloatVector.broadcast(S, bias[m + 0]);
    FloatVector s00 = b0, s01 = b0, s02 = b0, s03 = b0;
    FloatVector b1 = FloatVector.broadcast(S, bias[m + 1]);
    FloatVector s10 = b1, s11 = b1, s12 = b1, s13 = b1;
    FloatVector b2 = FloatVector.broadcast(S, bias[m + 2]);
    FloatVector s20 = b2, s21 = b2, s22 = b2, s23 = b2;
    FloatVector b3 = FloatVector.broadcast(S, bias[m + 3]);
    FloatVector s30 = b3, s31 = b3, s32 = b3, s33 = b3;
    for (int t = 0; t < taps.length; t++) {
      int offset = taps[t];
      int weight = w0 + 4 * tapIndex[t];
      FloatVector v0 = FloatVector.fromArray(S, x, x0 + offset);
      FloatVector v1 = FloatVector.fromArray(S, x, x1 + offset);
      FloatVector v2 = FloatVector.fromArray(S, x, x2 + offset);
      FloatVector v3 = FloatVector.fromArray(S, x, x3 + offset);
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
    int last = channels - 1; // superfluous channels are stored where the last one then overwrites them: a branch would box
    int c3 = Math.min(3, last) * plane;
    s30.intoArray(y, y0 + c3);
    s31.intoArray(y, y1 + c3);
    s32.intoArray(y, y2 + c3);
    s33.intoArray(y, y3 + c3);
    int c2 = Math.min(2, last) * plane;
    s20.intoArray(y, y0 + c2);
    s21.intoArray(y, y1 + c2);
    s22.intoArray(y, y2 + c2);
    s23.intoArray(y, y3 + c2);
    int c1 = Math.min(1, last) * plane;
    s10.intoArray(y, y0 + c1);
    s11.intoArray(y, y1 + c1);
    s12.intoArray(y, y2 + c1);
    s13.intoArray(y, y3 + c1);
    s00.intoArray(y, y0);
    s01.intoArray(y, y1);
    s02.intoArray(y, y2);
    s03.intoArray(y, y3);
  }

  /** 6 channels by four taps: 24 sums in registers over a band of positions. */
  static void filterGradient6(float[] x, int[] xp, int x0, int x1, int x2, int x3, float[] dy, int[] yp,
      int d0, int d1, int d2, int d3, int d4, int d5, float[] dw, int w0, int stride) {
    FloatVector s00 = FloatVector.fromArray(S, dw, w0);
    FloatVector s01 = FloatVector.fromArray(S, dw, w0 + LANES);
    FloatVector s02 = FloatVector.fromArray(S, dw, w0 + 2 * LANES);
    FloatVector s03 = FloatVector.fromArray(S, dw, w0 + 3 * LANES);
    int w1 = w0 + stride;
    FloatVector s10 = FloatVector.fromArray(S, dw, w1);
    FloatVector s11 = FloatVector.fromArray(S, dw, w1 + LANES);
    FloatVector s12 = FloatVector.fromArray(S, dw, w1 + 2 * LANES);
    FloatVector s13 = FloatVector.fromArray(S, dw, w1 + 3 * LANES);
    int w2 = w1 + stride;
    FloatVector s20 = FloatVector.fromArray(S, dw, w2);
    FloatVector s21 = FloatVector.fromArray(S, dw, w2 + LANES);
    FloatVector s22 = FloatVector.fromArray(S, dw, w2 + 2 * LANES);
    FloatVector s23 = FloatVector.fromArray(S, dw, w2 + 3 * LANES);
    int w3 = w2 + stride;
    FloatVector s30 = FloatVector.fromArray(S, dw, w3);
    FloatVector s31 = FloatVector.fromArray(S, dw, w3 + LANES);
    FloatVector s32 = FloatVector.fromArray(S, dw, w3 + 2 * LANES);
    FloatVector s33 = FloatVector.fromArray(S, dw, w3 + 3 * LANES);
    int w4 = w3 + stride;
    FloatVector s40 = FloatVector.fromArray(S, dw, w4);
    FloatVector s41 = FloatVector.fromArray(S, dw, w4 + LANES);
    FloatVector s42 = FloatVector.fromArray(S, dw, w4 + 2 * LANES);
    FloatVector s43 = FloatVector.fromArray(S, dw, w4 + 3 * LANES);
    int w5 = w4 + stride;
    FloatVector s50 = FloatVector.fromArray(S, dw, w5);
    FloatVector s51 = FloatVector.fromArray(S, dw, w5 + LANES);
    FloatVector s52 = FloatVector.fromArray(S, dw, w5 + 2 * LANES);
    FloatVector s53 = FloatVector.fromArray(S, dw, w5 + 3 * LANES);
    for (int p = 0; p < xp.length; p++) {
      int a = xp[p];
      int b = yp[p];
      FloatVector v0 = FloatVector.fromArray(S, x, x0 + a);
      FloatVector v1 = FloatVector.fromArray(S, x, x1 + a);
      FloatVector v2 = FloatVector.fromArray(S, x, x2 + a);
      FloatVector v3 = FloatVector.fromArray(S, x, x3 + a);
      FloatVector g = FloatVector.fromArray(S, dy, d0 + b);
      s00 = v0.fma(g, s00);
      s01 = v1.fma(g, s01);
      s02 = v2.fma(g, s02);
      s03 = v3.fma(g, s03);
      g = FloatVector.fromArray(S, dy, d1 + b);
      s10 = v0.fma(g, s10);
      s11 = v1.fma(g, s11);
      s12 = v2.fma(g, s12);
      s13 = v3.fma(g, s13);
      g = FloatVector.fromArray(S, dy, d2 + b);
      s20 = v0.fma(g, s20);
      s21 = v1.fma(g, s21);
      s22 = v2.fma(g, s22);
      s23 = v3.fma(g, s23);
      g = FloatVector.fromArray(S, dy, d3 + b);
      s30 = v0.fma(g, s30);
      s31 = v1.fma(g, s31);
      s32 = v2.fma(g, s32);
      s33 = v3.fma(g, s33);
      g = FloatVector.fromArray(S, dy, d4 + b);
      s40 = v0.fma(g, s40);
      s41 = v1.fma(g, s41);
      s42 = v2.fma(g, s42);
      s43 = v3.fma(g, s43);
      g = FloatVector.fromArray(S, dy, d5 + b);
      s50 = v0.fma(g, s50);
      s51 = v1.fma(g, s51);
      s52 = v2.fma(g, s52);
      s53 = v3.fma(g, s53);
    }
    s00.intoArray(dw, w0);
    s01.intoArray(dw, w0 + LANES);
    s02.intoArray(dw, w0 + 2 * LANES);
    s03.intoArray(dw, w0 + 3 * LANES);
    s10.intoArray(dw, w1);
    s11.intoArray(dw, w1 + LANES);
    s12.intoArray(dw, w1 + 2 * LANES);
    s13.intoArray(dw, w1 + 3 * LANES);
    s20.intoArray(dw, w2);
    s21.intoArray(dw, w2 + LANES);
    s22.intoArray(dw, w2 + 2 * LANES);
    s23.intoArray(dw, w2 + 3 * LANES);
    s30.intoArray(dw, w3);
    s31.intoArray(dw, w3 + LANES);
    s32.intoArray(dw, w3 + 2 * LANES);
    s33.intoArray(dw, w3 + 3 * LANES);
    s40.intoArray(dw, w4);
    s41.intoArray(dw, w4 + LANES);
    s42.intoArray(dw, w4 + 2 * LANES);
    s43.intoArray(dw, w4 + 3 * LANES);
    s50.intoArray(dw, w5);
    s51.intoArray(dw, w5 + LANES);
    s52.intoArray(dw, w5 + 2 * LANES);
    s53.intoArray(dw, w5 + 3 * LANES);
  }

  /** 4 channels by four taps: 16 sums in registers over a band of positions. */
  static void filterGradient4(float[] x, int[] xp, int x0, int x1, int x2, int x3, float[] dy, int[] yp,
      int d0, int d1, int d2, int d3, float[] dw, int w0, int stride) {
    FloatVector s00 = FloatVector.fromArray(S, dw, w0);
    FloatVector s01 = FloatVector.fromArray(S, dw, w0 + LANES);
    FloatVector s02 = FloatVector.fromArray(S, dw, w0 + 2 * LANES);
    FloatVector s03 = FloatVector.fromArray(S, dw, w0 + 3 * LANES);
    int w1 = w0 + stride;
    FloatVector s10 = FloatVector.fromArray(S, dw, w1);
    FloatVector s11 = FloatVector.fromArray(S, dw, w1 + LANES);
    FloatVector s12 = FloatVector.fromArray(S, dw, w1 + 2 * LANES);
    FloatVector s13 = FloatVector.fromArray(S, dw, w1 + 3 * LANES);
    int w2 = w1 + stride;
    FloatVector s20 = FloatVector.fromArray(S, dw, w2);
    FloatVector s21 = FloatVector.fromArray(S, dw, w2 + LANES);
    FloatVector s22 = FloatVector.fromArray(S, dw, w2 + 2 * LANES);
    FloatVector s23 = FloatVector.fromArray(S, dw, w2 + 3 * LANES);
    int w3 = w2 + stride;
    FloatVector s30 = FloatVector.fromArray(S, dw, w3);
    FloatVector s31 = FloatVector.fromArray(S, dw, w3 + LANES);
    FloatVector s32 = FloatVector.fromArray(S, dw, w3 + 2 * LANES);
    FloatVector s33 = FloatVector.fromArray(S, dw, w3 + 3 * LANES);
    for (int p = 0; p < xp.length; p++) {
      int a = xp[p];
      int b = yp[p];
      FloatVector v0 = FloatVector.fromArray(S, x, x0 + a);
      FloatVector v1 = FloatVector.fromArray(S, x, x1 + a);
      FloatVector v2 = FloatVector.fromArray(S, x, x2 + a);
      FloatVector v3 = FloatVector.fromArray(S, x, x3 + a);
      FloatVector g = FloatVector.fromArray(S, dy, d0 + b);
      s00 = v0.fma(g, s00);
      s01 = v1.fma(g, s01);
      s02 = v2.fma(g, s02);
      s03 = v3.fma(g, s03);
      g = FloatVector.fromArray(S, dy, d1 + b);
      s10 = v0.fma(g, s10);
      s11 = v1.fma(g, s11);
      s12 = v2.fma(g, s12);
      s13 = v3.fma(g, s13);
      g = FloatVector.fromArray(S, dy, d2 + b);
      s20 = v0.fma(g, s20);
      s21 = v1.fma(g, s21);
      s22 = v2.fma(g, s22);
      s23 = v3.fma(g, s23);
      g = FloatVector.fromArray(S, dy, d3 + b);
      s30 = v0.fma(g, s30);
      s31 = v1.fma(g, s31);
      s32 = v2.fma(g, s32);
      s33 = v3.fma(g, s33);
    }
    s00.intoArray(dw, w0);
    s01.intoArray(dw, w0 + LANES);
    s02.intoArray(dw, w0 + 2 * LANES);
    s03.intoArray(dw, w0 + 3 * LANES);
    s10.intoArray(dw, w1);
    s11.intoArray(dw, w1 + LANES);
    s12.intoArray(dw, w1 + 2 * LANES);
    s13.intoArray(dw, w1 + 3 * LANES);
    s20.intoArray(dw, w2);
    s21.intoArray(dw, w2 + LANES);
    s22.intoArray(dw, w2 + 2 * LANES);
    s23.intoArray(dw, w2 + 3 * LANES);
    s30.intoArray(dw, w3);
    s31.intoArray(dw, w3 + LANES);
    s32.intoArray(dw, w3 + 2 * LANES);
    s33.intoArray(dw, w3 + 3 * LANES);
  }
}
