package org.lenet4j.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.lenet4j.Device;
import org.lenet4j.Predictor;
import org.lenet4j.data.Dataset;
import org.lenet4j.data.Idx;
import org.lenet4j.data.SyntheticDigits;
import org.lenet4j.nn.LeNet5;

/** What {@code train --report} and {@code --tensorboard} write. */
class TrainReportTest {
  @TempDir static Path shared;
  private static Path data;

  @TempDir Path folder;

  @BeforeAll static void data() {
    data = Cli.data(shared.resolve("digits"), 160, 40);
  }

  private Cli train(Object... more) {
    return Cli.run(Stream.concat(Stream.of("train", "--out", folder.resolve("w.safetensors")), Stream.of(more)).toArray());
  }

  private static Set<String> names(Path folder) throws IOException {
    try (Stream<Path> files = Files.walk(folder)) {
      return new TreeSet<>(files.filter(Files::isRegularFile).map(file -> folder.relativize(file).toString().replace('\\', '/')
          .replaceAll("[0-9]+\\.lenet4j", "N")).toList());
    }
  }

  @Test void thePageNeedsNothingButItself() throws IOException {
    Path report = folder.resolve("report");
    Cli run = train("--data", data, "--epochs", 2, "--report", report);
    assertEquals(0, run.exitCode(), run.err());
    assertTrue(run.out().contains("report: " + report.resolve("index.html")), run.out());
    assertEquals(Set.of("index.html", "loss.svg", "accuracy.svg", "schedule.svg", "filters.svg", "confusion.svg"), names(report));
    String page = Files.readString(report.resolve("index.html")).replaceAll("<span class=\"option\">(.*?)</span>", "$1");
    assertFalse(page.contains("http:") || page.contains("https:") || page.contains("<script"), "not on its own");
    String command = "lenet4j train --out " + folder.resolve("w.safetensors") + " --data " + data + " --epochs 2 --report " + report;
    for (String part : new String[] {"prefers-color-scheme: dark", "Training on digits", "test accuracy", "precision", "AdamW, ", command,
        "<span>lenet4j ", "cpu: ", "2 epochs in ",
        "mean of each epoch; train loss is with label smoothing 0.05; test loss without, as in evaluate", "<dt>inputs normalized</dt>",
        "data:image/png;base64,"}) {
      assertTrue(page.contains(part), part);
    }
    assertTrue(page.length() < 100_000, page.length() + " letters");
  }

  @Test void withoutTestData() throws IOException {
    Path trainOnly = Cli.data(folder.resolve("train-only"), 64, 10);
    Files.delete(trainOnly.resolve("t10k-images-idx3-ubyte"));
    Files.delete(trainOnly.resolve("t10k-labels-idx1-ubyte"));
    Cli run = train("--data", trainOnly, "--epochs", 1, "--report", folder.resolve("r"), "--tensorboard", folder.resolve("t"));
    assertEquals(0, run.exitCode(), run.err());
    assertEquals(Set.of("index.html", "loss.svg", "accuracy.svg", "schedule.svg", "filters.svg"), names(folder.resolve("r")));
    assertEquals(Set.of("train/events.out.tfevents.N"), names(folder.resolve("t")));
    assertTrue(Files.readString(folder.resolve("r/index.html")).contains("Not known: there were no test images"));
  }

  /** A server or a slim image has none, and Java fails where it looks for some. */
  @Test void aReportNeedsNoFonts() throws Exception {
    Process process = new ProcessBuilder(Path.of(System.getProperty("java.home"), "bin", "java").toString(), "-Xlog:class+load", "-cp",
        System.getProperty("java.class.path"), Main.class.getName(), "report", "--from", "pretrained", "--data", data.toString(), "--out",
        folder.resolve("r").toString()).redirectErrorStream(true).start();
    String out = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertEquals(0, process.waitFor(), out);
    assertTrue(out.contains("org.lenet4j.report.Svg "), out);
    List<String> fonts = out.lines().filter(line -> line.contains(" sun.font.") || line.contains(" java.awt.Font")).toList();
    assertEquals(List.of(), fonts);
    assertTrue(Files.exists(folder.resolve("r/index.html")));
  }

