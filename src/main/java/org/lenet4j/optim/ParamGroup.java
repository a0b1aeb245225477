package org.lenet4j.optim;

import java.util.List;

/**
 * Layers with their own learning rate and weight decay, in place of the optimizer's; the schedule multiplies this rate as well.
 *
 * @param layers       layer names
 * @param learningRate base learning rate of these layers
 * @param weightDecay  weight decay of these layers
 */
public record ParamGroup(List<String> layers, float learningRate, float weightDecay) {
  /** Checks the numbers and copies the list. */
  public ParamGroup {
    layers = List.copyOf(layers);
    Optimizer.checkNotNegative("learning rate", learningRate);
    Optimizer.checkNotNegative("weight decay", weightDecay);
  }
}
