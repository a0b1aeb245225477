package org.lenet4j.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.awt.Color;
import java.awt.Graphics2D;
import java.awt.image.BufferedImage;
import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import javax.imageio.ImageIO;
import org.lenet4j.ChildJava;
import org.lenet4j.data.Dataset;
import org.lenet4j.data.SyntheticDigits;

/**
 * A page of documentation, to be done by a machine as a reader would: its shell commands and Java programs, one after the other, in a
 * folder that has what the pages suppose. Of a shell block those lines are commands that begin with a command; others are what it prints.
 * Where a command leaves open how long to train, it is short; {@code src/it/pages.sh} does all of it word for word.
 */
record DocPage(Path file) {
  private static final Pattern BLOCK = Pattern.compile("(?m)^```(\\w*)\n(.*?)\n```$", Pattern.DOTALL);
  private static final Pattern OPEN = Pattern.compile("(\\./lenet4j (train|finetune)(?!.*--(epochs|resume)))");
  private static final Pattern COMMAND = Pattern.compile("([A-Z0-9_]+=\\S+ )?(\\./lenet4j|jfr) .*");

  /**
   * One thing that a page shows.
   *
   * @param java whether it is a Java program, else a shell command
   */
  record Snippet(boolean java, String text) {
    /** What a reader makes of it: its imports, and the rest as the body of {@code main}. */
    String program(String name) {
      Map<Boolean, String> parts = text.lines().collect(Collectors.partitioningBy(line -> line.startsWith("import "),
          Collectors.joining("\n")));
      return parts.get(true) + "\npublic class " + name + " {\n  public static void main(String[] args) throws Exception {\n"
          + parts.get(false) + "\n  }\n}\n";
    }
  }

  /** In the order of the page. */
  List<Snippet> snippets() throws IOException {
    List<Snippet> snippets = new ArrayList<>();
    for (Matcher block = BLOCK.matcher(Files.readString(file)); block.find();) {
      if (block.group(1).equals("java")) {
        snippets.add(new Snippet(true, block.group(2)));
      } else if (block.group(1).isEmpty()) {
        block.group(2).lines().map(line -> line.replaceFirst(" +#.*", "")).filter(line -> COMMAND.matcher(line).matches())
            .forEach(line -> snippets.add(new Snippet(false, line)));
      }
    }
    return snippets;
  }

  /** What the Javadoc of a package shows. */
  static Snippet ofPackage(String name) throws IOException {
    String comment = Files.readString(Path.of("src/main/java", name.replace('.', '/'), "package-info.java"));
    Matcher code = Pattern.compile("<pre>\\{@code\n(.*?)\n \\* }</pre>", Pattern.DOTALL).matcher(comment);
    assertTrue(code.find(), name + " shows no program");
    return new Snippet(true, code.group(1).replaceAll("(?m)^ \\* ?", ""));
  }

  /** As {@link #prepare} with what {@code ./lenet4j} gives Java for training, on one thread: another fork of the tests has the other. */
  static void prepareForTraining(Path folder) throws IOException {
    List<String> options = new ArrayList<>(ChildJava.trainingOptions());
    options.addAll(List.of("--add-modules=jdk.incubator.vector", "-XX:ActiveProcessorCount=1", "-XX:+UseG1GC"));
    prepare(folder, options.toArray(String[]::new));
  }

  /** Photographs in {@code photos} and {@code photos2}, {@code letters}, MNIST where it is at hand, and the launcher with more options. */
  static void prepare(Path folder, String... options) throws IOException {
    photographs(folder, "photos", 20, 13);
    photographs(folder, "photos2", 10, 12);
    for (int letter = 0; letter < 5; letter++) { // five digits that are called otherwise
      copy(folder.resolve("photos").resolve("" + letter), folder.resolve("letters").resolve("" + (char) ('a' + letter)));
    }
    String data = System.getenv("LENET4J_DATA");
    if (data != null) { // the word mnist finds it in the cache of this home
      copy(Path.of(data, "mnist"), cache(folder).resolve("lenet4j/mnist"));
    }
    Path lenet4j = folder.resolve("lenet4j");
    String words = Stream.of(java(folder), List.of(options), List.of(Main.class.getName())).flatMap(List::stream)
        .collect(Collectors.joining("' '", "'", "'"));
    Files.writeString(lenet4j, "#!/bin/sh\nexec " + words.replaceFirst("' '", "' \\${LENET4J_JAVA_OPTS:-} '") + " \"$@\"\n");
    assertTrue(lenet4j.toFile().setExecutable(true));
  }

  /** Java with everything on its class path. The folder is its home, but native libraries it finds unpacked. */
  private static List<String> java(Path folder) {
    return List.of(ChildJava.program(), "-Duser.home=" + folder, "-Dorg.bytedeco.javacpp.cachedir=" + System.getProperty("user.home")
        + "/.javacpp/cache", "-Djava.awt.headless=true", "-cp", ChildJava.classPath());
  }

  /** Where a program keeps what it downloads. */
  private static Path cache(Path home) {
    return System.getProperty("os.name").startsWith("Mac") ? home.resolve("Library/Caches") : home.resolve("cache");
  }

  /** Grey digits, three times as large as the network takes them, on paper that is not quite white. */
  private static void photographs(Path folder, String name, int perClass, long seed) throws IOException {
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
      ImageIO.write(photo, "png", of.resolve(String.format(Locale.ROOT, "%03d.png", count[label]++)).toFile());
    }
  }

  private static void copy(Path from, Path to) throws IOException {
    Files.createDirectories(to);
    try (Stream<Path> files = Files.list(from)) {
      for (Path file : files.toList()) {
        Files.copy(file, to.resolve(file.getFileName().toString()));
      }
    }
  }

  /** Does what the snippet says; returns what it prints. */
  static String run(Path folder, Snippet snippet) throws Exception {
    if (!snippet.java) {
      String command = OPEN.matcher(snippet.text).replaceFirst("$1 --epochs 2");
      boolean mnist = Files.isDirectory(cache(folder));
      return run(folder, command, List.of("sh", "-c", mnist ? command : command.replace(" mnist", " digits")));
    }
    Path source = folder.resolve("Snippet.java");
    Files.writeString(source, snippet.program("Snippet"));
    return run(folder, snippet.text, Stream.concat(java(folder).stream(), Stream.of(source.toString())).toList());
  }

  private static String run(Path folder, String what, List<String> command) throws Exception {
    Path log = folder.resolve("log");
    ProcessBuilder builder = new ProcessBuilder(command).directory(folder.toFile()).redirectErrorStream(true).redirectOutput(log.toFile());
    builder.environment().put("XDG_CACHE_HOME", folder.resolve("cache").toString());
    String jdk = Path.of(ChildJava.program()).getParent().toString();
    builder.environment().merge("PATH", jdk, (path, bin) -> bin + File.pathSeparator + path);
    Process process = builder.start();
    try {
      assertTrue(process.waitFor(300, TimeUnit.SECONDS), what);
    } finally {
      process.destroyForcibly();
    }
    String out = Files.readString(log);
    assertEquals(0, process.exitValue(), what + "\n" + out);
    return out;
  }
}
