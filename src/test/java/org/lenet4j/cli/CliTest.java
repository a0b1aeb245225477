package org.lenet4j.cli;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.awt.image.BufferedImage;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Set;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.lenet4j.Checkpoint;
import org.lenet4j.JsonTree;
import org.lenet4j.data.Dataset;
import org.lenet4j.data.Normalization;
import org.lenet4j.data.SyntheticDigits;
import org.lenet4j.nn.Model;
import picocli.CommandLine.Command;

/** The commands as they are meant to be used; {@link CliErrorTest} has the rest. */
class CliTest {
  @TempDir static Path shared;
  private static Path data;
  private static Path weights;

  @TempDir Path folder;

  @BeforeAll static void train() {
    data = Cli.data(shared.resolve("data"), 640, 100);
    weights = shared.resolve("weights.safetensors");
    Cli run = Cli.run("train", "--data", data, "--epochs", 6, "--batch-size", 16, "--out", weights);
    assertEquals(0, run.exitCode(), run.err());
  }

  private static Cli ok(Object... args) {
    Cli run = Cli.run(args);
    assertEquals(0, run.exitCode(), run.err());
    return run;
  }

  @Test void trainWritesWeightsAndTheContractsJson() throws IOException {
    Path out = folder.resolve("out.safetensors");
    Cli run = ok("train", "--data", data, "--epochs", 2, "--seed", 7, "--out", out, "--json", folder.resolve("run.json"));
    assertEquals("", run.err());
    assertTrue(run.out().contains("epoch 1/2  train loss ") && run.out().contains("epoch 2/2"), run.out());
    JsonTree json = JsonTree.read(folder.resolve("run.json"));
    assertEquals(List.of("command", "device", "kernels", "seed", "model", "parameters", "epochs", "train_seconds",
        "samples_per_second", "train_samples", "split", "samples", "accuracy", "loss", "trained_on"), List.copyOf(json.names()));
    assertEquals("train", json.at("command"));
    assertEquals("openblas", json.at("device"));
    assertEquals(7L, json.at("seed"));
    assertEquals(61_706L, json.at("parameters"));
    assertEquals(out.toString(), json.at("model"));
    assertEquals(2, json.list("epochs").size());
    assertEquals(Set.of("epoch", "train_loss", "train_accuracy", "test_loss", "test_accuracy", "seconds"), json.names("epochs", 1));
    assertEquals(2L, json.at("epochs", 1, "epoch"));
    assertEquals(json.at("epochs", 1, "test_accuracy"), json.at("accuracy"));
    assertEquals(json.number("loss"), json.number("epochs", 1, "test_loss"), 1e-6); // the recipe smooths labels, what is measured does not
    assertEquals("test", json.at("split"));
    assertEquals(100L, json.at("samples"));
    assertEquals(640L, json.at("train_samples"));

    Model model = Model.load(out);
    assertFalse(model.normalization().equals(Normalization.NONE)); // the recipe fast
    assertEquals("fast", model.metadata().get("recipe"));
    assertEquals("7", model.metadata().get("seed"));
    assertEquals("data", model.metadata().get("data")); // the last name of the path alone
    assertEquals(json.at("accuracy").toString(), model.metadata().get("test_accuracy"));
    try (var files = Files.list(folder)) {
      assertEquals(Set.of("out.safetensors", "run.json"), Set.copyOf(files.map(file -> file.getFileName().toString()).toList()));
    }
  }

  @Test void jsonOnStandardOutputIsAlone() throws IOException {
    Cli run = ok("train", "--data", data, "--epochs", 1, "--out", folder.resolve("w.safetensors"), "--json", "-");
    assertEquals("train", JsonTree.parse(run.out()).at("command"));
    assertTrue(run.err().contains("epoch 1/1"), run.err());
  }

  @Test void withoutTestSetTheResultIsNull() throws IOException {
    Path trainOnly = Cli.data(folder.resolve("train-only"), 64, 10);
    Files.delete(trainOnly.resolve("t10k-images-idx3-ubyte"));
    Files.delete(trainOnly.resolve("t10k-labels-idx1-ubyte"));
    Cli run = ok("train", "--data", trainOnly, "--epochs", 1, "--out", folder.resolve("w.safetensors"), "--json", "-");
    JsonTree json = JsonTree.parse(run.out());
    for (String key : List.of("split", "samples", "accuracy", "loss")) {
      assertNull(json.at(key), key);
    }
    assertFalse(Model.load(folder.resolve("w.safetensors")).metadata().containsKey("test_accuracy"));
  }

