package org.lenet4j.backend.cpu;

/**
 * The loops of one convolution with all that they keep: the weights in their own order, and every worker's scratch and gradient sums.
 * Nothing is allocated after the constructor. The tensors x, y, dy and dx lie in the worker's memory where the layer's place has them.
 */
interface Convolution extends AutoCloseable {
  /** Takes the weights {@code (M, C, k, k)} from {@code theta[weight ..]} and the biases {@code (M)} from {@code theta[bias ..]}. */
  void load(float[] theta, int weight, int bias);

  /**
   * {@code y[m,i,j] = bias[m] + sum_{c,u,v} w[m,c,u,v] x[c,i+u-p,j+v-p]}, and then its ReLU and pooling if the place says so.
   */
  void forward(int worker, float[] memory);

  /** Clears a worker's filter gradient. */
  void clearGradient(int worker, float[] memory);

  /**
   * Adds the filter gradient of a chunk, if this convolution has one: {@code dw[m,c,u,v] += sum_{i,j} dy[m,i,j] x[c,i+u-p,j+v-p]} and
   * {@code dbias[m] += sum_{i,j} dy[m,i,j]}. Gives the gradient of x, if wanted:
   * {@code dx[c,i,j] = sum_{m,u,v} w[m,c,u,v] dy[m,i-u+p,j-v+p]}. All else is as the worker's last {@link #forward} left it.
   */
  void backward(int worker, float[] memory);

  /** Copies a worker's filter gradient, {@code (M, C, k, k)} and then {@code (M)}, to {@code slot[offset ..]}. */
  void gradient(int worker, float[] memory, float[] slot, int offset);

  @Override void close();
}
