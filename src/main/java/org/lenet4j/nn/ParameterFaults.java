package org.lenet4j.nn;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.lenet4j.file.Json;
import org.lenet4j.file.Safetensors;

/** What a message lists of tensors that are not the parameters of a model. */
final class ParameterFaults {
  private static final List<String> FURTHER = List.of("optimizer.", "anchor.", "start.", "best."); // tensors of checkpoints
  private static final int MOST_LISTED = 10; // names in one error message

  private ParameterFaults() {}

  /**
   * What keeps tensors from being the parameters of these layers; null if nothing does.
   *
   * @param first is said before all else; null is nothing
   */
  static String of(Architecture architecture, Safetensors file, String first) {
    Map<String, List<Integer>> expected = architecture.parameterShapes();
    List<String> missing = new ArrayList<>();
    List<String> misshaped = new ArrayList<>();
    expected.forEach((name, shape) -> {
      Safetensors.Tensor tensor = file.tensors().get(name);
      if (tensor == null) {
        missing.add(name + " " + shape);
      } else if (!tensor.isReal()) {
        misshaped.add(name + " holds integers (" + tensor.type() + ")");
      } else if (!tensor.shape().equals(shape)) {
        misshaped.add(name + " is " + tensor.shape() + " and should be " + shape);
      }
    });
    boolean checkpoint = file.metadata().containsKey("lenet4j.epoch");
    List<String> unexpected = file.tensors().keySet().stream()
        .filter(name -> !expected.containsKey(name) && !(checkpoint && FURTHER.stream().anyMatch(name::startsWith)))
        .map(Json::quote).toList();
    List<String> faults = new ArrayList<>();
    if (first != null) {
      faults.add(first);
    }
    describe(faults, "missing: ", missing);
    describe(faults, "unexpected: ", unexpected);
    describe(faults, "wrong shape: ", misshaped);
    String model = file.metadata().containsKey("lenet4j.layers") ? "the layers that it describes" : "LeNet-5";
    return faults.isEmpty() ? null : "its parameters are not those of " + model + "; " + String.join("; ", faults);
  }

  private static void describe(List<String> faults, String what, List<String> items) {
    if (!items.isEmpty()) {
      String more = items.size() > MOST_LISTED ? " and " + (items.size() - MOST_LISTED) + " more" : "";
      faults.add(items.stream().limit(MOST_LISTED).collect(Collectors.joining(", ", what, more)));
    }
  }
}
