package org.lenet4j.backend.cuda;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.lenet4j.backend.cuda.device.CudaKernels;

/** The PTX and machine code that the library carries belong to the sources, and any driver of CUDA 12 or 13 takes the PTX. */
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

  @ParameterizedTest @MethodSource("sources") void anyDriverOfCuda12Or13TakesIt(String source) {
    assertTrue(ptx(source).contains("\n.version 7.8\n"), "PTX of CUDA 11.8, so of every CUDA 12; a newer one is refused by older drivers");
    assertTrue(ptx(source).contains("\n.target sm_75\n"), "the oldest GPU that CUDA 13 knows");
  }

  @ParameterizedTest @MethodSource("sources") void itHasTheKernelsThatAreLoaded(String source) {
    Matcher entries = Pattern.compile("\\.entry (\\w+)\\(").matcher(ptx(source));
    List<String> names = entries.results().map(result -> result.group(1)).sorted().toList();
    assertEquals(CudaKernels.SOURCES.get(source).stream().sorted().toList(), names);
  }

  @ParameterizedTest @MethodSource("sources") void thereIsMachineCodeForEachArchitecture(String source) {
    for (int architecture : CudaKernels.ARCHITECTURES) {
      ByteBuffer elf = ByteBuffer.wrap(CudaKernels.cubin(source, architecture)).order(ByteOrder.LITTLE_ENDIAN);
      assertEquals(0x464C457F, elf.getInt(0), "an ELF file");
      assertEquals(architecture, elf.getInt(48) >> 8 & 0xFF, "e_flags of a cubin");
      String text = new String(elf.array(), StandardCharsets.ISO_8859_1);
      CudaKernels.SOURCES.get(source).forEach(kernel -> assertTrue(text.contains(".text." + kernel), kernel));
    }
  }

  @Tag("slow") @Test void compilingAgainGivesTheSame(@TempDir Path folder) throws IOException, InterruptedException {
    assumeTrue(hasNvcc(), "there is no nvcc of CUDA 13.0 to compile the kernels with");
    String output = run(NATIVE_CONFIG.resolve("compile-kernels.sh").toAbsolutePath().toString(), folder.toString(), "90");
    for (String source : sources().toList()) {
      assertEquals(ptx(source), Files.readString(folder.resolve(source + ".ptx")), source + output);
      assertArrayEquals(CudaKernels.cubin(source, 90), Files.readAllBytes(folder.resolve(source + ".sm_90.cubin")), source);
    }
  }

  /** What the machine code takes: no local memory, and of a multiprocessor so little that as many blocks fit as the kernels reckon with. */
  @ParameterizedTest @CsvSource({"75, 64, 1", "80, 164, 2", "90, 228, 2"})
  void fusedKernelsFitTheMultiprocessor(int architecture, int sharedKilobytes, int samples, @TempDir Path folder)
      throws IOException, InterruptedException {
    assumeTrue(hasNvcc(), "there is no ptxas of CUDA 13.0");
    String said = "";
    for (String source : List.of("lenet", "lenet_batch")) {
      Path file = Files.writeString(folder.resolve("lenet.ptx"), ptx(source));
      said += run("ptxas", "-v", "-arch=sm_" + architecture, "-o", folder.resolve("lenet.cubin").toString(), file.toString());
    }
    Map<String, Integer> blocks = new HashMap<>();
    String page = Files.readString(Path.of("docs/performance.md"));
    int column = List.of(75, 80, 90).indexOf(architecture);
    Matcher kernel = Pattern.compile("Compiling entry function '(\\w+)'.*?(\\d+) bytes stack frame, (\\d+) bytes spill stores.*?"
        + "Used (\\d+) registers.*?(\\d+) bytes smem", Pattern.DOTALL).matcher(said);
    while (kernel.find()) {
      assertEquals("0 0", kernel.group(2) + " " + kernel.group(3), "local memory of " + kernel.group(1));
      int threads = kernel.group(1).equals("lenet_classifier") ? LeNetBatch.CLASSIFIERS : FusedLeNet.THREADS;
      int byRegisters = 65536 / ((Integer.parseInt(kernel.group(4)) + 7) / 8 * 8 * threads);
      int reserved = architecture < 80 ? 0 : 1024; // CUDA C++ programming guide, table of technical specifications per compute capability
      int byShared = sharedKilobytes * 1024 / (Integer.parseInt(kernel.group(5)) + reserved);
      int byThreads = (architecture < 80 ? 1024 : 2048) / threads;
      blocks.put(kernel.group(1), Math.min(Math.min(byRegisters, byShared), byThreads));
      Matcher row = Pattern.compile("\\| `" + kernel.group(1) + "` \\| (.*) \\|").matcher(page);
      assertTrue(row.find(), kernel.group(1) + " is not in docs/performance.md");
      String[] cells = row.group(1).replace(",", "").split(" \\| "); // registers, shared memory, blocks
      assertEquals(List.of(kernel.group(4), kernel.group(5), blocks.get(kernel.group(1)).toString()),
          List.of(cells[column], cells[3], cells[4 + column]), kernel.group(1) + " in docs/performance.md");
    }
    for (String kernelOfSamples : List.of("lenet_walk", "lenet_features", "lenet_features_backward")) {
      assertEquals(samples, blocks.get(kernelOfSamples), said);
    }
    assertEquals(1, blocks.get("lenet_classifier"), said);
    assertTrue(blocks.get("lenet_gradients") >= 2 && blocks.get("lenet_classifier_gradients") >= 2, said);
  }

  private static String run(String... command) throws IOException, InterruptedException {
    Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
    String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertEquals(0, process.waitFor(), output);
    return output;
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