  @Test void optionsOverrideTheRecipe() throws IOException {
    Path out = folder.resolve("w.safetensors");
    ok("train", "--data", data, "--epochs", 1, "--out", out, "--recipe", "fast", "--optimizer", "sgd", "--schedule", "cosine:0.1",
        "--warmup", "0.25", "--batch-size", 100, "--augment", "shift=1,rotation=5", "--ema", "0.9", "--label-smoothing", "0.1",
        "--accumulate", 4);
    Map<String, String> notes = Model.load(out).metadata();
    assertEquals("sgd", notes.get("optimizer"));
    assertEquals("0.05", notes.get("lr"));
    assertEquals("0.9", notes.get("momentum"));
    assertEquals("0.0", notes.get("weight_decay"));
    assertEquals("warmup:0.25:cosine:0.1", notes.get("schedule"));
    assertEquals("100", notes.get("batch_size"));
    assertEquals("0.9", notes.get("ema"));
    assertEquals("4", notes.get("accumulate"));
    assertEquals("0.1", notes.get("label_smoothing"));
    assertEquals("shift=1.0,rotation=5.0,scale=0.0,shear=0.0,elastic=0.0:4.0", notes.get("augment"));
  }

  @Test void threadsDoNotChangeTheWeights() throws IOException {
    byte[][] files = new byte[3][];
    for (int i = 0; i < 3; i++) {
      Path out = folder.resolve("w" + i);
      ok("train", "--data", data, "--epochs", 2, "--augment", "light", "--threads", 1 << i, "--out", out);
      files[i] = Files.readAllBytes(out);
    }
    assertArrayEquals(files[0], files[1]);
    assertArrayEquals(files[0], files[2]);
  }

  @Test void evaluateShowsEveryClassWithin80Columns() throws IOException {
    Cli run = ok("evaluate", "--from", weights, "--data", data, "--json", folder.resolve("e.json"));
    assertTrue(run.out().lines().skip(1).allMatch(line -> line.length() <= 80), run.out());
    assertTrue(run.out().contains("precision") && run.out().contains("recall") && run.out().contains("confusion matrix"), run.out());
    JsonTree json = JsonTree.read(folder.resolve("e.json"));
    assertEquals(100L, json.at("samples"));
    assertEquals(Model.load(weights).metadata().get("test_accuracy"), json.at("accuracy").toString());
    assertEquals(10, json.list("classes").size());
    assertEquals(10, json.list("confusion").size());
    assertEquals(640L, JsonTree.parse(ok("evaluate", "--from", weights, "--data", data, "--split", "train", "--json", "-").out())
        .at("samples"));
  }

  @Test void predictReadsImages() throws IOException {
    Dataset digits = SyntheticDigits.create(20, 3);
    Path[] files = new Path[10];
    for (int digit = 0; digit < 10; digit++) {
      BufferedImage image = new BufferedImage(28, 28, BufferedImage.TYPE_BYTE_GRAY);
      for (int p = 0; p < 784; p++) {
        image.getRaster().setSample(p % 28, p / 28, 0, digits.images()[digit * 784 + p] & 0xFF);
      }
      files[digit] = folder.resolve("digit " + digit + ".png");
      ImageIO.write(image, "png", files[digit].toFile());
    }
    List<String> lines = ok("predict", "--from", weights, files[3], files[4], files[5]).out().lines().toList();
    assertEquals(3, lines.size());
    for (int i = 0; i < 3; i++) {
      String[] words = lines.get(i).split("\t");
      assertEquals(files[3 + i].toString(), words[0]);
      assertTrue(words[1].matches("[0-9]") && words[2].matches("[01]\\.[0-9]{4}"), lines.get(i));
    }
    Path noImage = Files.writeString(folder.resolve("no.png"), "no image");
    Cli mixed = Cli.run("predict", "--from", weights, files[0], noImage, files[1], "--json", "-");
    assertEquals(1, mixed.exitCode());
    assertEquals("lenet4j predict: " + noImage + ": not an image but text; expected PNG, JPEG, GIF, BMP, TIFF, WebP or PNM",
        mixed.err().strip());
    JsonTree answers = JsonTree.parse(mixed.out());
    assertEquals(3, answers.list().size());
    assertEquals(Set.of("file", "verdict", "label", "name", "probability", "probabilities"), answers.names(0));
    assertEquals(Set.of("file", "error"), answers.names(1));
    assertEquals(files[1].toString(), answers.at(2, "file"));
  }

