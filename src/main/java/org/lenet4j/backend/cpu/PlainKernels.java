package org.lenet4j.backend.cpu;

import java.util.Arrays;

/**
 * Kernels in plain Java, for a JVM without {@code jdk.incubator.vector}. Their innermost loops run over whole rows, which the JIT
 * compiler turns into vector instructions by itself.
 */
final class PlainKernels implements Kernels {
  @Override public String describe() {
    return "plain Java, add --add-modules jdk.incubator.vector to the java command for the fast kernels";
  }

  @Override public void correlate(Correlation plan, float[] x, float[] w, float[] bias, float[] y) {
    int row = plan.y.shape().width() * LANES;
    int taps = plan.tapCount();
    int channel = 0;
    for (int width : plan.widths) {
      for (int m = channel; m < Math.min(channel + width, plan.outChannels()); m++) {
        for (int i = 0; i < plan.y.shape().height(); i++) {
          int from = plan.y.at(m, i, 0);
          int to = from + row;
          Arrays.fill(y, from, to, bias[m]);
          int base = plan.x.at(0, i - plan.padding, -plan.padding) - from;
          int first = Math.max(0, plan.padding - i);
          int last = Math.min(plan.kernel, plan.x.shape().height() + plan.padding - i);
          for (int c = 0; c < plan.inChannels(); c++) {
            for (int u = first; u < last; u++) {
              for (int v = 0; v < plan.kernel; v++) {
                int t = (c * plan.kernel + u) * plan.kernel + v;
                addScaled(y, from, to, x, base + plan.offset(t), w[channel * taps + t * width + m - channel]);
              }
            }
          }
        }
      }
      channel += width;
    }
  }

  private static void addScaled(float[] y, int from, int to, float[] x, int shift, float factor) {
    for (int i = from; i < to; i++) {
      y[i] = Math.fma(x[i + shift], factor, y[i]);
    }
  }

  @Override public void filterGradient(Correlation plan, float[] x, float[] dy, Layout dyLayout, int[] scan, float[] dw, float[] dbias) {
    int run = plan.kernel * LANES; // taps of one kernel row lie side by side in x and in dw
    float[] repeated = new float[run];
    int stride = plan.gradientTap.length * LANES;
    for (int m = 0; m < plan.outChannels(); m++) {
      for (int p = 0; p < scan.length; p++) {
        int d = scan[p] + m * dyLayout.plane();
        for (int i = 0; i < run; i++) {
          repeated[i] = dy[d + (i & (LANES - 1))];
        }
        for (int t = 0; t < plan.tapCount(); t += plan.kernel) {
          addProduct(dw, m * stride + t * LANES, x, plan.xScan[p] + plan.gradientTap[t], repeated);
        }
        for (int lane = 0; lane < LANES; lane++) {
          dbias[m * LANES + lane] += dy[d + lane];
        }
      }
    }
  }

  private static void addProduct(float[] dw, int w, float[] x, int at, float[] dy) {
    for (int i = 0; i < dy.length; i++) {
      dw[w + i] = Math.fma(x[at + i], dy[i], dw[w + i]);
    }
  }

  @Override public void maxPool2(PoolPlan plan, float[] x, float[] y, boolean relu) {
    float least = relu ? 0 : Float.NEGATIVE_INFINITY;
    int row = plan.x.row();
    for (int i = 0; i < plan.xWindow.length; i++) {
      int at = plan.xWindow[i];
      int to = plan.yElement[i];
      for (int lane = 0; lane < LANES; lane++) {
        float a = larger(x[at + lane], x[at + LANES + lane]);
        float b = larger(x[at + row + lane], x[at + row + LANES + lane]);
        y[to + lane] = larger(larger(a, b), least);
      }
    }
  }

  @Override public void maxPool2Backward(PoolPlan plan, PoolPlan gradient, float[] x, float[] y, float[] dy, float[] dx, boolean relu) {
    int row = plan.x.row();
    int dxRow = gradient.x.row();
    for (int i = 0; i < plan.xWindow.length; i++) {
      for (int lane = 0; lane < LANES; lane++) {
        int at = plan.xWindow[i] + lane;
        int to = gradient.xWindow[i] + lane;
        float max = y[plan.yElement[i] + lane];
        float g = relu && !(max > 0) ? 0 : dy[gradient.yElement[i] + lane];
        boolean first = x[at] == max;
        boolean second = !first && x[at + LANES] == max;
        boolean third = !first && !second && x[at + row] == max;
        dx[to] = first ? g : 0;
        dx[to + LANES] = second ? g : 0;
        dx[to + dxRow] = third ? g : 0;
        dx[to + dxRow + LANES] = first || second || third ? 0 : g;
      }
    }
  }

  @Override public void rectify(float[] y, int from, int to) {
    for (int i = from; i < to; i++) {
      y[i] = y[i] < 0 ? 0 : y[i];
    }
  }

  @Override public void rectifyBackward(float[] y, int o, float[] dy, int d, int count) {
    for (int i = 0; i < count; i++) {
      dy[d + i] = y[o + i] > 0 ? dy[d + i] : 0;
    }
  }

  @Override public void adam(float[] theta, float[] gradient, float[] mean, float[] square, int from, int to, AdamStep step) {
    for (int i = from; i < to; i++) {
      step.apply(theta, gradient, mean, square, i);
    }
  }

  private static float larger(float a, float b) {
    return b > a ? b : a;
  }
}
