package benchmarks;

import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Locale;
import java.util.stream.Collectors;
import org.lenet4j.Device;
import org.lenet4j.backend.TrainingProgram;
import org.lenet4j.data.Augment;
import org.lenet4j.data.Batches;
import org.lenet4j.data.Dataset;
import org.lenet4j.data.Idx;
import org.lenet4j.data.SyntheticDigits;
import org.lenet4j.nn.LeNet5;
import org.lenet4j.optim.Recipe;

/**
 * What it costs that images are in a mapped file: one epoch over ten million of them, in {@link #ROUNDS} pieces of its shuffled order, and
 * before each piece a quarter as many steps over images in memory. Both are also measured in processor time, which others on the machine
 * do not take away.
 */
public final class Mapped {
  private static final int ROUNDS = 50;
  private static final int PART = 100_000; // images drawn at a time
  private static final int IN_MEMORY = 200_000;
  private static final int BATCH = 64;

  private Mapped() {}

  /** {@code FOLDER IMAGES THREADS}; writes the images into the folder, 784 bytes each, unless they are there. */
  public static void main(String[] args) throws IOException {
    Path images = Path.of(args[0], "train-images-idx3-ubyte");
    Path labels = Path.of(args[0], "train-labels-idx1-ubyte");
    int count = Integer.parseInt(args[1]);
    Dataset small = SyntheticDigits.create(Math.min(count, IN_MEMORY), 42);
    if (!Files.exists(images)) {
      for (int done = 0; done < count; done += PART) {
        Idx.append(SyntheticDigits.create(Math.min(PART, count - done), done), images, labels);
      }
    }
    Dataset large = Idx.map(images, labels);
    int[] order = Batches.order(large.size(), 42, 0);
    int piece = large.size() / ROUNDS / BATCH * BATCH;
    double[] ratios = new double[ROUNDS];
    double[] cpuRatios = new double[ROUNDS];
    double[] rates = new double[ROUNDS];
    Recipe recipe = Recipe.plain().withBatchSize(BATCH);
    try (Device device = Device.open("openblas", Integer.parseInt(args[2]));
        TrainingProgram file = device.backend().compile(LeNet5.create(10, 42), recipe, 42);
        TrainingProgram memory = device.backend().compile(LeNet5.create(10, 42), recipe, 42)) {
      file.bind(large, Augment.NONE);
      memory.bind(small, Augment.NONE);
      int[] again = Batches.order(small.size(), 42, 0);
      run(memory, again, Math.min(piece, 30_000)); // compiles
      run(file, again, Math.min(piece, 30_000));
      System.out.println(memoryOfProcess());
      for (int round = 0; round < ROUNDS; round++) {
        double[] a = run(memory, again, piece / 4 / BATCH * BATCH);
        double[] b = run(file, Arrays.copyOfRange(order, round * piece, (round + 1) * piece), piece);
        rates[round] = b[0];
        ratios[round] = b[0] / a[0];
        cpuRatios[round] = b[1] / a[1];
      }
    }
    System.out.printf(Locale.ROOT, "%,d of %,d images, once each: %,.0f samples/s from the file; medians of %d ratios to memory: %.3f by"
        + " the clock, %.3f by processor time%n", ROUNDS * piece, large.size(), median(rates), ROUNDS, median(ratios), median(cpuRatios));
    System.out.println(memoryOfProcess());
  }

  /** Samples a second, by the clock and by processor time of the process. */
  private static double[] run(TrainingProgram program, int[] order, int samples) {
    program.order(0, order);
    long start = System.nanoTime();
    long cpu = cpuTime();
    for (int done = 0; done < samples; done += BATCH) {
      program.step(done % (order.length / BATCH * BATCH), BATCH, 1);
    }
    program.drain();
    return new double[] {samples * 1e9 / (System.nanoTime() - start), samples * 1e9 / (cpuTime() - cpu)};
  }

  private static long cpuTime() {
    return ((com.sun.management.OperatingSystemMXBean) ManagementFactory.getOperatingSystemMXBean()).getProcessCpuTime();
  }

  /** The heap after a collection, and on Linux what of the process is in memory: its own (anonymous), and pages of files. */
  private static String memoryOfProcess() throws IOException {
    System.gc();
    Path status = Path.of("/proc/self/status");
    String resident = !Files.exists(status) ? "" : Files.readAllLines(status).stream().filter(line -> line.matches("Rss(Anon|File).*"))
        .map(line -> line.replaceAll("\\s+", " ")).collect(Collectors.joining(", ", "; ", ""));
    return "heap " + (Runtime.getRuntime().totalMemory() - Runtime.getRuntime().freeMemory() >> 20) + " MB of "
        + (Runtime.getRuntime().maxMemory() >> 20) + resident;
  }

  private static double median(double... values) {
    double[] sorted = values.clone();
    Arrays.sort(sorted);
    return sorted[sorted.length / 2];
  }
}
