package org.lenet4j.backend.cpu;

import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorOperators;
import jdk.incubator.vector.VectorSpecies;
import org.lenet4j.backend.cpu.memory.Layout;
import org.lenet4j.backend.cpu.memory.MemoryPlan;
import org.lenet4j.backend.cpu.memory.PoolPlan;
import org.lenet4j.nn.Activation;
import org.lenet4j.nn.Conv2d;
import org.lenet4j.nn.Linear;

/** Kernels in Java's Vector API. Loaded only when the module {@code jdk.incubator.vector} is there. */
final class VectorKernels implements Kernels {
  private static final int LANES = Layout.LANES;
  static final VectorSpecies<Float> S = preferred();
  static final int BAND = 100; // positions of a filter gradient: 6 channels of them, 64 bytes each, stay in the first two cache levels

  private static VectorSpecies<Float> preferred() {
    VectorSpecies<Float> widest = FloatVector.SPECIES_PREFERRED;
    return widest.length() > LANES ? FloatVector.SPECIES_512 : widest;
  }

  @Override public String describe() {
    return "Vector API " + S.vectorBitSize() + " bit";
  }

  @Override public boolean lanesAreAlike() {
    return true;
  }

  @Override public boolean pools(Conv2d spec) {
    return spec.activation() == Activation.RELU || spec.activation() == Activation.NONE;
  }

  @Override public Convolution convolution(Conv2d spec, CpuLayer.Place place, boolean frozen, int workers, MemoryPlan memory) {
    return new VectorConvolution(this, spec, place, frozen, memory);
  }

  @Override public CpuLinear linear(Linear spec, CpuLayer.Place place, CpuParameters parameters, int slotOffset, int workers,
      int chunks, MemoryPlan memory, MemoryPlan batch) {
    return new VectorLinear(spec, place, this, parameters, chunks, memory, batch);
  }

  @Override public ImageKernels image() {
    return new VectorImageKernels();
  }

  /**
   * Cross-correlation: {@code y[m,i,j] = bias[m] + sum_{c,u,v} w[m,c,u,v] x[c,i+u-p,j+v-p]}, interior of y overwritten.
   *
   * @param w weights as {@link Correlation#pack} lays them out
   */
  void correlate(Correlation plan, float[] memory, float[] w, float[] bias) {
    int[] yp = plan.yPosition;
    int plane = plan.y.plane();
    for (int lane = 0; lane < LANES; lane += S.length()) {
      int m = 0;
      for (int width : plan.widths) {
        int to = m * plane + lane;
        for (int block = 0; block < plan.tapList.length; block++) {
          int p = 4 * block;
          correlate(plan, width, m, block, lane, memory, w, bias, yp[p] + to, yp[p + 1] + to, yp[p + 2] + to, yp[p + 3] + to, plane);
        }
        m += width;
      }
    }
  }

  /** One block: {@code width} channels from m on at four positions. */
  private static void correlate(Correlation plan, int width, int m, int block, int lane, float[] memory, float[] w, float[] bias,
      int y0, int y1, int y2, int y3, int plane) {
    int[] taps = plan.taps[plan.tapList[block]];
    int[] tapIndex = plan.tapIndex[plan.tapList[block]];
    int channels = Math.min(width, plan.outChannels() - m);
    int w0 = m * plan.tapCount();
    int x0 = plan.xPosition[4 * block] + lane;
    int x1 = plan.xPosition[4 * block + 1] + lane;
    int x2 = plan.xPosition[4 * block + 2] + lane;
    int x3 = plan.xPosition[4 * block + 3] + lane;
    if (width == 6) {
      RegisterBlocks.correlate6(memory, x0, x1, x2, x3, taps, tapIndex, w, w0, bias, m, memory, y0, y1, y2, y3, plane, channels);
    } else {
      RegisterBlocks.correlate4(memory, x0, x1, x2, x3, taps, tapIndex, w, w0, bias, m, memory, y0, y1, y2, y3, plane, channels);
    }
  }

  /**
   * {@link #correlate} and the maximum of each window, no less than {@code least}.
   *
   * @param plan   a pooled one
   * @param sums   room for two rows of 6 channels
   * @param choice {@code (M, windows, LANES)}: receives which element of a window is the first largest, row by row
   */
  void correlateAndPool(Correlation plan, float[] memory, float[] w, float[] bias, float least, int sums, int choice) {
    int columns = plan.y.shape().width();
    int rows = plan.y.shape().height();
    int sumsRow = 2 * columns * LANES;
    for (int lane = 0; lane < LANES; lane += S.length()) {
      for (int row = 0; row < rows; row++) { // outermost: its input is used by all channels
        int m = 0;
        for (int width : plan.widths) {
          for (int column = 0; column < columns; column++) {
            int upper = sums + 2 * column * LANES + lane;
            int lower = upper + sumsRow;
            correlate(plan, width, m, row * columns + column, lane, memory, w, bias, upper, upper + LANES, lower, lower + LANES,
                2 * sumsRow);
          }
          for (int i = 0; i < width && m + i < plan.outChannels(); i++) {
            pool(memory, sums + i * 2 * sumsRow + lane, sumsRow, columns, least, plan.y.at(m + i, row, 0) + lane,
                choice + ((m + i) * rows + row) * columns * LANES + lane);
          }
          m += width;
        }
      }
    }
  }

