package org.lenet4j.backend.cpu.layer;

/** Loops over arrays that layers and optimizers share. */
public interface Loops {
  /** {@code y[to + i] += x[from + i]} for {@code 0 <= i < count}. */
  void add(float[] y, int to, float[] x, int from, int count);

  /** {@code y[i] = max(y[i], 0)} for {@code from <= i < to}, whole vectors. */
  void rectify(float[] y, int from, int to);

  /** {@code memory[d + i] = memory[o + i] > 0 ? memory[d + i] : 0} for {@code 0 <= i < count}, whole vectors; at o is what a ReLU gave. */
  void rectifyBackward(float[] memory, int o, int d, int count);

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
    public void apply(float[] theta, float[] gradient, float[] mean, float[] square, int i) {
      float g = Math.fma(l2, theta[i], gradient[i]);
      float m = Math.fma(beta1, mean[i], (1 - beta1) * g);
      float v = Math.fma(beta2, square[i], (1 - beta2) * g * g);
      mean[i] = m;
      square[i] = v;
      theta[i] = theta[i] * shrink - stepSize * m / Math.fma((float) Math.sqrt(v), root, epsilon);
    }
  }
}