  @Tag("slow") @Test void benchmarkMeasuresEveryDeviceThatThereIs() throws IOException {
    Cli run = ok("benchmark", "--seconds", "0.01", "--batch-size", "256,64", "--threads", 1, "--layers", "--json",
        folder.resolve("b.json"), "--report", folder.resolve("report"));
    JsonTree json = JsonTree.read(folder.resolve("b.json"));
    JsonTree openblas = new JsonTree(json.at("devices", 0));
    assertEquals("openblas", openblas.at("device"));
    assertEquals(256L, openblas.at("training", 0, "batch"));
    assertEquals(64L, openblas.at("training", 1, "batch"));
    double speed = openblas.number("training", 0, "samples_per_second");
    double share = openblas.number("share_of_sgemm");
    // 2.26 million operations a sample, as the bars count them
    assertEquals(speed * 2.264e6 / (json.number("sgemm_gflops") * 1e9), share, 1e-3 * share);
    assertTrue(openblas.number("p50_us") <= openblas.number("p99_us"));
    double flops = json.list("step").stream().mapToDouble(part -> new JsonTree(part).number("flops")).sum();
    assertEquals(16 * 2.264e6, flops, 16 * 1e3); // every operation is in one of the parts
    assertTrue(run.out().contains("training, batch 256") && run.out().contains("conv2"), run.out());
    assertTrue(Files.size(folder.resolve("report/training.svg")) > 1000);
    assertTrue(Files.readString(folder.resolve("report/index.html")).contains("A step on one thread"));
    assertTrue(Cli.run("benchmark", "--seconds", "0").err().contains("--seconds must be more than 0"));
    assertTrue(Cli.run("benchmark", "--batch-size", "0").err().contains("--batch-size must be from 1"));
  }

  @Test void infoSaysWhatRunsAndWhy() throws IOException {
    Cli run = ok("info", "--json", folder.resolve("i.json"));
    assertTrue(run.out().contains("core type ") && run.out().contains("cuda") && run.out().contains("openblas"), run.out());
    JsonTree json = JsonTree.read(folder.resolve("i.json"));
    assertTrue(json.names("openblas").contains("core_type"));
    assertTrue(((Map<?, ?>) json.at("openblas", "libraries")).values().stream().allMatch(file -> Files.exists(Path.of(file.toString()))));
    assertTrue(run.out().contains(json.at("devices", 0, "description").toString()), run.out());
  }

  @Test void helpAndVersion() {
    assertTrue(ok("--help").out().contains("predict"));
    assertTrue(ok("help").out().contains("evaluate"));
    assertTrue(ok("help", "train").out().contains("--batch-size"));
    assertTrue(ok("train", "--help").out().contains("--resume"));
    assertTrue(ok("--version").out().startsWith("lenet4j "));
    for (var command : Main.commandLine(null).getSubcommands().entrySet()) {
      Object object = command.getValue().getCommandSpec().userObject();
      assertEquals(command.getKey(), object.getClass().getAnnotation(Command.class).name());
    }
    for (String command : List.of("train", "finetune", "evaluate", "predict", "export", "info", "benchmark")) {
      assertTrue(ok(command, "--help").out().lines().allMatch(line -> line.length() <= 80), command);
    }
  }

  @Test void aFullDiskLosesNothing() throws IOException {
    Path full = Path.of("/dev/full");
    assumeTrue(Files.exists(full));
    Path checkpoint = folder.resolve("run.ckpt");
    Cli failed = Cli.run("train", "--data", data, "--epochs", 2, "--out", full, "--checkpoint", checkpoint);
    assertEquals(1, failed.exitCode());
    assertEquals(1, failed.err().lines().count(), failed.err());
    assertTrue(failed.err().contains("disk is full") && failed.err().contains("--resume " + checkpoint), failed.err());
    assertEquals(2, Checkpoint.load(checkpoint).epoch());
    Path out = folder.resolve("resumed");
    ok("train", "--resume", checkpoint, "--checkpoint", checkpoint, "--out", out, "--precision", "fp32", "--fast");
    Path straight = folder.resolve("straight");
    ok("train", "--data", data, "--epochs", 2, "--out", straight);
    assertArrayEquals(Files.readAllBytes(straight), Files.readAllBytes(out));
    assertTrue(Files.notExists(checkpoint));
  }
}
