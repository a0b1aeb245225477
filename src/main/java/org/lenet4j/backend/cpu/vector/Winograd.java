package org.lenet4j.backend.cpu.vector;

import static org.lenet4j.backend.cpu.memory.Layout.LANES;
import static org.lenet4j.backend.cpu.vector.VectorLoops.S;

import org.lenet4j.backend.cpu.memory.Layout;
import org.lenet4j.backend.cpu.memory.MemoryPlan;
import org.lenet4j.data.Shape;
import org.lenet4j.nn.Conv2d;

/**
 * The forward pass of a convolution with 5x5 filters and 2x2 max-pooling behind it, such as LeNet-5's second one, by Winograd's minimal
 * filtering F(2x2, 5x5): {@code Y = A^T [sum_c (G w_c G^T) * (B^T d_c B)] A}, where {@code d} is the tile of 6x6 inputs below a window and
 * {@code *} multiplies element by element (Lavin and Gray, arXiv:1509.09308, equation 13). Of the 100 products of a window, an input
 * channel and an output channel 36 are left.
 *
 * <p>The six points of the interpolation are 0, 1/2, -1/2, 3/2, -3/2 and infinity: with 2 instead of 3/2 and 1 instead of 1/2, as for
 * smaller filters, the error is twice as large. It is some 2.5 times that of the plain sum, 4e-7 of the outputs' size.
 */
final class Winograd {
  private static final int IN = 6; // channels whose products are summed in registers
  private static final int OUT = 8; // filters of a block

  private final Layout in;
  private final Layout out;
  private final int channels; // M
  private final int rows; // (C, columns of windows, 6, H) vectors: transformed rows
  private final int tiles; // (2, 36, C) vectors
  private final int sums; // (2, OUT, 36) vectors
  private final float[] filters; // (blocks, 36, OUT, C)
  private final float[] half = new float[5 * 6]; // a filter whose rows are transformed

  Winograd(Layout in, Layout out, MemoryPlan memory) {
    this.in = in;
    this.out = out;
    channels = out.shape().channels();
    rows = memory.reserve(IN * out.shape().width() * 6 * in.shape().height() * S.length());
    tiles = memory.reserve(2 * 36 * IN * S.length());
    sums = memory.reserve(2 * OUT * 36 * S.length());
    filters = new float[(channels + OUT - 1) / OUT * 36 * OUT * IN];
  }

  /** Whether such a layer can be computed in this way. */
  static boolean fits(Conv2d spec, Shape input) {
    return spec.kernelSize() == 5 && spec.padding() == 0 && input.channels() == IN;
  }

  /** Transforms weights {@code (M, C, 5, 5)}. */
  void load(float[] theta, int weight) {
    for (int m = 0; m < channels; m++) {
      for (int c = 0; c < IN; c++) {
        int from = weight + (m * IN + c) * 25;
        int to = m / OUT * 36 * OUT * IN + m % OUT * IN + c;
        for (int u = 0; u < 5; u++) {
          transform(theta, from + u * 5, half, u, 5);
        }
        for (int k = 0; k < 6; k++) {
          transform(half, k * 5, filters, to + k * OUT * IN, 6 * OUT * IN);
        }
      }
    }
  }

  /** {@code G w}: the polynomial with these coefficients at the points, by what the interpolation divides by; at infinity the last one. */
  private static void transform(float[] w, int from, float[] y, int to, int step) {
    float w0 = w[from];
    float w1 = w[from + 1];
    float w2 = w[from + 2];
    float w3 = w[from + 3];
    float w4 = w[from + 4];
    float even = w0 + w2 / 4 + w4 / 16;
    float odd = w1 / 2 + w3 / 8;
    float even3 = (w0 + w2 * 2.25f + w4 * 5.0625f) / 9;
    float odd3 = (w1 * 1.5f + w3 * 3.375f) / 9;
    y[to] = w0 / 0.5625f;
    y[to + step] = -(even + odd);
    y[to + 2 * step] = odd - even;
    y[to + 3 * step] = even3 + odd3;
    y[to + 4 * step] = even3 - odd3;
    y[to + 5 * step] = w4;
  }

  /**
   * Writes the pooled outputs, and which output of a window is the largest.
   *
   * @param bias   {@code (M)}
   * @param least  no output is less
   * @param choice {@code (M, windows, LANES)}
   */
  void forward(float[] memory, float[] bias, float least, int choice) {
    int height = in.shape().height();
    int columns = out.shape().width();
    int windows = out.shape().height() * columns;
    int column = height * S.length(); // from a transformed column to the next
    for (int lane = 0; lane < LANES; lane += S.length()) {
      for (int c = 0; c < IN; c++) {
        for (int i = 0; i < height; i++) {
          WinogradBlocks.rows(memory, in.at(c, i, 0) + lane, rows + c * columns * 6 * column + i * S.length(), column, columns);
        }
      }
      for (int window = 0; window < windows; window += 2) {
        int pair = Math.min(2, windows - window);
        for (int i = 0; i < pair; i++) {
          int row = (window + i) / columns;
          int first = rows + (window + i) % columns * 6 * column + 2 * row * S.length();
          for (int c = 0; c < IN; c++) {
            WinogradBlocks.columns(memory, first + c * columns * 6 * column, column, tiles + (i * 36 * IN + c) * S.length());
          }
        }
        for (int m = 0; m < channels; m += OUT) {
          WinogradBlocks.products(memory, tiles, filters, m * 36 * IN, sums, 36);
          for (int i = 0; i < pair; i++) {
            int y = out.at(m, (window + i) / columns, (window + i) % columns) + lane;
            WinogradBlocks.outputs(memory, sums + i * OUT * 36 * S.length(), Math.min(OUT, channels - m), bias, m, least, y, out.plane(),
                choice + (m * windows + window + i) * LANES + lane, windows * LANES);
          }
        }
      }
    }
  }
}
