package benchmarks;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import org.lenet4j.Device;
import org.lenet4j.Trainer;
import org.lenet4j.data.Dataset;
import org.lenet4j.data.SyntheticDigits;
import org.lenet4j.nn.LeNet5;
import org.lenet4j.optim.Recipe;

/**
 * How much sooner independent models are trained by {@link Trainer#fitTogether} than one after another, each with one thread or each with
 * all: an epoch of each, the three ways in turn, {@code SideBySide [MODELS [THREADS [BATCH]]]}.
 */
public final class SideBySide {
  private static final int ROUNDS = 9;
  private static final int IMAGES = 12_800;

  private SideBySide() {}

  /** Prints the median rates and the median of the rounds' ratios. */
  public static void main(String[] args) {
    int models = args.length > 0 ? Integer.parseInt(args[0]) : 4;
    int threads = args.length > 1 ? Integer.parseInt(args[1]) : Runtime.getRuntime().availableProcessors();
    int batch = args.length > 2 ? Integer.parseInt(args[2]) : 64;
    Recipe recipe = Recipe.plain().withBatchSize(batch);
    Dataset data = SyntheticDigits.create(IMAGES, 42);
    double[][] rates = new double[3][ROUNDS]; // one thread, all threads, side by side
    try (Device device = Device.open("openblas", threads); Device single = Device.open("openblas", 1)) {
      List<Trainer> trainers = trainers(device, models, recipe);
      List<Trainer> slow = trainers(single, models, recipe);
      for (int round = -2; round < ROUNDS; round++) { // two warm up
        rates[0][Math.max(round, 0)] = rate(models, () -> slow.forEach(trainer -> trainer.fit(data, 1, null)));
        rates[1][Math.max(round, 0)] = rate(models, () -> trainers.forEach(trainer -> trainer.fit(data, 1, null)));
        rates[2][Math.max(round, 0)] = rate(models, () -> Trainer.fitTogether(trainers, data, 1, null));
      }
      trainers.forEach(Trainer::close);
      slow.forEach(Trainer::close);
    }
    System.out.printf(Locale.ROOT, "%d models, batch %d, samples/s: one after another %,.0f with one thread, %,.0f with %d; side by"
        + " side %,.0f: %.2f and %.2f times as many%n", models, batch, median(rates[0]), median(rates[1]), threads, median(rates[2]),
        median(ratios(rates[2], rates[0])), median(ratios(rates[2], rates[1])));
  }

  private static List<Trainer> trainers(Device device, int models, Recipe recipe) {
    List<Trainer> trainers = new ArrayList<>();
    for (int seed = 1; seed <= models; seed++) {
      trainers.add(new Trainer(device, LeNet5.create(10, seed), recipe, seed));
    }
    return trainers;
  }

  private static double[] ratios(double[] of, double[] to) {
    double[] ratios = new double[of.length];
    Arrays.setAll(ratios, i -> of[i] / to[i]);
    return ratios;
  }

  private static double rate(int models, Runnable epoch) {
    long start = System.nanoTime();
    epoch.run();
    return (double) models * IMAGES / ((System.nanoTime() - start) / 1e9);
  }

  private static double median(double... values) {
    double[] sorted = values.clone();
    Arrays.sort(sorted);
    return sorted[sorted.length / 2];
  }
}
