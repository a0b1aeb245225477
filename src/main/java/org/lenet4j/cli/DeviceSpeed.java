package org.lenet4j.cli;

import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;
import org.lenet4j.Device;
import org.lenet4j.Predictor;
import org.lenet4j.backend.TrainingProgram;
import org.lenet4j.data.Augment;
import org.lenet4j.data.Batches;
import org.lenet4j.data.Dataset;
import org.lenet4j.nn.LeNet5;
import org.lenet4j.nn.Model;
import org.lenet4j.optim.Recipe;

/**
 * How fast a device is with LeNet-5.
 *
 * @param device    its name
 * @param describe  what it is
 * @param training  samples a second by batch size, with Adam
 * @param inference samples a second, {@link #INFERENCE_BATCH} images at a time
 * @param p50       median latency of one image, in microseconds
 * @param p99       the latency that one in a hundred exceeds
 */
record DeviceSpeed(String device, String describe, Map<Integer, Rate> training, Rate inference, double p50, double p99) {
  static final int INFERENCE_BATCH = 1024;
  static final int SAMPLES = 8192;
  private static final int ROUNDS = 5;
  private static final int LATENCIES = 10_000;

  /** The median of the rounds, and their extremes. */
  record Rate(double median, double lowest, double highest) {
    static Rate of(double[] rates) {
      double[] sorted = rates.clone();
      Arrays.sort(sorted);
      return new Rate(sorted[sorted.length / 2], sorted[0], sorted[sorted.length - 1]);
    }
  }

  /** Runs something that takes a number of samples, and waits until it is done. */
  @FunctionalInterface private interface Work {
    int run();
  }

  static Model model() {
    return LeNet5.create(10, 42);
  }

  /**
   * Measures it.
   *
   * @param data    {@link #SAMPLES} images
   * @param batches batch sizes of training
   * @param seconds the seconds of each round; there is one to warm up and five that count
   */
  static DeviceSpeed of(Device device, Dataset data, int[] batches, double seconds) {
    Map<Integer, Rate> training = new LinkedHashMap<>();
    for (int batch : batches) {
      training.put(batch, training(device, data, batch, seconds));
    }
    try (Predictor predictor = new Predictor(device, model())) {
      float[] logits = new float[INFERENCE_BATCH * 10];
      Rate inference = rate(seconds, () -> {
        predictor.logits(data.images(), INFERENCE_BATCH, logits);
        return INFERENCE_BATCH;
      });
      double[] latencies = latencies(predictor, data, seconds);
      return new DeviceSpeed(device.name(), device.describe(), training, inference, latencies[LATENCIES / 2],
          latencies[LATENCIES * 99 / 100]);
    }
  }

  private static Rate training(Device device, Dataset data, int batch, double seconds) {
    try (TrainingProgram program = device.backend().compile(model(), Recipe.plain().withBatchSize(batch), 42)) {
      program.bind(data, Augment.NONE);
      program.order(0, Batches.order(data.size(), 42, 0));
      return rate(seconds, () -> {
        int done = 0;
        for (; done + batch <= data.size(); done += batch) {
          program.step(done, batch, 1);
        }
        if (!Double.isFinite(program.drain().loss())) {
          throw new IllegalStateException("the loss is not finite: what was measured is not training");
        }
        return done;
      });
    }
  }

  private static Rate rate(double seconds, Work work) {
    double[] rates = new double[ROUNDS];
    for (int round = -1; round < ROUNDS; round++) { // the first one warms up
      long start = System.nanoTime();
      long samples = 0;
      double elapsed;
      do {
        samples += work.run();
        elapsed = (System.nanoTime() - start) / 1e9;
      } while (elapsed < seconds);
      rates[Math.max(round, 0)] = samples / elapsed;
    }
    return Rate.of(rates);
  }

  /** Sorted, in microseconds. */
  private static double[] latencies(Predictor predictor, Dataset data, double seconds) {
    int pixels = data.shape().size();
    byte[] image = new byte[pixels];
    float[] logits = new float[10];
    double[] latencies = new double[LATENCIES];
    long begin = System.nanoTime();
    do { // the last time counts
      for (int i = 0; i < LATENCIES; i++) {
        System.arraycopy(data.images(), i % data.size() * pixels, image, 0, pixels);
        long start = System.nanoTime();
        predictor.logits(image, 1, logits);
        latencies[i] = (System.nanoTime() - start) / 1e3;
      }
    } while (System.nanoTime() - begin < seconds * 1e9);
    Arrays.sort(latencies);
    return latencies;
  }
}
