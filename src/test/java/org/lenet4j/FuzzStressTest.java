package org.lenet4j;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;

import com.code_intelligence.jazzer.Jazzer;
import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Looks for new inputs that break a reader, each for so many seconds, from those that are kept. What it has learned stays in
 * {@code target/fuzz}; an input that breaks something is put there too, and belongs then among those that are kept.
 */
@Tag("stress")
class FuzzStressTest {
  private static final Path TESTS = Path.of("src/test/java");

  /** All classes that have a test to fuzz. */
  static List<String> targets() throws IOException {
    try (Stream<Path> files = Files.walk(TESTS)) {
      return files.filter(file -> file.toString().endsWith("FuzzTest.java")).filter(FuzzStressTest::fuzzes)
          .map(file -> TESTS.relativize(file).toString().replace(".java", "").replace(File.separatorChar, '.')).sorted().toList();
    }
  }

  private static boolean fuzzes(Path file) {
    try {
      return Files.readString(file).contains("@FuzzTest");
    } catch (IOException e) {
      throw new AssertionError(e);
    }
  }

  @ParameterizedTest @MethodSource("targets") void fuzz(String target) throws Exception {
    long seconds = Long.getLong("lenet4j.stress.seconds", 60);
    Path folder = Files.createDirectories(Path.of("target/fuzz", target)).toAbsolutePath();
    Path corpus = Files.createDirectories(folder.resolve("corpus"));
    Path seeds = Path.of("src/test/resources", target.replace('.', '/') + "Inputs").toAbsolutePath();
    List<String> kept;
    try (Stream<Path> folders = Files.list(seeds)) {
      kept = folders.map(Path::toString).toList();
    }
    assertFalse(kept.isEmpty(), seeds + " has no inputs to begin with");
    Process jazzer = new ProcessBuilder(Stream.concat(Stream.of(Path.of(System.getProperty("java.home"), "bin", "java").toString(),
        "-XX:+UseSerialGC", "-Xmx1g", "--enable-native-access=ALL-UNNAMED", "-cp", System.getProperty("java.class.path"),
        Jazzer.class.getName(), "--target_class=" + target, "--instrumentation_includes=org.lenet4j.**",
        "--reproducer_path=" + folder, "-artifact_prefix=" + folder + File.separator, "-max_total_time=" + seconds, "-timeout=20",
        "-rss_limit_mb=4000", "-print_final_stats=1", corpus.toString()), kept.stream()).toList())
        .directory(Path.of("").toAbsolutePath().toFile()).redirectErrorStream(true).redirectOutput(folder.resolve("log").toFile()).start();
    int exitCode = jazzer.waitFor();
    String log = Files.readString(folder.resolve("log"));
    assertEquals(0, exitCode, log.substring(Math.max(0, log.length() - 4000)));
    Matcher done = Pattern.compile("stat::number_of_executed_units: +(\\d+)").matcher(log);
    System.out.println(target + ": " + (done.find() ? done.group(1) : "?") + " inputs in " + seconds + " s");
  }
}
