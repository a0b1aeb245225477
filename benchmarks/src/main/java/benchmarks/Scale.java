package benchmarks;

import java.util.Arrays;
import java.util.Locale;
import org.bytedeco.javacpp.Pointer;
import org.lenet4j.Device;
import org.lenet4j.backend.TrainingProgram;
import org.lenet4j.data.Augment;
import org.lenet4j.data.Batches;
import org.lenet4j.data.Dataset;
import org.lenet4j.data.SyntheticDigits;
import org.lenet4j.nn.LeNet5;
import org.lenet4j.optim.Recipe;

/**
 * Whether the cost of training grows with the data and with nothing else: epochs over 6,000 and over 60,000 images in turn, and what the
 * process holds after the first and after the last of them.
 */
public final class Scale {
  private static final int ROUNDS = 7;
  private static final int SMALL = 6_000;
  private static final int BATCH = 64;

  private Scale() {}

  /** Prints both speeds and their ratio, medians of seven rounds, and the memory. */
  public static void main(String[] args) {
    int threads = args.length == 0 ? Runtime.getRuntime().availableProcessors() : Integer.parseInt(args[0]);
    Recipe recipe = Recipe.plain().withBatchSize(BATCH);
    Dataset large = SyntheticDigits.create(10 * SMALL, 42);
    Dataset small = SyntheticDigits.create(SMALL, 42);
    double[] slow = new double[ROUNDS];
    double[] fast = new double[ROUNDS];
    double[] ratio = new double[ROUNDS];
    try (Device device = Device.open("openblas", threads);
        TrainingProgram one = device.backend().compile(LeNet5.create(10, 42), recipe, 42);
        TrainingProgram ten = device.backend().compile(LeNet5.create(10, 42), recipe, 42)) {
      one.bind(small, Augment.NONE);
      ten.bind(large, Augment.NONE);
      long before = 0;
      for (int round = -1; round < ROUNDS; round++) { // the first one warms up
        double a = rate(one, SMALL, 10);
        double b = rate(ten, 10 * SMALL, 1);
        fast[Math.max(round, 0)] = a;
        slow[Math.max(round, 0)] = b;
        ratio[Math.max(round, 0)] = b / a;
        before = round == 0 ? held() : before;
      }
      System.out.printf(Locale.ROOT, "%,.0f samples/s with 6,000 images, %,.0f with 60,000: ratio %.3f; %.1f MB, then %.1f MB%n",
          median(fast), median(slow), median(ratio), before / 1e6, held() / 1e6);
    }
  }

  private static double rate(TrainingProgram program, int size, int epochs) {
    int[] order = Batches.order(size, 42, 0);
    long start = System.nanoTime();
    for (int epoch = 0; epoch < epochs; epoch++) {
      program.order(epoch, order);
      for (int first = 0; first + BATCH <= size; first += BATCH) {
        program.step(first, BATCH, 1);
      }
    }
    program.drain();
    return (double) (size / BATCH * BATCH) * epochs / (System.nanoTime() - start) * 1e9;
  }

  /** Heap in use after a collection, and native memory that JavaCPP knows of. */
  private static long held() {
    System.gc();
    return Runtime.getRuntime().totalMemory() - Runtime.getRuntime().freeMemory() + Pointer.totalBytes();
  }

  private static double median(double[] values) {
    double[] sorted = values.clone();
    Arrays.sort(sorted);
    return sorted[sorted.length / 2];
  }
}
