package org.lenet4j.verify;

import java.io.IOException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.lenet4j.Device;
import org.lenet4j.optim.Recipe;

/**
 * The losses of the first 200 steps. Rounding errors of 1e-8 stay small for some 100 steps, and then grow tenfold every 15 or so: two right
 * ways to compute, the CPU's two sets of kernels, differ by up to 2.5% in single losses before step 200 (plain recipe, MNIST). So every
 * loss of the first half is compared, and of the whole the mean of each 20 steps. A wrong gradient shows within the first ten steps.
 */
final class LossCurve {
  private static final double MOST = 0.01; // relative
  private static final int BATCH = 64;
  private static final int WINDOW = 20;

  private LossCurve() {}

  static boolean run(Map<String, Object> fields) throws IOException {
    Digits digits = Digits.open();
    int steps = Digits.QUICK ? WINDOW : 10 * WINDOW;
    fields.put("data", digits.name());
    fields.put("steps", steps);
    fields.put("most_relative_difference_allowed", MOST);
    boolean good = true;
    for (String recipe : List.of("plain", "fast")) {
      List<Double> cuda = losses("cuda", Recipe.named(recipe), digits, steps);
      List<Double> openBlas = losses("openblas", Recipe.named(recipe), digits, steps);
      double firstHalf = difference(cuda.subList(0, steps / 2), openBlas.subList(0, steps / 2));
      double windows = difference(means(cuda), means(openBlas));
      Map<String, Object> curve = new LinkedHashMap<>();
      curve.put("first_half", firstHalf);
      curve.put("means_of_" + WINDOW, windows);
      curve.put("single_losses", difference(cuda, openBlas));
      curve.put("cuda", cuda);
      curve.put("openblas", openBlas);
      fields.put(recipe, curve);
      System.out.printf("recipe %s: losses of the first %d steps differ by %.1e at most, means of %d of all %d by %.1e%n", recipe,
          steps / 2, firstHalf, WINDOW, steps, windows);
      good &= firstHalf <= MOST && windows <= MOST; // false for NaN as well
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

  private static List<Double> means(List<Double> losses) {
    List<Double> means = new ArrayList<>();
    for (int i = 0; i < losses.size(); i += WINDOW) {
      means.add(losses.subList(i, i + WINDOW).stream().mapToDouble(Double::doubleValue).sum() / WINDOW);
    }
    return means;
  }

  /** The largest relative difference, NaN if one of the losses is. */
  private static double difference(List<Double> a, List<Double> b) {
    double most = 0;
    for (int i = 0; i < a.size(); i++) {
      most = Math.max(most, Math.abs(a.get(i) - b.get(i)) / b.get(i)); // max keeps NaN
    }
    return most;
  }
}
