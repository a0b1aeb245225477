package org.lenet4j.backend.cpu.vector;

import static org.lenet4j.backend.cpu.vector.VectorLoops.S;

import org.lenet4j.backend.cpu.memory.Layout;

/**
 * Which of the written-out loops the processor gets: as many sums as its registers hold beside the operands, and no fewer than keep two
 * multiply-adds a cycle under way for the four cycles that one takes. Each element has the same sum in the same order in all of them.
 */
final class Tiles {
  /** AVX2, of 256 bits, has 16 vector registers: 12 sums. NEON, SVE and AVX-512 have 32: 24 sums. */
  private static final boolean MANY = S.vectorBitSize() != 256 || System.getProperty("os.arch").equals("aarch64");

  /** Whether one vector holds a chunk; else a linear layer walks two at once, so that each weight is read half as often. */
  private static final boolean WHOLE = S.length() == Layout.LANES;

  /** Outputs of a linear layer that are computed together, or gradients of its inputs. */
  static final int OUTPUTS = WHOLE ? 12 : 6;

  /** Samples of them. */
  static final int SAMPLES = WHOLE ? Layout.LANES : 2 * S.length();

  /** Rows of a linear layer's weight gradient that are computed together. */
  static final int ROWS = MANY ? 8 : 6;

  /**
   * Positions of a filter gradient that are walked for one tile after another. Of 50, 6 channels with 64 bytes each stay in a first-level
   * cache of 32 KB; with many sums there are half as many tiles to walk them, and longer walks are better.
   */
  static final int BAND = MANY ? 100 : 50;

  /** Numbers of a row of a filter that are summed together over what a pooling chose. */
  private static final int WIDE = (WHOLE ? 2 : 4) * S.length();

  /** The same of short rows: one vector of 256 bits, or two of 128. */
  private static final int NARROW = 8;

  /** From a row of a sample to the next, of which the JIT compiler then knows: 28 pixels with a padding of 2, or 16 of 6 channels. */
  private static final int NARROW_ROW = 32;
  private static final int WIDE_ROW = 96;

  /** Rows of an input's gradient below a window that are summed together. */
  static final int DATA_ROWS = MANY ? 6 : 3;

  /** Vectors of each of these rows. */
  static final int DATA_VECTORS = MANY ? 3 : 5;

  private Tiles() {}

  /** {@code width} channels at four positions: {@link CorrelateBlocks}. */
  static void correlate(int width, float[] x, int x0, int x1, int x2, int x3, int[] taps, int first, int end, int[] offsets,
      float[] w, int w0, float[] bias, int m, float[] y, int y0, int y1, int y2, int y3, int plane, int channels) {
    if (MANY && width == 6) {
      CorrelateBlocks.correlate6x4(x, x0, x1, x2, x3, taps, first, end, offsets, w, w0, bias, m, y, y0, y1, y2, y3, plane, channels);
    } else if (MANY) {
      CorrelateBlocks.correlate4x4(x, x0, x1, x2, x3, taps, first, end, offsets, w, w0, bias, m, y, y0, y1, y2, y3, plane, channels);
    } else if (width == 6) {
      CorrelateBlocks.correlate6x2(x, x0, x1, taps, first, end, offsets, w, w0, bias, m, y, y0, y1, plane, channels);
      CorrelateBlocks.correlate6x2(x, x2, x3, taps, first, end, offsets, w, w0, bias, m, y, y2, y3, plane, channels);
    } else {
      CorrelateBlocks.correlate4x2(x, x0, x1, taps, first, end, offsets, w, w0, bias, m, y, y0, y1, plane, channels);
      CorrelateBlocks.correlate4x2(x, x2, x3, taps, first, end, offsets, w, w0, bias, m, y, y2, y3, plane, channels);
    }
  }

