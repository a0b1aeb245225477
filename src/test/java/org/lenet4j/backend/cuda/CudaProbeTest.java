package org.lenet4j.backend.cuda;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.File;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.lenet4j.ChildJava;
import org.lenet4j.backend.cuda.probe.CudaProbe;

/** What is said where CUDA cannot be used, on machines made up of files, and in processes that lack something. */
@Timeout(120)
class CudaProbeTest {
  @TempDir Path folder;

  /** The other JVM's way in: the reason, and then what {@code Device.open} makes of it. */
  static final class Probe {
    private Probe() {}

    public static void main(String[] args) {
      long start = System.nanoTime();
      String reason = CudaProbe.whyNot();
      System.out.println((System.nanoTime() - start) / 1000 + " us");
      System.out.println(reason);
      System.out.println(CudaProbe.whyNot());
    }
  }

  @Test void neverThrows() {
    String reason = CudaProbe.whyNot();
    assertEquals(reason, CudaProbe.whyNot());
    assertTrue(reason == null || !reason.contains("\n"), reason);
  }

  @ParameterizedTest @ValueSource(strings = {"dev/nvidiactl", "dev/dxg", "proc/driver/nvidia/version"})
  void oneTraceOfADriverIsEnough(String file) throws IOException {
    String reason = CudaProbe.noDriver("Linux", folder, Map.of());
    assertTrue(reason.startsWith("no NVIDIA driver") && reason.contains("/dev/nvidiactl"), reason);
    Files.createDirectories(folder.resolve(file).getParent());
    Files.createFile(folder.resolve(file));
    assertNull(CudaProbe.noDriver("Linux", folder, Map.of()));
  }

  @Test void theDriversLibraryIsFoundInTheLibraryPath() throws IOException {
    Path libraries = Files.createDirectory(folder.resolve("libraries"));
    Map<String, String> environment = Map.of("LD_LIBRARY_PATH", "/nowhere" + File.pathSeparator + File.pathSeparator + libraries);
    assertTrue(CudaProbe.noDriver("Linux", folder, environment).contains("LD_LIBRARY_PATH"));
    Files.createFile(libraries.resolve("libcuda.so.1"));
    assertNull(CudaProbe.noDriver("Linux", folder, environment));
  }

  @Test void windows() throws IOException {
    Map<String, String> environment = Map.of("SystemRoot", folder.toString());
    assertTrue(CudaProbe.noDriver("Windows 11", Path.of("/"), environment).contains("nvcuda.dll"));
    Files.createFile(Files.createDirectory(folder.resolve("System32")).resolve("nvcuda.dll"));
    assertNull(CudaProbe.noDriver("Windows 11", Path.of("/"), environment));
  }

  @Test void otherSystems() {
    assertEquals("there is no CUDA for Mac OS X", CudaProbe.noDriver("Mac OS X", folder, Map.of()));
  }

  @Test void withoutADriverNothingOfCudaIsLoaded() throws Exception {
    assumeTrue(CudaProbe.noDriver(System.getProperty("os.name"), Path.of("/"), Map.of()) != null, "a machine without an NVIDIA driver");
    List<String> lines = run(Map.of(), jar -> true, "-verbose:class");
    assertTrue(lines.stream().anyMatch(line -> line.matches("(no NVIDIA driver|there is no CUDA).*")), lines.toString());
    List<String> loaded = lines.stream().filter(line -> line.contains("org.bytedeco")).toList();
    assertEquals(List.of(), loaded);
  }

  @Test void withoutTheJar() throws Exception {
    List<String> lines = run(stubDriver(), jar -> !jar.getFileName().toString().startsWith("cuda-"));
    assertTrue(lines.get(1).startsWith("the cuda jar is not on the class path"), lines.toString());
    assertEquals(lines.get(1), lines.get(2));
  }

  @Test void withoutTheNativesOrTheLibraries() throws Exception {
    Map<String, String> driver = stubDriver();
    String folders = driver.get("LD_LIBRARY_PATH");
    List<String> noNatives = run(driver, jar -> !jar.getFileName().toString().matches("cuda-.*-(linux|windows).*"));
    assertTrue(noNatives.get(1).startsWith("the CUDA runtime cannot be loaded: ") && noNatives.get(1).contains("jnicudart"),
        noNatives.toString());
    List<String> noLibraries = run(driver, jar -> true);
    assumeTrue(!noLibraries.get(1).equals("null"), "a machine without CUDA's libraries");
    // The runtime may be there or not; the stub has no function that could be called.
    boolean noRuntime = noLibraries.get(1).matches("the CUDA runtime cannot be loaded: lib\\S+ not found \\(looked in .*");
    assertEquals(noRuntime, noLibraries.get(1).contains(folders), noLibraries.toString());
    assertTrue(noRuntime || noLibraries.get(1).contains("is a stub of the driver, not the driver"), noLibraries.toString());
    assertEquals(noLibraries.get(1), noLibraries.get(2), "the second time it says the same");
  }

  /** A driver's library that is there and does nothing: enough for the loader, as gpu machines' build hosts have it. */
  private Map<String, String> stubDriver() throws IOException, InterruptedException {
    assumeTrue(System.getProperty("os.name").equals("Linux") && Files.exists(Path.of("/usr/bin/gcc")), "Linux with gcc");
    Path source = Files.writeString(folder.resolve("empty.c"), "int nothing;\n");
    Path library = Files.createDirectories(folder.resolve("driver")).resolve("libcuda.so.1");
    Process gcc = new ProcessBuilder("gcc", "-shared", "-fPIC", "-Wl,-soname,libcuda.so.1", "-o", library.toString(), source.toString())
        .inheritIO().start();
    assertEquals(0, gcc.waitFor());
    return Map.of("LD_LIBRARY_PATH", library.getParent().toString());
  }

  private interface Jars {
    boolean keep(Path jar);
  }

  /** Runs {@link Probe} with a class path and an environment of its own; returns what it printed. */
  private List<String> run(Map<String, String> environment, Jars jars, String... options) throws IOException, InterruptedException {
    String path = Arrays.stream(System.getProperty("java.class.path").split(File.pathSeparator)).filter(jar -> jars.keep(Path.of(jar)))
        .collect(Collectors.joining(File.pathSeparator));
    List<String> command = new ArrayList<>(List.of(ChildJava.program(), "--enable-native-access=ALL-UNNAMED", "-cp", path,
        "-Dorg.bytedeco.javacpp.cachedir=" + folder.resolve("cache"))); // links of other runs would be found in the usual one
    command.addAll(List.of(options));
    command.add(Probe.class.getName());
    ProcessBuilder builder = ChildJava.builder(command).redirectErrorStream(true);
    builder.environment().remove("LD_LIBRARY_PATH");
    builder.environment().putAll(environment);
    Process process = builder.start();
    String out = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertEquals(0, process.waitFor(), out);
    assertFalse(out.isBlank());
    return out.lines().toList();
  }
}
