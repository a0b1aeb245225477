package org.lenet4j.verify;

import java.io.IOException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.lenet4j.Device;
import org.lenet4j.DeviceSettings;
import org.lenet4j.Recipe;
import org.lenet4j.backend.KernelChoice;
import org.lenet4j.backend.KernelSet;
import org.lenet4j.backend.Program;
import org.lenet4j.backend.TrainConfig;
import org.lenet4j.backend.cuda.CudaProbe;
import org.lenet4j.backend.cuda.CudaProfile;

/** What a training step on CUDA consists of: for each batch size its graph's nodes and the time of each operation. */
final class StepKernels {
  private StepKernels() {}

  static boolean run(Map<String, Object> fields) throws IOException {
    Digits digits = Digits.open();
    if (CudaProbe.whyNot() != null) { // which loads CUDA from where the library path says
      throw new IllegalStateException(CudaProbe.whyNot());
    }
    Recipe recipe = Recipe.plain();
    TrainConfig config = new TrainConfig(recipe.loss(), recipe.optimizer(), recipe.groups(), recipe.clipNorm(), 1);
    List<Object> rows = new ArrayList<>();
    fields.put("statistic", "median of 7 repetitions of a graph of 50 copies of the operation, divided by 50");
    fields.put("batches", rows);
    boolean captured = true;
    for (KernelSet kernels : List.of(KernelSet.CUDNN, KernelSet.FUSED)) {
      for (int batch : Digits.QUICK ? new int[] {64} : Speed.batches(digits)) {
        DeviceSettings settings = new DeviceSettings().withKernels(kernels);
        captured &= add(rows, kernels, batch, CudaProfile.of(settings, digits.model(recipe, 1), config, digits.train(), batch));
      }
    }
    fields.put("auto", choices(digits, config));
    return captured; // a step that could not be captured still runs, but is not what this library promises
  }

  /** What {@code --kernels auto} takes, in training and in inference. */
  private static List<Object> choices(Digits digits, TrainConfig training) {
    List<Object> rows = new ArrayList<>();
    try (Device device = Device.open("cuda", new DeviceSettings().withKernels(KernelSet.AUTO))) {
      for (int batch : Digits.QUICK ? new int[] {64} : Speed.batches(digits)) {
        for (TrainConfig config : new TrainConfig[] {training, null}) {
          try (Program program = device.backend().compile(digits.model(Recipe.plain(), 1), config, batch, null)) {
            rows.add(row(program.kernels()));
          }
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

  private static boolean add(List<Object> rows, KernelSet kernels, int batch, CudaProfile profile) {
    double sum = profile.microseconds().values().stream().mapToDouble(Double::doubleValue).sum();
    Map<String, Object> row = new LinkedHashMap<>();
    row.put("kernel_set", kernels.name().toLowerCase(Locale.ROOT));
    row.put("batch", batch);
    row.put("graph_nodes", profile.graphNodes());
    row.put("microseconds", sum);
    row.put("kernels", new LinkedHashMap<>(profile.microseconds()));
    rows.add(row);
    System.out.printf("%s, batch %d: %d graph nodes, %.1f us%n", row.get("kernel_set"), batch, profile.graphNodes(), sum);
    profile.microseconds().forEach((name, time) -> System.out.printf("  %-32s %8.2f us%n", name, time));
    return profile.graphNodes() > 0;
  }
}
