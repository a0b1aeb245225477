package org.lenet4j.optim;

import java.util.List;

/**
 * Adam with decoupled weight decay (Loshchilov and Hutter 2019): {@code theta <- theta - lr * adam_step - lr * lambda * theta}.
 *
 * @param learningRate lr
 * @param beta1        decay of the first moment, in [0, 1)
 * @param beta2        decay of the second moment, in [0, 1)
 * @param epsilon      eps
 * @param weightDecay  lambda
 */
public record AdamW(float learningRate, float beta1, float beta2, float epsilon, float weightDecay) implements Optimizer {
  /** Checks the numbers. */
  public AdamW {
    NumberChecks.notNegative("learning rate", learningRate);
    NumberChecks.fraction("beta1", beta1);
    NumberChecks.fraction("beta2", beta2);
    NumberChecks.notNegative("epsilon", epsilon);
    NumberChecks.notNegative("weight decay", weightDecay);
  }

  /** PyTorch's default betas and epsilon. */
  public AdamW(float learningRate, float weightDecay) {
    this(learningRate, 0.9f, 0.999f, 1e-8f, weightDecay);
  }

  @Override public String name() {
    return "adamw";
  }

  @Override public AdamW withLearningRate(float rate) {
    return new AdamW(rate, beta1, beta2, epsilon, weightDecay);
  }

  @Override public AdamW withWeightDecay(float decay) {
    return new AdamW(learningRate, beta1, beta2, epsilon, decay);
  }

  @Override public List<String> stateNames() {
    return List.of("exp_avg", "exp_avg_sq");
  }
}
