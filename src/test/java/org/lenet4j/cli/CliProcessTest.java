package org.lenet4j.cli;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.awt.BasicStroke;
import java.awt.Graphics2D;
import java.awt.image.BufferedImage;
import java.io.File;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.lenet4j.Checkpoint;
import org.lenet4j.ChildJava;
import org.lenet4j.data.Dataset;
import org.lenet4j.data.Idx;
import org.lenet4j.data.SyntheticDigits;

/** Runs that are killed, and a virtual machine that lacks something: each in a process of its own. */
@Tag("slow")
@Timeout(120)
class CliProcessTest {
  private static final int EPOCHS = 8;

  @TempDir static Path shared;
  private static Path data;
  private static byte[] uninterrupted;

  @TempDir Path folder;
  private Path out;
  private Path checkpoint;

  @BeforeAll static void straightThrough() throws IOException {
    System.setProperty("lenet4j.vector", "false"); // as in the processes below: with the module, the JVM adds a line to stderr
    data = Cli.data(shared.resolve("data"), 2000, 50);
    Path straight = shared.resolve("straight");
    Cli run = Cli.run("train", "--data", data, "--epochs", EPOCHS, "--augment", "light", "--ema", "0.99", "--threads", 1,
        "--out", straight);
    assertEquals(0, run.exitCode(), run.err());
    uninterrupted = Files.readAllBytes(straight);
  }

  @AfterAll static void vectorAgain() {
    System.clearProperty("lenet4j.vector");
  }

  @BeforeEach void names() {
    out = folder.resolve("out.safetensors");
    checkpoint = folder.resolve("out.safetensors.ckpt");
  }

  /** Starts Main with options of the virtual machine. */
  private Process start(List<String> options, Object... args) throws IOException {
    List<String> command = new ArrayList<>();
    command.add(ChildJava.program());
    command.add(ChildJava.home());
    command.addAll(List.of("-XX:+UseSerialGC", "--enable-native-access=ALL-UNNAMED", "-cp", System.getProperty("java.class.path")));
    command.addAll(options);
    command.add(Main.class.getName());
    Arrays.stream(args).map(Object::toString).forEach(command::add);
    return ChildJava.builder(command).redirectOutput(new File(folder.toFile(), "stdout"))
        .redirectError(new File(folder.toFile(), "stderr")).start();
  }

  /** Starts training, and waits until a first epoch is saved and another one runs. */
  private Process startAndWaitForACheckpoint() throws IOException, InterruptedException {
    return waitForACheckpoint(start(List.of(), "train", "--data", data, "--epochs", EPOCHS, "--augment", "light", "--ema", "0.99",
        "--threads", 2, "--out", out));
  }

  private Process waitForACheckpoint(Process run) throws InterruptedException {
    while (Files.notExists(checkpoint)) {
      assertTrue(run.isAlive(), () -> stderr());
      Thread.sleep(5);
    }
    return run;
  }

  private String stderr() {
    try {
      return Files.readString(folder.resolve("stderr"));
    } catch (IOException e) {
      return e.toString();
    }
  }

  /** Most of a prediction's time is that of starting. */
  @Test void onlyTheClassOfTheCommandIsLoaded() throws Exception {
    assertEquals(0, start(List.of("-Xlog:class+load"), "predict", "--help").waitFor());
    String loaded = Files.readString(folder.resolve("stdout"));
    Set<String> commands = new HashSet<>();
    for (Matcher matcher = Pattern.compile("org\\.lenet4j\\.cli\\.(\\w+Command) ").matcher(loaded); matcher.find();) {
      commands.add(matcher.group(1));
    }
    assertEquals(Set.of("PredictCommand"), commands);
  }

