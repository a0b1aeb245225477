package org.lenet4j.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.awt.image.BufferedImage;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Stream;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.lenet4j.JsonTree;
import org.lenet4j.data.Dataset;
import org.lenet4j.data.Idx;
import org.lenet4j.data.Seen;
import org.lenet4j.data.Splits;
import org.lenet4j.data.SyntheticDigits;
import org.lenet4j.nn.Model;
import org.lenet4j.random.Philox;

/**
 * Digits with random labels can only be learned by heart: a tenth of new ones is read right. Whoever reports more has measured on training
 * images. So all commands, in any order, on any copy of the data, have to say about a tenth, or that the images were trained on.
 */
@Tag("slow")
class OneSplitTest {
  private static final int COUNT = 240;
  private static final double CHANCE = 0.32; // of 30 images or more: a tenth and four deviations
  private static final double BY_HEART = 0.7;

  @TempDir static Path shared;
  private static Path photos;
  private static Path tuned;
  private static JsonTree tuning;

  @TempDir Path folder;

  @BeforeAll static void learnByHeart() throws IOException {
    photos = shared.resolve("photos");
    write(photos, 0, COUNT, "png");
    tuned = shared.resolve("tuned.safetensors");
    tuning = tune(photos, tuned, 40, "--seed", 7);
  }

  /** Pictures {@code from .. to} of a set that goes on, dark on white, in folders of their random labels. */
  private static void write(Path under, int from, int to, String type) throws IOException {
    Dataset digits = SyntheticDigits.create(to, 9);
    for (int i = from; i < to; i++) {
      BufferedImage image = new BufferedImage(28, 28, BufferedImage.TYPE_BYTE_GRAY);
      for (int p = 0; p < 784; p++) {
        image.getRaster().setSample(p % 28, p / 28, 0, 255 - (digits.images()[784 * i + p] & 0xFF));
      }
      Path of = Files.createDirectories(under.resolve(Integer.toString(Philox.below(10, 5, 0, 0, i))));
      assertTrue(ImageIO.write(image, type, of.resolve(i + "." + type).toFile()));
    }
  }

  private static JsonTree tune(Path data, Path out, int epochs, Object... more) throws IOException {
    Object[] args = {"finetune", "--data", data, "--out", out, "--epochs", epochs, "--batch-size", 16, "--lr", "3e-3", "--augment", "none",
        "--ema", 0, "--strength", 1, "--json", "-"};
    return json(Stream.concat(Stream.of(args), Stream.of(more)).toArray());
  }

  private static JsonTree evaluate(Path model, Path data, Object... more) throws IOException {
    return json(Stream.concat(Stream.of("evaluate", "--from", model, "--data", data, "--json", "-"), Stream.of(more)).toArray());
  }

  private static JsonTree json(Object... args) throws IOException {
    Cli run = Cli.run(args);
    assertEquals(0, run.exitCode(), run.err());
    return JsonTree.parse(run.out());
  }

  private static void assertUnseen(JsonTree json) {
    assertEquals(false, json.at("trained_on"), json.toString());
    assertTrue(json.number("samples") >= 30 && json.number("accuracy") < CHANCE, json.toString());
  }

