package org.lenet4j.backend.cpu.vector;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.lenet4j.backend.cpu.memory.Layout;
import org.lenet4j.data.Shape;

/**
 * A cross-correlation prepared for one pair of layouts: which outputs are computed together and which taps each of them needs. Both
 * the forward pass of a convolution and its data gradient (with the filter turned by 180 degrees, padding {@code k - 1 - p}) are one.
 *
 * <p>Outputs are computed in blocks of 2x2 positions by 6 or 4 channels, whose sums stay in registers while the taps are walked in one
 * flat loop. Taps that fall into the border for a whole block are left out.
 */
final class Correlation {
  final Layout x; // (C, H + 2b, W + 2b, LANES); a border of 1 is enough, of the padding for a filter gradient
  final Layout y; // (M, H', W') and its own border
  final int kernel;
  final int padding;
  final Shape output; // before any pooling

  final int[] widths; // channels of each block, 6 or 4; their sum is M rounded up
  final int[] xPosition; // (blocks, 4): index in x of tap (0,0,0) for each of the four positions
  final int[] yPosition; // (blocks, 4): index in y of channel 0
  final int[] tapList; // (blocks): which of the lists below
  final int[][] taps; // as c * k * k + u * k + v
  final int[] offsets; // in x, of all taps
  final int[] xScan; // (H' * W'): index in x of tap (0,0,0) for every position, row by row
  final int[] gradientTap; // (gradientTaps): offsets in x of all taps; the last one is repeated to fill a block

  /**
   * A plan.
   *
   * @param pooled the blocks are the windows of a 2x2 pooling, and {@code y} is what comes out of that; an odd last row or column is left
   *               out
   */
  Correlation(Layout x, Layout y, int kernel, int padding, boolean pooled) {
    assert x.border() >= Math.min(padding, 1);
    this.x = x;
    this.y = y;
    this.kernel = kernel;
    this.padding = padding;
    this.widths = blockWidths(y.shape().channels());
    output = new Shape(y.shape().channels(), x.shape().height() + 2 * padding - kernel + 1,
        x.shape().width() + 2 * padding - kernel + 1);
    assert pooled || output.equals(y.shape());
    int blockRows = pooled ? y.shape().height() : (output.height() + 1) / 2;
    int blockColumns = pooled ? y.shape().width() : (output.width() + 1) / 2;
    xPosition = new int[blockRows * blockColumns * 4];
    yPosition = new int[blockRows * blockColumns * 4];
    tapList = new int[blockRows * blockColumns];
    List<int[]> lists = new ArrayList<>();
    Map<List<Integer>, Integer> known = new HashMap<>();
    for (int block = 0; block < tapList.length; block++) {
      int top = block / blockColumns * 2;
      int left = block % blockColumns * 2;
      int bottom = Math.min(top + 1, output.height() - 1); // an odd last row or column is computed twice
      int right = Math.min(left + 1, output.width() - 1);
      for (int i = 0; i < 4; i++) {
        int row = i < 2 ? top : bottom;
        int column = i % 2 == 0 ? left : right;
        xPosition[block * 4 + i] = x.at(0, row - padding, column - padding);
        yPosition[block * 4 + i] = pooled ? y.at(0, top / 2, left / 2) : y.at(0, row, column);
      }
      // all taps that any of the four needs; for the others they fall on the zeros of the border
      List<Integer> range = List.of(first(bottom), last(top, x.shape().height()), first(right), last(left, x.shape().width()));
      tapList[block] = known.computeIfAbsent(range, r -> {
        lists.add(taps(r));
        return lists.size() - 1;
      });
    }
    taps = lists.toArray(int[][]::new);
    offsets = new int[tapCount()];
    Arrays.setAll(offsets, this::offset);
    int width = output.width();
    xScan = new int[output.height() * width];
    Arrays.setAll(xScan, p -> x.at(0, p / width - padding, p % width - padding));
    gradientTap = new int[(tapCount() + 3) / 4 * 4];
    Arrays.setAll(gradientTap, t -> offset(Math.min(t, tapCount() - 1)));
  }

  int inChannels() {
    return x.shape().channels();
  }

  int outChannels() {
    return y.shape().channels();
  }

  /** Taps of one output channel: {@code inChannels * k * k}. */
  int tapCount() {
    return inChannels() * kernel * kernel;
  }

