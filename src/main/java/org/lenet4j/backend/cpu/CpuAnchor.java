package org.lenet4j.backend.cpu;

import org.lenet4j.nn.Model;
import org.lenet4j.nn.Parameter;
import org.lenet4j.optim.Anchor;

/** An anchor as flat arrays beside the parameters. */
final class CpuAnchor {
  private final float[] value; // (parameterCount), what parameters are pulled towards
  private final float[] pull; // (parameterCount), strength * weight; 0 where there is no entry

  CpuAnchor(Anchor anchor, Model model) {
    value = new float[model.parameterCount()];
    pull = new float[value.length];
    int from = 0;
    for (Parameter parameter : model.parameters()) {
      float[] values = anchor.values().get(parameter.name());
      for (int i = 0; values != null && i < values.length; i++) {
        value[from + i] = values[i];
        pull[from + i] = anchor.strength() * (anchor.weights() == null ? 1 : anchor.weights().get(parameter.name())[i]);
      }
      from += parameter.values().length;
    }
  }

  /** {@code gradient += pull * (theta - value)} from {@code from} to {@code to}. */
  void pull(float[] theta, float[] gradient, int from, int to) {
    float[] pull = this.pull;
    float[] value = this.value;
    for (int i = from; i < to; i++) {
      gradient[i] += pull[i] * (theta[i] - value[i]);
    }
  }
}
