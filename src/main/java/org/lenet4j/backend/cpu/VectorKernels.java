package org.lenet4j.backend.cpu;

import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorOperators;
import jdk.incubator.vector.VectorShuffle;
import jdk.incubator.vector.VectorSpecies;
import org.lenet4j.layer.Conv2d;

/** Kernels in Java's Vector API. Loaded only when the module {@code jdk.incubator.vector} is there. */
final class VectorKernels implements Kernels {
  private static final VectorSpecies<Float> S = preferred();
  private static final VectorShuffle<Float> EVEN = VectorShuffle.fromOp(S, i -> 2 * i); // beyond the length: of the second vector
  private static final VectorShuffle<Float> ODD = VectorShuffle.fromOp(S, i -> 2 * i + 1);
  private static final int BAND = 56; // positions whose gradients (6 channels, 64 bytes each) stay in a 48 KB first-level cache

  private static VectorSpecies<Float> preferred() {
    VectorSpecies<Float> widest = FloatVector.SPECIES_PREFERRED;
    return widest.length() > LANES ? FloatVector.SPECIES_512 : widest;
  }

  @Override public String describe() {
    return "Vector API " + S.vectorBitSize() + " bit";
  }

  @Override public Convolution convolution(Conv2d spec, CpuLayer.Place place, boolean frozen, int workers) {
    return new VectorConvolution(this, spec, place, frozen, workers);
  }

  /**
   * Cross-correlation: {@code y[m,i,j] = bias[m] + sum_{c,u,v} w[m,c,u,v] x[c,i+u-p,j+v-p]}.
   *
   * @param x {@code plan.x}
   * @param w weights as {@link Correlation#pack} lays them out
   * @param y {@code plan.y}, interior overwritten
   */
  void correlate(Correlation plan, float[] x, float[] w, float[] bias, float[] y) {
    for (int lane = 0; lane < LANES; lane += S.length()) {
      int m = 0;
      for (int width : plan.widths) {
        correlate(plan, width, m, lane, x, w, bias, y);
        m += width;
      }
    }
  }

  private static void correlate(Correlation plan, int width, int m, int lane, float[] x, float[] w, float[] bias, float[] y) {
    int[] xp = plan.xPosition;
    int[] yp = plan.yPosition;
    int plane = plan.y.plane();
    int base = m * plane + lane;
    int channels = Math.min(width, plan.outChannels() - m);
    int w0 = m * plan.tapCount();
    for (int block = 0; block < plan.tapList.length; block++) {
      int[] taps = plan.taps[plan.tapList[block]];
      int[] tapIndex = plan.tapIndex[plan.tapList[block]];
      int p = 4 * block;
      if (width == 6) {
        correlate6(x, xp[p] + lane, xp[p + 1] + lane, xp[p + 2] + lane, xp[p + 3] + lane, taps, tapIndex, w, w0, bias, m,
            y, yp[p] + base, yp[p + 1] + base, yp[p + 2] + base, yp[p + 3] + base, plane, channels);
      } else {
        correlate4(x, xp[p] + lane, xp[p + 1] + lane, xp[p + 2] + lane, xp[p + 3] + lane, taps, tapIndex, w, w0, bias, m,
            y, yp[p] + base, yp[p + 1] + base, yp[p + 2] + base, yp[p + 3] + base, plane, channels);
      }
    }
  }

  static int length() {
    return S.length();
  }

  /**
   * {@link #correlate} where the lanes are neighbouring columns of one image, for {@link SingleImage}.
   *
   * @param xp    index in x of tap 0 for each piece of a row, in fours
   * @param yp    index in y of channel 0
   * @param plane distance in y from one channel to the next
   */
  static void correlateRows(Correlation plan, int[] xp, int[] yp, int[] taps, int[] tapIndex, float[] x, float[] w, float[] bias,
      float[] y, int plane) {
    int m = 0;
    for (int width : plan.widths) {
      int base = m * plane;
      int channels = Math.min(width, plan.outChannels() - m);
      int w0 = m * plan.tapCount();
      for (int p = 0; p < xp.length; p += 4) {
        if (width == 6) {
          correlate6(x, xp[p], xp[p + 1], xp[p + 2], xp[p + 3], taps, tapIndex, w, w0, bias, m,
              y, yp[p] + base, yp[p + 1] + base, yp[p + 2] + base, yp[p + 3] + base, plane, channels);
        } else {
          correlate4(x, xp[p], xp[p + 1], xp[p + 2], xp[p + 3], taps, tapIndex, w, w0, bias, m,
              y, yp[p] + base, yp[p + 1] + base, yp[p + 2] + base, yp[p + 3] + base, plane, channels);
        }
      }
      m += width;
    }
  }

