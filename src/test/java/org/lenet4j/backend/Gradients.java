package org.lenet4j.backend;

import java.util.LinkedHashMap;
import java.util.Map;
import org.lenet4j.data.Dataset;
import org.lenet4j.nn.Loss;
import org.lenet4j.nn.Model;
import org.lenet4j.nn.Parameter;
import org.lenet4j.optim.Sgd;

/**
 * What one batch gives, got out of any backend through one step of SGD: (before - after) / lr.
 *
 * @param values gradients by parameter name
 * @param totals sums of the step
 */
public record Gradients(Map<String, float[]> values, Totals totals) {
  // So large that the rounding of the old value does not count, and a power of two, so that it rounds nothing itself.
  private static final float RATE = 0x1p12f;

  /** The gradients of the mean loss over {@code batch}. */
  public static Gradients of(Backend backend, Model model, Dataset batch, Loss loss) {
    Run run = Run.train(backend, model, Samples.recipe(loss, new Sgd(RATE)), batch, batch.size(), 1);
    Map<String, float[]> values = new LinkedHashMap<>();
    for (Parameter parameter : model.parameters()) {
      float[] before = parameter.values();
      float[] after = run.model().parameter(parameter.name()).values();
      float[] gradient = new float[before.length];
      for (int i = 0; i < gradient.length; i++) {
        gradient[i] = (before[i] - after[i]) / RATE;
      }
      values.put(parameter.name(), gradient);
    }
    return new Gradients(values, run.totals().get(0));
  }
}
