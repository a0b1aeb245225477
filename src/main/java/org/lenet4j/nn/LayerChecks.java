package org.lenet4j.nn;

import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import org.lenet4j.data.Shape;

/** What every layer refuses, in the same words. */
final class LayerChecks {
  private LayerChecks() {}

  /** Throws unless {@code name} is a plain identifier: letters, digits and underscores. */
  static void name(String name) {
    if (name == null || !name.matches("[A-Za-z][A-Za-z0-9_]*")) {
      throw new IllegalArgumentException("a layer name is letters, digits and underscores, starting with a letter; got '" + name + "'");
    }
  }

  /** Throws unless {@code value} is at least {@code least}. */
  static void atLeast(String layer, String what, int value, int least) {
    if (value < least) {
      throw new IllegalArgumentException("layer " + layer + ": " + what + " must be at least " + least + ", got " + value);
    }
  }

  /** The outputs of layers one behind the other, for one sample; throws unless they fit, are not too large and the last is linear. */
  static List<Shape> shapes(Shape input, List<? extends LayerSpec> layers) {
    Set<String> names = new LinkedHashSet<>();
    List<Shape> outputs = new ArrayList<>();
    NetworkSize size = new NetworkSize(input);
    Shape shape = input;
    for (LayerSpec layer : layers) {
      if (!names.add(layer.name())) {
        throw new IllegalArgumentException("two layers are named '" + layer.name() + "'");
      }
      shape = size.add(layer, shape);
      outputs.add(shape);
    }
    if (layers.isEmpty() || !(layers.get(layers.size() - 1) instanceof Linear)) {
      throw new IllegalArgumentException("the last layer must be Linear, got "
          + (layers.isEmpty() ? "no layers" : layers.get(layers.size() - 1)));
    }
    return List.copyOf(outputs);
  }
}
