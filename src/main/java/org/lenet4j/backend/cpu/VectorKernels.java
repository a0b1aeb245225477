package org.lenet4j.backend.cpu;

import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorOperators;
import jdk.incubator.vector.VectorShuffle;
import jdk.incubator.vector.VectorSpecies;
import org.lenet4j.layer.Conv2d;

/** Kernels in Java's Vector API. Loaded only when the module {@code jdk.incubator.vector} is there. */
final class VectorKernels implements Kernels {
  static final VectorSpecies<Float> S = preferred();
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
        RegisterBlocks.correlate6(x, xp[p] + lane, xp[p + 1] + lane, xp[p + 2] + lane, xp[p + 3] + lane, taps, tapIndex, w, w0, bias, m,
            y, yp[p] + base, yp[p + 1] + base, yp[p + 2] + base, yp[p + 3] + base, plane, channels);
      } else {
        RegisterBlocks.correlate4(x, xp[p] + lane, xp[p + 1] + lane, xp[p + 2] + lane, xp[p + 3] + lane, taps, tapIndex, w, w0, bias, m,
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
          RegisterBlocks.correlate6(x, xp[p], xp[p + 1], xp[p + 2], xp[p + 3], taps, tapIndex, w, w0, bias, m,
              y, yp[p] + base, yp[p + 1] + base, yp[p + 2] + base, yp[p + 3] + base, plane, channels);
        } else {
          RegisterBlocks.correlate4(x, xp[p], xp[p + 1], xp[p + 2], xp[p + 3], taps, tapIndex, w, w0, bias, m,
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
        RegisterBlocks.filterGradient6(x, xp, x0, x1, x2, x3, dy, yp, d0, d1, d2, d3, d4, d5, from, to, dw, w0, stride);
      } else {
        RegisterBlocks.filterGradient4(x, xp, x0, x1, x2, x3, dy, yp, d0, d1, d2, d3, from, to, dw, w0, stride);
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
}
