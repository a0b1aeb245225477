package org.lenet4j.nn;

import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.stream.IntStream;
import org.lenet4j.data.Splits;

/** The layers and parameters of a model whose head or dropout changes. */
final class ModelChange {
  private ModelChange() {}

  /** The layers with another number of outputs of the last. */
  static List<LayerSpec> withHead(List<LayerSpec> layers, int outputs) {
    List<LayerSpec> changed = new ArrayList<>(layers);
    Linear head = (Linear) changed.remove(changed.size() - 1);
    changed.add(new Linear(head.name(), head.inFeatures(), outputs, head.activation()));
    return changed;
  }

  /** Weight and bias of the new head. */
  static List<Parameter> head(Model model, int outputs, long seed, int... from) {
    int old = model.outputSize();
    if (from.length > outputs) {
      throw new IllegalArgumentException("a head of " + outputs + " outputs cannot keep " + from.length + " rows of the old one");
    }
    for (int row : from) {
      if (row < -1 || row >= old) {
        throw new IllegalArgumentException("the old head has no output " + row + "; it has 0 to " + (old - 1) + ", and -1 means a new one");
      }
    }
    List<LayerSpec> layers = withHead(model.layers(), outputs);
    List<Parameter> all = model.parameters();
    List<Parameter> fresh = new ArrayList<>();
    for (LayerSpec.ParameterSpec spec : layers.get(layers.size() - 1).parameters()) {
      int index = all.size() - 2 + fresh.size(); // its place in the model, as when the model is created
      Parameter before = all.get(index);
      float[] values = Init.XAVIER_UNIFORM.create(spec, seed, index); // (outputs, row)
      int row = values.length / outputs;
      for (int i = 0; i < from.length; i++) {
        if (from[i] >= 0) {
          System.arraycopy(before.values(), from[i] * row, values, i * row, row);
        }
      }
      fresh.add(new Parameter(before.name(), before.layer(), spec.shape(), values));
    }
    return fresh;
  }

  /** Names of the new head's classes: those of outputs that stay, else numbers; only numbers where one would have the name of another. */
  static List<String> classNames(List<String> before, int outputs, int... from) {
    List<String> names = IntStream.range(0, outputs)
        .mapToObj(i -> i < from.length && from[i] >= 0 ? before.get(from[i]) : Integer.toString(i)).toList();
    return Set.copyOf(names).size() == outputs ? names : Splits.numberedNames(outputs);
  }

  /** The layers with dropout before every linear layer that follows another. */
  static List<LayerSpec> withDropout(List<LayerSpec> layers, float rate) {
    List<LayerSpec> changed = new ArrayList<>();
    boolean seen = false;
    for (int i = 0; i < layers.size(); i++) {
      LayerSpec layer = layers.get(i);
      if (layer instanceof Dropout && seen && i + 1 < layers.size() && layers.get(i + 1) instanceof Linear) {
        continue;
      }
      if (layer instanceof Linear && seen && rate != 0) {
        changed.add(new Dropout("dropout_" + layer.name(), rate));
      }
      changed.add(layer);
      seen |= layer instanceof Linear;
    }
    return changed;
  }
}
