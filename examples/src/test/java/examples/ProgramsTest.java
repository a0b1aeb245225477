package examples;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.awt.image.BufferedImage;
import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.lenet4j.data.Dataset;
import org.lenet4j.data.SyntheticDigits;

/** Runs every command of README.md as it is printed there, except {@code DrawADigit}, which never ends and has tests of its own. */
@Timeout(600)
class ProgramsTest {
  private static final Path SOURCES = Path.of("src/main/java/examples");
  private static final Map<String, String> SAYS = Map.of(
      "FineTuneMyDigits", "photographs +480 to learn from, 120 to test\nyours +[\\d.]+% before, (9\\d|100)\\.\\d+% now\n"
          + "old digits +9\\d\\.\\d+% before, 9\\d\\.\\d+% now\nphotos.0.000\\.png +is a 0, \\d",
      "EmbedInService", "16 threads got [\\d,]+ answers from 4 models\neach was the answer of one of them; closed\n",
      "CompareDevices", "\nopenblas, threads: 1 +[\\d,]+ +9\\d\\.\\d+% +(\\d\\.\\d+)\nopenblas, threads: \\d+ +[\\d,]+ +9\\d\\.\\d+% +\\1\n"
          + "cuda +(not usable here: \\S|[\\d,]+ +9\\d\\.\\d+%)",
      "TrainMnist", "\nepoch 2 (?s).*\naccuracy +9\\d\\.\\d+% .*\ndigit 9 .*\nprediction (\\d), .* it is a \\1\n",
      "ReadmeExample", "\naccuracy 0\\.9\\d+\nthis is a 0\n",
      "FineTuneExample", "targetAccuracy=[\\d.]+.* became Score\\[targetAccuracy=(0\\.9|1\\.0)");

  @TempDir static Path folder;

  /** Grey digits, three times as large as the network takes them, on paper that is not quite white. */
  @BeforeAll static void photographs() throws IOException {
    Dataset digits = SyntheticDigits.create(600, 11);
    for (int i = 0; i < digits.size(); i++) {
      BufferedImage photo = new BufferedImage(100, 120, BufferedImage.TYPE_BYTE_GRAY);
      for (int p = 0; p < 12_000; p++) {
        int x = p % 100 - 8;
        int y = p / 100 - 18;
        int ink = x < 0 || y < 0 || x >= 84 || y >= 84 ? 0 : digits.images()[i * 784 + y / 3 * 28 + x / 3] & 0xFF;
        photo.getRaster().setSample(p % 100, p / 100, 0, 230 - ink * 3 / 4);
      }
      Path of = Files.createDirectories(folder.resolve("photos").resolve(Integer.toString(digits.labels()[i])));
      ImageIO.write(photo, "png", of.resolve(String.format("%03d.png", i / 10)).toFile());
    }
  }

  private static List<String> commands() throws IOException {
    Matcher matcher = Pattern.compile("(?m)^\\| `examples/run (.*?)` \\|").matcher(Files.readString(Path.of("README.md")));
    return matcher.results().map(result -> result.group(1)).toList();
  }

  static List<String> commandsThatEnd() throws IOException {
    return commands().stream().filter(command -> !command.equals("DrawADigit")).toList();
  }

  @ParameterizedTest @MethodSource("commandsThatEnd") void runsAsPrinted(String command) throws Exception {
    List<String> words = new ArrayList<>(List.of(Path.of(System.getProperty("java.home"), "bin", "java").toString()));
    words.addAll(List.of(System.getProperty("java.flags").split(" ")));
    words.addAll(List.of("-Djava.awt.headless=true", "-cp", classPath()));
    words.addAll(List.of(("examples." + command).split(" ")));
    Path log = Files.createTempFile(folder, "log", ".txt");
    Process process = new ProcessBuilder(words).directory(folder.toFile()).redirectErrorStream(true).redirectOutput(log.toFile()).start();
    try {
      assertTrue(process.waitFor(300, TimeUnit.SECONDS), command);
    } finally {
      process.destroyForcibly();
    }
    String said = Files.readString(log).replace(System.lineSeparator(), "\n");
    System.out.println(command + "\n" + said);
    assertEquals(0, process.exitValue(), said);
    assertTrue(Pattern.compile(SAYS.get(command.split(" ")[0])).matcher(said).find(), said);
  }

  /** Absolute, because the programs run elsewhere. */
  private static String classPath() {
    String[] parts = System.getProperty("java.class.path").split(File.pathSeparator);
    return String.join(File.pathSeparator, Arrays.stream(parts).map(part -> Path.of(part).toAbsolutePath().toString()).toList());
  }

  @Test void everyProgramIsListedAndShort() throws IOException {
    List<String> listed = commands().stream().map(command -> command.split(" ")[0]).sorted().toList();
    List<String> programs = new ArrayList<>();
    try (Stream<Path> files = Files.list(SOURCES)) {
      for (Path file : files.sorted().toList()) {
        if (Files.readString(file).contains("static void main(")) {
          programs.add(file.getFileName().toString().replace(".java", ""));
          assertTrue(Files.readAllLines(file).size() < 80, file.toString());
        }
      }
    }
    assertEquals(programs, listed);
  }
}
