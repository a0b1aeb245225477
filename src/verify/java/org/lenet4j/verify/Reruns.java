package org.lenet4j.verify;

import java.io.IOException;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.lenet4j.Device;
import org.lenet4j.DeviceSettings;
import org.lenet4j.backend.KernelSet;
import org.lenet4j.backend.Totals;
import org.lenet4j.data.Augment;
import org.lenet4j.nn.Model;
import org.lenet4j.optim.Recipe;

/** The same run twice, each time on a freshly opened device: the same bits. */
final class Reruns {
  private Reruns() {}

  /** What is compared. */
  private record End(Model model, Totals totals) {}

  static boolean run(Map<String, Object> fields) throws IOException {
    Digits digits = Digits.open();
    int steps = Digits.QUICK ? 10 : 500;
    fields.put("steps", steps);
    boolean good = true;
    for (int batch : new int[] {64, Digits.QUICK ? 100 : 1000}) {
      for (String augment : List.of("none", "light")) {
        Recipe recipe = Recipe.fast().withAugment(Augment.parse(augment));
        for (KernelSet kernels : List.of(KernelSet.CUDNN, KernelSet.FUSED)) {
          boolean same = same(train(kernels, digits, recipe, batch, steps), train(kernels, digits, recipe, batch, steps));
          String what = kernels.name().toLowerCase(Locale.ROOT) + " batch " + batch + " augment " + augment;
          fields.put("same_bits_" + what.replace(' ', '_'), same);
          System.out.println(what + ": " + (same ? "the same bits" : "OTHER BITS"));
          good &= same;
        }
      }
    }
    return good;
  }

  private static End train(KernelSet kernels, Digits digits, Recipe recipe, int batch, int steps) {
    try (Device device = Device.open("cuda", new DeviceSettings().withKernels(kernels));
        Walk walk = new Walk(device.backend(), digits, recipe, batch)) {
      for (int i = 0; i < steps; i++) {
        walk.step();
      }
      Model model = digits.model(recipe, 0);
      walk.program().read(model);
      return new End(model, walk.program().drain());
    }
  }

  private static boolean same(End a, End b) {
    return a.totals.equals(b.totals) && sameBits(a.model, b.model);
  }

  /** Whether each parameter of one has the bits of the other's. */
  static boolean sameBits(Model a, Model b) {
    return a.parameters().stream().allMatch(parameter -> Arrays.equals(parameter.values(), b.parameter(parameter.name()).values()));
  }
}