  /** All files of a folder, by names that nobody gave them. */
  private static Path copy(Path from, Path to, int everySoMany) {
    try (Stream<Path> files = Files.walk(from)) {
      int[] number = {0};
      files.filter(Files::isRegularFile).sorted().forEach(file -> {
        try {
          if (number[0]++ % everySoMany == 0) {
            Path of = Files.createDirectories(to.resolve(file.getParent().getFileName().toString()));
            Files.copy(file, of.resolve(1000 - number[0] + ".png"));
          }
        } catch (IOException e) {
          throw new UncheckedIOException(e);
        }
      });
      return to;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @Test void finetuneAndEvaluateSayTheSame() throws IOException {
    assertUnseen(tuning);
    JsonTree json = evaluate(tuned, photos);
    assertUnseen(json);
    assertEquals(tuning.at("accuracy"), json.at("accuracy"));
    assertEquals(tuning.at("after", "target_accuracy"), json.at("accuracy"));
    assertEquals((double) COUNT, tuning.number("train_samples") + json.number("samples"));
  }

  @Test void trainingImagesAreCalledThat() throws IOException {
    JsonTree json = evaluate(tuned, photos, "--split", "train");
    assertTrue(json.number("accuracy") > BY_HEART, json.toString()); // else none of these tests could fail
    assertEquals(true, json.at("trained_on"));
    assertEquals(json.at("samples"), json.at("seen", "samples"));
    String line = Cli.run("evaluate", "--from", tuned, "--data", photos, "--split", "train").out().lines().findFirst().orElseThrow();
    assertTrue(line.contains(" train set: accuracy ") && line.endsWith(" images, all of them trained on"), line);
  }

  @Test void whatWasTunedBeforeWithAnotherSeedIsNotLeaked() throws IOException {
    Path again = folder.resolve("again.safetensors");
    JsonTree second = tune(photos, again, 20, "--from", tuned, "--seed", 8, "--source", photos);
    assertUnseen(second);
    assertTrue(second.number("before", "target_accuracy") < CHANCE, second.toString());
    assertTrue(second.number("after", "source_accuracy") < CHANCE, second.toString());
    assertEquals(false, second.at("source_trained_on"));
    assertEquals(second.at("accuracy"), evaluate(again, photos).at("accuracy"));
  }

  @Test void trainAndEvaluateSayTheSame() throws IOException {
    Path fresh = folder.resolve("fresh.safetensors");
    JsonTree json = json("train", "--data", photos, "--seed", 3, "--epochs", 2, "--batch-size", 16, "--out", fresh, "--json", "-");
    assertUnseen(json);
    assertEquals(json.at("accuracy"), evaluate(fresh, photos).at("accuracy"));
    assertEquals(true, evaluate(fresh, photos, "--split", "train").at("trained_on"));
    assertEquals(true, evaluate(fresh, photos).at("seen_complete"));
  }

  @Test void picturesComeAndGo() throws IOException {
    Path changed = copy(photos, folder.resolve("changed"), 1);
    write(changed, COUNT, COUNT + 60, "png"); // more of them
    JsonTree more = evaluate(tuned, changed);
    assertUnseen(more);
    assertTrue(more.number("samples") > evaluate(tuned, photos).number("samples"), "none of 60 new ones is held out");
    assertEquals(null, more.at("seen"));
    JsonTree fewer = evaluate(tuned, copy(photos, folder.resolve("fewer"), 2), "--split", "test"); // every other one
    assertTrue(fewer.number("accuracy") < CHANCE + 0.1, fewer.toString()); // about 25 images
    assertEquals(null, fewer.at("seen"));
  }

  /** Somebody divides the pictures by hand: the old training images are in the new test set. */
  @Test void aTestFolderOfTrainingImagesIsTwoFigures() throws IOException {
    copy(photos, folder.resolve("test"), 1);
    Splits splits = Splits.open(photos.toString());
    JsonTree json = evaluate(tuned, folder);
    assertUnseen(json);
    assertEquals((long) splits.test().size(), json.at("samples"));
    assertEquals((long) splits.train().size(), json.at("seen", "samples"));
    assertTrue(json.number("seen", "accuracy") > BY_HEART, json.toString());
    String line = Cli.run("evaluate", "--from", tuned, "--data", folder).out().lines().findFirst().orElseThrow();
    assertTrue(line.matches(".* test set: accuracy [0-9.]+%, loss [0-9.]+, " + splits.test().size() + " images not trained on; accuracy"
        + " [0-9.]+% on " + splits.train().size() + " that were"), line);
  }

  @Test void imagesInIdxFilesAreTheSameImages() throws IOException {
    Splits splits = Splits.open(photos.toString());
    Idx.write(splits.train().plus(splits.test()), folder.resolve("t10k-images-idx3-ubyte.gz"), folder.resolve("t10k-labels-idx1-ubyte.gz"));
    JsonTree json = evaluate(tuned, folder);
    assertUnseen(json);
    assertEquals((long) splits.train().size(), json.at("seen", "samples"));
  }

  @Test void anotherFormatHoldsTheSameOut() throws IOException {
    Path bitmaps = folder.resolve("bitmaps");
    write(bitmaps, 0, COUNT, "bmp");
    assertEquals(evaluate(tuned, photos).at("accuracy"), evaluate(tuned, bitmaps).at("accuracy"));
  }

  /** A set of one's own, and the old one as old data, with training images of it that are replayed. */
  @Test void oldDataIsMeasuredOnWhatWasHeldOut() throws IOException {
    Path other = folder.resolve("other");
    write(other, COUNT, COUNT + 100, "png");
    Path out = folder.resolve("out.safetensors");
    JsonTree json = tune(other, out, 40, "--from", tuned, "--replay", photos);
    assertTrue(json.number("before", "source_accuracy") < CHANCE && json.number("after", "source_accuracy") < CHANCE, json.toString());
    assertEquals(json.at("after", "source_accuracy"), evaluate(out, photos).at("accuracy"));
    assertEquals(true, evaluate(out, other, "--split", "train").at("trained_on"));
    assertEquals(true, evaluate(out, photos, "--split", "train").at("trained_on")); // remembered over two tunings
  }

  @Test void oldDataWithoutAnythingHeldOutIsCalledThat() throws IOException {
    Path few = folder.resolve("few");
    Splits splits = Splits.open(photos.toString());
    Files.createDirectories(few);
    Idx.write(splits.train(), few.resolve("train-images-idx3-ubyte"), few.resolve("train-labels-idx1-ubyte"));
    Cli run = Cli.run("finetune", "--data", photos, "--from", tuned, "--source", few, "--epochs", 1, "--out", folder.resolve("o"));
    assertTrue(run.out().contains("new data  old data, trained on"), run.out() + run.err());
  }

  @Test void testImagesAmongTheTrainingImagesAreLeftOut() throws IOException {
    copy(photos, folder.resolve("train"), 2);
    copy(photos, folder.resolve("test"), 1);
    Path out = folder.resolve("out.safetensors");
    Cli train = Cli.run("train", "--data", folder, "--epochs", 1, "--batch-size", 16, "--out", out);
    assertTrue(train.out().contains("left out of the test images: 120 that are trained on"), train.out() + train.err());
    assertTrue(train.out().contains("120 training and 120 test images"), train.out());
    assertEquals(120L, evaluate(out, folder).at("samples"));
    Cli tune = Cli.run("finetune", "--from", out, "--data", folder, "--epochs", 1, "--out", folder.resolve("t.safetensors"));
    assertTrue(tune.out().contains("120 training, 0 validation and 120 test images"), tune.out() + tune.err());
    assertTrue(tune.out().contains("left out of the test images: 120 that are trained on"), tune.out());
  }

  /** They decide when to stop, so they are not unseen; and they are the same ones in the next run. */
  @Test void validationImagesAreNotUnseen() throws IOException {
    Path out = folder.resolve("out.safetensors");
    Path next = folder.resolve("next.safetensors");
    JsonTree first = tune(photos, out, 4, "--patience", 2, "--seed", 1);
    tune(photos, next, 4, "--patience", 2, "--seed", 2);
    assertTrue(first.number("validation_samples") > 10);
    assertEquals(true, evaluate(out, photos, "--split", "train").at("trained_on"));
    assertEquals(Model.load(out).seen().text(), Model.load(next).seen().text());
    Path watched = folder.resolve("watched.safetensors");
    JsonTree third = tune(photos, watched, 2, "--validation", "0.1"); // decides nothing
    assertEquals(third.at("validation_samples"), evaluate(watched, photos, "--split", "train").at("samples"));
    Path searched = folder.resolve("searched.safetensors");
    tune(photos, searched, 2, "--search", 1);
    assertEquals(true, evaluate(searched, photos, "--split", "train").at("trained_on"));
  }

  @Test void weightsOfOthersAreNotVouchedFor() throws IOException {
    Model model = Model.load(tuned);
    Path foreign = folder.resolve("foreign.safetensors");
    model.seen(Seen.UNKNOWN).save(foreign);
    Cli run = Cli.run("evaluate", "--from", foreign, "--data", photos);
    assertTrue(run.out().contains("what these weights were trained on is not known"), run.out());
    assertEquals(false, evaluate(foreign, photos).at("seen_complete"));
  }
}
