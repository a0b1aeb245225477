package org.lenet4j.backend;

import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.lenet4j.data.Dataset;
import org.lenet4j.nn.Model;
import org.lenet4j.nn.Parameter;
import org.lenet4j.optim.Anchor;
import org.lenet4j.optim.Recipe;
import org.lenet4j.reference.ReferenceBackend;

/** What the reference comes to. It takes most of the time of a contract, so each run is done once for all devices that a JVM tests. */
final class ReferenceRuns {
  private static final Map<List<Object>, Run> RUNS = new ConcurrentHashMap<>();

  private ReferenceRuns() {}

  static Run train(Model model, Recipe recipe, Dataset data, int batchSize, int steps) {
    List<Object> task = List.of(model.input(), model.layers(), model.frozen(), model.normalization(), values(model),
        recipe.withAnchor(null), anchor(recipe.anchor()), data.size(), Arrays.hashCode(data.images()), Arrays.hashCode(data.labels()),
        Arrays.hashCode(data.targets()), batchSize, steps);
    return RUNS.computeIfAbsent(task, key -> Run.train(new ReferenceBackend(), model, recipe, data, batchSize, steps));
  }

  private static int values(Model model) {
    return Arrays.hashCode(model.parameters().stream().map(Parameter::values).mapToInt(Arrays::hashCode).toArray());
  }

  private static List<Object> anchor(Anchor anchor) {
    return anchor == null ? List.of() : List.of(anchor.strength(), hashes(anchor.values()), hashes(anchor.weights()));
  }

  private static Map<String, Integer> hashes(Map<String, float[]> arrays) {
    Map<String, Integer> hashes = new HashMap<>();
    if (arrays != null) {
      arrays.forEach((name, values) -> hashes.put(name, Arrays.hashCode(values)));
    }
    return hashes;
  }
}
