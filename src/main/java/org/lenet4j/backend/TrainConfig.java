package org.lenet4j.backend;

import java.util.List;
import org.lenet4j.loss.Loss;
import org.lenet4j.optim.Optimizer;
import org.lenet4j.optim.ParamGroup;

/**
 * What a program needs to know to train.
 *
 * @param loss      what is minimised
 * @param optimizer how parameters move
 * @param groups    layers with their own learning rate and decay
 * @param clipNorm  the largest L2 norm of the whole gradient, or infinity for no clipping
 * @param seed      of dropout and augmentation
 */
public record TrainConfig(Loss loss, Optimizer optimizer, List<ParamGroup> groups, float clipNorm, long seed) {
  /** Copies the groups and checks the clip norm. */
  public TrainConfig {
    groups = List.copyOf(groups);
    if (!(clipNorm > 0)) {
      throw new IllegalArgumentException("the gradient clip norm must be above 0, got " + clipNorm);
    }
  }
}
