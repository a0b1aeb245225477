package org.lenet4j.backend.cpu.gemm;

import java.util.Arrays;
import org.lenet4j.backend.cpu.layer.CpuConv2d;
import org.lenet4j.backend.cpu.layer.CpuParameters;
import org.lenet4j.backend.cpu.layer.Loops;
import org.lenet4j.backend.cpu.memory.Layout;
import org.lenet4j.backend.cpu.memory.NativeMemory;
import org.lenet4j.backend.cpu.memory.NetworkMemory;
import org.lenet4j.backend.cpu.memory.Scratch;
import org.lenet4j.nn.Conv2d;

/**
 * A convolution as products of small matrices. Row h of the padded input becomes a block of the column buffer: for each channel c and
 * kernel column v the row shifted by v, and a row of ones for the bias. The k blocks from i on, as they lie, are the matrix of all taps
 * of output row i, so an input row is copied k times and not k * k times, and backward finds the columns where forward left them.
 *
 * <p>LeNet-5's conv2, microseconds a chunk of 16 samples on one core with AVX-512: forward 78, of which OpenBLAS 59; backward 179, of
 * which filter gradient 93 and data gradient 55. VectorConv2d: 58 and 144. With AVX2, where OpenBLAS has no kernels for small matrices
 * and copies them first: 234 and 285. So forward is a {@link PlainConvolution} there.
 */
final class GemmConv2d extends CpuConv2d {
  private static final int LANES = Layout.LANES;

  private final int kernel;
  private final int padding;
  private final int inChannels;
  private final int outChannels;
  private final int run; // floats in an output row: W' * LANES
  private final int block; // rows in a block of columns: C * k + 1

  private final Matrix w; // (M, k, block): the bias is the weight of the ones in the first of the k blocks
  private final float[] packed; // w on its way to native memory
  private final float[] ones; // (W', LANES)
  private final float[] zeros; // (block, W', LANES)
  private final Buffers[] buffers; // (workers)
  private final PlainConvolution[] plain; // (workers), what runs forward; null where OpenBLAS is faster

  /** What a worker keeps; null for what is not wanted. */
  private record Buffers(
      Matrix columns, // (H' + k - 1, block, W', LANES); then their gradient
      Matrix y, // (M, W', LANES): a row
      Matrix dy, // (H', M, W', LANES)
      Matrix dw, // (k, block, M): a third faster than its transpose where M is 16
      float[] sums, // dw in Java
      float[][] shifted) { // (k)(W' + k - 1, LANES): the k summands of a row of dx, each in its place between zeros
  }

  GemmConv2d(Conv2d spec, Place place, CpuParameters parameters, Loops loops, NetworkMemory network, boolean plainForward) {
    super(spec, place, parameters, loops);
    kernel = spec.kernelSize();
    padding = spec.padding();
    inChannels = spec.inChannels();
    outChannels = spec.outChannels();
    run = out.shape().width() * LANES;
    block = inChannels * kernel + 1;
    NativeMemory natives = network.natives();
    w = Matrix.allocate(1, outChannels * kernel * block, natives);
    packed = new float[outChannels * kernel * block];
    ones = new float[run];
    Arrays.fill(ones, 1);
    zeros = passesGradient ? new float[block * run] : null;
    plain = plainForward ? new PlainConvolution[network.workers()] : null;
    if (plainForward) {
      Arrays.setAll(plain, worker -> new PlainConvolution(spec, in, out));
    }
    buffers = new Buffers[network.workers()];
    Arrays.setAll(buffers, worker -> new Buffers(
        !plainForward || trained || passesGradient ? Matrix.allocate(out.shape().height() + kernel - 1, block * run, natives) : null,
        plainForward ? null : Matrix.allocate(1, outChannels * run, natives),
        trained || passesGradient ? Matrix.allocate(out.shape().height(), outChannels * run, natives) : null,
        trained ? Matrix.allocate(1, packed.length, natives) : null,
        trained ? new float[packed.length] : null,
        passesGradient ? new float[kernel][run + (kernel - 1) * LANES] : null));
  }

  @Override public void load() {
    float[] theta = parameters.theta;
    Arrays.fill(packed, 0);
    for (int m = 0, from = weight.from(); m < outChannels; m++) {
      for (int c = 0; c < inChannels; c++) {
        for (int u = 0; u < kernel; u++, from += kernel) {
          System.arraycopy(theta, from, packed, (m * kernel + u) * block + c * kernel, kernel);
        }
      }
      packed[m * kernel * block + block - 1] = theta[bias.from() + m];
    }
    w.put(0, packed);
  }

