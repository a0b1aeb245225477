package org.lenet4j.verify;

import java.io.IOException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.lenet4j.Device;
import org.lenet4j.DeviceSettings;
import org.lenet4j.History;
import org.lenet4j.Trainer;
import org.lenet4j.backend.KernelSet;
import org.lenet4j.backend.Precision;
import org.lenet4j.optim.Recipe;

/** Trains with both recipes on CUDA, in every precision, and on OpenBLAS, and compares the accuracies. */
final class TrainingRuns {
  private TrainingRuns() {}

  static boolean run(Map<String, Object> fields) throws IOException {
    Digits digits = Digits.open();
    boolean mnist = System.getenv("LENET4J_DATA") != null;
    int seeds = mnist && !Digits.QUICK ? 3 : 1;
    // One seed alone differs by some hundredths of a percent point between two ways of rounding; the mean of three by less. The embedded
    // digits' test set is as large, but the recipes leave ten times more errors on it.
    double most = Digits.QUICK ? 1 : mnist ? 0.001 : 0.005;
    fields.put("data", digits.name());
    fields.put("seeds", seeds);
    fields.put("most_difference_allowed", most);
    List<Object> runs = new ArrayList<>();
    fields.put("runs", runs);
    boolean good = true;
    for (String recipe : List.of("plain", "fast")) {
      double openBlas = mean("openblas", new DeviceSettings(), recipe, seeds, digits, runs);
      double cuda = mean("cuda", new DeviceSettings(), recipe, seeds, digits, runs);
      double fused = mean("cuda", new DeviceSettings().withKernels(KernelSet.FUSED), recipe, seeds, digits, runs);
      mean("cuda", new DeviceSettings().withFast(true), recipe, 1, digits, runs);
      for (Precision precision : List.of(Precision.TF32, Precision.BF16)) {
        try {
          mean("cuda", new DeviceSettings().withPrecision(precision), recipe, seeds, digits, runs);
        } catch (IllegalArgumentException e) {
          fields.put(precision.name().toLowerCase(Locale.ROOT), e.getMessage()); // this GPU has none
        }
      }
      System.out.printf("recipe %s: mean accuracy of %d seeds %.4f on cuda, %.4f fused, %.4f on openblas%n", recipe, seeds, cuda, fused,
          openBlas);
      fields.put(recipe + "_cuda", cuda);
      fields.put(recipe + "_openblas", openBlas);
      fields.put(recipe + "_fused", fused);
      good &= Math.abs(cuda - openBlas) <= most && Math.abs(fused - openBlas) <= most;
    }
    return good;
  }

  private static double mean(String name, DeviceSettings settings, String recipe, int seeds, Digits digits, List<Object> runs) {
    double sum = 0;
    try (Device device = Device.open(name, settings)) {
      for (int seed = 1; seed <= seeds; seed++) {
        Map<String, Object> run = new LinkedHashMap<>();
        run.put("device", name);
        run.put("precision", settings.precision().name().toLowerCase(Locale.ROOT));
        run.put("fast", settings.fast());
        run.put("kernel_set", settings.kernels().name().toLowerCase(Locale.ROOT));
        run.put("recipe", recipe);
        run.put("seed", seed);
        runs.add(run);
        sum += train(device, Recipe.named(recipe), seed, digits, run);
      }
    }
    return sum / seeds;
  }

  private static double train(Device device, Recipe recipe, long seed, Digits digits, Map<String, Object> run) {
    Recipe chosen = Digits.QUICK ? recipe.withEpochs(1) : recipe;
    long start = System.nanoTime();
    try (Trainer trainer = new Trainer(device, digits.model(chosen, seed), chosen, seed)) {
      History history = trainer.fit(digits.train(), chosen.epochs(), digits.test());
      run.put("epochs", chosen.epochs());
      run.put("test_accuracy", history.last().testAccuracy());
      run.put("test_loss", history.last().testLoss());
      run.put("train_seconds", history.trainSeconds());
      run.put("total_seconds", (System.nanoTime() - start) / 1e9); // with compiling the program, the upload and the evaluations
      run.put("samples_per_second", digits.train().size() * chosen.epochs() / history.trainSeconds());
      return history.last().testAccuracy();
    }
  }
}