  /** 128, 256 and, where there are any, 512 bits: what runs is read from the log, so that no width stands in for another unnoticed. */
  @Test void theWidthOfVectorsDoesNotShowInTheWeights() throws Exception {
    assumeTrue(System.getProperty("os.arch").equals("amd64"), "-XX:UseAVX is for x86-64");
    Set<String> widths = new HashSet<>();
    byte[] expected = null;
    for (int avx = 1; avx <= 3; avx++) {
      Process run = start(List.of("--add-modules=jdk.incubator.vector", "-XX:UseAVX=" + avx), "train", "--data", data, "--epochs", 1,
          "--batch-size", 50, "--threads", 1, "--out", out);
      assertEquals(0, run.waitFor(), this::stderr);
      Matcher width = Pattern.compile("Vector API (\\d+) bit").matcher(Files.readString(folder.resolve("stdout")));
      assertTrue(width.find());
      widths.add(width.group(1));
      byte[] bytes = Files.readAllBytes(out);
      expected = expected == null ? bytes : expected;
      assertArrayEquals(expected, bytes, width.group());
    }
    assertTrue(widths.containsAll(Set.of("128", "256")), widths.toString());
  }

  private void resumesToTheSameBytes() throws IOException {
    int finished = Checkpoint.load(checkpoint).epoch();
    assertTrue(finished >= 1 && finished < EPOCHS, "finished epochs: " + finished);
    Cli resumed = Cli.run("train", "--resume", checkpoint, "--threads", 4);
    assertEquals(0, resumed.exitCode(), resumed.err());
    assertTrue(resumed.out().contains("continuing after epoch " + finished), resumed.out());
    assertArrayEquals(uninterrupted, Files.readAllBytes(out)); // its name came from the checkpoint
    assertTrue(Files.notExists(checkpoint));
  }

  @Test void aKilledRunIsResumedBitForBit() throws Exception {
    Process run = startAndWaitForACheckpoint();
    Thread.sleep(20); // into the next epoch
    run.destroyForcibly().waitFor();
    assertTrue(Files.notExists(out));
    resumesToTheSameBytes();
  }

  @Test void anInterruptedRunSaysHowToContinue() throws Exception {
    assumeTrue(Files.exists(Path.of("/proc/self/status")), "signals and their masks as on Linux");
    long ignored = Files.readAllLines(Path.of("/proc/self/status")).stream().filter(line -> line.startsWith("SigIgn:"))
        .mapToLong(line -> Long.parseUnsignedLong(line.substring(7).strip(), 16)).findFirst().orElse(0);
    assumeTrue((ignored & 2) == 0, "SIGINT is ignored here, and a child inherits that");
    Process run = startAndWaitForACheckpoint();
    assertEquals(0, new ProcessBuilder("kill", "-INT", Long.toString(run.pid())).start().waitFor());
    assertTrue(run.waitFor(30, TimeUnit.SECONDS));
    assertEquals(130, run.exitValue());
    assertEquals("interrupted; the finished epochs are kept, continue with: lenet4j train --resume " + checkpoint, stderr().strip());
    try (Stream<Path> files = Files.list(folder)) { // no temporary file is left
      assertEquals(Set.of("out.safetensors.ckpt", "stdout", "stderr"), Set.copyOf(files.map(f -> f.getFileName().toString()).toList()));
    }
    resumesToTheSameBytes();
  }

  private void failsWithOneLine(List<String> options, String... parts) throws Exception {
    Process run = start(options, "train", "--data", data, "--epochs", 1, "--out", out);
    assertTrue(run.waitFor(60, TimeUnit.SECONDS));
    assertEquals(1, run.exitValue(), stderr());
    assertEquals(1, stderr().lines().count(), stderr());
    for (String part : parts) {
      assertTrue(stderr().contains(part), stderr());
    }
    assertTrue(Files.notExists(out));
  }

  @Test void anUnsupportedPlatformIsTold() throws Exception {
    failsWithOneLine(List.of("-Dorg.bytedeco.javacpp.platform=linux-riscv64"), "linux-riscv64", "linux-x86_64", "macosx-arm64");
  }

  private Path seven() throws IOException {
    Path seven = folder.resolve("seven.png");
    BufferedImage image = new BufferedImage(28, 28, BufferedImage.TYPE_BYTE_GRAY);
    Graphics2D g = image.createGraphics();
    g.setStroke(new BasicStroke(3));
    g.drawPolyline(new int[] {8, 19, 13}, new int[] {6, 6, 22}, 3);
    g.dispose();
    ImageIO.write(image, "png", seven.toFile());
    return seven;
  }