  private static void pool(float[] memory, int from, int row, int columns, float least, int y, int choice) {
    FloatVector floor = FloatVector.broadcast(S, least);
    FloatVector zero = FloatVector.zero(S);
    FloatVector two = FloatVector.broadcast(S, 2);
    for (int to = 0, at = from; to < columns * LANES; to += LANES, at += 2 * LANES) {
      FloatVector a = FloatVector.fromArray(S, memory, at);
      FloatVector b = FloatVector.fromArray(S, memory, at + LANES);
      FloatVector c = FloatVector.fromArray(S, memory, at + row);
      FloatVector d = FloatVector.fromArray(S, memory, at + row + LANES);
      var right = b.compare(VectorOperators.GT, a);
      FloatVector upper = a.blend(b, right);
      FloatVector upperChoice = zero.blend(1, right);
      right = d.compare(VectorOperators.GT, c);
      FloatVector lower = c.blend(d, right);
      FloatVector lowerChoice = two.blend(3, right);
      var below = lower.compare(VectorOperators.GT, upper);
      larger(upper.blend(lower, below), floor).intoArray(memory, y + to);
      upperChoice.blend(lowerChoice, below).intoArray(memory, choice + to);
    }
  }

  /**
   * Gives the gradient of each window in a row of windows to the element that was chosen, and zero to the others.
   *
   * @param relu  not where y is not positive
   * @param dxRow the upper of the two rows of dx
   */
  void unpool(float[] memory, Layout y, Layout dy, int row, Layout dx, int dxRow, int choice, boolean relu) {
    int columns = y.shape().width();
    for (int m = 0; m < y.shape().channels(); m++) {
      if (relu) {
        rectifyBackward(memory, y.at(m, row, 0), dy.at(m, row, 0), columns * LANES);
      }
      int chosen = choice + (m * y.shape().height() + row) * columns * LANES;
      for (int lane = 0; lane < LANES; lane += S.length()) {
        unpool(memory, dy.at(m, row, 0) + lane, chosen + lane, columns, dx.at(m, dxRow, 0) + lane, dx.row());
      }
    }
  }

  private static void unpool(float[] memory, int dy, int choice, int columns, int dx, int row) {
    FloatVector zero = FloatVector.zero(S);
    for (int from = 0, to = dx; from < columns * LANES; from += LANES, to += 2 * LANES) {
      FloatVector d = FloatVector.fromArray(S, memory, dy + from);
      FloatVector chosen = FloatVector.fromArray(S, memory, choice + from);
      zero.blend(d, chosen.compare(VectorOperators.EQ, 0)).intoArray(memory, to);
      zero.blend(d, chosen.compare(VectorOperators.EQ, 1)).intoArray(memory, to + LANES);
      zero.blend(d, chosen.compare(VectorOperators.EQ, 2)).intoArray(memory, to + row);
      zero.blend(d, chosen.compare(VectorOperators.EQ, 3)).intoArray(memory, to + row + LANES);
    }
  }

  static int length() {
    return S.length();
  }

  /**
   * Adds the filter gradient of a band, lane by lane: {@code dw[m,t] += sum_{i,j} dy[m,i,j] x[c,i+u-p,j+v-p]} and
   * {@code dbias[m] += sum_{i,j} dy[m,i,j]}.
   *
   * @param plane from one channel of dy to the next
   * @param dw    {@link Correlation#gradientLength} values, lanes innermost
   * @param dbias {@code (outChannels, LANES)}
   */
  void filterGradient(Correlation plan, float[] memory, Correlation.Band band, int plane, int dw, int dbias) {
    for (int lane = 0; lane < LANES; lane += S.length()) {
      int m = 0;
      for (int width : plan.widths) {
        filterGradient(plan, width, m, lane, memory, band, plane, dw, dbias);
        m += width;
      }
    }
  }

