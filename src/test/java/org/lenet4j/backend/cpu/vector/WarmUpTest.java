package org.lenet4j.backend.cpu.vector;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.lenet4j.ChildJava;
import org.lenet4j.Device;

/** What is compiled once {@link Device#warmUp} has returned, read from what the JVM prints. */
class WarmUpTest {
  private static final String PRINTED = "compiled above";

  @TempDir Path folder;

  /** The process that is looked at. */
  public static void main(String[] args) {
    try (Device device = Device.open("cpu", 1)) {
      device.warmUp();
    }
    System.out.println(PRINTED);
  }

  /** The options that users are given, and that the launcher gives. */
  private static List<String> options() throws IOException {
    Matcher row = Pattern.compile("(?m)^\\| `(-XX:CompileCommand=[^`]*)`").matcher(Files.readString(Path.of("docs/embedding.md")));
    assertTrue(row.find());
    List<String> options = List.of(row.group(1).split(" "));
    String launcher = Files.readString(Path.of("lenet4j"));
    options.forEach(option -> assertTrue(launcher.contains(option), option));
    return options;
  }

  /** Methods of ours that the optimizing compiler has compiled as a whole, by class. */
  private Set<String> compiled(List<String> options) throws Exception {
    List<String> command = new ArrayList<>(List.of(ChildJava.program(), ChildJava.home(), "--add-modules", "jdk.incubator.vector",
        "-XX:+PrintCompilation", "-cp", ChildJava.classPath()));
    command.addAll(1, options);
    command.add(WarmUpTest.class.getName());
    File said = folder.resolve("said").toFile();
    assertEquals(0, new ProcessBuilder(command).redirectErrorStream(true).redirectOutput(said).start().waitFor());
    String text = Files.readString(said.toPath());
    assertTrue(text.contains(PRINTED), text);
    Set<String> methods = new TreeSet<>();
    Pattern.compile("(?m)^ *\\d+ +\\d+ [ !sbn]* 4 +org\\.lenet4j\\.backend\\.cpu\\.vector\\.(\\w+)::\\w+ \\(").matcher(text)
        .results().forEach(line -> methods.add(line.group(1)));
    return methods;
  }

  @Test void theLoopsOfTrainingAreCompiled() throws Exception {
    Set<String> classes = compiled(options());
    assertTrue(classes.containsAll(Set.of("CorrelateBlocks", "GradientBlocks", "LinearBlocks", "VectorPool2d", "VectorLoops")),
        classes.toString());
  }

  /** The test above finds a fault: without the options little is. */
  @Test void withoutTheOptionsItGivesUp() throws Exception {
    Set<String> classes = compiled(List.of());
    assertTrue(!classes.contains("CorrelateBlocks"), classes.toString());
  }
}
