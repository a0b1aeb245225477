package org.lenet4j.backend.cpu;

/**
 * The loops of one convolution with all that they keep: the weights in their own order, and every worker's scratch and gradient sums.
 * Nothing is allocated after the constructor.
 */
interface Convolution extends AutoCloseable {
  /** Takes the weights {@code (M, C, k, k)} from {@code theta[weight ..]} and the biases {@code (M)} from {@code theta[bias ..]}. */
  void load(float[] theta, int weight, int bias);

  /**
   * {@code y[m,i,j] = bias[m] + sum_{c,u,v} w[m,c,u,v] x[c,i+u-p,j+v-p]}.
   *
   * @param y interior overwritten
   */
  void forward(int worker, float[] x, float[] y);

  /** Clears a worker's filter gradient. */
  void clearGradient(int worker);

  /**
   * Adds the filter gradient of a chunk, if this convolution has one: {@code dw[m,c,u,v] += sum_{i,j} dy[m,i,j] x[c,i+u-p,j+v-p]} and
   * {@code dbias[m] += sum_{i,j} dy[m,i,j]}. Gives the gradient of x, if wanted:
   * {@code dx[c,i,j] = sum_{m,u,v} w[m,c,u,v] dy[m,i-u+p,j-v+p]}.
   *
   * @param x  of the worker's last {@link #forward}
   * @param dx interior overwritten; null if not wanted
   */
  void backward(int worker, float[] x, float[] dy, float[] dx);

  /** Copies a worker's filter gradient, {@code (M, C, k, k)} and then {@code (M)}, to {@code slot[offset ..]}. */
  void gradient(int worker, float[] slot, int offset);

  @Override void close();
}
