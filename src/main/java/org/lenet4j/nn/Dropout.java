package org.lenet4j.nn;

import org.lenet4j.data.Shape;

/**
 * Inverted dropout (Srivastava et al. 2014): while training each element is zero with probability {@code rate} and otherwise scaled
 * by {@code 1 / (1 - rate)}; at evaluation it passes unchanged. The mask depends only on (seed, epoch, sample, layer, element).
 *
 * @param name layer name
 * @param rate probability of zero, from 0 up to but not including 1
 */
public record Dropout(String name, float rate) implements LayerSpec {
  /** Checks the rate. */
  public Dropout {
    LayerChecks.name(name);
    if (!(rate >= 0 && rate < 1)) {
      throw new IllegalArgumentException("layer " + name + ": rate must be in [0, 1), got " + rate);
    }
  }

  @Override public Shape output(Shape input) {
    return input;
  }

  @Override public String describe() {
    return "dropout " + rate;
  }
}
