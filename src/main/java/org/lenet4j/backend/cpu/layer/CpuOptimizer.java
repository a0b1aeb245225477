package org.lenet4j.backend.cpu.layer;

import org.lenet4j.backend.OptimizerState;
import org.lenet4j.backend.base.FlatParameters;
import org.lenet4j.nn.Model;
import org.lenet4j.optim.Adam;
import org.lenet4j.optim.AdamW;
import org.lenet4j.optim.Optimizer;
import org.lenet4j.optim.Recipe;
import org.lenet4j.optim.Sgd;

/** Parameters that are trained: their gradient, and how ranges of them move by it, in the order that {@link Recipe} gives. */
public final class CpuOptimizer extends CpuParameters {
  public final float[] gradient; // (parameterCount), of the batch mean
  private final Recipe recipe;
  final Loops loops;
  private final float[][] state; // (states, parameterCount)
  private final float[] average; // the last of them, or null
  private final float[] anchor; // (parameterCount), what parameters are pulled towards; null without an anchor
  private final float[] pull; // (parameterCount), how strongly
  private long step;

  /** The model's parameters, and what the recipe says of them. */
  public CpuOptimizer(Model model, Recipe recipe, Loops loops) {
    super(model, recipe);
    this.recipe = recipe;
    this.loops = loops;
    gradient = new float[theta.length];
    state = new float[states()][theta.length];
    average = averageIndex() < 0 ? null : array(averageIndex());
    anchor = recipe.anchor() == null ? null : anchorValues(recipe.anchor());
    pull = recipe.anchor() == null ? null : anchorPull(recipe.anchor());
    write(model);
  }

  @Override protected float[] array(int index) {
    return index == 0 ? theta : state[index - 1];
  }

  /** Begins the next update. */
  public void nextStep() {
    step++;
  }

  /** The gradient of the penalties, added to that of the loss from {@code from} to {@code to}: {@code g += pull * (theta - anchor)}. */
  public void penalize(int from, int to) {
    float[] theta = this.theta;
    float[] gradient = this.gradient;
    float[] anchor = this.anchor;
    float[] pull = this.pull;
    for (int i = from; pull != null && i < to; i++) {
      gradient[i] += pull[i] * (theta[i] - anchor[i]);
    }
  }

  /** Sum of squares of the gradient from {@code from} to {@code to}. */
  public double squares(int from, int to) {
    double sum = 0;
    for (int i = from; i < to; i++) {
      sum += (double) gradient[i] * gradient[i];
    }
    return sum;
  }

  /**
   * Moves {@code theta[from .. to)}, a part of one range.
   *
   * @param rateFactor    multiplies the learning rate
   * @param gradientScale multiplies the gradient
   */
  public void update(FlatParameters.Range range, int from, int to, float rateFactor, float gradientScale) {
    float rate = range.learningRate() * rateFactor;
    if (gradientScale != 1) {
      for (int i = from; i < to; i++) {
        gradient[i] *= gradientScale;
      }
    }
    Optimizer optimizer = recipe.optimizer();
    if (optimizer instanceof Sgd sgd) {
      sgd(sgd, from, to, rate, range.weightDecay());
    } else if (optimizer instanceof Adam adam) {
      adam(from, to, rate, adam.beta1(), adam.beta2(), adam.epsilon(), range.weightDecay(), 1);
    } else if (optimizer instanceof AdamW adamW) {
      adam(from, to, rate, adamW.beta1(), adamW.beta2(), adamW.epsilon(), 0, 1 - rate * range.weightDecay());
    } else {
      throw new AssertionError("no update for " + optimizer);
    }
    if (average != null) {
      average(from, to, 1 - recipe.emaDecay(step));
    }
  }

  private void average(int from, int to, float share) {
    float[] theta = this.theta;
    float[] average = this.average;
    for (int i = from; i < to; i++) {
      average[i] += share * (theta[i] - average[i]);
    }
  }

  private void sgd(Sgd sgd, int from, int to, float rate, float decay) {
    float[] theta = this.theta;
    float[] gradient = this.gradient;
    if (sgd.momentum() == 0) {
      for (int i = from; i < to; i++) {
        theta[i] -= rate * (gradient[i] + decay * theta[i]);
      }
      return;
    }
    float[] velocity = state[0];
    float momentum = sgd.momentum();
    float ahead = sgd.nesterov() ? momentum : 1; // Nesterov: theta -= rate (g + momentum v), otherwise theta -= rate v
    float keep = sgd.nesterov() ? 1 : 0;
    for (int i = from; i < to; i++) {
      float g = gradient[i] + decay * theta[i];
      float v = momentum * velocity[i] + g; // the velocity begins at zero, so the first step sets v = g
      velocity[i] = v;
      theta[i] -= rate * (keep * g + ahead * v);
    }
  }

  private void adam(int from, int to, float rate, float beta1, float beta2, float epsilon, float l2, float shrink) {
    float stepSize = (float) (rate / (1 - Math.pow(beta1, step)));
    float root = (float) (1 / Math.sqrt(1 - Math.pow(beta2, step)));
    Loops.AdamStep adam = new Loops.AdamStep(beta1, beta2, epsilon, stepSize, root, l2, shrink);
    loops.adam(theta, gradient, state[0], state[1], from, to, adam);
  }

  /** All that the next updates depend on, but for the parameters. */
  public OptimizerState state() {
    return state(step);
  }

  /** Goes on from there. */
  @Override public void restore(OptimizerState saved) {
    super.restore(saved);
    step = saved.step();
  }
}
