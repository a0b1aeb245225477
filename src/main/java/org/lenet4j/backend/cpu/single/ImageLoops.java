package org.lenet4j.backend.cpu.single;

import java.util.stream.IntStream;

/** The inner loops of {@link SingleImage}. The lanes of a vector, if there is more than one, are neighbouring outputs. */
public interface ImageLoops {
  /** Outputs that are computed as one vector. What is written may reach that far past the end of what was asked for. */
  int lanes();

  /** The most images that take less time one by one than in a chunk. */
  int most();

  /** Blocks that so many channels are computed in. They may have more in all: {@link #correlateMax} writes those as well. */
  int[] blockWidths(int channels);

  /**
   * A convolution as {@link #correlate} walks it.
   *
   * @param channels  the channels of the outputs, M
   * @param widths    the widths of blocks of channels, see {@link #blockWidths}
   * @param taps      index offsets in x of the taps of one output, in the order of the weights
   * @param tapIndex  0, 1, 2, ...
   * @param xPosition index in x of tap 0 for each vector of outputs; their number is a multiple of four for {@link #correlate}
   * @param yPosition index in y of channel 0
   * @param plane     distance in y from one channel to the next
   */
  record Plan(int channels, int[] widths, int[] taps, int[] tapIndex, int[] xPosition, int[] yPosition, int plane) {
    /** With all taps. */
    public Plan(int channels, int[] widths, int[] taps, int[] xPosition, int[] yPosition, int plane) {
      this(channels, widths, taps, IntStream.range(0, taps.length).toArray(), xPosition, yPosition, plane);
    }
  }

  /**
   * The weights and biases as {@link #correlate} reads them.
   *
   * @param theta the weights {@code (M, taps)} from {@code weight} and the biases from {@code bias}
   */
  float[] pack(Plan plan, float[] theta, int weight, int bias);

  /** {@code y[m,p] = bias[m] + sum_t w[m,t] x[p,t]}. */
  void correlate(Plan plan, float[] packed, float[] x, float[] y);

  /**
   * A convolution whose outputs are pooled in windows of 2x2, as {@link #correlateMax} walks it.
   *
   * @param plan  the plan of the windows' upper left outputs; in y are windows
   * @param below index offsets in x of the taps of the windows' lower outputs
   * @param right distance in x from a tap of a left output to that of the right one
   */
  record Windows(Plan plan, int[] below, int right) {}

  /**
   * The largest of each window's four outputs, as {@link #correlate} gives them, and no less than {@code least}. Vectors are written from
   * the last to the first, so that what one writes past its channel's end is overwritten.
   */
  void correlateMax(Windows windows, float[] packed, float[] x, float least, float[] y);

  /** Values that {@link #copyAlternate} copies from each place. */
  int alternate();

  /** Copies every other value, {@code y[to[i] + k] = x[from[i] + 2k]} for {@code k < alternate()}, and may write past them. */
  void copyAlternate(float[] x, int[] from, float[] y, int[] to);

  /** Copies rows of {@code toStride} values, upwards. */
  void copyRows(float[] x, int from, int fromStride, float[] y, int to, int toStride, int rows);

  /** Outputs of {@link #multiplyAdd}. */
  int outputs();

  /**
   * {@code y[o] += sum_i w[i,o] x[i]} for {@link #outputs} outputs.
   *
   * @param w {@code (in, outputs)} from {@code w0}
   * @param y from {@code y0}
   */
  void multiplyAdd(float[] w, int w0, float[] x, int in, float[] y, int y0);
}