  /** Offset in x of tap {@code c * k * k + u * k + v}. */
  int offset(int tap) {
    return tap / (kernel * kernel) * x.plane() + tap / kernel % kernel * x.row() + tap % kernel * Layout.LANES;
  }

  /** First kernel row (column) that an output row (column) reaches inside the image. */
  private int first(int output) {
    return Math.max(0, padding - output);
  }

  /** One past the last kernel row (column) that an output row (column) reaches inside an image of that size. */
  private int last(int output, int size) {
    return Math.min(kernel, size + padding - output);
  }

  private int[] taps(List<Integer> range) {
    List<Integer> list = new ArrayList<>();
    for (int c = 0; c < inChannels(); c++) {
      for (int u = range.get(0); u < range.get(1); u++) {
        for (int v = range.get(2); v < range.get(3); v++) {
          list.add((c * kernel + u) * kernel + v);
        }
      }
    }
    return list.stream().mapToInt(Integer::intValue).toArray();
  }

  /** Blocks of 6 and 4 channels that cover {@code channels} with the fewest superfluous ones, sixes first. */
  static int[] blockWidths(int channels) {
    int bestFours = 0;
    int bestTotal = Integer.MAX_VALUE;
    for (int fours = 0; fours <= 3; fours++) {
      int total = 4 * fours + (Math.max(0, channels - 4 * fours) + 5) / 6 * 6;
      if (total < bestTotal) {
        bestTotal = total;
        bestFours = fours;
      }
    }
    int[] widths = new int[(bestTotal - 4 * bestFours) / 6 + bestFours];
    for (int i = 0; i < widths.length; i++) {
      widths[i] = i < widths.length - bestFours ? 6 : 4;
    }
    return widths;
  }

  /** Length of packed weights: {@code (block, tap, channel in block)}; channels beyond M are zero. */
  int packedLength() {
    return Arrays.stream(widths).sum() * tapCount();
  }

  /**
   * Which weight lies where in packed ones, -1 for none.
   *
   * @param turned false for weights {@code (M, C, k, k)}; true for those of the forward pass, {@code (C, M, k, k)}, turned by 180 degrees
   *               for the data gradient
   */
  int[] packing(boolean turned) {
    int[] packing = new int[packedLength()];
    Arrays.fill(packing, -1);
    int area = kernel * kernel;
    int taps = tapCount();
    int channel = 0;
    for (int width : widths) {
      for (int m = 0; m < Math.min(width, outChannels() - channel); m++) {
        for (int t = 0; t < taps; t++) {
          packing[channel * taps + t * width + m] = turned
              ? (t / area * outChannels() + channel + m) * area + area - 1 - t % area
              : (channel + m) * taps + t;
        }
      }
      channel += width;
    }
    return packing;
  }

  /** {@code packed[i] = weights[from + packing[i]]}. */
  static void pack(int[] packing, float[] weights, int from, float[] packed) {
    for (int i = 0; i < packing.length; i++) {
      if (packing[i] >= 0) {
        packed[i] = weights[from + packing[i]];
      }
    }
  }

  /** Length of a filter gradient with lanes: {@code (channels in blocks, taps in blocks, LANES)}. */
  int gradientLength() {
    return Arrays.stream(widths).sum() * gradientTap.length * Layout.LANES;
  }

  /** Index of channel 0 of every output position in a gradient of that layout, row by row. */
  static int[] scan(Layout dy) {
    int width = dy.shape().width();
    int[] scan = new int[dy.shape().height() * width];
    Arrays.setAll(scan, p -> dy.at(0, p / width, p % width));
    return scan;
  }

  /** The index in x of tap (0,0,0) for all positions, in bands of at most {@code size} that are walked together for a filter gradient. */
  int[][] bands(int size) {
    int[][] bands = new int[(xScan.length + size - 1) / size][];
    Arrays.setAll(bands, i -> Arrays.copyOfRange(xScan, i * size, Math.min(xScan.length, (i + 1) * size)));
    return bands;
  }

  /** The same of a pooled one, a row of windows in each band, and of each window the four elements row by row. */
  int[][] windowBands() {
    int length = 4 * y.shape().width();
    int[][] bands = new int[y.shape().height()][];
    Arrays.setAll(bands, i -> Arrays.copyOfRange(xPosition, i * length, (i + 1) * length));
    return bands;
  }
}
