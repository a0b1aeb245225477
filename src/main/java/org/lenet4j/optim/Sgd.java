package org.lenet4j.optim;

import java.util.List;

/**
 * Stochastic gradient descent as PyTorch defines it: {@code g += lambda theta; v = momentum v + g} (the first step sets {@code v = g});
 * {@code theta -= lr v}, or with Nesterov {@code theta -= lr (g + momentum v)}.
 *
 * @param learningRate lr
 * @param momentum     the momentum, in [0, 1)
 * @param nesterov     needs momentum
 * @param weightDecay  lambda, L2
 */
public record Sgd(float learningRate, float momentum, boolean nesterov, float weightDecay) implements Optimizer {
  /** Checks the numbers. */
  public Sgd {
    NumberChecks.notNegative("learning rate", learningRate);
    NumberChecks.fraction("momentum", momentum);
    NumberChecks.notNegative("weight decay", weightDecay);
    if (nesterov && momentum == 0) {
      throw new IllegalArgumentException("Nesterov needs a momentum above 0");
    }
  }

  /** Plain SGD. */
  public Sgd(float learningRate) {
    this(learningRate, 0, false, 0);
  }

  /** With momentum. */
  public Sgd(float learningRate, float momentum) {
    this(learningRate, momentum, false, 0);
  }

  @Override public String name() {
    return "sgd";
  }

  @Override public Sgd withLearningRate(float rate) {
    return new Sgd(rate, momentum, nesterov, weightDecay);
  }

  @Override public Sgd withWeightDecay(float decay) {
    return new Sgd(learningRate, momentum, nesterov, decay);
  }

  @Override public List<String> stateNames() {
    return momentum == 0 ? List.of() : List.of("momentum_buffer");
  }
}
