package org.lenet4j.cli;

import com.fasterxml.jackson.core.JsonGenerator;
import java.io.IOException;
import java.io.PrintWriter;
import java.util.List;
import java.util.Map;
import org.bytedeco.javacpp.Loader;
import org.lenet4j.Device;
import org.lenet4j.backend.NativeException;
import org.lenet4j.backend.cpu.OpenBlasInfo;
import org.lenet4j.backend.cuda.probe.CudaInfo;
import picocli.CommandLine.Command;

/** {@code lenet4j info}. */
@Command(name = "info", sortOptions = false,
    description = "Shows devices, versions, where each native library came from, and why CUDA is or is not used.")
final class InfoCommand extends Subcommand {
  @Override public Integer call() throws IOException {
    json().check();
    OpenBlasInfo blas = openBlas();
    String[] devices = {describe("openblas"), describe("cuda")};
    String automatic = describe("auto");
    CudaInfo cuda = CudaInfo.read();
    AutoKernels kernels = cuda == null ? new AutoKernels(List.of(), null) : AutoKernels.of(AutoKernels.BATCHES);
    print(blas, cuda, automatic, devices);
    kernels.lines().forEach(line -> out().println("kernels     " + line));
    out().flush();
    json().write(json -> write(json, blas, cuda, kernels, automatic, devices));
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

  /** What a device is, or why it cannot be used. */
  private static String describe(String name) {
    try (Device device = Device.open(name)) {
      return device.describe();
    } catch (RuntimeException e) {
      return e.getMessage();
    }
  }

  private static String java() {
    return System.getProperty("java.version") + " (" + System.getProperty("java.vm.name") + ", " + System.getProperty("java.vendor") + ")";
  }

  private static int processors() {
    return Runtime.getRuntime().availableProcessors();
  }

  private void print(OpenBlasInfo blas, CudaInfo cuda, String automatic, String... devices) {
    PrintWriter out = out();
    out.println("lenet4j     " + Main.Version.version());
    out.println("Java        " + java());
    out.println("platform    " + Loader.getPlatform() + ", " + processors() + (processors() == 1 ? " processor" : " processors"));
    out.println("default     " + automatic);
    for (String device : devices) {
      out.println("device      " + device);
    }
    if (blas != null) {
      out.println("OpenBLAS    " + blas.version() + ", core type " + blas.coreType());
      out.println("            " + blas.config());
      blas.libraries().values().forEach(file -> out.println("library     " + file));
      blas.warnings().forEach(warning -> out.println("warning     " + warning));
    }
    if (cuda != null) {
      out.println("CUDA        " + cuda.runtime() + ", driver " + cuda.driver() + " for CUDA " + cuda.cuda() + ", cuBLAS " + cuda.cublas()
          + ", cuDNN " + cuda.cudnn());
      cuda.libraries().values().forEach(file -> out.println("library     " + file));
    }
    out.flush();
  }

  private static void write(JsonGenerator json, OpenBlasInfo blas, CudaInfo cuda, AutoKernels kernels, String automatic,
      String... devices) throws IOException {
    json.writeStartObject();
    json.writeStringField("command", "info");
    json.writeStringField("version", Main.Version.version());
    json.writeStringField("java", java());
    json.writeStringField("platform", Loader.getPlatform());
    json.writeNumberField("processors", processors());
    json.writeStringField("device", automatic);
    json.writeFieldName("devices");
    json.writeArray(devices, 0, devices.length);
    if (blas != null) {
      write(json, blas);
    }
    if (cuda != null) {
      write(json, cuda);
      kernels.writeTo(json);
    }
    json.writeEndObject();
  }

  private static void write(JsonGenerator json, OpenBlasInfo blas) throws IOException {
    json.writeObjectFieldStart("openblas");
    json.writeStringField("version", blas.version());
    json.writeStringField("core_type", blas.coreType());
    json.writeStringField("config", blas.config());
    json.writeEndObject();
    write(json, blas.libraries());
    json.writeArrayFieldStart("warnings");
    for (String warning : blas.warnings()) {
      json.writeString(warning);
    }
    json.writeEndArray();
  }

  private static void write(JsonGenerator json, CudaInfo cuda) throws IOException {
    json.writeObjectFieldStart("cuda");
    json.writeStringField("driver", cuda.driver());
    json.writeStringField("driver_cuda", cuda.cuda());
    json.writeStringField("runtime", cuda.runtime());
    json.writeStringField("cublas", cuda.cublas());
    json.writeStringField("cudnn", cuda.cudnn());
    write(json, cuda.libraries());
    json.writeEndObject();
  }

  private static void write(JsonGenerator json, Map<String, String> libraries) throws IOException {
    json.writeObjectFieldStart("libraries");
    for (Map.Entry<String, String> library : libraries.entrySet()) {
      json.writeStringField(library.getKey(), library.getValue());
    }
    json.writeEndObject();
  }
}