  /** {@code width} channels at the windows of a pooling: {@link WindowBlocks}. */
  static void correlateMax(int width, float[] x, int x0, int right, int[] taps, int[] below, int[] tapIndex, float[] w, int w0,
      float[] bias, int m, float least, float[] y, int y0, int plane) {
    if (MANY && width == 6) {
      WindowBlocks.correlateMax6x4(x, x0, right, taps, below, tapIndex, w, w0, bias, m, least, y, y0, plane);
    } else if (MANY) {
      WindowBlocks.correlateMax4x4(x, x0, right, taps, below, tapIndex, w, w0, bias, m, least, y, y0, plane);
    } else if (width == 6) {
      WindowBlocks.correlateMaxUpper6x2(x, x0, right, taps, tapIndex, w, w0, bias, m, least, y, y0, plane);
      WindowBlocks.correlateMaxLower6x2(x, x0, right, below, tapIndex, w, w0, bias, m, y, y0, plane);
    } else {
      WindowBlocks.correlateMaxUpper4x2(x, x0, right, taps, tapIndex, w, w0, bias, m, least, y, y0, plane);
      WindowBlocks.correlateMaxLower4x2(x, x0, right, below, tapIndex, w, w0, bias, m, y, y0, plane);
    }
  }

  /** {@code width} channels by four taps: {@link GradientBlocks}. */
  static void filterGradient(int width, float[] memory, int[] xp, int first, int end, int x0, int x1, int x2, int x3, int dy, int w0,
      int stride) {
    if (MANY && width == 6) {
      GradientBlocks.filterGradient6x4(memory, xp, first, end, x0, x1, x2, x3, dy, w0, stride);
    } else if (MANY) {
      GradientBlocks.filterGradient4x4(memory, xp, first, end, x0, x1, x2, x3, dy, w0, stride);
    } else if (width == 6) {
      GradientBlocks.filterGradient6x2(memory, xp, first, end, x0, x1, dy, w0, stride);
      GradientBlocks.filterGradient6x2(memory, xp, first, end, x2, x3, dy, w0 + 2 * Layout.LANES, stride);
    } else {
      GradientBlocks.filterGradient4x2(memory, xp, first, end, x0, x1, dy, w0, stride);
      GradientBlocks.filterGradient4x2(memory, xp, first, end, x2, x3, dy, w0 + 2 * Layout.LANES, stride);
    }
  }

  /** Whether a row of a filter is one vector of 256 bits, or two of 128. */
  static boolean isNarrow(int length) {
    return length <= NARROW;
  }

  /** Numbers that are summed for a row of a filter. */
  static int filterStride(int length) {
    return isNarrow(length) ? NARROW : (length + WIDE - 1) / WIDE * WIDE;
  }

  /** Rows for which there are sums. */
  static int filterRows(int kernel) {
    return (kernel + 4) / 5 * 5;
  }

  /** From a row of a sample to the next: where it is one of two constants, several rows are walked at once. */
  static int filterRow(int row, int stride) {
    return Math.max(row, stride == NARROW ? NARROW_ROW : WIDE_ROW);
  }

  /** Adds to a filter's gradient: {@link ChosenFilterBlocks}. */
  static void chosenFilterGradient(int kernel, int list, int count, float[] memory, int d, int[] indices, int at, int row, int dw,
      int stride) {
    for (int v = 0; v < stride; v += WIDE) {
      for (int r = 0; r < kernel;) {
        r += filterGradientRows(kernel - r, list, count, memory, d, indices, at, r * row + v, row, dw + r * stride + v, stride);
      }
    }
  }

  /** So many rows. */
  private static int filterGradientRows(int left, int list, int count, float[] memory, int d, int[] indices, int at, int x, int row,
      int dw, int stride) {
    if (WHOLE && row == WIDE_ROW) {
      ChosenFilterBlocks.filterGradient5x2(list, count, memory, d, indices, at, x, dw, stride);
      return 5;
    }
    if (WHOLE) {
      ChosenFilterBlocks.filterGradient1x2(list, count, memory, d, indices, at, x, dw, stride);
      return 1;
    }
    if (row != WIDE_ROW || left == 1 && !MANY) {
      ChosenFilterBlocks.filterGradient1x4(list, count, memory, d, indices, at, x, dw, stride);
      return 1;
    }
    if (MANY) {
      ChosenFilterBlocks.filterGradient5x4(list, count, memory, d, indices, at, x, dw, stride);
      return 5;
    }
    if (left == 2 || left == 4) {
      ChosenFilterBlocks.filterGradient2x4(list, count, memory, d, indices, at, x, dw, stride);
      return 2;
    }
    ChosenFilterBlocks.filterGradient3x4(list, count, memory, d, indices, at, x, dw, stride);
    return 3;
  }

