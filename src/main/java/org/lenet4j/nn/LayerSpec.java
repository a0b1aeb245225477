package org.lenet4j.nn;

import java.io.Serializable;
import java.util.List;
import org.lenet4j.data.Shape;

/** One layer as data: its name and sizes, no weights and no native memory. A model is an ordered list of these. */
public sealed interface LayerSpec extends Serializable permits Conv2d, Pool2d, Linear, Dropout {
  /** The name that parameters, freezing and parameter groups use, unique within a model. */
  String name();

  /**
   * The shape of this layer's output for one sample.
   *
   * @throws IllegalArgumentException if {@code input} does not fit; the message names the layer and both shapes
   */
  Shape output(Shape input);

  /** The parameters of this layer in the order weight, bias; empty for layers without any. */
  default List<ParameterSpec> parameters() {
    return List.of();
  }

  /** What kind of layer it is and how it computes, in a few words. */
  String describe();

  /**
   * One parameter of a layer.
   *
   * @param suffix {@code weight} or {@code bias}
   * @param shape  PyTorch's layout: convolution {@code (out, in, kh, kw)}, linear {@code (out, in)}, bias {@code (out)}
   * @param fanIn  inputs that one output sees
   * @param fanOut outputs that one input reaches
   */
  record ParameterSpec(String suffix, List<Integer> shape, int fanIn, int fanOut) {
    /** Number of values. */
    public int size() {
      return shape.stream().reduce(1, Math::multiplyExact);
    }
  }
}
