package org.lenet4j.backend.cpu.gemm;

import org.lenet4j.backend.cpu.single.ImageLoops;

/**
 * One lane, for a JVM without {@code jdk.incubator.vector}. In LeNet-5 as quick as a chunk in OpenBLAS, and a program that reads a few
 * images does not load any native library.
 */
public final class PlainImageLoops implements ImageLoops {
  @Override public int lanes() {
    return 1;
  }

  @Override public int most() {
    return 1;
  }

  @Override public int[] blockWidths(int channels) {
    return new int[] {channels};
  }

  @Override public float[] pack(Plan plan, float[] theta, int weight, int bias) {
    int length = plan.channels() * plan.taps().length;
    float[] packed = new float[length + plan.channels()];
    System.arraycopy(theta, weight, packed, 0, length);
    System.arraycopy(theta, bias, packed, length, plan.channels());
    return packed;
  }

  /** Two channels at four positions at a time: eight sums hide the time that an addition takes. */
  @Override public void correlate(Plan plan, float[] packed, float[] x, float[] y) {
    int[] xp = plan.xPosition();
    int[] yp = plan.yPosition();
    for (int m = 0; m < plan.channels(); m += 2) {
      int next = Math.min(m + 1, plan.channels() - 1); // an odd last channel is computed twice
      for (int p = 0; p < xp.length; p += 4) {
        correlate(plan, packed, m, next, x, xp[p], xp[p + 1], xp[p + 2], xp[p + 3], y, yp[p], yp[p + 1], yp[p + 2], yp[p + 3]);
      }
    }
  }

  private static void correlate(Plan plan, float[] packed, int a, int b, float[] x, int x0, int x1, int x2, int x3,
      float[] y, int y0, int y1, int y2, int y3) {
    int[] taps = plan.taps();
    int biases = plan.channels() * taps.length;
    int wa = a * taps.length;
    int wb = b * taps.length;
    float a0 = packed[biases + a], a1 = a0, a2 = a0, a3 = a0;
    float b0 = packed[biases + b], b1 = b0, b2 = b0, b3 = b0;
    for (int t = 0; t < taps.length; t++) {
      int offset = taps[t];
      float v0 = x[x0 + offset];
      float v1 = x[x1 + offset];
      float v2 = x[x2 + offset];
      float v3 = x[x3 + offset];
      float w = packed[wa + t];
      a0 += w * v0;
      a1 += w * v1;
      a2 += w * v2;
      a3 += w * v3;
      w = packed[wb + t];
      b0 += w * v0;
      b1 += w * v1;
      b2 += w * v2;
      b3 += w * v3;
    }
    int ya = a * plan.plane();
    int yb = b * plan.plane();
    y[ya + y0] = a0;
    y[ya + y1] = a1;
    y[ya + y2] = a2;
    y[ya + y3] = a3;
    y[yb + y0] = b0;
    y[yb + y1] = b1;
    y[yb + y2] = b2;
    y[yb + y3] = b3;
  }

  @Override public void correlateMax(Windows windows, float[] packed, float[] x, float least, float[] y) {
    Plan plan = windows.plan();
    for (int m = 0; m < plan.channels(); m += 2) {
      int next = Math.min(m + 1, plan.channels() - 1);
      for (int p = 0; p < plan.xPosition().length; p++) {
        correlateMax(windows, packed, m, next, x, plan.xPosition()[p], least, y, plan.yPosition()[p]);
      }
    }
  }

  private static void correlateMax(Windows windows, float[] packed, int a, int b, float[] x, int x0, float least, float[] y, int y0) {
    Plan plan = windows.plan();
    int[] taps = plan.taps();
    int[] below = windows.below();
    int right = windows.right();
    int biases = plan.channels() * taps.length;
    int wa = a * taps.length;
    int wb = b * taps.length;
    float a0 = packed[biases + a], a1 = a0, a2 = a0, a3 = a0;
    float b0 = packed[biases + b], b1 = b0, b2 = b0, b3 = b0;
    for (int t = 0; t < taps.length; t++) {
      int upper = x0 + taps[t];
      int lower = x0 + below[t];
      float v0 = x[upper];
      float v1 = x[upper + right];
      float v2 = x[lower];
      float v3 = x[lower + right];
      float w = packed[wa + t];
      a0 += w * v0;
      a1 += w * v1;
      a2 += w * v2;
      a3 += w * v3;
      w = packed[wb + t];
      b0 += w * v0;
      b1 += w * v1;
      b2 += w * v2;
      b3 += w * v3;
    }
    y[a * plan.plane() + y0] = Math.max(Math.max(Math.max(a0, a1), Math.max(a2, a3)), least);
    y[b * plan.plane() + y0] = Math.max(Math.max(Math.max(b0, b1), Math.max(b2, b3)), least);
  }

  @Override public int alternate() {
    return 1;
  }

  @Override public void copyAlternate(float[] x, int[] from, float[] y, int[] to) {
    for (int i = 0; i < from.length; i++) {
      y[to[i]] = x[from[i]];
    }
  }

  @Override public void copyRows(float[] x, int from, int fromStride, float[] y, int to, int toStride, int rows) {
    for (int row = 0; row < rows; row++) {
      System.arraycopy(x, from + row * fromStride, y, to + row * toStride, toStride);
    }
  }

  @Override public int outputs() {
    return 8;
  }

  @Override public void multiplyAdd(float[] w, int w0, float[] x, int in, float[] y, int y0) {
    float s0 = y[y0];
    float s1 = y[y0 + 1];
    float s2 = y[y0 + 2];
    float s3 = y[y0 + 3];
    float s4 = y[y0 + 4];
    float s5 = y[y0 + 5];
    float s6 = y[y0 + 6];
    float s7 = y[y0 + 7];
    for (int i = 0, at = w0; i < in; i++, at += 8) {
      float v = x[i];
      s0 += w[at] * v;
      s1 += w[at + 1] * v;
      s2 += w[at + 2] * v;
      s3 += w[at + 3] * v;
      s4 += w[at + 4] * v;
      s5 += w[at + 5] * v;
      s6 += w[at + 6] * v;
      s7 += w[at + 7] * v;
    }
    y[y0] = s0;
    y[y0 + 1] = s1;
    y[y0 + 2] = s2;
    y[y0 + 3] = s3;
    y[y0 + 4] = s4;
    y[y0 + 5] = s5;
    y[y0 + 6] = s6;
    y[y0 + 7] = s7;
  }
}