  @Test void oneImageNeedsNoNativeLibrary() throws Exception {
    Path seven = seven();
    Process run = start(List.of("-Dorg.bytedeco.javacpp.platform=linux-riscv64"), "predict", "--from", "pretrained", seven);
    assertEquals(0, run.waitFor(), this::stderr);
    assertTrue(Files.readString(folder.resolve("stdout")).startsWith(seven + "\t7\t"));
  }

  @Test void theVectorApiNeedsNoNativeLibrary() throws Exception {
    Process run = start(List.of("--add-modules=jdk.incubator.vector", "-Dorg.bytedeco.javacpp.platform=linux-riscv64"), "train",
        "--data", data, "--epochs", 1, "--out", out);
    assertEquals(0, run.waitFor(), this::stderr);
  }

  @Test void tooLittleMemoryIsTold() throws Exception {
    failsWithOneLine(List.of("-Xmx8m"), "out of memory", "LENET4J_JAVA_OPTS=-Xmx");
  }

  /** So many thousand images. */
  private Path large(int thousands) throws IOException {
    Path large = Files.createDirectory(folder.resolve("large"));
    Dataset digits = SyntheticDigits.create(1000, 1);
    for (int part = 0; part < thousands; part++) {
      Idx.append(digits, large.resolve("train-images-idx3-ubyte"), large.resolve("train-labels-idx1-ubyte"));
    }
    return large;
  }

  @Test void imagesThatDoNotFitAreReadFromTheirFile() throws Exception {
    Path large = large(26);
    Process run = start(List.of("-Xmx26m"), "train", "--data", large, "--epochs", 1, "--batch-size", 500, "--threads", 1, "--out", out);
    assertEquals(0, run.waitFor(), this::stderr);
    assertTrue(stderr().contains("train-images-idx3-ubyte: 19 MB, more than fits in the memory that Java may use"), stderr());
    Path other = folder.resolve("other");
    assertEquals(0, Cli.run("train", "--data", large, "--epochs", 1, "--batch-size", 500, "--threads", 1, "--out", other).exitCode());
    assertArrayEquals(Files.readAllBytes(other), Files.readAllBytes(out));
  }

  @Test void aFileThatIsCutOffWhileItIsReadIsTold() throws Exception {
    Path large = large(40);
    Process run = waitForACheckpoint(start(List.of("-Xmx40m"), "train", "--data", large, "--epochs", 1000, "--threads", 2, "--out", out));
    try (FileChannel file = FileChannel.open(large.resolve("train-images-idx3-ubyte"), StandardOpenOption.WRITE)) {
      file.truncate(4000);
    }
    assertTrue(run.waitFor(60, TimeUnit.SECONDS), this::stderr);
    assertEquals(1, run.exitValue(), this::stderr);
    assertTrue(stderr().contains("train-images-idx3-ubyte: was changed or replaced") || stderr().contains("became shorter"), stderr());
    assertEquals(2, stderr().lines().count(), stderr()); // the first one says that it is read from the file
  }

  /** 64 million pixels are either read in little memory, or named: the others are answered. */
  @Test void oneHugePictureStopsNoOthers() throws Exception {
    Path seven = seven();
    Path huge = folder.resolve("huge.png");
    ImageIO.write(new BufferedImage(8000, 8000, BufferedImage.TYPE_BYTE_GRAY), "png", huge.toFile());
    Process run = start(List.of("-Xmx40m"), "predict", "--from", "pretrained", seven, huge, seven);
    run.waitFor();
    List<String> answers = Files.readAllLines(folder.resolve("stdout"));
    assertEquals(2, answers.stream().filter(line -> line.startsWith(seven + "\t7\t")).count(), answers + stderr());
    assertTrue(answers.size() == 3 || stderr().contains(huge + ": too large for the memory"), answers + stderr());
    assertTrue(!stderr().contains("--batch-size"), stderr());
  }
}
