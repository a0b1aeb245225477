package org.lenet4j.cli;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.lenet4j.Metrics;
import org.lenet4j.nn.Model;

/** Weights are not lost to a run that is worth less, nor in silence to any other; and they say how they were made. */
class RunOutputTest {
  @TempDir static Path shared;
  private static Path data;
  private static Path good;

  @TempDir Path folder;

  @BeforeAll static void train() {
    data = Cli.data(shared.resolve("my data"), 640, 1000);
    good = shared.resolve("good.safetensors");
    assertEquals(0, Cli.run("train", "--data", data, "--epochs", 2, "--batch-size", 16, "--out", good).exitCode());
  }

  private static Cli train(Path out, Object... more) {
    return Cli.run(Stream.concat(Stream.of("train", "--data", data, "--epochs", 1, "--batch-size", 16, "--out", out), Stream.of(more))
        .toArray());
  }

  private Path oldWeights(String name) throws IOException {
    return Files.copy(good, folder.resolve(name));
  }

  private List<String> files() throws IOException {
    try (Stream<Path> files = Files.list(folder)) {
      return files.map(file -> file.getFileName().toString()).sorted().toList();
    }
  }

  /** A loss out of all bounds, and units that are dead: both end with what guessing would have. */
  @ParameterizedTest @ValueSource(strings = {"100", "5"})
  void whatEndsNoBetterThanGuessingReplacesNothing(String rate) throws IOException {
    Path out = oldWeights("w.safetensors");
    for (boolean there : new boolean[] {true, false}) {
      Cli run = train(out, "--lr", rate);
      assertEquals(1, run.err().lines().count(), run.err());
      boolean guesses = run.err().contains("no better than guessing");
      assertTrue(guesses || run.err().matches("(?s).*(the loss grew to|NaN or infinite).*"), run.err());
      assertTrue(run.err().contains("a tenth"), run.err());
      assertTrue(guesses || run.err().contains("learning rate " + Float.valueOf(rate) + ";"), "before the schedule: " + run.err());
      assertEquals(guesses && !there ? 0 : 1, run.exitCode(), run.err());
      if (there) {
        assertArrayEquals(Files.readAllBytes(good), Files.readAllBytes(out));
        Files.delete(out);
      } else {
        assertEquals(guesses ? List.of("w.safetensors") : List.of(), files());
      }
    }
  }

  @Test void fineTuningToo() throws IOException {
    Path out = oldWeights("w.safetensors");
    Cli run = Cli.run("finetune", "--from", good, "--data", data, "--epochs", 1, "--lr", 50, "--strength", 1, "--out", out);
    assertEquals(1, run.exitCode(), run.err());
    assertEquals(1, run.err().lines().count(), run.err());
    assertArrayEquals(Files.readAllBytes(good), Files.readAllBytes(out));
  }

  @Test void withForceItIs() throws IOException {
    Path out = oldWeights("w.safetensors");
    Cli run = train(out, "--optimizer", "sgd", "--lr", "1e-9", "--schedule", "constant", "--ema", 0); // learns nothing
    assertEquals(1, run.exitCode(), run.out());
    assertTrue(run.err().contains("no better than guessing") && run.err().contains("--force"), run.err());
    assertEquals(0, train(out, "--optimizer", "sgd", "--lr", "1e-9", "--schedule", "constant", "--ema", 0, "--force").exitCode());
    assertFalse(Arrays.equals(Files.readAllBytes(good), Files.readAllBytes(out)));
  }

  @Test void weightsUnderTheUsualNameAreKept() throws IOException {
    Path out = oldWeights("lenet5.safetensors");
    Cli run = train(out);
    assertEquals(0, run.exitCode(), run.err());
    assertTrue(run.out().contains("there is " + out + ", weights trained on my data, test accuracy "), run.out());
    assertTrue(run.out().contains("; that will be kept as " + folder.resolve("lenet5-1.safetensors")), run.out());
    assertArrayEquals(Files.readAllBytes(good), Files.readAllBytes(folder.resolve("lenet5-1.safetensors")));
    byte[] second = Files.readAllBytes(out);
    assertFalse(train(out).out().contains("there is "), "the same run again is no loss");
    assertArrayEquals(second, Files.readAllBytes(out));
    train(out, "--seed", 3);
    assertEquals(List.of("lenet5-1.safetensors", "lenet5-2.safetensors", "lenet5.safetensors"), files());
    train(out, "--seed", 4, "--force");
    assertEquals(3, files().size());
  }

