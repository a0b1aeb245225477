package org.lenet4j.optim;

import java.io.Serializable;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import org.lenet4j.nn.Model;

/**
 * A pull of the trained parameters towards fixed values, the penalty {@code strength / 2 * sum_i w_i (theta_i - value_i)^2} added to the
 * loss. With weights of 1 it is L2-SP (Li, Grandvalet and Davoine, "Explicit inductive bias for transfer learning with convolutional
 * networks", ICML 2018), with the diagonal of the Fisher information it is EWC (Kirkpatrick et al., "Overcoming catastrophic forgetting
 * in neural networks", PNAS 2017).
 *
 * <p>As a part of the loss it is a part of the gradient, {@code g_i += strength * w_i * (theta_i - value_i)}: before clipping, and before
 * momentum or Adam's moments. The loss that is reported is without it.
 *
 * @param strength the strength of the pull, 0 or more
 * @param values   the fixed values, by parameter name; a parameter without an entry is not pulled, a new head for example, nor is one that
 *                 is frozen
 * @param weights  the weights for the same names, {@code w_i}, 0 or more; null if all are 1
 */
public record Anchor(float strength, Map<String, float[]> values, Map<String, float[]> weights) implements Serializable {
  /**
   * Copies everything.
   *
   * @throws IllegalArgumentException if a number is not finite, the strength or a weight negative, or weights and values do not agree in
   *                                  names and lengths
   */
  public Anchor {
    NumberChecks.notNegative("the anchor's strength", strength);
    values = copy(values);
    values.forEach((name, array) -> check("value", name, array, Float.NEGATIVE_INFINITY));
    if (weights != null) {
      weights = copy(weights);
      if (!weights.keySet().equals(values.keySet())) {
        throw new IllegalArgumentException("the anchor has values for " + values.keySet() + " and weights for " + weights.keySet());
      }
      for (Map.Entry<String, float[]> entry : weights.entrySet()) {
        check("weight", entry.getKey(), entry.getValue(), 0);
        int length = values.get(entry.getKey()).length;
        if (entry.getValue().length != length) {
          throw new IllegalArgumentException("the anchor has " + length + " values and " + entry.getValue().length + " weights for "
              + entry.getKey());
        }
      }
    }
  }

  private static Map<String, float[]> copy(Map<String, float[]> arrays) {
    Map<String, float[]> copies = new LinkedHashMap<>();
    arrays.forEach((name, array) -> copies.put(name, array.clone()));
    return Collections.unmodifiableMap(copies);
  }

  private static void check(String what, String name, float[] array, float least) {
    for (float x : array) {
      if (!Float.isFinite(x) || x < least) {
        throw new IllegalArgumentException("the anchor has the " + what + " " + x + " for " + name);
      }
    }
  }

  /**
   * L2-SP: towards the present parameters of a model.
   *
   * @param except layers that are free, such as a new head
   * @throws IllegalArgumentException if one of them is unknown; the message lists the valid ones
   */
  public static Anchor to(Model model, float strength, String... except) {
    Map<String, float[]> values = new LinkedHashMap<>();
    model.parameters().forEach(parameter -> values.put(parameter.name(), parameter.values()));
    for (String layer : except) {
      model.parameters(layer).forEach(parameter -> values.remove(parameter.name()));
    }
    return new Anchor(strength, values, null);
  }

  @Override public String toString() {
    return "Anchor[strength=" + strength + ", " + String.join(", ", values.keySet()) + (weights == null ? "]" : ", weighted]");
  }
}
