package org.lenet4j.backend.cpu;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.lenet4j.backend.TrainConfig;
import org.lenet4j.nn.Model;
import org.lenet4j.nn.Parameter;
import org.lenet4j.optim.ParamGroup;

/** All parameters of a model in one flat array, and their gradients beside them. */
final class CpuParameters {
  final float[] theta; // (parameterCount), in the model's order
  final float[] gradient; // (parameterCount), of the batch mean
  final CpuOptimizer optimizer; // null for inference
  private final List<Range> ranges = new ArrayList<>();
  private final Map<String, Range> byName = new HashMap<>();

  /** Where a parameter lies, and its settings. */
  record Range(String name, int from, int to, boolean frozen, float learningRate, float weightDecay) {}

  CpuParameters(Model model, TrainConfig config, Kernels kernels) {
    theta = new float[model.parameterCount()];
    gradient = config == null ? null : new float[theta.length];
    int from = 0;
    for (Parameter parameter : model.parameters()) {
      float learningRate = config == null ? 0 : config.optimizer().learningRate();
      float weightDecay = config == null ? 0 : config.optimizer().weightDecay();
      for (ParamGroup group : config == null ? List.<ParamGroup>of() : config.groups()) {
        if (group.layers().contains(parameter.layer())) {
          learningRate = group.learningRate();
          weightDecay = group.weightDecay();
        }
      }
      boolean frozen = model.frozen().contains(parameter.layer());
      Range range = new Range(parameter.name(), from, from + parameter.values().length, frozen, learningRate, weightDecay);
      ranges.add(range);
      byName.put(range.name, range);
      from = range.to;
    }
    optimizer = config == null ? null : new CpuOptimizer(model, config, this, kernels);
    write(model);
  }

  List<Range> ranges() {
    return ranges;
  }

  Range range(String name) {
    return byName.get(name);
  }

  void read(Model target) {
    for (Range range : ranges) {
      System.arraycopy(theta, range.from, values(target, range), 0, range.to - range.from);
    }
  }

  void readAverage(Model target) {
    for (Range range : ranges) {
      float[] source = optimizer == null || optimizer.average == null || range.frozen ? theta : optimizer.average;
      System.arraycopy(source, range.from, values(target, range), 0, range.to - range.from);
    }
  }

  void write(Model source) {
    for (Range range : ranges) {
      System.arraycopy(values(source, range), 0, theta, range.from, range.to - range.from);
    }
    if (optimizer != null) {
      optimizer.startAverage();
    }
  }

  private static float[] values(Model model, Range range) {
    float[] values = model.parameter(range.name).values();
    if (values.length != range.to - range.from) {
      throw new IllegalArgumentException("parameter " + range.name + " has " + values.length + " values, this program's has "
          + (range.to - range.from));
    }
    return values;
  }

  /** Sum of squares of the gradient from {@code from} to {@code to}. */
  double squares(int from, int to) {
    double sum = 0;
    for (int i = from; i < to; i++) {
      sum += (double) gradient[i] * gradient[i];
    }
    return sum;
  }
}
