package org.lenet4j.backend;

import java.util.List;
import org.lenet4j.nn.Loss;
import org.lenet4j.optim.Anchor;
import org.lenet4j.optim.Optimizer;
import org.lenet4j.optim.ParamGroup;

/**
 * What a program needs to know to train. One update of a parameter theta with the gradient g of the batch's mean loss is, in this order:
 *
 * <pre>
 *   g += anchor.strength * weight * (theta - value)       the anchor's pull, where it has an entry
 *   g *= min(1, clipNorm / (|g| + 1e-6))                  |g| over everything that is trained
 *   theta, state = optimizer(theta, g, state)             weight decay is the optimizer's
 *   average = d * average + (1 - d) * theta               d = min(ema, (1 + t) / (10 + t)), t = 1 for the first update
 * </pre>
 *
 * <p>Frozen layers take part in none of it.
 *
 * @param loss      what is minimised
 * @param optimizer how parameters move
 * @param groups    layers with their own learning rate and decay
 * @param clipNorm  the largest L2 norm of the whole gradient, or infinity for no clipping
 * @param seed      of dropout and augmentation
 * @param ema       decay of the exponential moving average of the trained parameters, in [0, 1); 0 for none
 * @param anchor    a pull towards fixed values, or null
 */
public record TrainConfig(Loss loss, Optimizer optimizer, List<ParamGroup> groups, float clipNorm, long seed, float ema, Anchor anchor) {
  /** Copies the groups and checks the numbers. */
  public TrainConfig {
    groups = List.copyOf(groups);
    if (!(clipNorm > 0)) {
      throw new IllegalArgumentException("the gradient clip norm must be above 0, got " + clipNorm);
    }
    if (!(ema >= 0 && ema < 1)) {
      throw new IllegalArgumentException("the decay of the average (EMA) must be in [0, 1), got " + ema);
    }
  }

  /** Without average and anchor. */
  public TrainConfig(Loss loss, Optimizer optimizer, List<ParamGroup> groups, float clipNorm, long seed) {
    this(loss, optimizer, groups, clipNorm, seed, 0, null);
  }

  /** The average's decay in update {@code t}, the first is 1; the warm-up lets it forget the start (TensorFlow's {@code num_updates}). */
  public float emaDecay(long t) {
    return Math.min(ema, (float) (1 + t) / (10 + t));
  }

  /** The learning rate and decay of a layer: those of the last group that has it, or the optimizer's. */
  public ParamGroup group(String layer) {
    ParamGroup found = new ParamGroup(List.of(layer), optimizer.learningRate(), optimizer.weightDecay());
    for (ParamGroup group : groups) {
      found = group.layers().contains(layer) ? group : found;
    }
    return found;
  }
}