  @Test void underAnotherNameItIsSaid() throws IOException {
    Path out = oldWeights("mine.safetensors");
    assertTrue(train(out).out().contains("this will replace " + out + ", weights trained on my data, test accuracy "));
    Files.write(out, new byte[0]);
    assertTrue(train(out).out().contains("this will replace " + out + ", which holds no weights"));
    assertEquals(List.of("mine.safetensors"), files());
  }

  @Test void quietSaysTheResultAlone() {
    Cli run = train(folder.resolve("w"), "--quiet");
    assertEquals("", run.err());
    assertEquals(1, run.out().lines().count(), run.out());
    assertTrue(run.out().startsWith("test accuracy "), run.out());
    Cli tuned = Cli.run("finetune", "--from", good, "--data", data, "--epochs", 1, "--quiet", "--out", folder.resolve("t"));
    assertTrue(tuned.out().contains("before") && !tuned.out().contains("epoch 1/1"), tuned.out());
  }

  /** What training says of the test images is what evaluate says. */
  @Test void theLossIsThatOfEvaluate() {
    Path out = folder.resolve("w");
    Cli run = train(out);
    String loss = run.out().replaceAll("(?s).*test loss ([0-9.]+).*", "$1");
    assertTrue(Cli.run("evaluate", "--from", out, "--data", data).out().contains("loss " + loss), run.out());
    assertTrue(run.out().contains("loss " + loss + "; 1 epoch"), run.out());
    assertTrue(run.out().contains("train loss is with label smoothing 0.05; test loss without"), run.out());
  }

  @Test void weightsSayHowTheyWereMade() throws IOException {
    Path tuned = folder.resolve("tuned.safetensors");
    assertEquals(0, Cli.run("finetune", "--from", good, "--data", data, "--epochs", 1, "--per-class", 5, "--out", tuned).exitCode());
    String made = "lenet4j train --data 'my data' --epochs 2 --batch-size 16";
    assertEquals(made, Model.load(good).metadata().get("command"));
    Cli show = Cli.run("show", good);
    assertEquals(0, show.exitCode(), show.err());
    assertTrue(show.out().contains("\n  " + made + "\n"), show.out());
    for (String part : List.of("weights trained on my data, test accuracy ", "conv1", "6x28x28", "61706", "classes   0 to 9", "SHA-256")) {
      assertTrue(show.out().contains(part), part + " is not in " + show.out());
    }
    show = Cli.run("show", tuned);
    assertTrue(show.out().contains(made) && show.out().contains("fine-tuned once")
        && show.out().contains("lenet4j finetune --from good.safetensors --data 'my data' --per-class 5 --epochs 1"), show.out());
    assertEquals(0, Cli.run("show", "pretrained").exitCode());
    assertEquals(1, Cli.run("show", data.resolve("train-images-idx3-ubyte")).exitCode());
  }

  @Test void guessing() {
    long[][] one = new long[10][10]; // all taken for class 1
    long[][] right = new long[10][10];
    long[][] few = new long[10][10];
    for (int label = 0; label < 10; label++) {
      one[label][1] = 100;
      right[label][label] = 20;
      right[label][1] += 80;
      few[label][1] = 5;
    }
    assertTrue(new Metrics(2.3, one).isGuessing());
    assertFalse(new Metrics(2.2, right).isGuessing());
    assertFalse(new Metrics(2.3, few).isGuessing(), "50 images cannot tell");
    assertTrue(new Metrics(1e16, few).isGuessing());
    assertTrue(new Metrics(Double.NaN, few).isGuessing());
    assertFalse(new Metrics(0.1, new long[][] {{2000, 0}, {0, 0}}).isGuessing(), "one class alone");
    assertFalse(new Metrics(0.2, new long[][] {{1900, 0}, {60, 40}}).isGuessing(), "a rare class that is found now and then");
    assertTrue(new Metrics(0.2, new long[][] {{1900, 0}, {100, 0}}).isGuessing());
  }
}
