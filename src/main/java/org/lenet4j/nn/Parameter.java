package org.lenet4j.nn;

import java.util.List;

/**
 * A named host array of a model.
 *
 * @param name   {@code layer.weight} or {@code layer.bias}
 * @param layer  the layer's name
 * @param shape  PyTorch's layout: convolution {@code (out, in, kh, kw)}, linear {@code (out, in)}, bias {@code (out)}
 * @param values row-major; the model's own array, not a copy
 */
public record Parameter(String name, String layer, List<Integer> shape, float[] values) {
  Parameter copy() {
    return new Parameter(name, layer, shape, values.clone());
  }

  @Override public String toString() {
    return name + " " + shape;
  }
}
