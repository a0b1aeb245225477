package org.lenet4j.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.awt.Color;
import java.awt.Graphics2D;
import java.awt.image.BufferedImage;
import java.io.File;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.lenet4j.data.Dataset;
import org.lenet4j.data.SyntheticDigits;

/** Runs every command of docs/fine-tuning.md, one after the other, in a folder with photographs. */
@Timeout(600)
class FineTuningDocsTest {
  private static final Path DOC = Path.of("docs/fine-tuning.md");

  @TempDir static Path folder;

  @BeforeAll static void photographs() throws IOException {
    photographs("photos", 20, 11);
    photographs("photos2", 10, 12);
    for (int letter = 0; letter < 5; letter++) { // five digits that are called otherwise
      Files.createDirectories(folder.resolve("letters"));
      copy(folder.resolve("photos").resolve("" + letter), folder.resolve("letters").resolve("" + (char) ('a' + letter)));
    }
    String data = System.getenv("LENET4J_DATA");
    if (data != null) { // the word mnist finds it in the cache
      Files.createDirectories(folder.resolve("cache/lenet4j"));
      copy(Path.of(data, "mnist"), folder.resolve("cache/lenet4j/mnist"));
    }
  }

  /** Grey digits, three times as large as the network takes them, on paper that is not quite white. */
  private static void photographs(String name, int perClass, long seed) throws IOException {
    Dataset digits = SyntheticDigits.create(10 * perClass, seed);
    int[] count = new int[10];
    for (int i = 0; i < digits.size(); i++) {
      BufferedImage small = new BufferedImage(28, 28, BufferedImage.TYPE_BYTE_GRAY);
      for (int p = 0; p < 784; p++) {
        small.getRaster().setSample(p % 28, p / 28, 0, 230 - (digits.images()[i * 784 + p] & 0xFF) * 3 / 4);
      }
      BufferedImage photo = new BufferedImage(100, 120, BufferedImage.TYPE_INT_RGB);
      Graphics2D g = photo.createGraphics();
      g.setColor(new Color(230, 230, 230));
      g.fillRect(0, 0, 100, 120);
      g.drawImage(small, 8, 18, 84, 84, null);
      g.dispose();
      int label = digits.labels()[i];
      Path of = Files.createDirectories(folder.resolve(name).resolve(Integer.toString(label)));
      ImageIO.write(photo, "png", of.resolve(String.format("%03d.png", count[label]++)).toFile());
    }
  }

  private static void copy(Path from, Path to) throws IOException {
    Files.createDirectories(to);
    try (var files = Files.list(from)) {
      for (Path file : files.toList()) {
        Files.copy(file, to.resolve(file.getFileName().toString()));
      }
    }
  }

  static List<String> commands(Path page) throws IOException {
    List<String> commands = new ArrayList<>();
    String shell = Files.readString(page).replaceAll("(?s)```java\n.*?```", "");
    Matcher blocks = Pattern.compile("```\n(.*?)\n```", Pattern.DOTALL).matcher(shell);
    while (blocks.find()) {
      blocks.group(1).lines().filter(line -> line.startsWith("./lenet4j ")).forEach(commands::add);
    }
    return commands;
  }

  @Test void everyCommandRuns() throws Exception {
    List<String> commands = commands(DOC);
    assertTrue(commands.size() >= 13, commands.toString());
    boolean mnist = Files.isDirectory(folder.resolve("cache"));
    for (String command : commands) {
      run(folder, mnist ? command : command.replace(" mnist", " digits"));
    }
    for (String file : List.of("mine.safetensors", "mine2.safetensors", "all.safetensors", "report/index.html", "searched/index.html")) {
      assertTrue(Files.exists(folder.resolve(file)), file);
    }
  }

  static void run(Path folder, String command) throws Exception {
    List<String> words = new ArrayList<>(List.of(Path.of(System.getProperty("java.home"), "bin", "java").toString(),
        "-Djava.awt.headless=true", "-Dlenet4j.vector=false", "-cp", classPath(), Main.class.getName()));
    words.addAll(Arrays.asList(command.split(" ")).subList(1, command.split(" ").length));
    Path log = folder.resolve("log");
    ProcessBuilder builder = new ProcessBuilder(words).directory(folder.toFile()).redirectErrorStream(true).redirectOutput(log.toFile());
    builder.environment().put("XDG_CACHE_HOME", folder.resolve("cache").toString());
    Process process = builder.start();
    try {
      assertTrue(process.waitFor(300, TimeUnit.SECONDS), command);
    } finally {
      process.destroyForcibly();
    }
    assertEquals(0, process.exitValue(), () -> {
      try {
        return command + "\n" + Files.readString(log);
      } catch (IOException e) {
        return command;
      }
    });
  }

  /** Absolute, because the processes run elsewhere. */
  private static String classPath() {
    String[] parts = System.getProperty("java.class.path").split(File.pathSeparator);
    return String.join(File.pathSeparator, Arrays.stream(parts).map(part -> Path.of(part).toAbsolutePath().toString()).toList());
  }

  @Test void theProgramIsAnExample() throws IOException {
    String example = Files.readString(Path.of("examples/src/main/java/examples/FineTuneExample.java"));
    Matcher snippet = Pattern.compile("```java\n(.*?)\n```", Pattern.DOTALL).matcher(Files.readString(DOC));
    assertTrue(snippet.find());
    assertTrue(example.contains(snippet.group(1).replaceAll("(?m)^(?=.)", "    ")), "docs/fine-tuning.md and FineTuneExample differ");
  }

  /** The rows of the table, each with one seed and one epoch. */
  @Test void theFiguresCanBeReproduced() throws Exception {
    Assumptions.assumeTrue(System.getenv("LENET4J_DATA") != null, "LENET4J_DATA is not set");
    Assumptions.assumeFalse(System.getProperty("os.name").startsWith("Windows"), "the script needs a shell");
    Path lenet4j = folder.resolve("lenet4j");
    String java = Path.of(System.getProperty("java.home"), "bin", "java").toString();
    Files.writeString(lenet4j, "#!/bin/sh\nexec '" + java + "' -cp '" + classPath() + "' " + Main.class.getName() + " \"$@\"\n");
    assertTrue(lenet4j.toFile().setExecutable(true));
    for (String row : List.of("usps-10", "usps-all-forgetful")) {
      ProcessBuilder builder = new ProcessBuilder("benchmarks/finetuning/run.sh", row).redirectErrorStream(true);
      builder.environment().put("SEEDS", "1");
      builder.environment().put("EPOCHS", "1");
      builder.environment().put("LENET4J", lenet4j.toString());
      Process process = builder.start();
      String out = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
      assertEquals(0, process.waitFor(), out);
      assertTrue(Pattern.compile("new data +mean 9[0-9]\\.[0-9]+%").matcher(out).find(), out);
      assertTrue(Pattern.compile("old data before +mean 99\\.[0-9]+%").matcher(out).find(), out);
    }
  }
}
