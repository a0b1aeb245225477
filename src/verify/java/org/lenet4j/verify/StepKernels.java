package org.lenet4j.verify;

import java.io.IOException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.lenet4j.Device;
import org.lenet4j.DeviceSettings;
import org.lenet4j.backend.KernelChoice;
import org.lenet4j.backend.KernelSet;
import org.lenet4j.backend.Program;
import org.lenet4j.backend.cuda.CudaCeiling;
import org.lenet4j.backend.cuda.CudaProfile;
import org.lenet4j.backend.cuda.probe.CudaProbe;
import org.lenet4j.nn.Model;
import org.lenet4j.optim.Recipe;

/**
 * What a training step on CUDA consists of: for each batch size its graph's nodes and the time of each operation, and the whole step beside
 * what it must take at least on this GPU.
 */
final class StepKernels {
  private static final double OPERATIONS = 2_263_920; // of a sample: forward 833,040, as many for dW, and for dx all but conv1's 235,200
  private static final double SAMPLE_BYTES = 28 * 28 + 8; // pixels, label, place in the order; all else can stay in registers and caches
  private static final double STEP_BYTES = 61_706 * 6 * 4.0; // parameters and Adam's two moments, read and written

  private StepKernels() {}

  static boolean run(Map<String, Object> fields) throws IOException {
    Digits digits = Digits.open();
    if (CudaProbe.whyNot() != null) { // which loads CUDA from where the library path says
      throw new IllegalStateException(CudaProbe.whyNot());
    }
    Recipe recipe = Recipe.plain();
    List<Object> rows = new ArrayList<>();
    fields.put("statistic", "median of 7 repetitions of a graph of 50 copies of the operation, divided by 50");
    fields.put("batches", rows);
    CudaCeiling ceiling = Digits.QUICK ? CudaCeiling.measure(64, 1 << 16, 10) : CudaCeiling.measure(8192, 1 << 26, 1000);
    fields.put("ceiling", row(ceiling));
    boolean captured = true;
    for (KernelSet kernels : List.of(KernelSet.CUDNN, KernelSet.FUSED)) {
      try (Device device = Device.open("cuda", new DeviceSettings().withKernels(kernels))) {
        for (int batch : Digits.QUICK ? new int[] {64} : Speed.batches(digits)) {
          CudaProfile profile = CudaProfile.of(kernels, digits.model(recipe, 1), recipe.withBatchSize(batch), digits.train());
          double step = 1e6 * batch / Speed.median(Speed.training(device, digits, 1, batch));
          Map<String, Object> row = row(kernels, batch, profile);
          row.put("floor", floor(ceiling, batch, profile.graphNodes(), step));
          rows.add(row);
          captured &= profile.graphNodes() > 0;
        }
      }
    }
    fields.put("auto", choices(digits));
    return captured; // a step that could not be captured still runs, but is not what this library promises
  }

  /** What {@code --kernels auto} takes, in training and in inference. */
  private static List<Object> choices(Digits digits) {
    List<Object> rows = new ArrayList<>();
    try (Device device = Device.open("cuda", new DeviceSettings().withKernels(KernelSet.AUTO))) {
      for (int batch : Digits.QUICK ? new int[] {64} : Speed.batches(digits)) {
        Model model = digits.model(Recipe.plain(), 1);
        try (Program training = device.backend().compile(model, Recipe.plain().withBatchSize(batch), 1);
            Program inference = device.backend().compile(model, batch)) {
          rows.add(row(training.kernels()));
          rows.add(row(inference.kernels()));
        }
      }
    }
    return rows;
  }

  private static Map<String, Object> row(KernelChoice choice) {
    System.out.println("auto takes " + choice.describe());
    Map<String, Object> row = new LinkedHashMap<>();
    row.put("mode", choice.training() ? "train" : "inference");
    row.put("batch", choice.batchSize());
    row.put("kernel_set", choice.name());
    row.put("cudnn_microseconds", choice.cudnn());
    row.put("fused_microseconds", choice.fused());
    row.put("reason", choice.reason());
    return row;
  }

  private static Map<String, Object> row(CudaCeiling ceiling) {
    Map<String, Object> row = new LinkedHashMap<>();
    row.put("statistic", "median of 7 repetitions");
    row.put("fp32_tflops", ceiling.operations() / 1e12);
    row.put("copy_gigabytes_per_second", ceiling.bytes() / 1e9);
    row.put("kernel_in_a_graph_microseconds", ceiling.kernel());
    System.out.printf("ceilings: %.1f TFLOP/s, %.0f GB/s, %.2f us for a kernel in a graph%n", ceiling.operations() / 1e12,
        ceiling.bytes() / 1e9, ceiling.kernel());
    return row;
  }

  /** A step's time beside the least that arithmetic, memory and launches each need. */
  private static Map<String, Object> floor(CudaCeiling ceiling, int batch, int nodes, double step) {
    double arithmetic = OPERATIONS * batch / ceiling.operations() * 1e6;
    double memory = (SAMPLE_BYTES * batch + STEP_BYTES) / ceiling.bytes() * 1e6;
    double launches = nodes * ceiling.kernel();
    double floor = Math.max(arithmetic, Math.max(memory, launches));
    Map<String, Object> row = new LinkedHashMap<>();
    row.put("arithmetic_microseconds", arithmetic);
    row.put("memory_microseconds", memory);
    row.put("launches_microseconds", launches);
    row.put("step_microseconds", step);
    row.put("step_over_floor", step / floor);
    System.out.printf("batch %d: step %.1f us; arithmetic %.1f, memory %.1f, launches %.1f us; %.1f times the floor%n", batch, step,
        arithmetic, memory, launches, step / floor);
    return row;
  }

  private static Map<String, Object> row(KernelSet kernels, int batch, CudaProfile profile) {
    double sum = profile.microseconds().values().stream().mapToDouble(Double::doubleValue).sum();
    Map<String, Object> row = new LinkedHashMap<>();
    row.put("kernel_set", kernels.name().toLowerCase(Locale.ROOT));
    row.put("batch", batch);
    row.put("graph_nodes", profile.graphNodes());
    row.put("microseconds", sum);
    row.put("kernels", new LinkedHashMap<>(profile.microseconds()));
    System.out.printf("%s, batch %d: %d graph nodes, %.1f us%n", row.get("kernel_set"), batch, profile.graphNodes(), sum);
    profile.microseconds().forEach((name, time) -> System.out.printf("  %-32s %8.2f us%n", name, time));
    return row;
  }
}
