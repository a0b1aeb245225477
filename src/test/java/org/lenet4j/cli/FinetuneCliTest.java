package org.lenet4j.cli;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.lenet4j.JsonTree;
import org.lenet4j.nn.Model;
import org.lenet4j.tune.Generation;
import org.lenet4j.tune.TuningCheckpoint;

/** {@code lenet4j finetune} as it is meant to be used; {@link FinetuneErrorTest} has the rest. */
class FinetuneCliTest {
  @TempDir static Path shared;
  private static Path old;
  private static Path fresh;
  private static Path weights;

  @TempDir Path folder;

  @BeforeAll static void train() {
    old = Cli.data(shared.resolve("old"), 640, 100);
    fresh = Cli.data(shared.resolve("fresh"), 320, 60);
    weights = shared.resolve("weights.safetensors");
    assertEquals(0, Cli.run("train", "--data", old, "--epochs", 3, "--batch-size", 16, "--out", weights).exitCode());
  }

  private Cli finetune(Path out, Object... more) {
    Object[] args = {"finetune", "--from", weights, "--data", fresh, "--out", out};
    Cli run = Cli.run(Stream.concat(Stream.of(args), Stream.of(more)).toArray());
    assertEquals(0, run.exitCode(), run.err());
    return run;
  }

  @Test void writesWeightsAndTheContractsJson() throws IOException {
    Path out = folder.resolve("t.safetensors");
    Cli run = finetune(out, "--epochs", 2, "--replay", old, "--seed", 5, "--json", folder.resolve("t.json"));
    assertEquals("", run.err());
    JsonTree json = JsonTree.read(folder.resolve("t.json"));
    assertEquals(List.of("command", "device", "kernels", "seed", "model", "parameters", "epochs", "train_seconds",
        "samples_per_second", "split", "samples", "accuracy", "loss", "trained_on", "from", "parent_sha256", "train_samples", "replayed",
        "validation_samples", "best_epoch", "epochs_split", "before", "after", "source_trained_on", "range_test", "search", "strength"),
        List.copyOf(json.names()));
    assertEquals(Set.of("target_accuracy", "target_loss", "source_accuracy", "source_loss"), json.names("after"));
    assertEquals(json.names("after"), json.names("before"));
    assertEquals(json.at("accuracy"), json.at("after", "target_accuracy"));
    assertEquals("finetune", json.at("command"));
    assertEquals(320L, json.at("train_samples"));
    assertEquals(60L, json.at("samples"));
    assertEquals(320L, json.at("replayed"));
    assertEquals(Model.load(weights).sha256(), json.at("parent_sha256"));
    // the same numbers as evaluate
    assertEquals(accuracy(out, fresh), json.at("after", "target_accuracy"));
    assertEquals(accuracy(out, old), json.at("after", "source_accuracy"));
    assertEquals(accuracy(weights, old), json.at("before", "source_accuracy"));
    assertEquals(320L, json.at("strength", "held_out"));
    assertTrue(run.out().contains("cross-validation on 320 training images: "
        + ((Map<?, ?>) ((List<?>) json.at("strength", "trials")).get(0)).get("errors") + " errors before"), run.out());
    assertTrue(run.out().contains("before") && run.out().contains("new data  old data"), run.out());
    Generation generation = Generation.of(Model.load(out)).get(0);
    assertEquals("fresh", generation.data());
    assertEquals(json.at("after", "target_accuracy"), generation.after().targetAccuracy());
    assertEquals("5", generation.settings().get("seed"));
    try (Stream<Path> files = Files.list(folder)) {
      assertEquals(Set.of("t.safetensors", "t.json"), Set.copyOf(files.map(file -> file.getFileName().toString()).toList()));
    }
  }

  private static Object accuracy(Path model, Path data) throws IOException {
    return JsonTree.parse(Cli.run("evaluate", "--from", model, "--data", data, "--json", "-").out()).at("accuracy");
  }

  @Test void tuningsAreRememberedAndRepeatable() throws IOException {
    Path first = folder.resolve("1.safetensors");
    Path second = folder.resolve("2.safetensors");
    Path again = folder.resolve("3.safetensors");
    finetune(first, "--epochs", 1);
    for (Path out : List.of(second, again)) {
      assertEquals(0, Cli.run("finetune", "--from", first, "--data", fresh, "--per-class", 5, "--epochs", 2, "--source", old, "--out", out)
          .exitCode());
    }
    assertArrayEquals(Files.readAllBytes(second), Files.readAllBytes(again));
    List<Generation> past = Generation.of(Model.load(second));
    assertEquals(2, past.size());
    assertEquals(Model.load(weights).sha256(), past.get(0).parent());
    assertEquals(Model.load(first).sha256(), past.get(1).parent());
    assertEquals("fresh 5 per class", past.get(1).data());
    assertEquals(50, past.get(1).samples());
  }