  /**
   * Adds the filter gradient of a chunk, lane by lane: {@code dw[m,t] += sum_{i,j} dy[m,i,j] x[c,i+u-p,j+v-p]} and
   * {@code dbias[m] += sum_{i,j} dy[m,i,j]}.
   *
   * @param dy    gradient of the output, laid out as {@code dyLayout}
   * @param scan  {@link Correlation#scan} of that layout
   * @param dw    {@link Correlation#gradientLength} values, lanes innermost
   * @param dbias {@code (outChannels, LANES)}
   */
  void filterGradient(Correlation plan, float[] x, float[] dy, Layout dyLayout, int[] scan, float[] dw, float[] dbias) {
    int positions = plan.y.shape().height() * plan.y.shape().width();
    for (int lane = 0; lane < LANES; lane += S.length()) {
      int m = 0;
      for (int width : plan.widths) {
        for (int from = 0; from < positions; from += BAND) {
          filterGradient(plan, width, m, lane, from, Math.min(positions, from + BAND), x, dy, dyLayout, scan, dw, dbias);
        }
        m += width;
      }
    }
  }

  private static void filterGradient(Correlation plan, int width, int m, int lane, int from, int to, float[] x, float[] dy,
      Layout dyLayout, int[] yp, float[] dw, float[] dbias) {
    int[] xp = plan.xScan;
    int[] taps = plan.gradientTap;
    int plane = dyLayout.plane();
    int last = plan.outChannels() - 1; // superfluous channels of a block repeat the last one into sums that nobody reads
    int d0 = lane + m * plane;
    int d1 = lane + Math.min(m + 1, last) * plane;
    int d2 = lane + Math.min(m + 2, last) * plane;
    int d3 = lane + Math.min(m + 3, last) * plane;
    int d4 = lane + Math.min(m + 4, last) * plane;
    int d5 = lane + Math.min(m + 5, last) * plane;
    int stride = taps.length * LANES;
    for (int t = 0; t < taps.length; t += 4) {
      int w0 = m * stride + t * LANES + lane;
      int x0 = taps[t] + lane;
      int x1 = taps[t + 1] + lane;
      int x2 = taps[t + 2] + lane;
      int x3 = taps[t + 3] + lane;
      if (width == 6) {
        filterGradient6(x, xp, x0, x1, x2, x3, dy, yp, d0, d1, d2, d3, d4, d5, from, to, dw, w0, stride);
      } else {
        filterGradient4(x, xp, x0, x1, x2, x3, dy, yp, d0, d1, d2, d3, from, to, dw, w0, stride);
      }
    }
    for (int channel = m; channel < Math.min(m + width, last + 1); channel++) {
      addPositions(dy, yp, lane + channel * plane, from, to, dbias, channel * LANES + lane);
    }
  }

  private static void addPositions(float[] dy, int[] yp, int d, int from, int to, float[] dbias, int at) {
    FloatVector sum = FloatVector.fromArray(S, dbias, at);
    for (int p = from; p < to; p++) {
      sum = sum.add(FloatVector.fromArray(S, dy, d + yp[p]));
    }
    sum.intoArray(dbias, at);
  }

  @Override public void maxPool2(PoolPlan plan, float[] x, float[] y, boolean relu) {
    FloatVector least = FloatVector.broadcast(S, relu ? 0 : Float.NEGATIVE_INFINITY);
    int row = plan.x.row();
    for (int lane = 0; lane < LANES; lane += S.length()) {
      for (int i = 0; i < plan.xWindow.length; i++) {
        int at = plan.xWindow[i] + lane;
        FloatVector a = larger(FloatVector.fromArray(S, x, at), FloatVector.fromArray(S, x, at + LANES));
        FloatVector b = larger(FloatVector.fromArray(S, x, at + row), FloatVector.fromArray(S, x, at + row + LANES));
        larger(larger(a, b), least).intoArray(y, plan.yElement[i] + lane);
      }
    }
  }

  /**
   * One row of 2x2 maxima where the lanes are neighbouring columns, for {@link SingleImage}.
   *
   * @param a  index in x of the upper row, read up to a vector past the end
   * @param b  index in x of the lower row
   * @param y  receives {@code columns} maxima, rounded up to whole vectors
   */
  static void maxPoolRow(float[] x, int a, int b, float[] y, int columns, boolean relu) {
    FloatVector least = FloatVector.broadcast(S, relu ? 0 : Float.NEGATIVE_INFINITY);
    for (int i = 0; i < columns; i += S.length()) {
      int at = 2 * i;
      FloatVector left = larger(FloatVector.fromArray(S, x, a + at), FloatVector.fromArray(S, x, b + at));
      at += S.length();
      FloatVector right = larger(FloatVector.fromArray(S, x, a + at), FloatVector.fromArray(S, x, b + at));
      larger(larger(left.rearrange(EVEN, right), left.rearrange(ODD, right)), least).intoArray(y, i);
    }
  }

