package org.lenet4j.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.lenet4j.file.Claim;

/** Two runs with the same {@code --out} or {@code --checkpoint} at the same time. */
@Timeout(120)
@SuppressWarnings("try") // closing is what is tested
class TwoRunsTest {
  @TempDir Path folder;

  @BeforeAll static void kernelsThatNeedNoWarmUp() {
    System.setProperty("lenet4j.vector", "false");
  }

  @AfterAll static void vectorAgain() {
    System.clearProperty("lenet4j.vector");
  }

  @Test void theSecondIsRefusedAndTouchesNothing() throws IOException {
    Path data = Cli.data(folder.resolve("data"), 60, 10);
    Path out = folder.resolve("w");
    Path checkpoint = folder.resolve("w.ckpt");
    Object[] train = {"train", "--data", data, "--epochs", 1, "--batch-size", 20, "--threads", 1, "--out", out};
    Object[] finetune = {"finetune", "--from", "pretrained", "--data", data, "--epochs", 1, "--batch-size", 20, "--threads", 1,
        "--checkpoint", checkpoint, "--out", folder.resolve("other")};
    try (Claim first = Claim.of(out, checkpoint)) {
      assertRefused(Cli.run(train), out);
      assertRefused(Cli.run(finetune), checkpoint);
      for (String name : new String[] {"w", "w.ckpt", "other"}) {
        assertTrue(Files.notExists(folder.resolve(name)), name);
      }
    }
    assertEquals(0, Cli.run(train).exitCode());
    Cli without = Cli.run("train", "--data", data, "--epochs", 1, "--batch-size", 20, "--threads", 1, "--out", out, "--checkpoint", "none");
    assertEquals(0, without.exitCode(), without.err());
    try (Stream<Path> files = Files.list(folder)) {
      assertEquals(0, files.filter(file -> file.getFileName().toString().startsWith(".")).count(), "nothing stays behind");
    }
  }

  private static void assertRefused(Cli run, Path file) {
    assertEquals(1, run.exitCode());
    assertTrue(run.err().contains(file + ": another run, of this process, writes it; wait until that one has ended, or choose another"
        + " name"), run.err());
    assertEquals(1, run.err().lines().count(), run.err());
  }
}
