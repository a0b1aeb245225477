package org.lenet4j.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.spi.ToolProvider;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import jdk.jfr.consumer.RecordingFile;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.lenet4j.ChildJava;
import org.lenet4j.PythonCheck;
import org.lenet4j.nn.LeNet5;
import org.lenet4j.onnx.OnnxFile;

/** What the documentation shows can be done, what it quotes is said, and what it names is there. */
@Timeout(600)
class DocsTest {
  @TempDir static Path folder;

  @BeforeAll static void prepare() throws IOException {
    DocPage.prepareForTraining(folder);
  }

  private static String runAll(String page, int least) throws Exception {
    Assumptions.assumeFalse(System.getProperty("os.name").startsWith("Windows"), "the commands need a shell");
    List<DocPage.Snippet> snippets = new DocPage(Path.of("docs", page)).snippets();
    assertTrue(snippets.size() >= least, snippets.toString());
    StringBuilder out = new StringBuilder();
    for (DocPage.Snippet snippet : snippets) {
      out.append(DocPage.run(folder, snippet));
    }
    return out.toString();
  }

  @Tag("slow") @Test void theTutorialCanBeFollowed() throws Exception {
    String out = runAll("tutorial.md", 8);
    assertTrue(out.contains("photos/7/000.png"), out);
    assertTrue(Files.exists(folder.resolve("report/index.html")));
  }

  @Tag("slow") @Test void theHowTosCanBeFollowed() throws Exception {
    crash();
    String out = runAll("how-to.md", 8);
    assertTrue(out.contains("\n3 epochs") && out.contains("mean of 3 seeds: "), out);
    assertFalse(Files.exists(folder.resolve("lenet5.safetensors.ckpt")));
  }

  /** Leaves a checkpoint behind. */
  private static void crash() throws Exception {
    Process process = new ProcessBuilder("./lenet4j", "train", "--data", "photos", "--batch-size", "16", "--epochs", "50")
        .directory(folder.toFile()).redirectErrorStream(true).redirectOutput(folder.resolve("crash").toFile()).start();
    while (process.isAlive() && !Files.exists(folder.resolve("lenet5.safetensors.ckpt"))) {
      Thread.sleep(5);
    }
    process.destroyForcibly().waitFor();
    assertTrue(Files.exists(folder.resolve("lenet5.safetensors.ckpt")), () -> "no checkpoint, see " + folder.resolve("crash"));
  }

  @Tag("slow") @Test void theEmbeddingPageCanBeFollowed() throws Exception {
    String out = runAll("embedding.md", 5);
    assertTrue(out.contains("samplesPerSecond = ") && out.contains("jniopenblas_nolapack"), out);
    List<String> events = RecordingFile.readAllEvents(folder.resolve("epochs.jfr")).stream().map(event -> event.getEventType().getName())
        .filter(name -> name.startsWith("org.lenet4j.")).distinct().toList();
    assertEquals(List.of("org.lenet4j.Epoch"), events.stream().filter(name -> !name.endsWith("NativeLibrary")).toList());
  }

  @Tag("slow") @Test void theExportPageCanBeFollowed() throws Exception {
    runAll("export.md", 1);
    assertTrue(Files.exists(folder.resolve("lenet5.onnx")));
  }

  @Tag("slow") @Test void theReportsPageCanBeFollowed() throws Exception {
    runAll("reports.md", 4);
    assertTrue(Files.exists(folder.resolve("later/index.html")));
    assertTrue(Files.exists(folder.resolve("report/index.html")));
    assertTrue(Files.isDirectory(folder.resolve("runs/a/train")) && Files.isDirectory(folder.resolve("runs/b/test")));
    Matcher files = Pattern.compile("`([a-z]+\\.svg)`").matcher(Files.readString(Path.of("docs/reports.md")));
    int drawings = 0;
    for (; files.find(); drawings++) {
      assertTrue(Files.exists(folder.resolve("report").resolve(files.group(1))), files.group(1));
    }
    assertEquals(5, drawings);
  }

  @Test void theProgramInPython() throws Exception {
    Matcher program = Pattern.compile("```python\n(.*?)```", Pattern.DOTALL).matcher(Files.readString(Path.of("docs/export.md")));
    assertTrue(program.find());
    Path onnx = folder.resolve("python.onnx");
    OnnxFile.save(LeNet5.pretrained(), onnx);
    Path script = Files.writeString(folder.resolve("program.py"), program.group(1).replace("lenet5.onnx", onnx.toString()));
    assertTrue(PythonCheck.run(script, "onnxruntime").matches("\\[(\\d) \\1 \\1 \\1 \\1]\\s*"));
  }