  @Test void everyOptionIsHeard() throws IOException {
    Path out = folder.resolve("t.safetensors");
    Path report = folder.resolve("r");
    Cli run = finetune(out, "--freeze", "conv1,conv2", "--unfreeze-after", 1, "--layer-decay", 0.5, "--layer-lr", "fc3=0.01",
        "--dropout", 0.2, "--label-smoothing", 0.1, "--augment", "strong", "--weight-decay", 0.05, "--ema", 0.9, "--patience", 2,
        "--monitor", "accuracy", "--min-change", 0.001, "--l2sp", 0.01, "--epochs", 4, "--validation", 0.25, "--replay", old,
        "--replay-share", 0.25, "--replay-per-class", 3, "--strength", 0.5, "--report", report);
    assertTrue(run.out().contains(", 0.5 of the way from the old ones; saved "), run.out());
    String page = Files.readString(report.resolve("index.html"));
    assertTrue(page.contains("those that are kept went 0.5 of the way from the old ones"), page);
    Map<String, String> settings = Generation.of(Model.load(out)).get(0).settings();
    assertEquals("conv1,conv2", settings.get("frozen"));
    assertEquals("1=conv2;2=conv1", settings.get("unfreezing"));
    assertEquals("0.5", settings.get("layer_decay"));
    assertTrue(settings.get("groups").contains("fc3") && settings.get("groups").contains("0.01"), settings.toString());
    assertEquals("0.01", settings.get("l2sp"));
    assertEquals("0.9", settings.get("ema"));
    assertEquals("0.5", settings.get("strength"));
    assertEquals("0.1", settings.get("label_smoothing"));
    assertEquals("0.05", settings.get("weight_decay"));
    assertEquals("accuracy:2:0.001", settings.get("stopping"));
    assertTrue(settings.get("augment").contains("elastic=1.2"), settings.toString());
    assertEquals(80, Generation.of(Model.load(out)).get(0).replayed()); // a quarter of the epoch, with 240 new ones
    assertEquals(Set.of(), Model.load(out).frozen());
    assertTrue(Model.load(out).layers().toString().contains("dropout_fc3"));
  }

  @Test void aBodyIsFrozenAndAHeadGrows() throws IOException {
    Path out = folder.resolve("t.safetensors");
    finetune(out, "--epochs", 1, "--freeze", "body", "--strength", 1);
    Model before = Model.load(weights);
    for (String name : List.of("conv1.weight", "conv2.bias", "fc1.weight", "fc2.weight")) {
      assertArrayEquals(before.parameter(name).values(), Model.load(out).parameter(name).values(), name);
    }
    assertEquals(Set.of("conv1", "conv2", "fc1", "fc2"), Model.load(out).frozen());
    assertFalse(Arrays.equals(before.parameter("fc3.bias").values(), Model.load(out).parameter("fc3.bias").values()));

    finetune(out, "--epochs", 1, "--head", 12, "--keep-rows", "all", "--allow-missing", "--freeze", "none");
    assertEquals(12, Model.load(out).outputSize());
  }

  /** Train on 0 to 4, then 5 to 9 join. */
  @Test void newClassesJoin() throws IOException {
    Path half = folder.resolve("half.safetensors");
    Path out = folder.resolve("t.safetensors");
    assertEquals(0, Cli.run("finetune", "--from", weights, "--data", old, "--classes", "0-4", "--head", 5, "--epochs", 2, "--out", half)
        .exitCode());
    assertEquals(5, Model.load(half).outputSize());
    Cli run = Cli.run("finetune", "--from", half, "--data", old, "--classes", "5-9", "--head", 10, "--keep-rows", "all", "--replay", old,
        "--replay-classes", "0-4", "--replay-per-class", 20, "--epochs", 3, "--out", out, "--json", "-");
    assertEquals(0, run.exitCode(), run.err());
    JsonTree json = JsonTree.parse(run.out());
    assertEquals(json.at("train_samples"), json.at("replayed")); // five old classes, five new ones
    assertEquals("old classes 5-9", Generation.of(Model.load(out)).get(1).data());
    assertTrue(json.number("after", "source_accuracy") > 0.6, run.out());
  }

