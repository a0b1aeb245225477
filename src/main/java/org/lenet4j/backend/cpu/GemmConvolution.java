package org.lenet4j.backend.cpu;

import java.util.Arrays;
import org.lenet4j.layer.Conv2d;

/**
 * A convolution as products of small matrices. Row h of the padded input becomes a block of the column buffer: for each channel c and
 * kernel column v the row shifted by v, and a row of ones for the bias. The k blocks from i on, as they lie, are the matrix of all taps
 * of output row i, so an input row is copied k times and not k * k times, and backward finds the columns where forward left them.
 *
 * <p>Microseconds for a chunk of LeNet-5's conv2, one AVX-512 core at 16 samples: forward 59, filter gradient 93, data gradient 64 in
 * OpenBLAS, 10 to 25 each for the copies.
 */
final class GemmConvolution implements Convolution {
  private static final int LANES = Kernels.LANES;

  private final int kernel;
  private final int padding;
  private final int inChannels;
  private final int outChannels;
  private final Layout x;
  private final Layout y;
  private final Layout dy; // null without gradients
  private final Layout dx; // null if not wanted
  private final int run; // floats in an output row: W' * LANES
  private final int block; // rows in a block of columns: C * k + 1

  private final Matrix w; // (M, k, block): the bias is the weight of the ones in block 0
  private final Matrix turned; // (C, k, k, M): w[m,c,k-1-u,v] at (c, v, u, m), output rows in the order they lie in; or null
  private final float[] packed; // either of them on its way to native memory
  private final Scratch[] scratch; // (workers)

  /** What a worker keeps; null for what is not wanted. */
  private record Scratch(
      Matrix columns, // (H' + k - 1, block, W', LANES)
      Matrix row, // (M, W', LANES) of y or (C, k, W', LANES) of dx, whichever is longer
      Matrix dy, // (H', M, W', LANES)
      Matrix dw, // (k, block, M): a third faster than its transpose where M is 16
      float[] sums, // dw in Java
      float[][] shifted) { // (k)(W' + k - 1, LANES): the k summands of a row of dx, each in its place between zeros
  }

  GemmConvolution(Conv2d spec, CpuLayer.Place place, boolean frozen, int workers) {
    kernel = spec.kernelSize();
    padding = spec.padding();
    inChannels = spec.inChannels();
    outChannels = spec.outChannels();
    x = place.in();
    y = place.out();
    dy = place.dOut();
    dx = place.passesGradient() ? place.dIn() : null;
    run = y.shape().width() * LANES;
    block = inChannels * kernel + 1;
    w = Matrix.allocate(1, outChannels * kernel * block);
    turned = dx == null ? null : Matrix.allocate(inChannels * kernel * kernel, outChannels);
    packed = new float[outChannels * kernel * block];
    scratch = new Scratch[workers];
    Arrays.setAll(scratch, worker -> scratch(place.needsGradient() && !frozen));
  }

  private Scratch scratch(boolean gradients) {
    int height = y.shape().height();
    Matrix columns = Matrix.allocate(height + kernel - 1, block * run);
    float[] ones = new float[run];
    Arrays.fill(ones, 1);
    for (int h = 1; h <= height + kernel - 1; h++) {
      columns.view().put((h * block - 1) * run, ones);
    }
    return new Scratch(columns, Matrix.allocate(1, Math.max(outChannels, dx == null ? 0 : inChannels * kernel) * run),
        gradients || dx != null ? Matrix.allocate(height, outChannels * run) : null,
        gradients ? Matrix.allocate(1, packed.length) : null,
        gradients ? new float[packed.length] : null,
        dx == null ? null : new float[kernel][run + (kernel - 1) * LANES]);
  }

  @Override public void load(float[] theta, int weight, int bias) {
    Arrays.fill(packed, 0);
    for (int m = 0, from = weight; m < outChannels; m++) {
      for (int c = 0; c < inChannels; c++) {
        for (int u = 0; u < kernel; u++, from += kernel) {
          System.arraycopy(theta, from, packed, (m * kernel + u) * block + c * kernel, kernel);
        }
      }
      packed[m * kernel * block + block - 1] = theta[bias + m];
    }
    w.put(0, packed);
    if (turned != null) {
      loadTurned(theta, weight);
    }
  }

  private void loadTurned(float[] theta, int weight) {
    for (int m = 0; m < outChannels; m++) {
      for (int c = 0; c < inChannels; c++) {
        for (int u = 0; u < kernel; u++) {
          for (int v = 0; v < kernel; v++) {
            packed[((c * kernel + v) * kernel + kernel - 1 - u) * outChannels + m] = theta[weight++];
          }
        }
      }
    }
    turned.view().put(0, packed, 0, outChannels * inChannels * kernel * kernel);
  }

