package org.lenet4j;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.lenet4j.backend.Precision;
import org.lenet4j.backend.cuda.probe.CudaProbe;

/** Which device opens, and what is said where one does not. */
class DeviceTest {
  private static final DeviceSettings TF32 = new DeviceSettings().withPrecision(Precision.TF32);

  @Test void withoutCudaOpenBlasOpensAndSaysWhy() {
    String reason = CudaProbe.whyNot();
    assumeTrue(reason != null, "a machine without CUDA");
    try (Device device = Device.open()) {
      assertEquals("openblas", device.name());
      assertTrue(device.describe().startsWith("cpu: ") && device.describe().endsWith("(cuda: " + reason + ")"), device.describe());
    }
    assertEquals("cuda: " + reason, assertThrows(DeviceUnavailableException.class, () -> Device.open("cuda")).getMessage());
    // It would run in fp32, but nobody asked for that.
    assertEquals("cuda: " + reason, assertThrows(DeviceUnavailableException.class, () -> Device.open("auto", TF32)).getMessage());
  }

  @Test void openBlasComputesInFp32Only() {
    String message = assertThrows(IllegalArgumentException.class, () -> Device.open("openblas", TF32)).getMessage();
    assertTrue(message.contains("fp32 only") && message.contains("tf32"), message);
    try (Device device = Device.open("openblas", new DeviceSettings().withThreads(1).withFast(true))) { // what is fast there is always on
      assertTrue(device.describe().contains("1 thread") && !device.describe().contains("cuda"), device.describe());
    }
  }

  @Test void cpuIsAnotherName() {
    try (Device device = Device.open("cpu", 1)) {
      assertEquals("openblas", device.name());
    }
    assertThrows(IllegalArgumentException.class, () -> Device.open("cpu", TF32));
  }

  @Test void settingsThatMakeNoSense() {
    assertTrue(assertThrows(IllegalArgumentException.class, () -> Device.open("openblas", 0)).getMessage().contains("at least 1"));
    assertTrue(assertThrows(IllegalArgumentException.class, () -> Device.open("tpu")).getMessage()
        .contains("auto, cuda (or gpu), openblas (or cpu); of several GPUs cuda:1"));
    for (String name : List.of("cuda:", "cuda:x", "cuda:all+1", "cuda:0+", "cpu:0", "cuda:0,1")) {
      assertThrows(IllegalArgumentException.class, () -> Device.open(name));
    }
  }

  /** Loading a class of the CUDA bindings where there is no driver takes 100 ms and leaves a broken class behind. */
  @Test void onlyOnePackageTouchesTheBindings() throws IOException {
    try (Stream<Path> files = Stream.of("src", "benchmarks", "examples").map(Path::of).flatMap(DeviceTest::walk)) {
      List<Path> touching = files.filter(file -> file.toString().endsWith(".java") && !file.endsWith("module-info.java"))
          .filter(file -> !file.getParent().toString().contains("org/lenet4j/backend/cuda") && !file.endsWith("DeviceTest.java"))
          .filter(DeviceTest::touches).toList();
      assertEquals(List.of(), touching);
    }
  }

  private static Stream<Path> walk(Path folder) {
    try {
      return Files.walk(folder);
    } catch (IOException e) {
      throw new IllegalStateException(e);
    }
  }

  private static boolean touches(Path file) {
    try {
      return Files.readString(file).contains("org.bytedeco.cuda");
    } catch (IOException e) {
      throw new IllegalStateException(e);
    }
  }
}
