package org.lenet4j.nn;

/**
 * Softmax cross-entropy with label smoothing (Szegedy et al. 2016), PyTorch's {@code nn.CrossEntropyLoss}: with K classes the target
 * is {@code q = (1 - s) onehot + s / K} and the loss {@code -sum_k q_k log softmax(z)_k}; its gradient is {@code softmax(z) - q}.
 *
 * @param labelSmoothing s, in [0, 1)
 */
public record CrossEntropy(float labelSmoothing) implements Loss {
  /** Checks the smoothing. */
  public CrossEntropy {
    if (!(labelSmoothing >= 0 && labelSmoothing < 1)) {
      throw new IllegalArgumentException("label smoothing must be in [0, 1), got " + labelSmoothing);
    }
  }

  /** Without label smoothing. */
  public CrossEntropy() {
    this(0);
  }

  @Override public Loss plain() {
    return new CrossEntropy();
  }
}
