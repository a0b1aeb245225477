package org.lenet4j.backend;

import java.util.Map;

/**
 * What an optimizer remembers between steps, on the host.
 *
 * @param step  updates made so far
 * @param slots state arrays by {@code stateName + "." + parameterName}, for example {@code exp_avg.conv1.weight}; parameters that
 *              have not been trained have none
 */
public record OptimizerState(long step, Map<String, float[]> slots) {
  @Override public String toString() {
    return "after step " + step + ": " + String.join(", ", slots.keySet());
  }
}