  @Override public void forward(int worker, float[] x, float[] y) {
    Scratch s = scratch[worker];
    fillColumns(s.columns, x);
    for (int i = 0; i < this.y.shape().height(); i++) {
      OpenBlas.multiply(w.part()[0], s.columns.part()[i], s.row.part()[0], outChannels, run, kernel * block);
      for (int m = 0; m < outChannels; m++) {
        s.row.view().get(m * run, y, this.y.at(m, i, 0), run);
      }
    }
  }

  private void fillColumns(Matrix columns, float[] x) {
    for (int h = 0; h < columns.part().length; h++) {
      int to = h * columns.partLength();
      for (int c = 0; c < inChannels; c++) {
        int from = this.x.at(c, h - padding, -padding);
        for (int v = 0; v < kernel; v++, to += run) {
          columns.view().put(to, x, from + v * LANES, run);
        }
      }
    }
  }

  @Override public void clearGradient(int worker) {
    Scratch s = scratch[worker];
    Arrays.fill(s.sums, 0);
    s.dw.put(0, s.sums);
  }

  @Override public void backward(int worker, float[] x, float[] dy, float[] dx) {
    Scratch s = scratch[worker];
    for (int i = 0, to = 0; i < y.shape().height(); i++) {
      for (int m = 0; m < outChannels; m++, to += run) {
        s.dy.view().put(to, dy, this.dy.at(m, i, 0), run);
      }
    }
    for (int i = 0; s.dw != null && i < y.shape().height(); i++) {
      OpenBlas.outer(s.columns.part()[i], s.dy.part()[i], s.dw.part()[0], kernel * block, outChannels, run, 1);
    }
    if (dx != null) {
      dataGradient(s, dx);
    }
  }

  /**
   * Up to k output rows reach an input row, and they lie one after another. One product sums over them and the output channels; the
   * k results, for the kernel's columns, are added in Java. No product is wasted on zeros, which the correlation of a dy with a border
   * would do for 29 % of conv2.
   */
  private void dataGradient(Scratch s, float[] dx) {
    for (int h = 0; h < x.shape().height(); h++) {
      int top = h + padding - kernel + 1; // output row whose last kernel row reaches h
      int first = Math.max(0, top);
      int last = Math.min(y.shape().height() - 1, h + padding);
      OpenBlas.multiply(turned.part()[first - top], kernel * outChannels, s.dy.part()[first], s.row.part()[0], inChannels * kernel, run,
          (last - first + 1) * outChannels);
      for (int c = 0; c < inChannels; c++) {
        for (int v = 0; v < kernel; v++) {
          s.row.view().get((c * kernel + v) * run, s.shifted[v], v * LANES, run);
        }
        Arrays.fill(s.shifted[0], run, s.shifted[0].length, 0); // the last sum is still there
        for (int v = 1; v < kernel; v++) {
          add(s.shifted[0], s.shifted[v]);
        }
        System.arraycopy(s.shifted[0], padding * LANES, dx, this.dx.at(c, h, 0), x.shape().width() * LANES);
      }
    }
  }

  /** Both begin at 0: C2 of JDK 17 makes vector instructions of it, and none where the offsets differ (32 and 1 to 4 GFLOP/s). */
  private static void add(float[] y, float[] x) {
    for (int i = 0; i < y.length; i++) {
      y[i] += x[i];
    }
  }

  @Override public void gradient(int worker, float[] slot, int offset) {
    float[] sums = scratch[worker].sums;
    scratch[worker].dw.view().get(0, sums);
    int at = offset;
    for (int m = 0; m < outChannels; m++) {
      for (int c = 0; c < inChannels; c++) {
        for (int u = 0; u < kernel; u++) {
          for (int v = 0; v < kernel; v++) {
            slot[at++] = sums[(u * block + c * kernel + v) * outChannels + m];
          }
        }
      }
    }
    System.arraycopy(sums, (block - 1) * outChannels, slot, at, outChannels); // what the ones were multiplied with
  }

  @Override public void close() {
    for (Scratch s : scratch) {
      for (Matrix matrix : new Matrix[] {s.dw, s.dy, s.row, s.columns}) {
        if (matrix != null) {
          matrix.close();
        }
      }
    }
    if (turned != null) {
      turned.close();
    }
    w.close();
  }
}