  @Override public void forward(Scratch s, boolean training) {
    if (plain != null) {
      plain[s.worker].forward(s.memory, parameters.theta, weight.from(), bias.from());
    } else {
      multiply(buffers[s.worker], s.memory);
    }
    activation.forward(s.memory, out);
  }

  private void multiply(Buffers b, float[] memory) {
    fillColumns(b.columns, memory);
    for (int i = 0; i < out.shape().height(); i++) {
      OpenBlas.multiply(w.part()[0], b.columns.part()[i], b.y.part()[0], outChannels, run, kernel * block);
      for (int m = 0; m < outChannels; m++) {
        b.y.view().get(m * run, memory, out.at(m, i, 0), run);
      }
    }
  }

  private void fillColumns(Matrix columns, float[] memory) {
    for (int h = 0; h < columns.part().length; h++) {
      int to = h * columns.partLength();
      for (int c = 0; c < inChannels; c++) {
        int from = in.at(c, h - padding, -padding);
        for (int v = 0; v < kernel; v++, to += run) {
          columns.view().put(to, memory, from + v * LANES, run);
        }
      }
      columns.view().put(to, ones);
    }
  }

  @Override public void backward(Scratch s) {
    Buffers b = buffers[s.worker];
    if (plain != null && trained) {
      fillColumns(b.columns, s.memory); // which forward did not need
    }
    for (int i = 0, to = 0; i < out.shape().height(); i++) {
      for (int m = 0; m < outChannels; m++, to += run) {
        b.dy.view().put(to, s.memory, dOut.at(m, i, 0), run);
      }
    }
    for (int i = 0; trained && i < out.shape().height(); i++) {
      OpenBlas.outer(b.columns.part()[i], b.dy.part()[i], b.dw.part()[0], kernel * block, outChannels, run, 1);
    }
    if (passesGradient) {
      dataGradient(b, s.memory);
      below.backward(s.memory, in, dIn);
    }
  }

  /**
   * The gradient of the columns, {@code w^T dy}, takes their place: product i is added to the k blocks from i on, so block h is complete
   * after product h. What remains is to add the k shifted rows of each channel, in Java. Microseconds of conv2 in OpenBLAS, AVX-512 (AVX2):
   * this 55 (106); a product for each row of dx, with weights in a second order, 66 (212); one for each (u,v) 93 (525); correlation of a
   * dy between zeros with turned weights 112 (637). The second has less memory to clear and read, so that backward as a whole takes 164
   * (317) with it and 179 (285) with this.
   */
  private void dataGradient(Buffers b, float[] memory) {
    int height = out.shape().height();
    for (int h = 0; h < kernel - 1; h++) {
      b.columns.put(h, zeros);
    }
    for (int h = 0; h < height + kernel - 1; h++) {
      if (h < height) {
        b.columns.put(h + kernel - 1, zeros);
        OpenBlas.multiplyTransposed(w.part()[0], b.dy.part()[h], b.columns.part()[h], kernel * block, run, outChannels, 1);
      }
      if (h >= padding && h < padding + in.shape().height()) {
        addShifted(b, h, memory);
      }
    }
  }

  private void addShifted(Buffers b, int h, float[] memory) {
    int from = h * b.columns.partLength();
    for (int c = 0; c < inChannels; c++) {
      for (int v = 0; v < kernel; v++, from += run) {
        b.columns.view().get(from, b.shifted[v], v * LANES, run);
      }
      Arrays.fill(b.shifted[0], run, b.shifted[0].length, 0); // the last sum is still there
      for (int v = 1; v < kernel; v++) {
        add(b.shifted[0], b.shifted[v]);
      }
      System.arraycopy(b.shifted[0], padding * LANES, memory, dIn.at(c, h - padding, 0), in.shape().width() * LANES);
    }
  }

  /** Both begin at 0: C2 of JDK 17 makes vector instructions of it, and none where the offsets differ (32 and 1 to 4 GFLOP/s). */
  private static void add(float[] y, float[] x) {
    for (int i = 0; i < y.length; i++) {
      y[i] += x[i];
    }
  }

  @Override public void beginSlot(Scratch s) {
    Buffers b = buffers[s.worker];
    Arrays.fill(b.sums, 0);
    b.dw.put(0, b.sums);
  }

  @Override public void endSlot(Scratch s, float[] slot) {
    float[] sums = buffers[s.worker].sums;
    buffers[s.worker].dw.view().get(0, sums);
    int at = slotOffset;
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
}
