package org.lenet4j.backend.cpu.gemm;

import java.util.Arrays;
import org.lenet4j.backend.cpu.memory.Layout;
import org.lenet4j.nn.Conv2d;

/**
 * The forward pass of a convolution in loops of which C2 makes vector instructions.
 *
 * <p>What C2 of JDK 17 asks for: arrays of their own that are all read and written from the same index on, but for constants of whole
 * vectors, and a body of fewer than 60 nodes ({@code -XX:LoopUnrollLimit}). So each kernel row of each channel is copied to an array, once
 * for every three kernel columns, and two outputs are computed together from three columns: 6 products for 5 loads and 2 stores. Rows lie
 * one behind the other with 2 columns between, so that a loop is long: it begins and ends with up to a vector of single elements.
 */
final class PlainConvolution {
  private static final int LANES = Layout.LANES;
  private static final int GROUP = 3; // kernel columns of a loop
  private static final int LONGEST = 2048; // floats of a loop: three arrays of them stay in the first-level cache

  private final Layout in;
  private final Layout out;
  private final int kernel;
  private final int padding;
  private final int row; // floats from an output row to the next: W' + 2 columns
  private final int band; // output rows of a loop
  private final int groups; // of kernel columns
  private final float[][] x; // (C, k, groups)(band, W' + 2, LANES)
  private final float[] y; // (band, W' + 2, LANES), and the next channel's
  private final float[] next;

  PlainConvolution(Conv2d spec, Layout in, Layout out) {
    this.in = in;
    this.out = out;
    kernel = spec.kernelSize();
    padding = spec.padding();
    row = (out.shape().width() + GROUP - 1) * LANES;
    band = Math.min(out.shape().height(), Math.max(1, LONGEST / row));
    groups = (kernel + GROUP - 1) / GROUP;
    x = new float[spec.inChannels() * kernel * groups][band * row];
    y = new float[band * row];
    next = new float[band * row];
  }

  /** From {@code in} to {@code out}; weights {@code (M, C, k, k)} and biases {@code (M)} begin at these indices of {@code theta}. */
  void forward(float[] memory, float[] theta, int weight, int bias) {
    int channels = out.shape().channels();
    for (int top = 0; top < out.shape().height(); top += band) {
      int rows = Math.min(band, out.shape().height() - top);
      copyInput(memory, top, rows);
      for (int m = 0; m < channels; m += 2) {
        int other = Math.min(m + 1, channels - 1); // an odd last channel is computed twice
        Arrays.fill(y, theta[bias + m]);
        Arrays.fill(next, theta[bias + other]);
        int taps = x.length / groups * kernel;
        addProducts(theta, weight + m * taps, weight + other * taps, (rows - 1) * row + out.shape().width() * LANES);
        for (int i = 0; i < rows; i++) {
          System.arraycopy(y, i * row, memory, out.at(m, top + i, 0), out.shape().width() * LANES);
          System.arraycopy(next, i * row, memory, out.at(other, top + i, 0), out.shape().width() * LANES);
        }
      }
    }
  }

  private void copyInput(float[] memory, int top, int rows) {
    int to = 0;
    for (int c = 0; c < in.shape().channels(); c++) {
      for (int u = 0; u < kernel; u++) {
        for (int v = 0; v < kernel; v += GROUP) {
          int length = row - (GROUP - Math.min(GROUP, kernel - v)) * LANES;
          for (int i = 0; i < rows; i++) {
            System.arraycopy(memory, in.at(c, top + i + u - padding, v - padding), x[to], i * row, length);
          }
          to++;
        }
      }
    }
  }

  /** One kernel row after another; {@code a} and {@code b} are the first weights of the two channels. */
  private void addProducts(float[] theta, int a, int b, int count) {
    for (int r = 0; r < x.length; r += groups, a += kernel, b += kernel) {
      int v = 0;
      for (; v + GROUP <= kernel; v += GROUP) {
        addThree(y, next, x[r + v / GROUP], count,
            theta[a + v], theta[a + v + 1], theta[a + v + 2], theta[b + v], theta[b + v + 1], theta[b + v + 2]);
      }
      if (v + 2 == kernel) {
        addTwo(y, next, x[r + v / GROUP], count, theta[a + v], theta[a + v + 1], theta[b + v], theta[b + v + 1]);
      } else if (v + 1 == kernel) {
        addOne(y, next, x[r + v / GROUP], count, theta[a + v], theta[b + v]);
      }
    }
  }

  private static void addThree(float[] y, float[] z, float[] x, int count, float a0, float a1, float a2, float b0, float b1, float b2) {
    for (int i = 0; i < count; i++) {
      float x0 = x[i];
      float x1 = x[i + LANES];
      float x2 = x[i + 2 * LANES];
      y[i] = y[i] + a0 * x0 + a1 * x1 + a2 * x2;
      z[i] = z[i] + b0 * x0 + b1 * x1 + b2 * x2;
    }
  }

  private static void addTwo(float[] y, float[] z, float[] x, int count, float a0, float a1, float b0, float b1) {
    for (int i = 0; i < count; i++) {
      float x0 = x[i];
      float x1 = x[i + LANES];
      y[i] = y[i] + a0 * x0 + a1 * x1;
      z[i] = z[i] + b0 * x0 + b1 * x1;
    }
  }

  private static void addOne(float[] y, float[] z, float[] x, int count, float a, float b) {
    for (int i = 0; i < count; i++) {
      y[i] = y[i] + a * x[i];
      z[i] = z[i] + b * x[i];
    }
  }
}
