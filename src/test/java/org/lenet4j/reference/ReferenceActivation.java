package org.lenet4j.reference;

import org.lenet4j.nn.Activation;

/** y = f(z), element by element. */
final class ReferenceActivation {
  private ReferenceActivation() {}

  static double forward(Activation activation, double z) {
    return switch (activation) {
      case NONE -> z;
      case RELU -> Math.max(z, 0);
      case TANH -> Math.tanh(z);
      case SIGMOID -> 1 / (1 + Math.exp(-z));
    };
  }

  /** dz from dy and the output y. */
  static double backward(Activation activation, double y, double dy) {
    return switch (activation) {
      case NONE -> dy;
      case RELU -> y > 0 ? dy : 0;
      case TANH -> dy * (1 - y * y);
      case SIGMOID -> dy * y * (1 - y);
    };
  }
}
