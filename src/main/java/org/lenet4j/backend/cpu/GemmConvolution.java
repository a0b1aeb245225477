package org.lenet4j.backend.cpu;

import java.util.Arrays;
import org.lenet4j.backend.cpu.memory.Layout;
import org.lenet4j.backend.cpu.memory.Scratch;
import org.lenet4j.nn.Conv2d;

/**
 * A convolution as products of small matrices. Row h of the padded input becomes a block of the column buffer: for each channel c and
 * kernel column v the row shifted by v, and a row of ones for the bias. The k blocks from i on, as they lie, are the matrix of all taps
 * of output row i, so an input row is copied k times and not k * k times, and backward finds the columns where forward left them.
 *
 * <p>LeNet-5's conv2, microseconds a chunk of 16 samples on one core with AVX-512: forward 78, of which OpenBLAS 59; backward 179, of
 * which filter gradient 93 and data gradient 55. VectorKernels: 58 and 144. With AVX2, where OpenBLAS has no kernels for small matrices
 * and copies them first: 234 and 285.
 */
final class GemmConvolution implements Convolution {
  private static final int LANES = Layout.LANES;

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

  private final Matrix w; // (M, k, block): the bias is the weight of the ones in the first of the k blocks
  private final float[] packed; // w on its way to native memory
  private final float[] ones; // (W', LANES)
  private final float[] zeros; // (block, W', LANES)
  private final Scratch[] scratch; // (workers)

  /** What a worker keeps; null for what is not wanted. */
  private record Scratch(
      Matrix columns, // (H' + k - 1, block, W', LANES); then their gradient
      Matrix y, // (M, W', LANES): a row
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
    packed = new float[outChannels * kernel * block];
    ones = new float[run];
    Arrays.fill(ones, 1);
    zeros = dx == null ? null : new float[block * run];
    boolean gradients = place.needsGradient() && !frozen;
    scratch = new Scratch[workers];
    Arrays.setAll(scratch, worker -> new Scratch(
        Matrix.allocate(y.shape().height() + kernel - 1, block * run),
        Matrix.allocate(1, outChannels * run),
        gradients || dx != null ? Matrix.allocate(y.shape().height(), outChannels * run) : null,
        gradients ? Matrix.allocate(1, packed.length) : null,
        gradients ? new float[packed.length] : null,
        dx == null ? null : new float[kernel][run + (kernel - 1) * LANES]));
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
  }

  @Override public void forward(int worker, float[] memory) {
    Scratch s = scratch[worker];
    fillColumns(s.columns, memory);
    for (int i = 0; i < y.shape().height(); i++) {
      OpenBlas.multiply(w.part()[0], s.columns.part()[i], s.y.part()[0], outChannels, run, kernel * block);
      for (int m = 0; m < outChannels; m++) {
        s.y.view().get(m * run, memory, y.at(m, i, 0), run);
      }
    }
  }

  private void fillColumns(Matrix columns, float[] memory) {
    for (int h = 0; h < columns.part().length; h++) {
      int to = h * columns.partLength();
      for (int c = 0; c < inChannels; c++) {
        int from = x.at(c, h - padding, -padding);
        for (int v = 0; v < kernel; v++, to += run) {
          columns.view().put(to, memory, from + v * LANES, run);
        }
      }
      columns.view().put(to, ones);
    }
  }

  @Override public void clearGradient(int worker, float[] memory) {
    Scratch s = scratch[worker];
    Arrays.fill(s.sums, 0);
    s.dw.put(0, s.sums);
  }

  @Override public void backward(int worker, float[] memory) {
    Scratch s = scratch[worker];
    for (int i = 0, to = 0; i < y.shape().height(); i++) {
      for (int m = 0; m < outChannels; m++, to += run) {
        s.dy.view().put(to, memory, dy.at(m, i, 0), run);
      }
    }
    for (int i = 0; s.dw != null && i < y.shape().height(); i++) {
      OpenBlas.outer(s.columns.part()[i], s.dy.part()[i], s.dw.part()[0], kernel * block, outChannels, run, 1);
    }
    if (dx != null) {
      dataGradient(s, memory);
    }
  }

  /**
   * The gradient of the columns, {@code w^T dy}, takes their place: product i is added to the k blocks from i on, so block h is complete
   * after product h. What remains is to add the k shifted rows of each channel, in Java. Microseconds of conv2 in OpenBLAS, AVX-512 (AVX2):
   * this 55 (106); a product for each row of dx, with weights in a second order, 66 (212); one for each (u,v) 93 (525); correlation of a
   * dy between zeros with turned weights 112 (637). The second has less memory to clear and read, so that backward as a whole takes 164
   * (317) with it and 179 (285) with this.
   */
  private void dataGradient(Scratch s, float[] memory) {
    int height = y.shape().height();
    for (int h = 0; h < kernel - 1; h++) {
      s.columns.put(h, zeros);
    }
    for (int h = 0; h < height + kernel - 1; h++) {
      if (h < height) {
        s.columns.put(h + kernel - 1, zeros);
        OpenBlas.multiplyTransposed(w.part()[0], s.dy.part()[h], s.columns.part()[h], kernel * block, run, outChannels, 1);
      }
      if (h >= padding && h < padding + x.shape().height()) {
        addShifted(s, h, memory);
      }
    }
  }

  private void addShifted(Scratch s, int h, float[] memory) {
    int from = h * s.columns.partLength();
    for (int c = 0; c < inChannels; c++) {
      for (int v = 0; v < kernel; v++, from += run) {
        s.columns.view().get(from, s.shifted[v], v * LANES, run);
      }
      Arrays.fill(s.shifted[0], run, s.shifted[0].length, 0); // the last sum is still there
      for (int v = 1; v < kernel; v++) {
        add(s.shifted[0], s.shifted[v]);
      }
      System.arraycopy(s.shifted[0], padding * LANES, memory, dx.at(c, h - padding, 0), x.shape().width() * LANES);
    }
  }

  /** Both begin at 0: C2 of JDK 17 makes vector instructions of it, and none where the offsets differ (32 and 1 to 4 GFLOP/s). */
  private static void add(float[] y, float[] x) {
    for (int i = 0; i < y.length; i++) {
      y[i] += x[i];
    }
  }

  @Override public void gradient(int worker, float[] memory, float[] slot, int offset) {
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
      for (Matrix matrix : new Matrix[] {s.dw, s.dy, s.y, s.columns}) {
        if (matrix != null) {
          matrix.close();
        }
      }
    }
    w.close();
  }
}
