package org.lenet4j.backend.cuda;

import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.lenet4j.backend.OptimizerState;
import org.lenet4j.backend.TrainConfig;
import org.lenet4j.nn.Model;
import org.lenet4j.nn.Parameter;
import org.lenet4j.optim.Anchor;

/** All parameters of a model in one flat buffer on the device, with their gradients and the optimizer's state beside them. */
final class CudaParameters {
  private static final String EMA = "ema";
  private static final int ALIGNMENT = 64; // floats: each parameter starts where a vectorised kernel can take it

  private final CudaStream stream;
  private final TrainConfig config; // null for inference
  private final Map<String, Range> ranges = new LinkedHashMap<>(); // by parameter name
  private final List<String> stateNames; // the optimizer's, and EMA if there is an average
  private final int length; // floats, the gaps between parameters included
  final Tensor theta; // (length)
  final Tensor gradient; // (length); null for inference
  final List<Tensor> state; // (stateNames) of (length)
  final Tensor anchor; // (length); null without one
  final Tensor pull; // (length), strength times weight; null without an anchor

  /** Where a parameter lies. */
  record Range(Parameter parameter, int from, boolean frozen) {
    int count() {
      return parameter.values().length;
    }
  }

  CudaParameters(Model model, TrainConfig config, CudaStream stream, Slab slab) {
    this.stream = stream;
    this.config = config;
    int from = 0;
    for (Parameter parameter : model.parameters()) {
      ranges.put(parameter.name(), new Range(parameter, from, model.frozen().contains(parameter.layer())));
      from = (from + parameter.values().length + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;
    }
    length = from;
    stateNames = config == null ? List.of() : stateNames(config);
    theta = slab.floats(length);
    gradient = config == null ? null : slab.floats(length);
    List<Tensor> state = new ArrayList<>();
    stateNames.forEach(name -> state.add(slab.floats(length)));
    this.state = List.copyOf(state);
    boolean anchored = config != null && config.anchor() != null;
    anchor = anchored ? slab.floats(length) : null;
    pull = anchored ? slab.floats(length) : null;
  }

  private static List<String> stateNames(TrainConfig config) {
    List<String> names = new ArrayList<>(config.optimizer().stateNames());
    if (config.ema() > 0) {
      names.add(EMA);
    }
    return List.copyOf(names);
  }

  /** Fills the memory, once it is there. */
  void begin(Model model) {
    state.forEach(tensor -> stream.clear(tensor, tensor.bytes()));
    if (anchor != null) {
      uploadAnchor(config.anchor());
    }
    write(model);
  }

  private void uploadAnchor(Anchor from) {
    stream.clear(pull, pull.bytes());
    stream.clear(anchor, anchor.bytes());
    from.values().forEach((name, values) -> {
      float[] pulls = new float[values.length];
      for (int i = 0; i < pulls.length; i++) {
        pulls[i] = from.strength() * (from.weights() == null ? 1 : from.weights().get(name)[i]);
      }
      stream.upload(anchor, ranges.get(name).from, values);
      stream.upload(pull, ranges.get(name).from, pulls);
    });
  }

  Collection<Range> ranges() {
    return ranges.values();
  }

  /** The parameters of a layer. */
  Weights weights(String layer) {
    Range weight = ranges.get(layer + ".weight");
    Range bias = ranges.get(layer + ".bias");
    boolean trained = config != null && !weight.frozen;
    return new Weights(theta.at(4L * weight.from), theta.at(4L * bias.from),
        trained ? gradient.at(4L * weight.from) : null, trained ? gradient.at(4L * bias.from) : null);
  }

  /** Where a parameter begins in the flat buffers. */
  int offset(String parameter) {
    return ranges.get(parameter).from;
  }

  /** The moving average, or null. */
  Tensor average() {
    return stateNames.contains(EMA) ? state.get(state.size() - 1) : null;
  }

  void read(Model target) {
    ranges.values().forEach(range -> stream.download(theta, range.from, values(target, range)));
  }

  void readAverage(Model target) {
    ranges.values().forEach(range ->
        stream.download(average() == null || range.frozen ? theta : average(), range.from, values(target, range)));
  }

  void write(Model source) {
    ranges.values().forEach(range -> values(source, range)); // throws before anything is changed
    ranges.values().forEach(range -> {
      stream.upload(theta, range.from, values(source, range));
      if (average() != null) {
        stream.upload(average(), range.from, values(source, range));
      }
    });
  }

  private static float[] values(Model model, Range range) {
    float[] values = model.parameter(range.parameter.name()).values();
    if (values.length != range.count()) {
      throw new IllegalArgumentException("parameter " + range.parameter.name() + " has " + values.length
          + " values, this program's has " + range.count());
    }
    return values;
  }

  OptimizerState state(long step) {
    Map<String, float[]> slots = new HashMap<>();
    for (int i = 0; i < state.size(); i++) {
      for (Range range : ranges.values()) {
        if (!range.frozen) {
          float[] slot = new float[range.count()];
          stream.download(state.get(i), range.from, slot);
          slots.put(stateNames.get(i) + "." + range.parameter.name(), slot);
        }
      }
    }
    return new OptimizerState(step, slots);
  }

  void restore(OptimizerState saved) {
    for (int i = 0; i < state.size(); i++) {
      for (Range range : ranges.values()) {
        String name = stateNames.get(i) + "." + range.parameter.name();
        float[] slot = saved.slots().get(name);
        if (slot != null && slot.length != range.count()) {
          throw new IllegalArgumentException("optimizer state " + name + " has " + slot.length + " values, expected " + range.count());
        }
        if (slot == null) {
          slot = new float[range.count()];
          if (stateNames.get(i).equals(EMA)) {
            stream.download(theta, range.from, slot);
          }
        }
        stream.upload(state.get(i), range.from, slot);
      }
    }
  }
}
