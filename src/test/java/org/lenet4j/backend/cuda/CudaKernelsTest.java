package org.lenet4j.backend.cuda;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.List;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.lenet4j.backend.cuda.device.CudaKernels;

/** The PTX that the library carries belongs to the sources under native-config, and any CUDA 13 driver takes it. */
class CudaKernelsTest {
  private static final Path NATIVE_CONFIG = Path.of("native-config");
  private static final Path KERNELS = NATIVE_CONFIG.resolve("kernels");

  static Stream<String> sources() {
    return new TreeSet<>(CudaKernels.SOURCES.keySet()).stream();
  }

  @Test void everySourceIsLoaded() throws IOException {
    try (Stream<Path> files = Files.list(KERNELS)) {
      List<String> names = files.map(file -> file.getFileName().toString()).filter(name -> name.endsWith(".cu")).sorted()
          .map(name -> name.substring(0, name.length() - 3)).toList();
      assertEquals(sources().toList(), names);
    }
  }

  @ParameterizedTest @MethodSource("sources") void ptxIsThatOfItsSources(String source) throws IOException {
    assertEquals("// lenet4j kernels, sha256 of the sources: " + digest(source), ptx(source).lines().findFirst().orElseThrow(),
        "run native-config/compile-kernels.sh");
  }

  /** The file and the headers, as compile-kernels.sh puts them one after another. */
  private static String digest(String source) throws IOException {
    try {
      MessageDigest sha256 = MessageDigest.getInstance("SHA-256");
      sha256.update(lines(KERNELS.resolve(source + ".cu")));
      try (Stream<Path> files = Files.list(KERNELS)) {
        for (Path header : files.filter(file -> file.toString().endsWith(".cuh")).sorted().toList()) {
          sha256.update(lines(header));
        }
      }
      return HexFormat.of().formatHex(sha256.digest());
    } catch (NoSuchAlgorithmException e) {
      throw new AssertionError(e);
    }
  }

  /** With the line ends of the repository, whatever the checkout has. */
  private static byte[] lines(Path file) throws IOException {
    return Files.readString(file).replace("\r\n", "\n").getBytes(StandardCharsets.UTF_8);
  }

  private static String ptx(String source) {
    byte[] text = CudaKernels.ptx(source);
    assertEquals(0, text[text.length - 1], "the driver looks for the zero at the end");
    return new String(text, 0, text.length - 1, StandardCharsets.UTF_8);
  }

  @ParameterizedTest @MethodSource("sources") void anyCuda13DriverTakesIt(String source) {
    assertTrue(ptx(source).contains("\n.version 9.0\n"), "PTX of CUDA 13.0; a newer one is refused by older drivers");
    assertTrue(ptx(source).contains("\n.target sm_75\n"), "the oldest GPU that CUDA 13 knows");
  }

  @ParameterizedTest @MethodSource("sources") void itHasTheKernelsThatAreLoaded(String source) {
    Matcher entries = Pattern.compile("\\.entry (\\w+)\\(").matcher(ptx(source));
    List<String> names = entries.results().map(result -> result.group(1)).sorted().toList();
    assertEquals(CudaKernels.SOURCES.get(source).stream().sorted().toList(), names);
  }

  @Tag("slow") @Test void compilingAgainGivesTheSame(@TempDir Path folder) throws IOException, InterruptedException {
    assumeTrue(hasNvcc(), "there is no nvcc of CUDA 13.0 to compile the kernels with");
    Process script = new ProcessBuilder(NATIVE_CONFIG.resolve("compile-kernels.sh").toAbsolutePath().toString(), folder.toString())
        .redirectErrorStream(true).start();
    String output = new String(script.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertEquals(0, script.waitFor(), output);
    for (String source : sources().toList()) {
      assertEquals(ptx(source), Files.readString(folder.resolve(source + ".ptx")), source);
    }
  }

  private static boolean hasNvcc() throws InterruptedException {
    try {
      Process nvcc = new ProcessBuilder("nvcc", "--version").redirectErrorStream(true).start();
      String version = new String(nvcc.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
      return nvcc.waitFor() == 0 && version.contains("release 13.0,");
    } catch (IOException e) {
      return false;
    }
  }
}
