package org.lenet4j.nn;

import java.util.List;
import org.lenet4j.data.Shape;

/**
 * A fully connected layer, then an activation: {@code y = f(W x + b)} (PyTorch's {@code nn.Linear}). An image-shaped input is
 * flattened in {@code (channels, height, width)} order.
 *
 * @param name        layer name; parameters are {@code name.weight (out, in)} and {@code name.bias (out)}
 * @param inFeatures  elements of the input
 * @param outFeatures elements of the output
 * @param activation  applied to each output
 */
public record Linear(String name, int inFeatures, int outFeatures, Activation activation) implements LayerSpec {
  /** Checks the sizes. */
  public Linear {
    LayerChecks.name(name);
    LayerChecks.atLeast(name, "inFeatures", inFeatures, 1);
    LayerChecks.atLeast(name, "outFeatures", outFeatures, 1);
  }

  @Override public Shape output(Shape input) {
    if (input.size() != inFeatures) {
      throw new IllegalArgumentException("layer " + name + ": expects " + inFeatures + " features, got " + input + " = " + input.size());
    }
    return Shape.vector(outFeatures);
  }

  @Override public List<ParameterSpec> parameters() {
    return List.of(new ParameterSpec("weight", List.of(outFeatures, inFeatures), inFeatures, outFeatures),
        new ParameterSpec("bias", List.of(outFeatures), inFeatures, outFeatures));
  }

  @Override public String describe() {
    return "linear" + activation.suffix();
  }
}
