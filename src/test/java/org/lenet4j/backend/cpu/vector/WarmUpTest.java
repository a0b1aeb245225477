package org.lenet4j.backend.cpu.vector;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.sun.management.ThreadMXBean;
import java.io.File;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.lenet4j.ChildJava;
import org.lenet4j.Device;
import org.lenet4j.backend.TrainingProgram;
import org.lenet4j.data.Augment;
import org.lenet4j.data.Dataset;
import org.lenet4j.data.SyntheticDigits;
import org.lenet4j.nn.LeNet5;
import org.lenet4j.optim.Recipe;

/** What is compiled once {@link Device#warmUp} has returned, read from what the JVM prints. */
@Tag("slow")
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

  /** Another, which says how many bytes of the heap a step takes. */
  static final class Steps {
    private static final int BATCH = 64;
    private static final int COUNT = 200;

    private Steps() {}

    public static void main(String[] args) {
      Dataset data = SyntheticDigits.create(BATCH, 1);
      try (Device device = Device.open("cpu", 1);
          TrainingProgram program = device.backend().compile(LeNet5.create(10, 1), Recipe.plain().withBatchSize(BATCH), 1)) {
        program.bind(data, Augment.NONE);
        program.order(0, IntStream.range(0, BATCH).toArray());
        steps(program);
        ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
        long before = threads.getCurrentThreadAllocatedBytes();
        steps(program);
        System.out.println(PRINTED + " " + (threads.getCurrentThreadAllocatedBytes() - before) / COUNT + " bytes");
      }
    }

    private static void steps(TrainingProgram program) {
      for (int i = 0; i < COUNT; i++) {
        program.step(0, BATCH, 1);
      }
    }
  }

  private String said(Class<?> main, List<String> options, String... more) throws Exception {
    List<String> command = new ArrayList<>(List.of(ChildJava.program(), ChildJava.home(), "--add-modules", "jdk.incubator.vector"));
    command.addAll(options);
    command.addAll(List.of(more));
    command.addAll(List.of("-cp", ChildJava.classPath(), main.getName()));
    File said = folder.resolve("said").toFile();
    assertEquals(0, new ProcessBuilder(command).redirectErrorStream(true).redirectOutput(said).start().waitFor());
    String text = Files.readString(said.toPath());
    assertTrue(text.contains(PRINTED), text);
    return text;
  }

  /** Methods of ours that the optimizing compiler has compiled as a whole, by class. */
  private Set<String> compiled(List<String> options) throws Exception {
    Set<String> methods = new TreeSet<>();
    Pattern.compile("(?m)^ *\\d+ +\\d+ [ !sbn]* 4 +org\\.lenet4j\\.backend\\.cpu\\.vector\\.(\\w+)::\\w+ \\(")
        .matcher(said(WarmUpTest.class, options, "-XX:+PrintCompilation")).results().forEach(line -> methods.add(line.group(1)));
    return methods;
  }

  @Test void theLoopsOfTrainingAreCompiled() throws Exception {
    Set<String> classes = compiled(ChildJava.trainingOptions());
    assertTrue(classes.containsAll(Set.of("CorrelateBlocks", "GradientBlocks", "LinearBlocks", "VectorPool2d", "VectorLoops")),
        classes.toString());
  }

  /** The test above finds a fault: without the options little is. */
  @Test void withoutTheOptionsItGivesUp() throws Exception {
    Set<String> classes = compiled(List.of());
    assertTrue(!classes.contains("CorrelateBlocks"), classes.toString());
  }

  /**
   * Nobody has called {@link Device#warmUp}, and the JVM believes its counts of a vector's methods five times later than it does by itself.
   * Where it compiles a loop before, each call of it makes a box of 32 bytes or more for each sum.
   */
  @ParameterizedTest @ValueSource(strings = {"-XX:UseAVX=2", "-XX:UseAVX=3"})
  void aStepBoxesNoSum(String width) throws Exception {
    assumeTrue(System.getProperty("os.arch").equals("amd64"), "the option is one of x86");
    String text = said(Steps.class, ChildJava.trainingOptions(), width, "-XX:ProfileMaturityPercentage=100");
    Matcher bytes = Pattern.compile(PRINTED + " (\\d+) bytes").matcher(text);
    assertTrue(bytes.find());
    assertTrue(Long.parseLong(bytes.group(1)) < 10_000, bytes.group()); // some small objects; a loop that boxes makes megabytes
  }
}
