package org.lenet4j.reference;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import org.lenet4j.backend.OptimizerState;
import org.lenet4j.nn.Model;
import org.lenet4j.nn.Parameter;
import org.lenet4j.optim.Adam;
import org.lenet4j.optim.AdamW;
import org.lenet4j.optim.Anchor;
import org.lenet4j.optim.Optimizer;
import org.lenet4j.optim.ParamGroup;
import org.lenet4j.optim.Recipe;
import org.lenet4j.optim.Sgd;

/**
 * The update of every trainable parameter, by the equations of the optimizers' Javadoc. Arithmetic is in double; what is kept between
 * steps is rounded to float, because that is what a device keeps and what a checkpoint can hold.
 */
final class ReferenceOptimizer {
  private final Recipe recipe;
  private final Model model; // for names and frozen layers only
  private final Map<String, double[]> slots = new LinkedHashMap<>(); // "exp_avg.conv1.weight" -> values
  private long step;

  ReferenceOptimizer(Recipe recipe, Model model, ReferenceNetwork network) {
    this.recipe = recipe;
    this.model = model;
    for (Parameter parameter : model.parameters()) {
      if (!model.frozen().contains(parameter.layer())) {
        for (String name : recipe.optimizer().stateNames()) {
          slots.put(name + "." + parameter.name(), new double[parameter.values().length]);
        }
        if (recipe.ema() > 0) {
          slots.put("ema." + parameter.name(), new double[parameter.values().length]);
        }
      }
    }
    startAverage(network);
  }

  void update(ReferenceNetwork network, float rateFactor) {
    if (model.parameters().stream().allMatch(parameter -> model.frozen().contains(parameter.layer()))) {
      return; // nothing to update, so this is not counted as an update
    }
    step++;
    pull(network);
    double scale = clipScale(network);
    for (Parameter parameter : model.parameters()) {
      if (model.frozen().contains(parameter.layer())) {
        continue;
      }
      double[] g = network.gradients().get(parameter.name());
      for (int i = 0; i < g.length; i++) {
        g[i] *= scale;
      }
      Optimizer optimizer = optimizerOf(parameter.layer());
      double rate = (double) optimizer.learningRate() * rateFactor;
      double[] theta = network.parameters().get(parameter.name());
      if (optimizer instanceof Sgd sgd) {
        updateSgd(sgd, rate, theta, g, slots.get("momentum_buffer." + parameter.name()));
      } else {
        double[] m = slots.get("exp_avg." + parameter.name());
        double[] v = slots.get("exp_avg_sq." + parameter.name());
        if (optimizer instanceof Adam adam) {
          updateAdam(adam, rate, theta, g, m, v);
        } else if (optimizer instanceof AdamW adamW) {
          updateAdamW(adamW, rate, theta, g, m, v);
        } else {
          throw new AssertionError("the reference has no update for " + optimizer);
        }
      }
      if (recipe.ema() > 0) {
        updateAverage(theta, slots.get("ema." + parameter.name()));
      }
    }
  }

  /** The gradient of {@code strength / 2 * sum w (theta - value)^2}. */
  private void pull(ReferenceNetwork network) {
    Anchor anchor = recipe.anchor();
    for (String name : anchor == null ? Set.<String>of() : anchor.values().keySet()) {
      if (!model.frozen().contains(model.parameter(name).layer())) {
        double[] g = network.gradients().get(name);
        double[] theta = network.parameters().get(name);
        for (int i = 0; i < g.length; i++) {
          double weight = anchor.weights() == null ? 1 : anchor.weights().get(name)[i];
          g[i] += anchor.strength() * weight * (theta[i] - anchor.values().get(name)[i]);
        }
      }
    }
  }

  private void updateAverage(double[] theta, double[] average) {
    double d = Math.min(recipe.ema(), (1.0 + step) / (10 + step));
    for (int i = 0; i < theta.length; i++) {
      average[i] = (float) (d * average[i] + (1 - d) * theta[i]);
    }
  }

  private static void updateSgd(Sgd sgd, double rate, double[] theta, double[] g, double[] v) {
    for (int i = 0; i < theta.length; i++) {
      double gradient = g[i] + sgd.weightDecay() * theta[i];
      double direction = gradient;
      if (v != null) {
        v[i] = (float) (sgd.momentum() * v[i] + gradient); // v starts at 0, so that the first step sets v = g
        direction = sgd.nesterov() ? gradient + sgd.momentum() * v[i] : v[i];
      }
      theta[i] = (float) (theta[i] - rate * direction);
    }
  }

