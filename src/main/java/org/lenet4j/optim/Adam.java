package org.lenet4j.optim;

import java.util.List;

/**
 * Adam (Kingma and Ba 2015) as PyTorch defines it, with L2 decay inside the gradient: {@code g += lambda theta;
 * m = b1 m + (1 - b1) g; v = b2 v + (1 - b2) g^2; theta -= lr / (1 - b1^t) * m / (sqrt(v / (1 - b2^t)) + eps)}.
 *
 * @param learningRate lr
 * @param beta1        decay of the first moment, in [0, 1)
 * @param beta2        decay of the second moment, in [0, 1)
 * @param epsilon      eps
 * @param weightDecay  lambda
 */
public record Adam(float learningRate, float beta1, float beta2, float epsilon, float weightDecay) implements Optimizer {
  /** Checks the numbers. */
  public Adam {
    NumberChecks.notNegative("learning rate", learningRate);
    NumberChecks.fraction("beta1", beta1);
    NumberChecks.fraction("beta2", beta2);
    NumberChecks.notNegative("epsilon", epsilon);
    NumberChecks.notNegative("weight decay", weightDecay);
  }

  /** PyTorch's defaults: betas 0.9 and 0.999, epsilon 1e-8, no decay. */
  public Adam(float learningRate) {
    this(learningRate, 0.9f, 0.999f, 1e-8f, 0);
  }

  @Override public String name() {
    return "adam";
  }

  @Override public Adam withLearningRate(float rate) {
    return new Adam(rate, beta1, beta2, epsilon, weightDecay);
  }

  @Override public Adam withWeightDecay(float decay) {
    return new Adam(learningRate, beta1, beta2, epsilon, decay);
  }

  @Override public List<String> stateNames() {
    return List.of("exp_avg", "exp_avg_sq");
  }
}
