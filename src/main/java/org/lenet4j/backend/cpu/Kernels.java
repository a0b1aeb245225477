package org.lenet4j.backend.cpu;

/**
 * The inner loops of convolution and pooling over chunks of {@link #LANES} samples. {@link VectorKernels} and {@link PlainKernels} do
 * the same fused multiply-adds in the same order, so both give the same bits.
 */
interface Kernels {
  /** Samples in a chunk: one 512-bit vector of floats, two of 256 bits, four of 128 bits. */
  int LANES = 16;

  /** What runs, for {@code describe()}. */
  String describe();

  /**
   * Cross-correlation: {@code y[m,i,j] = bias[m] + sum_{c,u,v} w[m,c,u,v] x[c,i+u-p,j+v-p]}.
   *
   * @param x {@code plan.x}
   * @param w weights as {@link Correlation#pack} lays them out
   * @param y {@code plan.y}, interior overwritten
   */
  void correlate(Correlation plan, float[] x, float[] w, float[] bias, float[] y);

  /**
   * Adds the filter gradient of a chunk, lane by lane: {@code dw[m,t] += sum_{i,j} dy[m,i,j] x[c,i+u-p,j+v-p]} and
   * {@code dbias[m] += sum_{i,j} dy[m,i,j]}.
   *
   * @param dy    gradient of the output, laid out as {@code dyLayout}
   * @param scan  {@link Correlation#scan} of that layout
   * @param dw    {@link Correlation#gradientLength} values, lanes innermost
   * @param dbias {@code (outChannels, LANES)}
   */
  void filterGradient(Correlation plan, float[] x, float[] dy, Layout dyLayout, int[] scan, float[] dw, float[] dbias);

  /** Maximum of each 2x2 window; with {@code relu} of the window and zero, which is the ReLU before the pooling as well. */
  void maxPool2(PoolPlan plan, float[] x, float[] y, boolean relu);

  /**
   * Gives each window's gradient to its first largest element and zero to the others. With {@code relu} the gradient is zero where the
   * maximum is not positive; {@code x} and {@code dx} are then before the ReLU.
   *
   * @param plan     windows of x and y
   * @param gradient the same windows of dx and dy
   */
  void maxPool2Backward(PoolPlan plan, PoolPlan gradient, float[] x, float[] y, float[] dy, float[] dx, boolean relu);
}
