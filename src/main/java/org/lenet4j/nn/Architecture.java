package org.lenet4j.nn;

import java.io.IOException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.lenet4j.data.Shape;
import org.lenet4j.file.Json;

/**
 * The chain of layers of a model as JSON, for example {@code [{"type":"linear","name":"fc1","in_features":784,...}]}.
 *
 * @param input  shape of one image
 * @param layers the layers, in the order of the forward pass
 */
record Architecture(Shape input, List<LayerSpec> layers) {
  private static final int MAX_LAYERS = 1000;
  private static final int MAX_SIZE = 1 << 24; // of any number, so that sums of them stay in an int

  /**
   * Reads a description. Nothing of the described size is allocated.
   *
   * @throws IOException if it is no description of a chain of layers that fit each other; the message gives the reason
   */
  static Architecture parse(String inputJson, String layersJson) throws IOException {
    List<?> size = list(Json.parse(inputJson), "the input", 3);
    List<?> items = list(Json.parse(layersJson), "the layers", MAX_LAYERS);
    try {
      if (size.size() != 3) {
        throw new IOException("the input must be [channels, height, width]");
      }
      Shape input = new Shape(integer(size.get(0), "channels"), integer(size.get(1), "height"), integer(size.get(2), "width"));
      List<LayerSpec> layers = new ArrayList<>();
      for (Object item : items) {
        layers.add(layer(item));
      }
      check(input, layers);
      return new Architecture(input, List.copyOf(layers));
    } catch (IllegalArgumentException e) { // of a layer's constructor, or a shape's
      throw new IOException(e.getMessage(), e);
    }
  }

  private static LayerSpec layer(Object json) throws IOException {
    if (!(json instanceof Map<?, ?> map)) {
      throw new IOException("each layer must be an object");
    }
    Fields layer = new Fields(new LinkedHashMap<>(map));
    String type = layer.text("type");
    String name = layer.text("name");
    LayerSpec spec = switch (type) {
      case "conv2d" -> new Conv2d(name, layer.integer("in_channels"), layer.integer("out_channels"), layer.integer("kernel_size"),
          layer.integer("padding"), layer.constant("activation", Activation.values()));
      case "pool2d" -> new Pool2d(name, layer.constant("kind", Pool2d.Kind.values()), layer.integer("size"));
      case "linear" -> new Linear(name, layer.integer("in_features"), layer.integer("out_features"),
          layer.constant("activation", Activation.values()));
      case "dropout" -> new Dropout(name, layer.number("rate"));
      default -> throw new IOException("unknown layer type " + Json.quote(type) + "; known are conv2d, pool2d, linear and dropout");
    };
    if (!layer.left.isEmpty()) {
      throw new IOException("layer " + name + ": unknown setting " + Json.quote((String) layer.left.keySet().iterator().next()));
    }
    return spec;
  }

  /** The settings of one layer that nobody has asked for yet. */
  private record Fields(Map<Object, Object> left) {
    String text(String key) throws IOException {
      if (left.remove(key) instanceof String value && value.length() <= 100) {
        return value;
      }
      throw new IOException("a layer's " + key + " must be a short string");
    }

    int integer(String key) throws IOException {
      return Architecture.integer(left.remove(key), key);
    }

    float number(String key) throws IOException {
      if (left.remove(key) instanceof Number value) {
        return value.floatValue();
      }
      throw new IOException("a layer's " + key + " must be a number");
    }

    <E extends Enum<E>> E constant(String key, E[] constants) throws IOException {
      String value = text(key);
      for (E constant : constants) {
        if (Json.word(constant).equals(value)) {
          return constant;
        }
      }
      throw new IOException("unknown " + key + " " + Json.quote(value));
    }
  }

  private static int integer(Object json, String key) throws IOException {
    if (json instanceof Long value && value >= 0 && value <= MAX_SIZE) {
      return value.intValue();
    }
    throw new IOException(key + " must be an integer from 0 to " + MAX_SIZE);
  }

  private static List<?> list(Object json, String what, int most) throws IOException {
    if (json instanceof List<?> list && list.size() <= most) {
      return list;
    }
    throw new IOException(what + " must be a list of at most " + most);
  }

  private static void check(Shape input, List<LayerSpec> layers) throws IOException {
    Set<String> names = new LinkedHashSet<>();
    Shape shape = input;
    NetworkSize size = new NetworkSize(input);
    for (LayerSpec layer : layers) {
      if (!names.add(layer.name())) {
        throw new IOException("two layers are named '" + layer.name() + "'");
      }
      shape = size.add(layer, shape);
    }
    if (layers.isEmpty() || !(layers.get(layers.size() - 1) instanceof Linear)) {
      throw new IOException("the last layer must be linear");
    }
  }

  /** Name and shape of every parameter, in the model's order. */
  Map<String, List<Integer>> parameterShapes() {
    Map<String, List<Integer>> shapes = new LinkedHashMap<>();
    for (LayerSpec layer : layers) {
      for (LayerSpec.ParameterSpec parameter : layer.parameters()) {
        shapes.put(layer.name() + "." + parameter.suffix(), parameter.shape());
      }
    }
    return shapes;
  }

  String inputJson() {
    return Json.text(List.of(input.channels(), input.height(), input.width()));
  }

  String layersJson() {
    return Json.text(layers.stream().map(Architecture::json).toList());
  }

  private static Map<String, Object> json(LayerSpec layer) {
    if (layer instanceof Conv2d conv) {
      return Json.object("type", "conv2d", "name", conv.name(), "in_channels", conv.inChannels(), "out_channels", conv.outChannels(),
          "kernel_size", conv.kernelSize(), "padding", conv.padding(), "activation", conv.activation());
    } else if (layer instanceof Pool2d pool) {
      return Json.object("type", "pool2d", "name", pool.name(), "kind", pool.kind(), "size", pool.size());
    } else if (layer instanceof Linear linear) {
      return Json.object("type", "linear", "name", linear.name(), "in_features", linear.inFeatures(), "out_features",
          linear.outFeatures(), "activation", linear.activation());
    } else if (layer instanceof Dropout dropout) {
      double rate = dropout.rate(); // as a double its digits say exactly which float it is
      return Json.object("type", "dropout", "name", dropout.name(), "rate", rate);
    }
    throw new AssertionError(layer); // the interface is sealed
  }
}
