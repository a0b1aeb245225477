package org.lenet4j.backend.cpu.gemm;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import org.bytedeco.javacpp.Loader;
import org.junit.jupiter.api.Test;
import org.lenet4j.ChildJava;
import org.lenet4j.Device;
import org.lenet4j.Trainer;
import org.lenet4j.nn.LeNet5;
import org.lenet4j.optim.Recipe;

/** A device says which OpenBLAS is loaded, and not one word of it when none is. */
class OpenBlasVersionTest {
  @Test void ofTheLibraryThatIsLoaded() throws IOException {
    OpenBlas.load();
    assertEquals(Loader.getVersion("org.bytedeco", "openblas").replaceFirst("-.*", ""), OpenBlas.version());
  }

  @Test void anOlderJarIsNamed() {
    assertEquals("0.3.30", OpenBlas.version(Map.of("openblas_nolapack@.0",
        "/c/openblas-0.3.30-1.5.12-linux-x86_64.jar/org/bytedeco/openblas/linux-x86_64/libopenblas_nolapack.so.0", "jniopenblas",
        "/c/x.so")));
    assertEquals("/usr/lib/libopenblas.so.0", OpenBlas.version(Map.of("openblas_nolapack@.0", "/usr/lib/libopenblas.so.0")));
    assertEquals("of the system", OpenBlas.version(Map.of()));
  }

  /** In a JVM of its own, where nothing is loaded yet. */
  @Test void nothingIsSaidBeforeItIsLoaded() throws Exception {
    Process process = ChildJava.builder(List.of(ChildJava.program(), "--enable-native-access=ALL-UNNAMED", "-cp",
        System.getProperty("java.class.path"), Describes.class.getName())).redirectErrorStream(true).start();
    String[] lines = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8).split("\\R");
    assertEquals(0, process.waitFor(), String.join("\n", lines));
    assertTrue(lines[lines.length - 2].startsWith("cpu: 1 thread, im2col and GEMM; "), lines[lines.length - 2]);
    assertFalse(lines[lines.length - 2].toLowerCase().contains("openblas"), lines[lines.length - 2]);
    assertTrue(lines[lines.length - 1].matches("cpu: 1 thread, im2col and GEMM in OpenBLAS [0-9.]+; .*"), lines[lines.length - 1]);
  }

  static final class Describes {
    private Describes() {}

    public static void main(String[] args) {
      try (Device device = Device.open("cpu", 1)) {
        System.out.println(device.describe());
        new Trainer(device, LeNet5.create(10, 1), Recipe.plain(), 1).close();
        System.out.println(device.describe());
      }
    }
  }
}
