package org.lenet4j.cli;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.lenet4j.Device;
import org.lenet4j.DeviceSettings;
import org.lenet4j.DeviceUnavailableException;
import org.lenet4j.backend.KernelChoice;
import org.lenet4j.backend.KernelSet;
import org.lenet4j.backend.NativeException;
import org.lenet4j.backend.Program;
import org.lenet4j.file.Json;
import org.lenet4j.optim.Recipe;

/**
 * What {@code --kernels auto} takes on this machine for LeNet-5.
 *
 * @param choices the choices for training and inference, batch size by batch size
 * @param failure what ended the timing before all batch sizes were done, or null
 */
record AutoKernels(List<KernelChoice> choices, String failure) {
  /** Those that {@code lenet4j info} shows. */
  static final int[] BATCHES = {64, 256, 1024, 4096};

  /** Times them; CUDA must be usable. */
  static AutoKernels of(int... batches) {
    List<KernelChoice> choices = new ArrayList<>();
    try (Device device = Device.open("cuda", new DeviceSettings().withKernels(KernelSet.AUTO))) {
      for (int batch : batches) {
        try (Program program = device.backend().compile(DeviceSpeed.model(), Recipe.plain().withBatchSize(batch), 42)) {
          choices.add(program.kernels());
        }
      }
      for (int batch : batches) {
        try (Program program = device.backend().compile(DeviceSpeed.model(), batch)) {
          choices.add(program.kernels());
        }
      }
    } catch (DeviceUnavailableException | NativeException e) {
      return new AutoKernels(choices, e.getMessage());
    }
    return new AutoKernels(choices, null);
  }

  /** A line for each of them. */
  List<String> lines() {
    List<String> lines = new ArrayList<>();
    choices.forEach(choice -> lines.add("auto takes " + choice.describe()));
    if (failure != null) {
      lines.add("auto could not choose: " + failure);
    }
    return lines;
  }

  /** An object for each of them. */
  List<Map<String, Object>> json() {
    return choices.stream().map(choice -> Json.object("kernels", choice.name(), "mode", choice.training() ? "training" : "inference",
        "batch", choice.batchSize(), "cudnn_us", choice.cudnn(), "fused_us", choice.fused(), "reason", choice.reason())).toList();
  }
}
