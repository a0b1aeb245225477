package benchmarks;

import java.util.Arrays;
import java.util.Locale;
import org.lenet4j.Device;
import org.lenet4j.Trainer;
import org.lenet4j.data.Dataset;
import org.lenet4j.data.SyntheticDigits;
import org.lenet4j.nn.LeNet5;
import org.lenet4j.optim.Recipe;

/** What it costs to cut batches into shards: epochs with and without in turn, {@code Shards [SHARDS [BATCH [THREADS]]]}. */
public final class Shards {
  private static final int ROUNDS = 41;
  private static final int STEPS = 10; // of an epoch

  private Shards() {}

  /** Prints the median of the rounds' ratios of time. */
  public static void main(String[] args) {
    int shards = args.length > 0 ? Integer.parseInt(args[0]) : 4;
    int batch = args.length > 1 ? Integer.parseInt(args[1]) : 1024;
    int threads = args.length > 2 ? Integer.parseInt(args[2]) : Runtime.getRuntime().availableProcessors();
    Recipe recipe = Recipe.fast().withBatchSize(batch).withEpochs(2 * ROUNDS);
    Dataset data = SyntheticDigits.create(STEPS * batch, 42);
    double[] ratios = new double[ROUNDS];
    try (Device device = Device.open("cpu", threads);
        Trainer whole = new Trainer(device, LeNet5.create(10, 1), recipe, 1);
        Trainer cut = new Trainer(device, LeNet5.create(10, 1), recipe.withAccumulate(shards), 1)) {
      for (int round = -ROUNDS / 2; round < ROUNDS; round++) { // the first compile
        double without = seconds(whole, data);
        ratios[Math.max(round, 0)] = seconds(cut, data) / without;
      }
    }
    Arrays.sort(ratios);
    System.out.printf(Locale.ROOT, "batch %d in %d shards, %d threads: %.3f times the time of whole batches, median of %d rounds, quartiles"
        + " %.3f and %.3f%n", batch, shards, threads, ratios[ROUNDS / 2], ROUNDS, ratios[ROUNDS / 4], ratios[3 * ROUNDS / 4]);
  }

  private static double seconds(Trainer trainer, Dataset data) {
    long start = System.nanoTime();
    trainer.epoch(data, null);
    return (System.nanoTime() - start) / 1e9;
  }
}