  /** The same of a narrow one, for two channels, which begins with the sums that there are: {@link NarrowBlocks}. */
  static void narrowFilterGradient(int kernel, int list, int count, float[] memory, int da, int db, int choiceA, int choiceB,
      int[] corner, int sample, int row, int dwa, int dwb, int stride) {
    for (int r = 0; r < kernel; r += row == NARROW_ROW ? 5 : 1) {
      int x = sample + r * row;
      int toA = dwa + r * stride;
      int toB = dwb + r * stride;
      if (S.length() == NARROW && row == NARROW_ROW) {
        NarrowBlocks.filterGradient5x1(list, count, memory, da, db, choiceA, choiceB, corner, x, toA, toB, stride);
      } else if (S.length() == NARROW) {
        NarrowBlocks.filterGradient1x1(list, count, memory, da, db, choiceA, choiceB, corner, x, toA, toB, stride);
      } else if (row == NARROW_ROW) {
        NarrowBlocks.filterGradient5x2(list, count, memory, da, db, choiceA, choiceB, corner, x, toA, toB, stride);
      } else {
        NarrowBlocks.filterGradient1x2(list, count, memory, da, db, choiceA, choiceB, corner, x, toA, toB, stride);
      }
    }
  }

  /** {@link #DATA_ROWS} rows by {@link #DATA_VECTORS} vectors of the input's gradient below a window: {@link ChosenDataBlocks}. */
  static void chosenDataGradient(int list, int count, float[] memory, int d, int[] indices, int at, float[] filters, int w, int dx,
      int row) {
    if (MANY) {
      ChosenDataBlocks.dataGradient6x3(list, count, memory, d, indices, at, filters, w, dx, row);
    } else {
      ChosenDataBlocks.dataGradient3x5(list, count, memory, d, indices, at, filters, w, dx, row);
    }
  }

  /** {@link #OUTPUTS} outputs of {@link #SAMPLES} samples: {@link LinearBlocks}. */
  static void forward(float[] theta, int w, int b, int o, int out, int in, float[] memory, int x, int z, int stride) {
    if (WHOLE) {
      LinearBlocks.forward12x1(theta, w, b, o, out, in, memory, x, z, stride);
    } else {
      LinearBlocks.multiply6x2(theta, w, in, 1, o, out, in, theta, b, memory, x, z, stride);
    }
  }

  /**
   * The gradients of {@link #OUTPUTS} inputs of {@link #SAMPLES} samples: {@link LinearBlocks}. Where there are fewer left, some are
   * computed again.
   *
   * @param zeros as many as inputs
   */
  static void backward(float[] theta, int w, int i, int out, int in, float[] zeros, float[] memory, int dz, int dx) {
    if (!WHOLE && in >= OUTPUTS) {
      LinearBlocks.backward6x2(theta, w, Math.min(i, in - OUTPUTS), out, in, memory, dz, dx);
    } else if (!WHOLE) {
      LinearBlocks.multiply6x2(theta, w, 1, in, i, in, out, zeros, 0, memory, dz, dx, Layout.LANES);
    } else if (in >= OUTPUTS) {
      LinearBlocks.backward12x1(theta, w, Math.min(i, in - OUTPUTS), out, in, memory, dz, dx);
    } else {
      for (int j = i; j < in; j++) {
        LinearBlocks.backward1x1(theta, w, j, out, in, memory, dz, dx);
      }
    }
  }

  /** Two vectors of {@link #ROWS} rows of a weight gradient: {@link LinearBlocks}. */
  static void weightGradient(int samples, float[] dz, int d0, int stride, float[] x, int x0, int length, float[] dw, int w0) {
    if (MANY) {
      LinearBlocks.weightGradient8x2(samples, dz, d0, stride, x, x0, length, dw, w0);
    } else {
      LinearBlocks.weightGradient6x2(samples, dz, d0, stride, x, x0, length, dw, w0);
    }
  }
}
