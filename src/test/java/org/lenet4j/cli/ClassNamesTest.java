package org.lenet4j.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.awt.image.BufferedImage;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.lenet4j.JsonTree;
import org.lenet4j.data.Dataset;
import org.lenet4j.data.Idx;
import org.lenet4j.data.SyntheticDigits;
import org.lenet4j.nn.Model;

/** What the folders of the training images are called is what a model says. */
class ClassNamesTest {
  @TempDir static Path shared;
  private static Path animals;
  private static Path weights;

  @TempDir Path folder;

  @BeforeAll static void train() throws IOException {
    animals = images(shared.resolve("animals"), "cat", "dog");
    weights = shared.resolve("animals.safetensors");
    ok("train", "--data", animals, "--epochs", 4, "--batch-size", 8, "--out", weights);
  }

  /** Zeros, ones and so on that are called otherwise. */
  private static Path images(Path folder, String... names) throws IOException {
    Dataset digits = SyntheticDigits.create(300, 1);
    for (int label = 0; label < names.length; label++) {
      Path of = Files.createDirectories(folder.resolve(names[label]));
      for (int i = label; i < 300; i += 10) {
        BufferedImage image = new BufferedImage(28, 28, BufferedImage.TYPE_BYTE_GRAY);
        image.getRaster().setDataElements(0, 0, 28, 28, digits.image(i));
        ImageIO.write(image, "png", of.resolve(String.format("%03d.png", i)).toFile());
      }
    }
    return folder;
  }

  private static String ok(Object... args) {
    Cli run = Cli.run(args);
    assertEquals(0, run.exitCode(), run.err());
    return run.out();
  }

  private static List<?> classes(Path model, Path data) throws IOException {
    JsonTree result = JsonTree.parse(ok("evaluate", "--from", model, "--data", data, "--json", "-"));
    return result.list("classes").stream().map(entry -> ((Map<?, ?>) entry).get("name")).toList();
  }

  @Test void predictSaysCat() throws IOException {
    assertEquals(List.of("cat", "dog"), Model.load(weights).classNames());
    Path cat = animals.resolve("cat/000.png");
    Path dog = animals.resolve("dog/001.png");
    List<String> lines = ok("predict", "--from", weights, cat, dog).lines().toList();
    assertTrue(lines.get(0).startsWith(cat + "\tcat\t") && lines.get(1).startsWith(dog + "\tdog\t"), lines.toString());
    JsonTree answers = JsonTree.parse(ok("predict", "--from", weights, dog, "--json", "-"));
    assertEquals(1L, answers.at(0, "label"));
    assertEquals("dog", answers.at(0, "name"));
    assertEquals(answers.at(0, "probability"), answers.at(0, "probabilities", 1));
  }

  @Test void aRunThatWasInterruptedKeepsThem() throws IOException {
    Path full = Path.of("/dev/full");
    assumeTrue(Files.exists(full));
    Path checkpoint = folder.resolve("run.ckpt");
    Path out = folder.resolve("resumed.safetensors");
    assertEquals(1, Cli.run("train", "--data", animals, "--epochs", 1, "--batch-size", 8, "--out", full, "--checkpoint", checkpoint)
        .exitCode());
    ok("train", "--resume", checkpoint, "--out", out);
    assertEquals(List.of("cat", "dog"), Model.load(out).classNames());
  }

  @Test void evaluateAndTheReportUseTheModelsNamesWhereTheDataHasNone() throws IOException {
    Dataset digits = SyntheticDigits.create(40, 2).ofClasses(0, 1).withClasses(2);
    Path idx = Files.createDirectories(folder.resolve("idx"));
    Idx.write(digits, idx.resolve("t10k-images-idx3-ubyte"), idx.resolve("t10k-labels-idx1-ubyte"));
    assertEquals(List.of("cat", "dog"), classes(weights, idx));
    assertEquals(List.of("ape", "bat"), classes(weights, images(folder.resolve("other"), "ape", "bat")));
  }

  @Test void finetuneNamesWhatItLearns() throws IOException {
    Path three = images(folder.resolve("three"), "cat", "dog", "eel");
    Path out = folder.resolve("three.safetensors");
    Path page = folder.resolve("page");
    String json = ok("finetune", "--from", weights, "--data", three, "--head", 3, "--keep-rows", "all", "--epochs", 1, "--out", out,
        "--report", page, "--json", "-");
    assertEquals(List.of("cat", "dog", "eel"), Model.load(out).classNames());
    assertEquals(Model.load(weights).sha256(), JsonTree.parse(json).at("parent_sha256")); // which has other names
    assertTrue(Files.readString(page.resolve("index.html")).contains("<td>eel"));
    Path numbers = images(folder.resolve("numbers"), "0", "1", "2");
    Path again = folder.resolve("again.safetensors");
    ok("finetune", "--from", out, "--data", numbers, "--epochs", 1, "--out", again);
    assertEquals(List.of("cat", "dog", "eel"), Model.load(again).classNames());
    Path grown = folder.resolve("grown.safetensors");
    ok("finetune", "--from", out, "--data", animals, "--head", 4, "--keep-rows", "all", "--allow-missing", "--epochs", 1, "--out", grown);
    assertEquals(List.of("cat", "dog", "eel", "3"), Model.load(grown).classNames());
  }
}