  @Test void rangeTestAndSearchAreShownAndUsed() throws IOException {
    Path out = folder.resolve("t.safetensors");
    Cli run = finetune(out, "--find-lr", "--search", 4, "--epochs", 4, "--json", folder.resolve("t.json"));
    JsonTree json = JsonTree.read(folder.resolve("t.json"));
    assertTrue(json.list("range_test", "curve").size() > 50 && json.at("range_test", "suggestion") != null);
    assertEquals(4 + 2 + 1, json.list("search").size());
    assertEquals(Set.of("round", "trained_epochs", "learning_rate", "weight_decay", "frozen", "augment", "validation_loss",
        "validation_accuracy"), json.names("search", 0));
    assertTrue(run.out().lines().filter(line -> !line.startsWith("epoch ") && !line.contains(": ") && !line.contains("; "))
        .allMatch(line -> line.length() <= 80), run.out());
    assertTrue(run.out().contains("round  epochs  learning rate") && run.out().contains("best: learning rate "), run.out());
    assertEquals(30L, json.at("validation_samples")); // a tenth
    assertEquals("validation", json.at("epochs_split"));
  }

  @Test void whatItCostsIsUnknownWithoutOldData() throws IOException {
    Path out = folder.resolve("t.safetensors");
    Cli run = finetune(out, "--epochs", 1, "--json", folder.resolve("t.json"));
    assertTrue(run.out().contains("give some with --source"), run.out());
    JsonTree json = JsonTree.read(folder.resolve("t.json"));
    assertNull(json.at("after", "source_accuracy"));
  }

  @Test void theReportIsOnePage() throws IOException {
    Path out = folder.resolve("t.safetensors");
    Path report = folder.resolve("report");
    for (int i = 0; i < 2; i++) { // the second replaces the first
      Path runs = folder.resolve("runs/" + i);
      finetune(out, "--epochs", 2, "--find-lr", "--patience", 5, "--report", report, "--tensorboard", runs);
    }
    try (Stream<Path> runs = Files.list(folder.resolve("runs/1"))) {
      assertEquals(Set.of("train", "validation"), Set.copyOf(runs.map(run -> run.getFileName().toString()).toList()));
    }
    try (Stream<Path> files = Files.list(report)) {
      assertEquals(Set.of("index.html", "loss.svg", "accuracy.svg", "schedule.svg", "learning-rate.svg", "confusion-before.svg",
          "confusion-after.svg", "filters.svg"),
          Set.copyOf(files.map(file -> file.getFileName().toString()).toList()));
    }
    String page = Files.readString(report.resolve("index.html"));
    assertEquals(7, page.split("<svg ", -1).length - 1);
    assertFalse(page.contains("http:") || page.contains("https:") || page.contains("<script"), "not on its own");
    assertTrue(page.contains("prefers-color-scheme: dark") && page.contains("Fine-tuning to fresh") && page.contains("old data"));
    int answer = page.indexOf("Was it worth it?");
    assertTrue(answer > 0 && answer < page.indexOf("<h2>Loss"), "the answer comes first");
    assertTrue(page.contains("lenet4j finetune <span class=\"option\">--from</span> "), page);
  }

  @Test void aFullDiskLosesNothing() throws IOException {
    Path full = Path.of("/dev/full");
    assumeTrue(Files.exists(full));
    Path checkpoint = folder.resolve("run.ckpt");
    Object[] args = {"finetune", "--from", weights, "--data", fresh, "--epochs", 3, "--replay", old, "--replay-share", "0.3", "--freeze",
        "conv1,conv2", "--patience", 5, "--unfreeze-after", 1};
    Cli failed = Cli.run(Stream.concat(Stream.of(args), Stream.of("--out", full, "--checkpoint", checkpoint)).toArray());
    assertEquals(1, failed.exitCode());
    assertEquals(1, failed.err().lines().count(), failed.err());
    assertTrue(failed.err().contains("disk is full") && failed.err().contains("lenet4j finetune --resume " + checkpoint), failed.err());
    assertEquals(3, TuningCheckpoint.load(checkpoint).training().epoch());
    Path resumed = folder.resolve("resumed");
    Path straight = folder.resolve("straight");
    Cli run = Cli.run("finetune", "--resume", checkpoint, "--checkpoint", checkpoint, "--out", resumed, "--precision", "fp32", "--fast",
        "--replay", old);
    assertEquals(0, run.exitCode(), run.err());
    assertEquals(0, Cli.run(Stream.concat(Stream.of(args), Stream.of("--out", straight)).toArray()).exitCode());
    assertArrayEquals(Files.readAllBytes(straight), Files.readAllBytes(resumed));
    assertTrue(Files.notExists(checkpoint));
  }
}
