package org.lenet4j.backend.cpu;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.lenet4j.backend.OptimizerState;
import org.lenet4j.backend.TrainConfig;
import org.lenet4j.nn.Model;
import org.lenet4j.optim.Adam;
import org.lenet4j.optim.AdamW;
import org.lenet4j.optim.Sgd;

/** Moves ranges of the parameters by their gradients, in the order that {@link TrainConfig} gives, and keeps what it needs to. */
final class CpuOptimizer {
  private static final String EMA = "ema";

  private final TrainConfig config;
  private final Kernels kernels;
  private final List<CpuParameters.Range> ranges;
  private final float[] theta; // (parameterCount)
  private final float[] gradient; // (parameterCount)
  private final List<String> stateNames; // the optimizer's, and EMA if there is an average
  private final float[][] state; // (stateNames, parameterCount)
  final float[] average; // the last of them, or null
  private final CpuAnchor anchor; // or null
  private long step;

  CpuOptimizer(Model model, TrainConfig config, CpuParameters parameters, Kernels kernels) {
    this.config = config;
    this.kernels = kernels;
    ranges = parameters.ranges();
    theta = parameters.theta;
    gradient = parameters.gradient;
    stateNames = new ArrayList<>(config.optimizer().stateNames());
    if (config.ema() > 0) {
      stateNames.add(EMA);
    }
    state = new float[stateNames.size()][theta.length];
    average = config.ema() > 0 ? state[state.length - 1] : null;
    anchor = config.anchor() == null ? null : new CpuAnchor(config.anchor(), model);
  }

  /** The average starts again at the parameters. */
  void startAverage() {
    if (average != null) {
      System.arraycopy(theta, 0, average, 0, theta.length);
    }
  }

  /** Begins the next update. */
  void nextStep() {
    step++;
  }

  /** The gradient of the penalties, added to that of the loss from {@code from} to {@code to}. */
  void penalize(int from, int to) {
    if (anchor != null) {
      anchor.pull(theta, gradient, from, to);
    }
  }

  /**
   * Moves {@code theta[from .. to)}, a part of one range.
   *
   * @param rateFactor    multiplies the learning rate
   * @param gradientScale multiplies the gradient
   */
  void update(CpuParameters.Range range, int from, int to, float rateFactor, float gradientScale) {
    float rate = range.learningRate() * rateFactor;
    if (gradientScale != 1) {
      for (int i = from; i < to; i++) {
        gradient[i] *= gradientScale;
      }
    }
    if (config.optimizer() instanceof Sgd sgd) {
      sgd(sgd, from, to, rate, range.weightDecay());
    } else if (config.optimizer() instanceof Adam adam) {
      adam(from, to, rate, adam.beta1(), adam.beta2(), adam.epsilon(), range.weightDecay(), 1);
    } else if (config.optimizer() instanceof AdamW adamW) {
      adam(from, to, rate, adamW.beta1(), adamW.beta2(), adamW.epsilon(), 0, 1 - rate * range.weightDecay());
    }
    if (average != null) {
      average(from, to, 1 - config.emaDecay(step));
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
    Kernels.AdamStep adam = new Kernels.AdamStep(beta1, beta2, epsilon, stepSize, root, l2, shrink);
    kernels.adam(theta, gradient, state[0], state[1], from, to, adam);
  }

  OptimizerState state() {
    Map<String, float[]> slots = new HashMap<>();
    for (int i = 0; i < state.length; i++) {
      for (CpuParameters.Range range : ranges) {
        if (!range.frozen()) {
          slots.put(stateNames.get(i) + "." + range.name(), Arrays.copyOfRange(state[i], range.from(), range.to()));
        }
      }
    }
    return new OptimizerState(step, slots);
  }

  void restore(OptimizerState saved) {
    step = saved.step();
    for (int i = 0; i < state.length; i++) {
      for (CpuParameters.Range range : ranges) {
        String name = stateNames.get(i) + "." + range.name();
        float[] slot = saved.slots().get(name);
        if (slot != null && slot.length != range.to() - range.from()) {
          throw new IllegalArgumentException("optimizer state " + name + " has " + slot.length + " values, expected "
              + (range.to() - range.from()));
        }
        if (slot == null && state[i] == average) {
          System.arraycopy(theta, range.from(), average, range.from(), range.to() - range.from());
        } else if (slot == null) {
          Arrays.fill(state[i], range.from(), range.to(), 0);
        } else {
          System.arraycopy(slot, 0, state[i], range.from(), slot.length);
        }
      }
    }
  }
}
