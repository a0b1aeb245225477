package org.lenet4j.tune;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import org.lenet4j.Device;
import org.lenet4j.backend.TrainingProgram;
import org.lenet4j.data.Batches;
import org.lenet4j.data.Dataset;
import org.lenet4j.nn.Model;
import org.lenet4j.optim.Recipe;

/**
 * A learning-rate range test (L. Smith, "Cyclical learning rates for training neural networks", WACV 2017): a short training run whose
 * rate rises exponentially, until the loss explodes.
 *
 * @param curve      one point for each step, the rates rising
 * @param suggestion a tenth of the rate at which the smoothed loss is lowest: there it is about to rise again
 */
public record LrRange(List<Point> curve, float suggestion) {
  private static final float LOWEST = 1e-6f;
  private static final float HIGHEST = 1;
  private static final double SMOOTHING = 0.9; // of the running mean of the loss
  private static final double EXPLODED = 3; // times the lowest loss so far

  /**
   * One step.
   *
   * @param rate     learning rate
   * @param loss     the loss of its batch
   * @param smoothed running mean of the losses up to here
   */
  public record Point(float rate, double loss, double smoothed) {}

  /** Copies the curve. */
  public LrRange {
    curve = List.copyOf(curve);
  }

  /**
   * Tests rates from 1e-6 to 1 on a copy of the model.
   *
   * @param recipe how to train, without its schedule, number of epochs and average of the weights; the rates of groups rise in proportion
   * @param train  the data
   * @param steps  the most steps, at least 10
   * @param seed   the seed of the sample order
   * @throws IllegalArgumentException if the steps are too few, the optimizer's rate is 0 or the batch size larger than the training set
   */
  public static LrRange test(Device device, Model model, Recipe recipe, Dataset train, int steps, long seed) {
    int batch = recipe.batchSize();
    if (steps < 10 || !(recipe.optimizer().learningRate() > 0) || batch > train.size()) {
      throw new IllegalArgumentException("a range test needs at least 10 steps, a learning rate above 0 and a batch of samples; got "
          + steps + " steps, " + recipe.optimizer() + " and " + train.size() + " samples for batches of " + batch);
    }
    List<Point> curve = new ArrayList<>();
    Model copy = model.copy();
    if (recipe.normalize() && !copy.isNormalizationChosen()) {
      copy.normalization(train.normalization()); // as the trainer will
    }
    try (TrainingProgram program = device.backend().compile(copy, recipe.withEma(0), seed)) {
      program.bind(train, recipe.augment());
      int perEpoch = train.size() / batch;
      double mean = 0;
      double lowest = Double.POSITIVE_INFINITY;
      for (int i = 0; i < steps; i++) {
        if (i % perEpoch == 0) {
          program.order(i / perEpoch, Arrays.copyOf(Batches.order(train.size(), seed, i / perEpoch), perEpoch * batch));
        }
        float rate = (float) (LOWEST * Math.pow(HIGHEST / LOWEST, (double) i / (steps - 1)));
        program.step(i % perEpoch * batch, batch, rate / recipe.optimizer().learningRate());
        double loss = program.drain().loss();
        mean = SMOOTHING * mean + (1 - SMOOTHING) * loss;
        double smoothed = mean / (1 - Math.pow(SMOOTHING, i + 1)); // without the zero that it started with
        if (!Double.isFinite(smoothed) || smoothed > EXPLODED * lowest) {
          break;
        }
        lowest = Math.min(lowest, smoothed);
        curve.add(new Point(rate, loss, smoothed));
      }
    }
    float best = curve.stream().min(Comparator.comparingDouble(Point::smoothed)).map(Point::rate).orElse(10 * LOWEST);
    return new LrRange(curve, best / 10);
  }
}
