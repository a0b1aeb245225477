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

  /** {@code y[i] = max(y[i], 0)} for {@code from <= i < to}, whole vectors. */
  void rectify(float[] y, int from, int to);

  /** {@code dy[d + i] = y[o + i] > 0 ? dy[d + i] : 0} for {@code 0 <= i < count}, whole vectors. */
  void rectifyBackward(float[] y, int o, float[] dy, int d, int count);

  /**
   * One step of Adam on {@code theta[from .. to)}: {@code g += l2 theta; m = b1 m + (1 - b1) g; v = b2 v + (1 - b2) g^2;
   * theta = shrink theta - stepSize m / (sqrt(v) root + epsilon)}.
   */
  void adam(float[] theta, float[] gradient, float[] mean, float[] square, int from, int to, AdamStep step);

  /**
   * What a step of Adam multiplies with.
   *
   * @param stepSize {@code lr / (1 - b1^t)}
   * @param root     {@code 1 / sqrt(1 - b2^t)}
   * @param l2       decay inside the gradient
   * @param shrink   decoupled decay, {@code 1 - lr lambda}
   */
  record AdamStep(float beta1, float beta2, float epsilon, float stepSize, float root, float l2, float shrink) {
    /** The scalar form, for a single element. */
    void apply(float[] theta, float[] gradient, float[] mean, float[] square, int i) {
      float g = Math.fma(l2, theta[i], gradient[i]);
      float m = Math.fma(beta1, mean[i], (1 - beta1) * g);
      float v = Math.fma(beta2, square[i], (1 - beta2) * g * g);
      mean[i] = m;
      square[i] = v;
      theta[i] = theta[i] * shrink - stepSize * m / Math.fma((float) Math.sqrt(v), root, epsilon);
    }
  }
}
