package examples;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

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
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Runs every command of README.md as it is printed there, except {@code DrawADigit}, which never ends and has tests of its own. */
@Timeout(600)
class ProgramsTest {
  private static final Path SOURCES = Path.of("src/main/java/examples");
  private static final Map<String, String> SAYS = Map.of(
      "FineTuneMyDigits", "drew 600 pictures into photos(?s:.*)\nstrength +[\\d.]+\nphotographs +\\d+ to learn from, \\d+ to test\n"
          + "yours +[\\d.]+% before, (9\\d|100)\\.\\d+% now\n"
          + "old digits +9\\d\\.\\d+% before, 9\\d\\.\\d+% now\nphotos.0.000\\.png +is a 0, \\d",
      "EmbedInService", "16 threads got [\\d,]+ answers from 4 models\neach was the answer of one of them; closed\n",
      "CompareDevices", "\nopenblas, threads: 1 +[\\d,]+ +9\\d\\.\\d+% +(\\d\\.\\d+)\nopenblas, threads: \\d+ +[\\d,]+ +9\\d\\.\\d+% +\\1\n"
          + "cuda +(not usable here: \\S|[\\d,]+ +9\\d\\.\\d+%)",
      "TrainMnist", "\nepoch 2 (?s).*\naccuracy +9\\d\\.\\d+% .*\ndigit 9 .*\nprediction (\\d), .* it is a \\1\n",
      "ReadmeExample", "\naccuracy 0\\.9\\d+\nthis is a 0\n",
      "FineTuneExample", "targetAccuracy=[\\d.]+.* became Score\\[targetAccuracy=(0\\.9|1\\.0)");

  @TempDir static Path folder;

  private static List<String> commands() throws IOException {
    Matcher matcher = Pattern.compile("(?m)^\\| `examples/run (.*?)` \\|").matcher(Files.readString(Path.of("README.md")));
    return matcher.results().map(result -> result.group(1)).toList();
  }

  static List<String> commandsThatEnd() throws IOException {
    return commands().stream().filter(command -> !command.equals("DrawADigit")).toList();
  }

  /** In the order of the page, in one folder: FineTuneExample takes the pictures that FineTuneMyDigits drew. */
  @ParameterizedTest @MethodSource("commandsThatEnd") void runsAsPrinted(String command) throws Exception {
    Program program = run(command);
    System.out.println(command + "\n" + program.said);
    assertEquals(0, program.status, program.said);
    assertTrue(Pattern.compile(SAYS.get(command.split(" ")[0])).matcher(program.said).find(), program.said);
  }

  @Test void aMissingFolderIsNamed() throws Exception {
    Program program = run("FineTuneMyDigits nowhere");
    assertEquals(1, program.status, program.said);
    assertTrue(program.said.contains("there is no folder nowhere; make it, with a sub-folder of pictures for each digit: "), program.said);
    assertFalse(program.said.contains("\tat "), program.said);
  }

  private record Program(int status, String said) {}

  private static Program run(String command) throws Exception {
    List<String> words = new ArrayList<>(List.of(Path.of(System.getProperty("java.home"), "bin", "java").toString()));
    words.addAll(List.of(System.getProperty("java.flags").split(" ")));
    words.addAll(List.of("-Duser.home=" + System.getProperty("user.home"), "-Djava.awt.headless=true", "-cp", classPath()));
    words.addAll(List.of(("examples." + command).split(" ")));
    Path log = Files.createTempFile(folder, "log", ".txt");
    Process process = new ProcessBuilder(words).directory(folder.toFile()).redirectErrorStream(true).redirectOutput(log.toFile()).start();
    try {
      assertTrue(process.waitFor(300, TimeUnit.SECONDS), command);
    } finally {
      process.destroyForcibly();
    }
    return new Program(process.exitValue(), Files.readString(log).replace(System.lineSeparator(), "\n"));
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
          assertTrue(Files.readAllLines(file).stream().filter(line -> !line.startsWith("import ")).count() < 70, file.toString());
        }
      }
    }
    assertEquals(programs, listed);
  }
}
