package org.lenet4j.cli;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.awt.image.BufferedImage;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.lenet4j.JsonTree;
import org.lenet4j.nn.Model;

/** {@code train --extra} and {@code --scans}: what is trained on beside {@code --data}. */
class ExtraDataTest {
  @TempDir static Path folder;
  private static Path data;
  private static Path more;

  @BeforeAll static void draw() {
    data = Cli.data(folder.resolve("data"), 200, 50);
    more = Cli.data(folder.resolve("more"), 100, 10);
  }

  private static Cli train(Path out, Object... more) {
    Object[] args = new Object[more.length + 9];
    System.arraycopy(new Object[] {"train", "--data", data, "--epochs", 1, "--out", out, "--json", out + ".json"}, 0, args, 0, 9);
    System.arraycopy(more, 0, args, 9, more.length);
    return Cli.run(args);
  }

  private static long trainSamples(Path out) throws IOException {
    return (Long) JsonTree.read(Path.of(out + ".json")).at("train_samples");
  }

  @Test void allOfItIsTrainedOnAndNoneIsMeasuredOn() throws IOException {
    Path plain = folder.resolve("plain");
    Path out = folder.resolve("all");
    assertEquals(0, train(plain).exitCode());
    Cli run = train(out, "--extra", more, "--extra", "digits", "--extra-per-class", 3, "--scans", 0.5);
    assertEquals(0, run.exitCode(), run.err());
    assertEquals(390, trainSamples(out)); // 200 + 30 + 30, and a half of each class once more
    assertEquals(50L, JsonTree.read(Path.of(out + ".json")).at("samples"));
    Model model = Model.load(out);
    assertEquals("more,digits 3 per class", model.metadata().get("extra"));
    assertEquals("0.5", model.metadata().get("scans"));
    assertEquals(Model.load(plain).normalization(), model.normalization()); // that of --data alone
    assertFalse(Model.load(plain).metadata().containsKey("extra") || Model.load(plain).metadata().containsKey("scans"));
  }

  @Test void sameSeedSameBytes() throws IOException {
    Path first = folder.resolve("first");
    Path second = folder.resolve("second");
    assertEquals(0, train(first, "--scans", 1, "--seed", 5).exitCode());
    assertEquals(0, train(second, "--scans", 1, "--seed", 5, "--threads", 1).exitCode());
    assertArrayEquals(Files.readAllBytes(first), Files.readAllBytes(second));
  }

  @Test void aRunThatWasInterruptedGoesOnWithTheSameImages() throws IOException {
    Path full = Path.of("/dev/full");
    assumeTrue(Files.exists(full));
    Path checkpoint = folder.resolve("run.ckpt");
    assertEquals(1, Cli.run("train", "--data", data, "--extra", more, "--scans", 1, "--epochs", 1, "--out", full,
        "--checkpoint", checkpoint).exitCode());
    Cli run = Cli.run("train", "--resume", checkpoint, "--out", folder.resolve("resumed"), "--json", folder.resolve("resumed.json"));
    assertEquals(0, run.exitCode(), run.err());
    assertEquals(600L, JsonTree.read(folder.resolve("resumed.json")).at("train_samples"));
    assertEquals("more", Model.load(folder.resolve("resumed")).metadata().get("extra"));
  }

  @Test void otherClassesAreAnErrorThatShowsBoth() throws IOException {
    Path letters = folder.resolve("letters");
    BufferedImage image = new BufferedImage(28, 28, BufferedImage.TYPE_BYTE_GRAY);
    image.getRaster().setSamples(10, 4, 8, 20, 0, new int[160]);
    for (int i = 0; i < 20; i++) {
      Path file = letters.resolve(i < 10 ? "a" : "b").resolve(i + ".png");
      Files.createDirectories(file.getParent());
      image.getRaster().setSample(13, 4 + i % 10, 0, 255);
      ImageIO.write(image, "png", file.toFile());
    }
    Cli run = train(folder.resolve("w"), "--extra", letters);
    assertEquals(1, run.exitCode());
    assertTrue(run.err().contains("classes are a, b") && run.err().contains("0 to 9"), run.err());
  }

  @Test void aShareIsAtMostOne() {
    Cli run = train(folder.resolve("w"), "--scans", 1.5);
    assertTrue(run.exitCode() == 2 && run.err().contains("--scans must be between 0 and 1, got 1.5"), run.err());
  }

  @Test void tooFewImagesOfAClassAreAnError() {
    Cli run = train(folder.resolve("w"), "--extra", more, "--extra-per-class", 100);
    assertTrue(run.exitCode() != 0 && run.err().contains("100 images per class"), run.err());
  }
}
