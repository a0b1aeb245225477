package org.lenet4j.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

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
    assertEquals(Set.of("index.html", "loss.png", "accuracy.png", "schedule.png", "filters.png", "confusion.png", "classes.png",
        "mistakes.png"), names(report));
    String page = Files.readString(report.resolve("index.html"));
    assertEquals(12, page.split("data:image/png;base64,", -1).length - 1); // each light and dark
    assertFalse(page.contains("http:") || page.contains("https:") || page.contains("<script") || page.contains("{loss"), "not on its own");
    for (String part : new String[] {"prefers-color-scheme: dark", "Training on digits", "<td>test</td>", "precision", "adamw"}) {
      assertTrue(page.contains(part), part);
    }
  }

  @Test void withoutTestData() throws IOException {
    Path trainOnly = Cli.data(folder.resolve("train-only"), 64, 10);
    Files.delete(trainOnly.resolve("t10k-images-idx3-ubyte"));
    Files.delete(trainOnly.resolve("t10k-labels-idx1-ubyte"));
    Cli run = train("--data", trainOnly, "--epochs", 1, "--report", folder.resolve("r"), "--tensorboard", folder.resolve("t"));
    assertEquals(0, run.exitCode(), run.err());
    assertEquals(Set.of("index.html", "loss.png", "accuracy.png", "schedule.png", "filters.png"), names(folder.resolve("r")));
    assertEquals(Set.of("train/events.out.tfevents.N"), names(folder.resolve("t")));
    assertTrue(Files.readString(folder.resolve("r/index.html")).contains("<td>none</td>"));
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
