package org.lenet4j;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;
import java.util.stream.Stream;
import org.bytedeco.javacpp.Pointer;
import org.lenet4j.data.Dataset;
import org.lenet4j.data.SyntheticDigits;
import org.lenet4j.micrometer.Lenet4jMetrics;
import org.lenet4j.nn.LeNet5;
import org.lenet4j.nn.Model;
import org.lenet4j.optim.Recipe;

/**
 * Trains for very many steps, with evaluations, checkpoints, exchanges of a predictor's model, devices opened and closed and a scrape of
 * the meters on the way, and says at 10^3, 10^4, 10^5 and 10^6 steps what the process holds: what grows from one line to the next is a
 * leak.
 *
 * <p>{@code Endurance STEPS [SECONDS]}, in a JVM with {@code -Xmx256m}; {@code -Dlenet4j.vector=false} for the other kernels. It ends after
 * so many seconds at the latest, with a last line.
 */
final class Endurance {
  private static final int BATCH = 16;
  private static final int STEPS_PER_EPOCH = 100;
  private static final int EPOCHS_PER_ROUND = 10;
  private static final int SETTLED = 1000; // steps, after which the JIT compiler has seen everything

  private Endurance() {}

  public static void main(String[] args) throws IOException, InterruptedException {
    long most = Long.parseLong(args[0]);
    long end = System.nanoTime() + (args.length > 1 ? Long.parseLong(args[1]) * 1_000_000_000 : Long.MAX_VALUE / 2);
    Path checkpoint = Files.createTempFile("endurance", ".ckpt");
    Dataset data = SyntheticDigits.create(BATCH * STEPS_PER_EPOCH, 1);
    Dataset test = SyntheticDigits.create(200, 2);
    SimpleMeterRegistry registry = new SimpleMeterRegistry();
    System.out.println("steps      heap MB  RSS MB  native MB  pointers  threads  descriptors");
    long steps = 0;
    long next = SETTLED;
    try (Device device = Device.open("openblas", 2);
        Predictor predictor = new Predictor(device, LeNet5.create(10, 1))) {
      Lenet4jMetrics metrics = new Lenet4jMetrics(device);
      metrics.bindTo(registry);
      predictor.addListener(metrics);
      while (steps < most && System.nanoTime() < end) { // a round has a trainer of its own, so that no history grows
        Model model = LeNet5.create(10, steps);
        Recipe recipe = Recipe.fast().withEpochs(EPOCHS_PER_ROUND).withBatchSize(BATCH);
        try (Trainer trainer = new Trainer(device, model, recipe, 1).addListener(metrics)) {
          for (int epoch = 0; epoch < EPOCHS_PER_ROUND; epoch++) {
            trainer.epoch(data, test);
            steps += STEPS_PER_EPOCH;
          }
          trainer.checkpoint().save(checkpoint);
        }
        Trainer.resume(device, Checkpoint.load(checkpoint)).close();
        predictor.swap(model);
        predictor.predict(data.images(), data.size());
        predictor.predict(data.image(0));
        registry.getMetersAsString();
        try (Device other = Device.open("openblas", 3)) {
          Metrics.of(other, model, test);
        }
        if (steps >= next) {
          report(steps);
          next *= 10;
        }
      }
      report(steps);
    }
    Files.delete(checkpoint);
  }

  private static void report(long steps) throws IOException, InterruptedException {
    for (int i = 0; i < 3; i++) {
      System.gc();
      Thread.sleep(100);
    }
    long heap = ManagementFactory.getMemoryMXBean().getHeapMemoryUsage().getUsed();
    System.out.printf(Locale.ROOT, "%-9d  %7.1f  %6.1f  %9.1f  %8d  %7d  %11d%n", steps, heap / 1e6, Pointer.physicalBytes() / 1e6,
        Pointer.totalBytes() / 1e6, Pointer.totalCount(), ManagementFactory.getThreadMXBean().getThreadCount(), descriptors());
  }

  /** Open files of this process; -1 where Linux's folder of them is not there. */
  private static long descriptors() throws IOException {
    Path folder = Path.of("/proc/self/fd");
    if (!Files.isDirectory(folder)) {
      return -1;
    }
    try (Stream<Path> files = Files.list(folder)) {
      return files.count();
    }
  }
}
