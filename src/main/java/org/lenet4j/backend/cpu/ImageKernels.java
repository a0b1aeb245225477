package org.lenet4j.backend.cpu;

/** The inner loops of {@link SingleImage}. The lanes of a vector, if there is more than one, are neighbouring outputs. */
interface ImageKernels {
  /** Outputs that are computed as one vector. What is written may reach that far past the end of what was asked for. */
  int lanes();

  /** The most images that take less time one by one than in a chunk of {@link Kernels#LANES}. */
  int most();

  /**
   * A convolution as {@link #correlate} walks it.
   *
   * @param channels  of the outputs, M
   * @param widths    of blocks of channels that vectors are computed in, see {@link Correlation#blockWidths}
   * @param taps      index offsets in x of the taps of one output, in the order of the weights
   * @param tapIndex  0, 1, 2, ...
   * @param xPosition index in x of tap 0 for each vector of outputs; their number is a multiple of four
   * @param yPosition index in y of channel 0
   * @param plane     distance in y from one channel to the next
   */
  record Plan(int channels, int[] widths, int[] taps, int[] tapIndex, int[] xPosition, int[] yPosition, int plane) {}

  /**
   * The weights and biases as {@link #correlate} reads them.
   *
   * @param theta the weights {@code (M, taps)} from {@code weight} and the biases from {@code bias}
   */
  float[] pack(Plan plan, float[] theta, int weight, int bias);

  /** {@code y[m,p] = bias[m] + sum_t w[m,t] x[p,t]}. */
  void correlate(Plan plan, float[] packed, float[] x, float[] y);

  /**
   * One row of 2x2 maxima, no less than {@code least}.
   *
   * @param upper index in x of the upper row
   * @param lower index in x of the lower row
   */
  void maxPoolRow(float[] x, int upper, int lower, float least, float[] y, int to, int columns);

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
