package benchmarks;

import java.util.Arrays;
import java.util.Locale;
import org.lenet4j.Device;
import org.lenet4j.Trainer;
import org.lenet4j.data.Dataset;
import org.lenet4j.data.SyntheticDigits;
import org.lenet4j.nn.LeNet5;
import org.lenet4j.optim.Recipe;

/**
 * What a second thread brings: short epochs on one and on two threads in turn, in one process, so that a host that gets slower slows
 * both. Before each batch size {@link HandOver} says what the two processors are to each other.
 */
public final class TwoThreads {
  private static final int[] BATCHES = {64, 256, 1024};
  private static final int ROUNDS = 151;
  private static final int SAMPLES = 4096; // of an epoch, about 50 ms

  private TwoThreads() {}

  /** Prints the median of the rounds' ratios, with quartiles, for each batch size. */
  public static void main(String[] args) {
    Dataset data = SyntheticDigits.create(SAMPLES, 42);
    try (Device one = Device.open("cpu", 1); Device two = Device.open("cpu", 2)) {
      for (int batch : BATCHES) {
        HandOver.main(args);
        measure(one, two, batch, data);
      }
    }
  }

  private static void measure(Device one, Device two, int batch, Dataset data) {
    Recipe recipe = Recipe.plain().withBatchSize(batch).withEpochs(2 * ROUNDS);
    double[] ratios = new double[ROUNDS];
    double[] seconds = new double[ROUNDS]; // on one thread
    try (Trainer alone = new Trainer(one, LeNet5.create(10, 1), recipe, 1);
        Trainer together = new Trainer(two, LeNet5.create(10, 1), recipe, 1)) {
      for (int round = -ROUNDS / 2; round < ROUNDS; round++) { // the first compile
        int at = Math.max(round, 0);
        seconds[at] = seconds(alone, data);
        ratios[at] = seconds[at] / seconds(together, data);
      }
    }
    Arrays.sort(ratios);
    Arrays.sort(seconds);
    System.out.printf(Locale.ROOT, "batch %d: one thread %,.0f samples/s, two threads %.2fx, median of %d rounds, quartiles %.2f"
        + " and %.2f%n", batch, SAMPLES / seconds[ROUNDS / 2], ratios[ROUNDS / 2], ROUNDS, ratios[ROUNDS / 4], ratios[3 * ROUNDS / 4]);
  }

  private static double seconds(Trainer trainer, Dataset data) {
    long start = System.nanoTime();
    trainer.epoch(data, null);
    return (System.nanoTime() - start) / 1e9;
  }
}