  /** As a reader would copy them: with the imports that stand there, and no others. Every exported package shows one in its Javadoc. */
  @Test void everyProgramCompiles() throws IOException {
    List<DocPage.Snippet> snippets = new ArrayList<>();
    for (Path page : pages()) {
      if (page.endsWith("spark.md")) {
        continue; // needs Spark: src/spark runs its programs
      }
      snippets.addAll(new DocPage(page).snippets().stream().filter(DocPage.Snippet::java).toList());
    }
    String module = Files.readString(Path.of("src/main/java/module-info.java"));
    for (Matcher name = Pattern.compile("exports (\\S+);").matcher(module); name.find();) {
      snippets.add(DocPage.ofPackage(name.group(1)));
    }
    assertTrue(snippets.size() > 18, snippets.toString());
    List<String> words = new ArrayList<>(List.of("-proc:none", "-cp", ChildJava.classPath(), "-d", folder.resolve("classes").toString()));
    for (int i = 0; i < snippets.size(); i++) {
      words.add(Files.writeString(folder.resolve("Snippet" + i + ".java"), snippets.get(i).program("Snippet" + i)).toString());
    }
    StringWriter said = new StringWriter();
    int status = ToolProvider.findFirst("javac").orElseThrow().run(new PrintWriter(said), new PrintWriter(said),
        words.toArray(String[]::new));
    assertEquals(0, status, said.toString());
  }

  private static List<Path> pages() throws IOException {
    try (Stream<Path> docs = Files.list(Path.of("docs"))) {
      Stream<Path> top = Stream.of(Path.of("README.md"), Path.of("CONTRIBUTING.md"));
      return Stream.concat(docs.filter(file -> file.toString().endsWith(".md")), top).sorted().toList();
    }
  }

  @Test void everyLinkLeadsSomewhere() throws IOException {
    List<String> broken = new ArrayList<>();
    for (Path page : pages()) {
      for (Matcher link = Pattern.compile("\\]\\(([^)\\s]+)\\)").matcher(Files.readString(page)); link.find();) {
        String[] target = link.group(1).split("#", 2);
        if (target[0].startsWith("https:")) {
          continue;
        }
        Path file = target[0].isEmpty() ? page : page.resolveSibling(target[0]);
        if (!Files.exists(file)) {
          broken.add(page + ": " + link.group(1));
        } else if (target.length == 2 && !anchors(file).contains(target[1])) {
          broken.add(page + ": " + link.group(1) + " has no such heading");
        }
      }
    }
    assertEquals(List.of(), broken);
  }

  /** As GitHub makes them. */
  private static List<String> anchors(Path page) throws IOException {
    return Files.readString(page).lines().filter(line -> line.startsWith("#"))
        .map(line -> line.replaceFirst("#+ ", "").toLowerCase().replaceAll("[^a-z0-9 _-]", "").replace(' ', '-')).toList();
  }

  @Test void everyPageIsInTheIndex() throws IOException {
    String index = Files.readString(Path.of("docs/README.md"));
    for (Path page : pages()) {
      String name = page.getFileName().toString();
      assertTrue(name.equals("README.md") || index.contains(name + ")"), name + " is not in docs/README.md");
    }
  }

  /** The files and classes of CONTRIBUTING.md: a path, or a class whose file is looked for. */
  @Test void contributingNamesWhatIsThere() throws IOException {
    List<String> missing = new ArrayList<>();
    List<String> classes;
    try (Stream<Path> files = Files.walk(Path.of("src"))) {
      classes = files.map(file -> file.getFileName().toString()).filter(name -> name.endsWith(".java")).toList();
    }
    int paths = 0;
    for (Matcher code = Pattern.compile("`([^`\\s]+)`").matcher(Files.readString(Path.of("CONTRIBUTING.md"))); code.find();) {
      String name = code.group(1);
      if (name.matches("[A-Za-z0-9_.-]+(/[A-Za-z0-9_.-]+)+/?")) {
        paths++;
        if (!Files.exists(Path.of(name)) && !name.startsWith("target/")) { // what a build makes, and where, is its own affair
          missing.add(name);
        }
      } else if (name.matches("[A-Z][a-z]+[A-Za-z0-9]*(Test|Contract|Network|Kernels|Layer|Backend)")
          && !classes.contains(name + ".java")) {
        missing.add(name);
      }
    }
    assertEquals(List.of(), missing);
    assertTrue(paths > 20, paths + " paths");
  }

  /**
   * Each error of docs/troubleshooting.md is in the sources, or in what the JVM says; what stands for a part that varies is {@code ...}.
   */
  @Test void everyErrorIsSaidSomewhere() throws IOException {
    String sources;
    try (Stream<Path> files = Stream.concat(Files.walk(Path.of("src/main/java")), Stream.of(Path.of("lenet4j")))) {
      sources = files.filter(Files::isRegularFile).map(DocsTest::withoutJoins).collect(Collectors.joining());
    }
    List<String> unsaid = new ArrayList<>();
    int parts = 0;
    String page = Files.readString(Path.of("docs/troubleshooting.md"));
    for (Matcher row = Pattern.compile("(?m)^\\| `([^`]+)`(?:, in Java[ a-z]* `([^`]+)`)? \\|").matcher(page); row.find();) {
      String texts = row.group(2) == null ? row.group(1) : row.group(1) + "..." + row.group(2);
      for (String part : texts.split("\\.\\.\\.")) {
        parts++;
        if (!sources.contains(part.strip())) {
          unsaid.add(part);
        }
      }
    }
    assertEquals(List.of(), unsaid);
    assertTrue(parts > 30, parts + " parts of errors");
  }

  /** The text of a source, with strings that go on in the next line put together. */
  private static String withoutJoins(Path file) {
    try {
      return Files.readString(file).replaceAll("\"\\s*\\+ \"", "");
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
