package org.lenet4j.verify;

import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.Consumer;
import org.lenet4j.Device;
import org.lenet4j.DeviceSettings;
import org.lenet4j.backend.KernelSet;
import org.lenet4j.backend.Precision;
import org.lenet4j.backend.Program;
import org.lenet4j.nn.CrossEntropy;
import org.lenet4j.optim.Recipe;

/** Samples per second in training and inference: after a warm-up the median of repetitions, each ended by a download. */
final class Speed {
  private static final int REPETITIONS = 7;
  private static final int[] MODELS = {4, 16}; // side by side
  private static final double SECONDS = Digits.QUICK ? 0.01 : 0.2; // of a repetition

  private Speed() {}

  /** Something that handles some samples when it is run once. */
  private interface Work {
    int run();
  }

  static boolean run(Map<String, Object> fields) throws IOException {
    Digits digits = Digits.open();
    List<Object> rows = new ArrayList<>();
    fields.put("statistic", "median of " + REPETITIONS + " repetitions of " + SECONDS + " s after a warm-up; plain recipe");
    fields.put("rows", rows);
    DeviceSettings fused = new DeviceSettings().withKernels(KernelSet.FUSED);
    on("cuda", new DeviceSettings(), device -> train(device, Precision.FP32, digits, rows));
    on("cuda", fused, device -> train(device, Precision.FP32, digits, rows));
    on("openblas", new DeviceSettings(), device -> train(device, Precision.FP32, digits, rows));
    on("cuda", new DeviceSettings(), device -> infer(device, digits, rows));
    on("cuda", fused, device -> infer(device, digits, rows));
    on("openblas", new DeviceSettings(), device -> infer(device, digits, rows));
    for (Precision precision : List.of(Precision.TF32, Precision.BF16)) {
      try {
        on("cuda", new DeviceSettings().withPrecision(precision), device -> train(device, precision, digits, rows));
      } catch (IllegalArgumentException e) {
        fields.put(precision.name().toLowerCase(Locale.ROOT), e.getMessage()); // this GPU has none
      }
    }
    return true; // how fast is fast enough depends on the device
  }

  private static void on(String name, DeviceSettings settings, Consumer<Device> work) {
    try (Device device = Device.open(name, settings)) {
      work.accept(device);
    }
  }

  private static void train(Device device, Precision precision, Digits digits, List<Object> rows) {
    for (int batch : batches(digits)) {
      add(rows, device, precision, "train", 1, batch, training(device, digits, 1, batch));
    }
    for (int models : precision == Precision.FP32 ? MODELS : new int[0]) {
      add(rows, device, precision, "train", models, 64, training(device, digits, models, 64));
    }
  }

  private static void infer(Device device, Digits digits, List<Object> rows) {
    for (int batch : batches(digits)) {
      try (Program program = device.backend().compile(digits.model(Recipe.plain(), 1), batch)) {
        add(rows, device, Precision.FP32, "evaluate", 1, batch, repeat(() -> {
          program.evaluate(digits.test(), new CrossEntropy(), null);
          return digits.test().size();
        }));
      }
    }
    try (Program program = device.backend().compile(digits.model(Recipe.plain(), 1), 1)) {
      float[] logits = new float[digits.test().classes()];
      add(rows, device, Precision.FP32, "single image", 1, 1, repeat(() -> {
        program.forward(digits.test().images(), 1, logits);
        return 1;
      }));
    }
  }

  /** The most telling first: there may be no time for the others. */
  static int[] batches(Digits digits) {
    return Arrays.stream(new int[] {64, 4096, 256, 1024, 8192}).filter(batch -> batch <= digits.train().size()).toArray();
  }

  /** Training's samples per second of some models side by side, as {@code Trainer.fitTogether} runs them; each repetition's, sorted. */
  static double[] training(Device device, Digits digits, int models, int batch) {
    List<Walk> walks = new ArrayList<>();
    try {
      for (int i = 0; i < models; i++) {
        walks.add(new Walk(device.backend(), digits, Recipe.plain(), batch));
      }
      int steps = Math.max(1, digits.train().size() / batch / 8); // between two looks at the clock; a download waits for the device
      return repeat(() -> {
        for (Walk walk : walks) {
          for (int i = 0; i < steps; i++) {
            walk.step();
          }
        }
        walks.forEach(walk -> walk.program().drain());
        return models * steps * batch;
      });
    } finally {
      walks.forEach(Walk::close);
    }
  }

  static double median(double... sorted) {
    return sorted[sorted.length / 2];
  }

  private static double[] repeat(Work work) {
    rate(work, 2 * SECONDS);
    double[] rates = new double[REPETITIONS];
    for (int i = 0; i < REPETITIONS; i++) {
      rates[i] = rate(work, SECONDS);
    }
    Arrays.sort(rates);
    return rates;
  }

  private static double rate(Work work, double seconds) {
    long start = System.nanoTime();
    long samples = 0;
    double passed;
    do {
      samples += work.run();
      passed = (System.nanoTime() - start) / 1e9;
    } while (passed < seconds);
    return samples / passed;
  }

  private static void add(List<Object> rows, Device device, Precision precision, String mode, int models, int batch, double... rates) {
    Map<String, Object> row = new LinkedHashMap<>();
    row.put("device", device.name());
    row.put("kernel_set", device.describe().contains("fused") ? "fused" : device.name().equals("cuda") ? "cudnn" : "own");
    row.put("precision", precision.name().toLowerCase(Locale.ROOT));
    row.put("mode", mode);
    row.put("models", models);
    row.put("batch", batch);
    row.put("samples_per_second", median(rates));
    row.put("microseconds_per_batch", models * batch / median(rates) * 1e6); // of every model
    row.put("repetitions", Arrays.stream(rates).boxed().toList());
    rows.add(row);
    System.out.printf("%-8s %-5s %s %-12s %2d x batch %5d %,14.0f samples/s%n", device.name(), row.get("kernel_set"),
        row.get("precision"), mode, models, batch, median(rates));
  }
}
