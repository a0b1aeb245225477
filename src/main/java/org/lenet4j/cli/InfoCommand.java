package org.lenet4j.cli;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.bytedeco.javacpp.Loader;
import org.lenet4j.Device;
import org.lenet4j.backend.NativeException;
import org.lenet4j.backend.cpu.OpenBlasInfo;
import org.lenet4j.backend.cuda.probe.CudaInfo;
import org.lenet4j.backend.cuda.probe.CudaProbe;
import org.lenet4j.file.Json;
import org.lenet4j.report.Table;
import picocli.CommandLine.Command;

/** {@code lenet4j info}. */
@Command(name = "info", sortOptions = false,
    description = "Shows devices, versions, where each native library came from, and why CUDA is or is not used.",
    footer = {"lenet4j info", "lenet4j info --json -"})
final class InfoCommand extends Subcommand {
  @Override public Integer call() throws IOException {
    json().check();
    OpenBlasInfo blas = openBlas();
    List<Found> devices = new ArrayList<>(List.of(Found.of("openblas"), Found.of("cuda")));
    for (int gpu = 1; gpu < CudaProbe.devices(); gpu++) {
      devices.add(Found.of("cuda:" + gpu));
    }
    Found automatic = Found.of("auto");
    CudaInfo cuda = CudaInfo.read();
    table(blas, cuda, automatic, devices).lines().forEach(out()::println);
    out().flush();
    AutoKernels kernels = cuda == null ? new AutoKernels(List.of(), null) : AutoKernels.of(AutoKernels.BATCHES);
    kernels.lines().forEach(line -> out().println("kernels   " + line));
    out().flush();
    json().write(() -> result(blas, cuda, kernels, automatic, devices));
    return 0;
  }

  /** Null if it cannot be loaded; why is said as the device's description. */
  private static OpenBlasInfo openBlas() {
    try {
      return OpenBlasInfo.read();
    } catch (NativeException e) {
      return null;
    }
  }

  /** What a device is, or why it cannot be used: one of the two is null. */
  record Found(String device, String description, String error) {
    static Found of(String name) {
      try (Device device = Device.open(name)) {
        return new Found(name.contains(":") ? name : device.name(), device.describe(), null);
      } catch (RuntimeException e) {
        return new Found(name, null, e.getMessage());
      }
    }

    String line() {
      return Advice.addTo(error == null ? description : error);
    }

    Map<String, Object> json() {
      return error == null ? Json.object("device", device, "description", description) : Json.object("device", device, "error", error);
    }
  }

  private static String java() {
    return System.getProperty("java.version") + " (" + System.getProperty("java.vm.name") + ", " + System.getProperty("java.vendor") + ")";
  }

  private static int processors() {
    return Runtime.getRuntime().availableProcessors();
  }

  private static Table table(OpenBlasInfo blas, CudaInfo cuda, Found automatic, List<Found> devices) {
    Table table = new Table("", "").row("lenet4j", Main.Version.version()).row("Java", java())
        .row("platform", Loader.getPlatform() + ", " + processors() + (processors() == 1 ? " processor" : " processors"))
        .row("default", automatic.line());
    devices.forEach(device -> table.row("device", device.line()));
    if (blas != null) {
      table.row("OpenBLAS", blas.version() + ", core type " + blas.coreType()).row("", blas.config());
      blas.libraries().values().forEach(file -> table.row("library", file));
      blas.warnings().forEach(warning -> table.row("warning", warning));
    }
    if (cuda == null) {
      CudaInfo.loaded().values().forEach(file -> table.row("library", file)); // as far as it came
    } else {
      table.row("CUDA", cuda.runtime() + ", driver " + cuda.driver() + " for CUDA " + cuda.cuda()
          + (cuda.missing() == null ? ", cuBLAS " + cuda.cublas() + ", cuDNN " + cuda.cudnn() : ""));
      table.row("kernels", cuda.missing() == null ? "cudnn and fused can be used" : "fused can be used (--kernels fused), cudnn cannot: "
          + Advice.addTo(cuda.missing()));
      cuda.libraries().values().forEach(file -> table.row("library", file));
    }
    return table;
  }

  /** What the results of all commands begin with that are about the machine. */
  static Map<String, Object> machine(String command) {
    return Json.object("command", command, "version", Main.Version.version(), "java", java(), "platform", Loader.getPlatform(),
        "processors", processors());
  }

  static Map<String, Object> result(OpenBlasInfo blas, CudaInfo cuda, AutoKernels kernels, Found automatic, List<Found> devices) {
    Map<String, Object> result = machine("info");
    result.put("device", automatic.error == null ? automatic.device : null);
    result.put("devices", devices.stream().map(Found::json).toList());
    result.put("openblas", blas == null ? null : Json.object("openblas_version", blas.version(), "core_type", blas.coreType(),
        "config", blas.config(), "libraries", blas.libraries()));
    result.put("warnings", blas == null ? List.of() : blas.warnings());
    result.put("cuda", cuda == null ? null : Json.object("driver", cuda.driver(), "driver_cuda", cuda.cuda(), "runtime", cuda.runtime(),
        "cublas", cuda.cublas(), "cudnn", cuda.cudnn(), "cudnn_error", cuda.missing(), "libraries", cuda.libraries()));
    result.put("auto_kernels", kernels.json());
    return result;
  }
}
