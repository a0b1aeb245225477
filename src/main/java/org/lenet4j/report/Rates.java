package org.lenet4j.report;

import org.lenet4j.optim.Recipe;

/**
 * The learning rate over a run; layers in a parameter group of their own have another, in proportion.
 *
 * @param recipe        the recipe of the run
 * @param stepsPerEpoch updates in an epoch
 */
public record Rates(Recipe recipe, long stepsPerEpoch) {
  /**
   * The rate of one update.
   *
   * @param step the step, from 0
   */
  double at(long step) {
    return (double) recipe.optimizer().learningRate() * recipe.schedule().factor(step, recipe.epochs() * stepsPerEpoch);
  }
}
