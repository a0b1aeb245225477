package org.lenet4j.backend.cpu.vector;

import static org.lenet4j.backend.cpu.vector.VectorLoops.S;

import java.util.Arrays;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorShuffle;
import org.lenet4j.backend.cpu.single.ImageLoops;

/** The blocks of {@link CorrelateBlocks} with neighbouring outputs as lanes. */
public final class VectorImageLoops implements ImageLoops {
  private static final VectorShuffle<Float> EVEN = VectorShuffle.fromOp(S, i -> 2 * i % S.length()); // the even lanes twice

  @Override public int lanes() {
    return S.length();
  }

  @Override public int most() {
    return 8;
  }

  @Override public int[] blockWidths(int channels) {
    return Correlation.blockWidths(channels);
  }

  /** In blocks of channels: {@code (block, tap, channel in block)}, zeros beyond M; then the biases. */
  @Override public float[] pack(Plan plan, float[] theta, int weight, int bias) {
    int taps = plan.taps().length;
    float[] packed = new float[Arrays.stream(plan.widths()).sum() * (taps + 1)];
    int m = 0;
    for (int width : plan.widths()) {
      for (int i = 0; i < width && m + i < plan.channels(); i++) {
        for (int t = 0; t < taps; t++) {
          packed[m * taps + t * width + i] = theta[weight + (m + i) * taps + t];
        }
      }
      m += width;
    }
    System.arraycopy(theta, bias, packed, m * taps, plan.channels());
    return packed;
  }

  @Override public void correlate(Plan plan, float[] packed, float[] x, float[] y) {
    int m = 0;
    for (int width : plan.widths()) {
      correlate(plan, width, m, packed, x, y);
      m += width;
    }
  }

  private static void correlate(Plan plan, int width, int m, float[] packed, float[] x, float[] y) {
    int[] xp = plan.xPosition();
    int[] yp = plan.yPosition();
    int[] taps = plan.taps();
    int[] tapIndex = plan.tapIndex();
    int w0 = m * taps.length;
    int b = packed.length / (taps.length + 1) * taps.length + m;
    int plane = plan.plane();
    int base = m * plane;
    int channels = Math.min(width, plan.channels() - m);
    for (int p = 0; p < xp.length; p += 4) {
      Tiles.correlate(width, x, xp[p], xp[p + 1], xp[p + 2], xp[p + 3], tapIndex, 0, taps.length, taps, packed, w0, packed,
          b, y, yp[p] + base, yp[p + 1] + base, yp[p + 2] + base, yp[p + 3] + base, plane, channels);
    }
  }

  @Override public void correlateMax(Windows windows, float[] packed, float[] x, float least, float[] y) {
    int m = 0;
    for (int width : windows.plan().widths()) {
      correlateMax(windows, width, m, packed, x, least, y);
      m += width;
    }
  }

  private static void correlateMax(Windows windows, int width, int m, float[] packed, float[] x, float least, float[] y) {
    Plan plan = windows.plan();
    int[] xp = plan.xPosition();
    int[] yp = plan.yPosition();
    int[] taps = plan.taps();
    int w0 = m * taps.length;
    int b = packed.length / (taps.length + 1) * taps.length + m;
    int base = m * plan.plane();
    for (int p = xp.length - 1; p >= 0; p--) {
      Tiles.correlateMax(width, x, xp[p], windows.right(), taps, windows.below(), plan.tapIndex(), packed, w0, packed, b, least,
          y, yp[p] + base, plan.plane());
    }
  }

  @Override public int alternate() {
    return S.length() / 2;
  }

  @Override public void copyAlternate(float[] x, int[] from, float[] y, int[] to) {
    for (int i = 0; i < from.length; i++) {
      FloatVector.fromArray(S, x, from[i]).rearrange(EVEN).intoArray(y, to[i]);
    }
  }

  @Override public void copyRows(float[] x, int from, int fromStride, float[] y, int to, int toStride, int rows) {
    for (int row = 0; row < rows; row++) {
      for (int i = 0; i < toStride; i += S.length()) {
        FloatVector.fromArray(S, x, from + row * fromStride + i).intoArray(y, to + row * toStride + i);
      }
    }
  }

  @Override public int outputs() {
    return 8 * S.length();
  }

  @Override public void multiplyAdd(float[] w, int w0, float[] x, int in, float[] y, int y0) {
    int n = S.length();
    FloatVector s0 = FloatVector.fromArray(S, y, y0 + 0 * n);
    FloatVector s1 = FloatVector.fromArray(S, y, y0 + 1 * n);
    FloatVector s2 = FloatVector.fromArray(S, y, y0 + 2 * n);
    FloatVector s3 = FloatVector.fromArray(S, y, y0 + 3 * n);
    FloatVector s4 = FloatVector.fromArray(S, y, y0 + 4 * n);
    FloatVector s5 = FloatVector.fromArray(S, y, y0 + 5 * n);
    FloatVector s6 = FloatVector.fromArray(S, y, y0 + 6 * n);
    FloatVector s7 = FloatVector.fromArray(S, y, y0 + 7 * n);
    for (int i = 0, at = w0; i < in; i++, at += 8 * n) {
      FloatVector v = FloatVector.broadcast(S, x[i]);
      s0 = FloatVector.fromArray(S, w, at + 0 * n).fma(v, s0);
      s1 = FloatVector.fromArray(S, w, at + 1 * n).fma(v, s1);
      s2 = FloatVector.fromArray(S, w, at + 2 * n).fma(v, s2);
      s3 = FloatVector.fromArray(S, w, at + 3 * n).fma(v, s3);
      s4 = FloatVector.fromArray(S, w, at + 4 * n).fma(v, s4);
      s5 = FloatVector.fromArray(S, w, at + 5 * n).fma(v, s5);
      s6 = FloatVector.fromArray(S, w, at + 6 * n).fma(v, s6);
      s7 = FloatVector.fromArray(S, w, at + 7 * n).fma(v, s7);
    }
    s0.intoArray(y, y0 + 0 * n);
    s1.intoArray(y, y0 + 1 * n);
    s2.intoArray(y, y0 + 2 * n);
    s3.intoArray(y, y0 + 3 * n);
    s4.intoArray(y, y0 + 4 * n);
    s5.intoArray(y, y0 + 5 * n);
    s6.intoArray(y, y0 + 6 * n);
    s7.intoArray(y, y0 + 7 * n);
  }
}
