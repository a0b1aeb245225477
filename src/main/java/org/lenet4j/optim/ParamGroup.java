package org.lenet4j.optim;

import java.io.Serializable;
import java.util.ArrayList;
import java.util.List;

/**
 * Layers with their own learning rate and weight decay, in place of the optimizer's; the schedule multiplies this rate as well.
 *
 * @param layers       layer names, at least one
 * @param learningRate base learning rate of these layers
 * @param weightDecay  weight decay of these layers
 */
public record ParamGroup(List<String> layers, float learningRate, float weightDecay) implements Serializable {
  /** Checks the numbers and copies the list. */
  public ParamGroup {
    layers = List.copyOf(layers);
    if (layers.isEmpty()) {
      throw new IllegalArgumentException("a parameter group needs at least one layer");
    }
    NumberChecks.notNegative("learning rate", learningRate);
    NumberChecks.notNegative("weight decay", weightDecay);
  }

  /**
   * One group for each layer, its learning rate {@code factor} times that of the next.
   *
   * @param layers    first to last; the last has the optimizer's own rate
   * @param optimizer whose weight decay all have
   * @param factor    the factor of one layer downwards, 0 or more
   */
  public static List<ParamGroup> byDepth(List<String> layers, Optimizer optimizer, float factor) {
    List<ParamGroup> groups = new ArrayList<>();
    double rate = optimizer.learningRate();
    for (int i = layers.size() - 1; i >= 0; i--, rate *= factor) {
      groups.add(0, new ParamGroup(List.of(layers.get(i)), (float) rate, optimizer.weightDecay()));
    }
    return groups;
  }
}