  @Override public void maxPool2Backward(PoolPlan plan, PoolPlan gradient, float[] x, float[] y, float[] dy, float[] dx, boolean relu) {
    FloatVector zero = FloatVector.zero(S);
    int row = plan.x.row();
    int dxRow = gradient.x.row();
    for (int lane = 0; lane < LANES; lane += S.length()) {
      for (int i = 0; i < plan.xWindow.length; i++) {
        int at = plan.xWindow[i] + lane;
        int to = gradient.xWindow[i] + lane;
        FloatVector max = FloatVector.fromArray(S, y, plan.yElement[i] + lane);
        FloatVector rest = FloatVector.fromArray(S, dy, gradient.yElement[i] + lane); // what no earlier element took
        if (relu) {
          rest = zero.blend(rest, max.compare(VectorOperators.GT, zero));
        }
        var first = FloatVector.fromArray(S, x, at).compare(VectorOperators.EQ, max);
        zero.blend(rest, first).intoArray(dx, to);
        rest = rest.blend(zero, first);
        var second = FloatVector.fromArray(S, x, at + LANES).compare(VectorOperators.EQ, max);
        zero.blend(rest, second).intoArray(dx, to + LANES);
        rest = rest.blend(zero, second);
        var third = FloatVector.fromArray(S, x, at + row).compare(VectorOperators.EQ, max);
        zero.blend(rest, third).intoArray(dx, to + dxRow);
        rest.blend(zero, third).intoArray(dx, to + dxRow + LANES);
      }
    }
  }

  @Override public void rectify(float[] y, int from, int to) {
    for (int i = from; i < to; i += S.length()) {
      FloatVector v = FloatVector.fromArray(S, y, i);
      v.blend(0, v.compare(VectorOperators.LT, 0)).intoArray(y, i);
    }
  }

  @Override public void rectifyBackward(float[] y, int o, float[] dy, int d, int count) {
    FloatVector zero = FloatVector.zero(S);
    for (int i = 0; i < count; i += S.length()) {
      var positive = FloatVector.fromArray(S, y, o + i).compare(VectorOperators.GT, zero);
      zero.blend(FloatVector.fromArray(S, dy, d + i), positive).intoArray(dy, d + i);
    }
  }

  @Override public void adam(float[] theta, float[] gradient, float[] mean, float[] square, int from, int to, AdamStep step) {
    FloatVector beta1 = FloatVector.broadcast(S, step.beta1());
    FloatVector beta2 = FloatVector.broadcast(S, step.beta2());
    FloatVector rest1 = FloatVector.broadcast(S, 1 - step.beta1());
    FloatVector rest2 = FloatVector.broadcast(S, 1 - step.beta2());
    FloatVector epsilon = FloatVector.broadcast(S, step.epsilon());
    FloatVector stepSize = FloatVector.broadcast(S, step.stepSize());
    FloatVector root = FloatVector.broadcast(S, step.root());
    FloatVector l2 = FloatVector.broadcast(S, step.l2());
    FloatVector shrink = FloatVector.broadcast(S, step.shrink());
    int i = from;
    for (; i <= to - S.length(); i += S.length()) {
      FloatVector t = FloatVector.fromArray(S, theta, i);
      FloatVector g = l2.fma(t, FloatVector.fromArray(S, gradient, i));
      FloatVector m = beta1.fma(FloatVector.fromArray(S, mean, i), rest1.mul(g));
      FloatVector v = beta2.fma(FloatVector.fromArray(S, square, i), rest2.mul(g).mul(g));
      m.intoArray(mean, i);
      v.intoArray(square, i);
      t.mul(shrink).sub(stepSize.mul(m).div(v.sqrt().fma(root, epsilon))).intoArray(theta, i);
    }
    for (; i < to; i++) {
      step.apply(theta, gradient, mean, square, i);
    }
  }

  private static FloatVector larger(FloatVector a, FloatVector b) {
    return a.blend(b, b.compare(VectorOperators.GT, a));
  }

  /** 6 channels at four positions: 24 sums in registers over one flat loop; nested loops would box the vectors. */
  private static void correlate6(float[] x, int x0, int x1, int x2, int x3, int[] taps, int[] tapIndex, float[] w, int w0, float[] bias,
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
  private static void correlate4(float[] x, int x0, int x1, int x2, int x3, int[] taps, int[] tapIndex, float[] w, int w0, float[] bias,
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

  /** 6 channels by four taps: 24 sums in registers over the positions {@code from .. to}. */
  private static void filterGradient6(float[] x, int[] xp, int x0, int x1, int x2, int x3, float[] dy, int[] yp,
      int d0, int d1, int d2, int d3, int d4, int d5, int from, int to, float[] dw, int w0, int stride) {
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
    for (int p = from; p < to; p++) {
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

  /** 4 channels by four taps: 16 sums in registers over the positions {@code from .. to}. */
  private static void filterGradient4(float[] x, int[] xp, int x0, int x1, int x2, int x3, float[] dy, int[] yp,
      int d0, int d1, int d2, int d3, int from, int to, float[] dw, int w0, int stride) {
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
    for (int p = from; p < to; p++) {
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
