package org.lenet4j.backend.cuda;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.lenet4j.Device;
import org.lenet4j.DeviceSettings;
import org.lenet4j.DeviceUnavailableException;
import org.lenet4j.Trainer;
import org.lenet4j.backend.KernelSet;
import org.lenet4j.backend.Samples;
import org.lenet4j.backend.cuda.probe.CudaInfo;
import org.lenet4j.nn.LeNet5;
import org.lenet4j.nn.Model;
import org.lenet4j.optim.Recipe;

/** Where only the driver and the CUDA runtime are there, the fused kernels train; a process of its own, for libraries are loaded once. */
@Tag("cuda-standin")
class WithoutCudnnTest {
  @Test void theFusedKernelsTrain(@TempDir Path folder) throws IOException, InterruptedException {
    StandIn.assume();
    String blas = "libcublas.so." + StandIn.CUDA;
    Assumptions.assumeFalse(Files.exists(Path.of("/usr/local/cuda/lib64", blas)), "cuBLAS is installed, and would be found");
    Path standIn = Path.of(System.getenv("LENET4J_STANDIN"));
    for (String library : List.of("libcuda.so.1", "libcudart.so." + StandIn.CUDA, "liblenet4j_standin.so")) {
      Files.createSymbolicLink(folder.resolve(library), standIn.resolve(library));
    }
    ProcessBuilder child = new ProcessBuilder(Path.of(System.getProperty("java.home"), "bin", "java").toString(), "-XX:+UseSerialGC",
        "-Dorg.bytedeco.javacpp.cachedir=" + folder.resolve("cache"), "-cp", System.getProperty("java.class.path"),
        WithoutCudnnTest.class.getName()).redirectErrorStream(true);
    child.environment().put("LD_LIBRARY_PATH", folder.toString());
    child.environment().put("LENET4J_STANDIN", folder.toString());
    Process process = child.start();
    String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertEquals(0, process.waitFor(), said);
    String why = "cuBLAS cannot be loaded: " + blas + " not found (looked in ";
    String used = ": cuda: lenet4j stand-in (no GPU), driver " + StandIn.CUDA + ".0, no cuDNN or cuBLAS, fused kernels; learned true";
    assertTrue(said.contains("missing: " + why), said);
    assertTrue(said.contains("default: cuda: " + why) && said.contains("; for LeNet5.create in fp32 the fused kernels do without"), said);
    assertTrue(said.contains("FUSED" + used) && said.contains("AUTO" + used), said);
    assertTrue(said.contains("frozen: the fused kernels are not for this network, its frozen layers or this precision"), said);
  }

  /** The child process. */
  public static void main(String[] args) {
    System.out.println("missing: " + CudaInfo.read().missing());
    try {
      Device.open("cuda").close();
    } catch (DeviceUnavailableException e) {
      System.out.println("default: " + e.getMessage());
    }
    for (KernelSet kernels : List.of(KernelSet.FUSED, KernelSet.AUTO)) {
      try (Device device = Device.open("cuda", new DeviceSettings().withKernels(kernels))) {
        System.out.println(kernels + ": " + device.describe() + "; learned " + learns(device, LeNet5.create(10, 1)));
        if (kernels == KernelSet.FUSED) {
          learns(device, LeNet5.create(10, 1).freeze("conv1"));
        }
      } catch (IllegalArgumentException e) {
        System.out.println("frozen: " + e.getMessage());
      }
    }
  }

  private static boolean learns(Device device, Model model) {
    float before = model.parameter("fc3.bias").values()[0];
    try (Trainer trainer = new Trainer(device, model, Recipe.plain().withBatchSize(8), 1)) {
      trainer.fit(Samples.noise(LeNet5.INPUT, 8, 10, 8), 1, null);
      return trainer.model().parameter("fc3.bias").values()[0] != before;
    }
  }
}
