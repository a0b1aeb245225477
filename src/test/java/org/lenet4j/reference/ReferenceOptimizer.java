package org.lenet4j.reference;

import java.util.LinkedHashMap;
import java.util.Map;
import org.lenet4j.Model;
import org.lenet4j.Parameter;
import org.lenet4j.backend.OptimizerState;
import org.lenet4j.backend.TrainConfig;
import org.lenet4j.optim.Adam;
import org.lenet4j.optim.AdamW;
import org.lenet4j.optim.Optimizer;
import org.lenet4j.optim.ParamGroup;
import org.lenet4j.optim.Sgd;

/**
 * The update of every trainable parameter, by the equations of the optimizers' Javadoc. Arithmetic is in double; what is kept between
 * steps is rounded to float, because that is what a device keeps and what a checkpoint can hold.
 */
final class ReferenceOptimizer {
  private final TrainConfig config;
  private final Model model; // for names and frozen layers only
  private final Map<String, double[]> slots = new LinkedHashMap<>(); // "exp_avg.conv1.weight" -> values
  private long step;

  ReferenceOptimizer(TrainConfig config, Model model) {
    this.config = config;
    this.model = model;
    for (ParamGroup group : config.groups()) {
      model.checkTrainable(group.layers());
    }
    for (Parameter parameter : model.parameters()) {
      if (!model.frozen().contains(parameter.layer())) {
        for (String name : config.optimizer().stateNames()) {
          slots.put(name + "." + parameter.name(), new double[parameter.values().length]);
        }
      }
    }
  }

  void update(ReferenceNetwork network, float rateFactor) {
    if (model.parameters().stream().allMatch(parameter -> model.frozen().contains(parameter.layer()))) {
      return; // nothing to update, so this is not counted as an update
    }
    step++;
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
        }
      }
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
    return norm > config.clipNorm() ? config.clipNorm() / (norm + 1e-6) : 1;
  }

  private Optimizer optimizerOf(String layer) {
    Optimizer optimizer = config.optimizer();
    for (ParamGroup group : config.groups()) {
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

  /** Parameters that the state does not know have not been trained yet: they start from 0. */
  void restore(OptimizerState state) {
    slots.forEach((name, values) -> {
      float[] source = state.slots().getOrDefault(name, new float[values.length]);
      if (source.length != values.length) {
        throw new IllegalArgumentException("state " + name + " has " + source.length + " values, expected " + values.length);
      }
      for (int i = 0; i < values.length; i++) {
        values[i] = source[i];
      }
    });
    step = state.step();
  }
}
