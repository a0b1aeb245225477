package org.lenet4j.nn;

import org.lenet4j.random.Philox;

/** How parameters get their first values, seeded. */
public enum Init {
  /**
   * PyTorch's default for convolution and linear layers, weights and biases alike: uniform in {@code +-1/sqrt(fan_in)}, which is
   * Kaiming-uniform with {@code a = sqrt(5)} (He et al. 2015).
   */
  KAIMING_UNIFORM,
  /** Weights uniform in {@code +-sqrt(6 / (fan_in + fan_out))} (Glorot and Bengio 2010), biases zero. */
  XAVIER_UNIFORM;

  /**
   * Fills one parameter.
   *
   * @param spec   its shape and fans
   * @param seed   the model's seed
   * @param stream which parameter of the model this is, so that each draws its own numbers
   */
  public float[] create(LayerSpec.ParameterSpec spec, long seed, int stream) {
    float[] values = new float[spec.size()];
    double bound = switch (this) {
      case KAIMING_UNIFORM -> 1 / Math.sqrt(spec.fanIn());
      case XAVIER_UNIFORM -> spec.suffix().equals("bias") ? 0 : Math.sqrt(6.0 / (spec.fanIn() + spec.fanOut()));
    };
    for (int i = 0; i < values.length; i++) {
      values[i] = (float) ((2 * Philox.uniform(seed, Philox.INIT, stream, i) - 1) * bound) + 0f; // no negative zeros
    }
    return values;
  }
}