  @Test void aReportCanBeMadeLater() throws IOException {
    assertEquals(0, train("--data", data, "--epochs", 1).exitCode());
    Path report = folder.resolve("later");
    Cli run = Cli.run("report", "--from", folder.resolve("w.safetensors"), "--data", data, "--out", report);
    assertEquals(0, run.exitCode(), run.err());
    assertTrue(run.out().endsWith("report: " + report.resolve("index.html") + System.lineSeparator()), run.out());
    assertEquals(Set.of("index.html", "confusion.svg", "filters.svg"), names(report));
    String page = Files.readString(report.resolve("index.html"));
    for (String part : new String[] {"<h1>w.safetensors on digits, test set</h1>", "Confusion matrix", "Surest mistakes", "one cycle"}) {
      assertTrue(page.contains(part), part);
    }
    Path file = Files.writeString(folder.resolve("file"), "old");
    Cli failed = Cli.run("report", "--from", folder.resolve("w.safetensors"), "--data", data, "--out", file);
    assertEquals(1, failed.exitCode());
    assertTrue(failed.err().startsWith("lenet4j report: cannot write the report to " + file + ": it is a file"), failed.err());
  }

  @Test void withoutMistakesItSaysSo() throws IOException {
    Dataset digits = SyntheticDigits.create(30, 1);
    int[] right;
    try (Device device = Device.open("openblas", 1); Predictor predictor = new Predictor(device, LeNet5.pretrained())) {
      right = IntStream.range(0, digits.size()).filter(i -> predictor.predict(digits.image(i)).label() == digits.labels()[i]).toArray();
    }
    Path easy = Files.createDirectories(folder.resolve("easy"));
    Idx.write(digits.subset(right), easy.resolve("t10k-images-idx3-ubyte"), easy.resolve("t10k-labels-idx1-ubyte"));
    assertEquals(0, Cli.run("report", "--from", "pretrained", "--data", easy, "--out", folder.resolve("r")).exitCode());
    String page = Files.readString(folder.resolve("r/index.html"));
    assertTrue(page.contains("No mistakes: of " + right.length + " images none was taken for something else."), page);
  }

  @Test void eventsOfAResumedRunGoOn() throws IOException {
    Path full = Path.of("/dev/full"); // fails in the end and leaves the checkpoint
    assumeTrue(Files.exists(full));
    Path checkpoint = folder.resolve("run.ckpt");
    Path events = folder.resolve("runs/1");
    Cli.run("train", "--data", data, "--epochs", 2, "--out", full, "--checkpoint", checkpoint, "--tensorboard", events);
    assertEquals(Set.of("test/events.out.tfevents.N", "train/events.out.tfevents.N"), names(events));
    Cli again = train("--data", data, "--tensorboard", events);
    assertEquals(1, again.exitCode());
    assertTrue(again.err().contains("holds the events of another run"), again.err());
    Cli run = train("--resume", checkpoint, "--checkpoint", checkpoint, "--tensorboard", events, "--report", folder.resolve("r"));
    assertEquals(0, run.exitCode(), run.err());
    assertTrue(Files.exists(folder.resolve("r/index.html")));
  }

  @Test void foldersThatCannotBeWrittenAreFoundBeforeTraining() throws IOException {
    Path file = Files.writeString(folder.resolve("file"), "old");
    for (Object[] more : new Object[][] {{"--report", file}, {"--tensorboard", file}, {"--tensorboard", file.resolve("below")},
        {"--report", folder.resolve("nowhere/r")}}) {
      Cli run = train(Stream.concat(Stream.of("--data", data), Stream.of(more)).toArray());
      assertEquals(1, run.exitCode());
      assertEquals(1, run.err().lines().count(), run.err());
      assertTrue(run.err().startsWith("lenet4j train: "), run.err());
      assertFalse(run.out().contains("epoch"), run.out());
    }
    assertEquals(Set.of("file"), names(folder));
  }
}