  private void updateAdam(Adam adam, double rate, double[] theta, double[] g, double[] m, double[] v) {
    double[] decayed = new double[g.length];
    for (int i = 0; i < g.length; i++) {
      decayed[i] = g[i] + adam.weightDecay() * theta[i];
    }
    moments(adam.beta1(), adam.beta2(), decayed, m, v);
    for (int i = 0; i < theta.length; i++) {
      theta[i] = (float) (theta[i] - rate * adamStep(adam.beta1(), adam.beta2(), adam.epsilon(), m[i], v[i]));
    }
  }

  private void updateAdamW(AdamW adamW, double rate, double[] theta, double[] g, double[] m, double[] v) {
    moments(adamW.beta1(), adamW.beta2(), g, m, v);
    for (int i = 0; i < theta.length; i++) {
      double direction = adamStep(adamW.beta1(), adamW.beta2(), adamW.epsilon(), m[i], v[i]);
      theta[i] = (float) (theta[i] - rate * direction - rate * adamW.weightDecay() * theta[i]);
    }
  }

  private static void moments(double beta1, double beta2, double[] g, double[] m, double[] v) {
    for (int i = 0; i < g.length; i++) {
      m[i] = (float) (beta1 * m[i] + (1 - beta1) * g[i]);
      v[i] = (float) (beta2 * v[i] + (1 - beta2) * g[i] * g[i]);
    }
  }

  private double adamStep(double beta1, double beta2, double epsilon, double m, double v) {
    return m / (1 - Math.pow(beta1, step)) / (Math.sqrt(v / (1 - Math.pow(beta2, step))) + epsilon);
  }

  /** torch.nn.utils.clip_grad_norm_ over everything that is trained. */
  private double clipScale(ReferenceNetwork network) {
    double squares = 0;
    for (Parameter parameter : model.parameters()) {
      if (!model.frozen().contains(parameter.layer())) {
        for (double g : network.gradients().get(parameter.name())) {
          squares += g * g;
        }
      }
    }
    double norm = Math.sqrt(squares);
    return norm > recipe.clipNorm() ? recipe.clipNorm() / (norm + 1e-6) : 1;
  }

  private Optimizer optimizerOf(String layer) {
    Optimizer optimizer = recipe.optimizer();
    for (ParamGroup group : recipe.groups()) {
      if (group.layers().contains(layer)) {
        optimizer = optimizer.withLearningRate(group.learningRate()).withWeightDecay(group.weightDecay());
      }
    }
    return optimizer;
  }

  OptimizerState state() {
    Map<String, float[]> copies = new LinkedHashMap<>();
    slots.forEach((name, values) -> {
      float[] copy = new float[values.length];
      for (int i = 0; i < copy.length; i++) {
        copy[i] = (float) values[i];
      }
      copies.put(name, copy);
    });
    return new OptimizerState(step, copies);
  }

  /** The average of everything that is trained starts at the present parameters. */
  void startAverage(ReferenceNetwork network) {
    slots.forEach((name, values) -> {
      if (name.startsWith("ema.")) {
        System.arraycopy(network.parameters().get(name.substring("ema.".length())), 0, values, 0, values.length);
      }
    });
  }

  void readAverage(Model target) {
    slots.forEach((name, values) -> {
      for (int i = 0; name.startsWith("ema.") && i < values.length; i++) {
        target.parameter(name.substring("ema.".length())).values()[i] = (float) values[i];
      }
    });
  }

  /** Parameters that the state does not know have not been trained yet: they start from 0, their average from the parameters. */
  void restore(OptimizerState state, ReferenceNetwork network) {
    slots.forEach((name, values) -> {
      float[] source = state.slots().get(name);
      if (source != null && source.length != values.length) {
        throw new IllegalArgumentException("state " + name + " has " + source.length + " values, expected " + values.length);
      }
    });
    startAverage(network);
    slots.forEach((name, values) -> {
      if (name.startsWith("ema.") && !state.slots().containsKey(name)) {
        return;
      }
      float[] source = state.slots().getOrDefault(name, new float[values.length]);
      for (int i = 0; i < values.length; i++) {
        values[i] = source[i];
      }
    });
    step = state.step();
  }
}
