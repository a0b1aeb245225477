package org.lenet4j.backend.cpu;

import org.lenet4j.backend.cpu.memory.Layout;
import org.lenet4j.backend.cpu.memory.MemoryPlan;
import org.lenet4j.backend.cpu.memory.PoolPlan;
import org.lenet4j.nn.Conv2d;
import org.lenet4j.nn.Linear;

/**
 * The inner loops of layers and of Adam over chunks of {@link Layout#LANES} samples: {@link VectorKernels} where the JVM has
 * the Vector API, otherwise {@link GemmKernels}. Either gives the same bits for any number of threads, but not the bits of the other.
 */
interface Kernels {
  /** What runs, for {@code describe()}. */
  String describe();

  /** The loops for a few images, each on its own. */
  ImageKernels image();

  /** Whether a sample's outputs are the same bits in every lane, so that they can be kept for another step. */
  boolean lanesAreAlike();

  /** Whether {@link #convolution} does the 2x2 max-pooling above such a layer as well, and its activation. */
  boolean pools(Conv2d spec);

  /**
   * The loops of a convolution layer.
   *
   * @param frozen there is no filter gradient, whatever else the place wants
   * @param memory where the loops reserve what they keep in a worker's memory
   */
  Convolution convolution(Conv2d spec, CpuLayer.Place place, boolean frozen, int workers, MemoryPlan memory);

  /**
   * A fully connected layer.
   *
   * @param memory where it reserves what it keeps in a worker's memory
   * @param batch  where it reserves what it keeps of all chunks
   */
  CpuLinear linear(Linear spec, CpuLayer.Place place, CpuParameters parameters, int slotOffset, int workers, int chunks,
      MemoryPlan memory, MemoryPlan batch);

  /** Maximum of each 2x2 window; with {@code relu} of the window and zero, which is the ReLU before the pooling as well. */
  void maxPool2(PoolPlan plan, float[] memory, boolean relu);

  /**
   * Gives each window's gradient to its first largest element and zero to the others. With {@code relu} the gradient is zero where the
   * maximum is not positive; {@code x} and {@code dx} are then before the ReLU.
   *
   * @param plan     windows of x and y
   * @param gradient the same windows of dx and dy
   */
  void maxPool2Backward(PoolPlan plan, PoolPlan gradient, float[] memory, boolean relu);

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