  private static void filterGradient(Correlation plan, int width, int m, int lane, float[] memory, Correlation.Band band, int plane,
      int dw, int dbias) {
    int[] xp = band.x();
    int[] yp = band.y();
    int[] taps = plan.gradientTap;
    int last = plan.outChannels() - 1; // superfluous channels of a block repeat the last one into sums that nobody reads
    int d0 = lane + m * plane;
    int d1 = lane + Math.min(m + 1, last) * plane;
    int d2 = lane + Math.min(m + 2, last) * plane;
    int d3 = lane + Math.min(m + 3, last) * plane;
    int d4 = lane + Math.min(m + 4, last) * plane;
    int d5 = lane + Math.min(m + 5, last) * plane;
    int stride = taps.length * LANES;
    for (int t = 0; t < taps.length; t += 4) {
      int w0 = dw + m * stride + t * LANES + lane;
      int x0 = taps[t] + lane;
      int x1 = taps[t + 1] + lane;
      int x2 = taps[t + 2] + lane;
      int x3 = taps[t + 3] + lane;
      if (width == 6) {
        RegisterBlocks.filterGradient6(memory, xp, x0, x1, x2, x3, memory, yp, d0, d1, d2, d3, d4, d5, memory, w0, stride);
      } else {
        RegisterBlocks.filterGradient4(memory, xp, x0, x1, x2, x3, memory, yp, d0, d1, d2, d3, memory, w0, stride);
      }
    }
    for (int channel = m; channel < Math.min(m + width, last + 1); channel++) {
      addPositions(memory, yp, lane + channel * plane, dbias + channel * LANES + lane);
    }
  }

  private static void addPositions(float[] memory, int[] yp, int d, int at) {
    FloatVector sum = FloatVector.fromArray(S, memory, at);
    for (int p = 0; p < yp.length; p++) {
      sum = sum.add(FloatVector.fromArray(S, memory, d + yp[p]));
    }
    sum.intoArray(memory, at);
  }

  @Override public void maxPool2(PoolPlan plan, float[] memory, boolean relu) {
    FloatVector least = FloatVector.broadcast(S, relu ? 0 : Float.NEGATIVE_INFINITY);
    int row = plan.row;
    for (int lane = 0; lane < LANES; lane += S.length()) {
      for (int i = 0; i < plan.xWindow.length; i++) {
        int at = plan.xWindow[i] + lane;
        FloatVector a = larger(FloatVector.fromArray(S, memory, at), FloatVector.fromArray(S, memory, at + LANES));
        FloatVector b = larger(FloatVector.fromArray(S, memory, at + row), FloatVector.fromArray(S, memory, at + row + LANES));
        larger(larger(a, b), least).intoArray(memory, plan.yElement[i] + lane);
      }
    }
  }

  @Override public void maxPool2Backward(PoolPlan plan, PoolPlan gradient, float[] memory, boolean relu) {
    FloatVector zero = FloatVector.zero(S);
    int row = plan.row;
    int dxRow = gradient.row;
    for (int lane = 0; lane < LANES; lane += S.length()) {
      for (int i = 0; i < plan.xWindow.length; i++) {
        int at = plan.xWindow[i] + lane;
        int to = gradient.xWindow[i] + lane;
        FloatVector max = FloatVector.fromArray(S, memory, plan.yElement[i] + lane);
        FloatVector rest = FloatVector.fromArray(S, memory, gradient.yElement[i] + lane); // what no earlier element took
        if (relu) {
          rest = zero.blend(rest, max.compare(VectorOperators.GT, zero));
        }
        var first = FloatVector.fromArray(S, memory, at).compare(VectorOperators.EQ, max);
        zero.blend(rest, first).intoArray(memory, to);
        rest = rest.blend(zero, first);
        var second = FloatVector.fromArray(S, memory, at + LANES).compare(VectorOperators.EQ, max);
        zero.blend(rest, second).intoArray(memory, to + LANES);
        rest = rest.blend(zero, second);
        var third = FloatVector.fromArray(S, memory, at + row).compare(VectorOperators.EQ, max);
        zero.blend(rest, third).intoArray(memory, to + dxRow);
        rest.blend(zero, third).intoArray(memory, to + dxRow + LANES);
      }
    }
  }

  @Override public void add(float[] y, int to, float[] x, int from, int count) {
    int i = 0;
    for (; i <= count - S.length(); i += S.length()) {
      FloatVector.fromArray(S, y, to + i).add(FloatVector.fromArray(S, x, from + i)).intoArray(y, to + i);
    }
    for (; i < count; i++) {
      y[to + i] += x[from + i];
    }
  }

  @Override public void rectify(float[] y, int from, int to) {
    for (int i = from; i < to; i += S.length()) {
      FloatVector v = FloatVector.fromArray(S, y, i);
      v.blend(0, v.compare(VectorOperators.LT, 0)).intoArray(y, i);
    }
  }

  @Override public void rectifyBackward(float[] memory, int o, int d, int count) {
    FloatVector zero = FloatVector.zero(S);
    for (int i = 0; i < count; i += S.length()) {
      var positive = FloatVector.fromArray(S, memory, o + i).compare(VectorOperators.GT, zero);
      zero.blend(FloatVector.fromArray(S, memory, d + i), positive).intoArray(memory, d + i);
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

  static FloatVector larger(FloatVector a, FloatVector b) {
    return a.blend(b, b.compare(VectorOperators.GT, a));
  }
}
