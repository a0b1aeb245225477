package org.lenet4j.nn;

import java.util.Locale;

/** What a layer applies to each of its outputs. The derivative is written with the output {@code y}, which is what backward has. */
public enum Activation {
  /** {@code y = x}. */
  NONE,
  /** {@code y = max(x, 0)}, {@code dy/dx = y > 0}. */
  RELU,
  /** {@code y = tanh(x)}, {@code dy/dx = 1 - y^2}. */
  TANH,
  /** {@code y = 1 / (1 + exp(-x))}, {@code dy/dx = y (1 - y)}. */
  SIGMOID;

  /** What {@link LayerSpec#describe} says of it behind the rest. */
  String suffix() {
    return this == NONE ? "" : ", " + name().toLowerCase(Locale.ROOT);
  }
}
