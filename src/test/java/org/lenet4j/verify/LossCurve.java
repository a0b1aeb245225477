package org.lenet4j.verify;

import java.io.IOException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.lenet4j.Device;
import org.lenet4j.Recipe;

/** The losses of the first steps: two devices round differently, and that grows from step to step, but not beyond this. */
final class LossCurve {
  private static final double MOST = 0.01; // relative; rounding errors of 1e-6 grow in 200 steps to about 1e-4, a wrong gradient to more
  private static final int BATCH = 64;

  private LossCurve() {}

  static boolean run(Map<String, Object> fields) throws IOException {
    Digits digits = Digits.open();
    int steps = Digits.QUICK ? 20 : 200;
    fields.put("data", digits.name());
    fields.put("steps", steps);
    fields.put("most_relative_difference_allowed", MOST);
    boolean good = true;
    for (String recipe : List.of("plain", "fast")) {
      List<Double> cuda = losses("cuda", Recipe.named(recipe), digits, steps);
      List<Double> openBlas = losses("openblas", Recipe.named(recipe), digits, steps);
      double most = 0;
      for (int i = 0; i < steps; i++) {
        most = Math.max(most, Math.abs(cuda.get(i) - openBlas.get(i)) / openBlas.get(i));
      }
      System.out.printf("recipe %s: the losses of %d steps differ by at most %.2e of the loss%n", recipe, steps, most);
      Map<String, Object> curve = new LinkedHashMap<>();
      curve.put("most_relative_difference", most);
      curve.put("cuda", cuda);
      curve.put("openblas", openBlas);
      fields.put(recipe, curve);
      good &= most <= MOST; // false for NaN as well
    }
    return good;
  }

  private static List<Double> losses(String name, Recipe recipe, Digits digits, int steps) {
    List<Double> losses = new ArrayList<>();
    try (Device device = Device.open(name); Walk walk = new Walk(device.backend(), digits, recipe, BATCH)) {
      for (int i = 0; i < steps; i++) {
        walk.step();
        losses.add(walk.program().drain().loss());
      }
    }
    return losses;
  }
}
