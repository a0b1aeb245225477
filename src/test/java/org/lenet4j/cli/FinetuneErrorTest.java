package org.lenet4j.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.awt.image.BufferedImage;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.lenet4j.Checkpoint;
import org.lenet4j.data.Dataset;
import org.lenet4j.data.Idx;
import org.lenet4j.data.Shape;
import org.lenet4j.data.SyntheticDigits;
import org.lenet4j.nn.Activation;
import org.lenet4j.nn.Init;
import org.lenet4j.nn.LeNet5;
import org.lenet4j.nn.Linear;
import org.lenet4j.nn.Model;

/** Bad input: the exit code, one line that says what was wrong and what to do, and nothing written. */
class FinetuneErrorTest {
  @TempDir static Path shared;
  private static Path data;
  private static Path weights;

  @TempDir Path folder; // stays empty but for what a test puts there

  @BeforeAll static void prepare() throws IOException {
    data = Cli.data(shared.resolve("data"), 60, 20);
    weights = shared.resolve("weights.safetensors");
    LeNet5.create(10, 1).save(weights);
  }

  private String fails(int exitCode, Path data, Object... more) throws IOException {
    List<Path> before = files();
    Map<Object, Object> args = new LinkedHashMap<>(Map.of("--from", weights, "--data", data, "--out", folder.resolve("out.safetensors"),
        "--epochs", 1, "--json", folder.resolve("out.json"), "--report", folder.resolve("report")));
    args.keySet().removeAll(List.of(more));
    Stream<Object> usual = args.entrySet().stream().flatMap(arg -> Stream.of(arg.getKey(), arg.getValue()));
    Cli run = Cli.run(Stream.concat(Stream.concat(Stream.of("finetune"), usual), Stream.of(more)).toArray());
    assertEquals(1, run.err().lines().count(), run.err());
    assertEquals(exitCode, run.exitCode(), run.err());
    assertTrue(run.err().startsWith("lenet4j finetune: "), run.err());
    assertEquals(before, files());
    return run.err();
  }

  private List<Path> files() throws IOException {
    try (Stream<Path> files = Files.walk(folder)) {
      return files.sorted().toList();
    }
  }

  private static void assertSays(String line, String... parts) {
    for (String part : parts) {
      assertTrue(line.contains(part), () -> "'" + part + "' is not in: " + line);
    }
  }

  @ParameterizedTest
  @CsvSource(delimiter = '|', quoteCharacter = '`', textBlock = """
      --freeze conv9                  | unknown layer 'conv9' | conv1, conv2, fc1, fc2, fc3
      --freeze conv1,conv2,fc1,fc2,fc3 | every layer is frozen | at least the head fc3 free, or unfreeze layers later (--unfreeze-after)
      --unfreeze-after 2              | no layer is frozen | --freeze body
      --freeze body --unfreeze-after 0 | after 1 epoch | got 0
      --layer-decay 2                 | decay per layer | got 2
      --layer-lr conv7=0.1            | unknown layer 'conv7' | fc3
      --layer-lr conv1=-1             | learning rate | at least 0
      --head 0                        | outFeatures must be at least 1 | got 0
      --keep-rows all                 | --keep-rows is for --head | how many
      --head 5 --keep-rows 3,12       | no output 12 | it has 0 to 9 for --keep-rows
      --head 5 --keep-rows x          | do not understand 'x' | 1,3,7
      --dropout 1                     | rate must be in [0, 1) | got 1
      --strength half                 | --strength: do not understand 'half' | auto or a number from 0 to 1
      --strength 2                    | strength of a fine-tuning | from 0 to 1
      --patience 0                    | patience | at least 1
      --patience 2 --validation 0     | --patience and --search decide by validation data | --validation a share above 0
      --search 4 --validation 0       | --patience and --search decide by validation data | --validation a share above 0
      --patience 2 --monitor speed    | unknown --monitor 'speed' | loss or accuracy
      --replay-share 0.5              | --replay-share is for --replay | where the old data is
      --replay digits --replay-share 1 | --replay-share must be | below 1
      --replay digits --replay-per-class 0 | --replay-per-class must be | at least 1
      --l2sp 1 --ewc 1                | --l2sp and --ewc | one of them
      --l2sp -1                       | strength | at least 0
      --label-smoothing 1             | label smoothing | in [0, 1)
      --ema 1                         | average | in [0, 1)
      --search 0                      | at least 1 trial | got 0
      --classes 5-x                   | do not understand '5-x' | 0-4
      --per-class 0                   | per class | at least 1
      --validation 2                  | share to hold out (--validation) | below 1, got 2
      """)
  void wrongOptions(String options, String first, String second) throws IOException {
    assertSays(fails(2, data, (Object[]) options.split(" ")), first, second);
  }

  @Test void noData() throws IOException {
    Cli run = Cli.run("finetune", "--from", weights);
    assertEquals(2, run.exitCode());
    assertSays(run.err(), "--data");
    assertSays(fails(1, folder.resolve("nowhere")), "nowhere", "no such folder");
    assertSays(fails(1, data, "--from", folder.resolve("none")), "there are no weights", "say with --from where they are");
    assertSays(fails(1, data, "--replay", folder.resolve("nowhere")), "nowhere");
    assertSays(fails(2, data, "--ewc", "1"), "--ewc needs old data", "--source");
  }

  /** 64 images with these labels, as IDX files. */
  private Path labels(String name, int classes, int... labels) throws IOException {
    Path made = Files.createDirectories(shared.resolve(name));
    Dataset digits = SyntheticDigits.create(labels.length, 1);
    Idx.write(new Dataset(digits.shape(), digits.images(), labels, classes), made.resolve("train-images-idx3-ubyte"),
        made.resolve("train-labels-idx1-ubyte"));
    return made;
  }

  @Test void labelsAndClasses() throws IOException {
    Path letters = labels("letters", 26, IntStream.range(0, 64).map(i -> i % 26).toArray());
    assertSays(fails(2, letters), "no class 10 (3 images)", "classes are 0 to 25, the model's 0 to 9", "--classes \"0-9\"",
        "--head 26 --keep-rows all");
    Path noNine = labels("no-nine", 9, IntStream.range(0, 64).map(i -> i % 9).toArray());
    assertSays(fails(2, noNine), "no training images of class 9", "--replay", "--head", "--allow-missing");
    assertSays(fails(2, labels("ones", 2, IntStream.range(0, 64).map(i -> 1).toArray()), "--allow-missing"), "of one class, 1");
    assertSays(fails(2, data, "--replay", letters), "letters: the model has no class 10", "are 0 to 25, the model's 0 to 9");
    assertSays(fails(2, data, "--classes", "3,12"), "no class 12", "0 to 9");
    assertSays(fails(2, data, "--per-class", 7), "cannot choose 7 images per class", "has only 6");
    assertSays(fails(2, data, "--batch-size", 61), "batch size 61", "60 samples", "at most 60");
  }

  @Test void weightsThatTakeNoImages() throws IOException {
    Path other = shared.resolve("other.safetensors");
    new Model(new Shape(1, 16, 16), List.of(new Linear("fc", 256, 10, Activation.NONE)), Init.XAVIER_UNIFORM, 1).save(other);
    assertSays(fails(1, data, "--from", other), "takes 1x16x16", "1x28x28");
  }

  private Path photographs() throws IOException {
    Dataset digits = SyntheticDigits.create(200, 5);
    Path photos = shared.resolve("photos");
    for (int i = 0; i < 200; i++) {
      Path of = Files.createDirectories(photos.resolve(Integer.toString(digits.labels()[i])));
      BufferedImage image = new BufferedImage(28, 28, BufferedImage.TYPE_BYTE_GRAY);
      for (int p = 0; p < 784; p++) {
        image.getRaster().setSample(p % 28, p / 28, 0, 255 - (digits.images()[i * 784 + p] & 0xFF));
      }
      ImageIO.write(image, "png", of.resolve(i + ".png").toFile());
    }
    return photos;
  }

  @Test void unreadableImagesAreNamedAndSkippedOnlyOnRequest() throws IOException {
    Path photos = photographs();
    Path first = Files.writeString(photos.resolve("3").resolve("notes.png"), "no image");
    assertSays(fails(1, photos), first.toString(), "not an image", "remove it; finetune --skip-bad skips it");
    Path second = photos.resolve("7").resolve("cut.png");
    byte[] whole = Files.readAllBytes(Files.list(photos.resolve("7")).filter(file -> !file.equals(second)).findFirst().orElseThrow());
    Files.write(second, Arrays.copyOf(whole, 60));
    assertSays(fails(1, photos), "2 images cannot be read", first.toString(), second.toString());

    Path out = folder.resolve("out.safetensors");
    Cli run = Cli.run("finetune", "--from", weights, "--data", photos, "--skip-bad", "--epochs", 1, "--out", out);
    assertEquals(0, run.exitCode(), run.err());
    assertEquals(2, run.err().lines().filter(line -> line.startsWith("skipped: ")).count(), run.err());
    assertSays(run.err(), first.toString(), second.toString());
    Files.delete(out);

    Path bad = Files.createDirectories(shared.resolve("bad"));
    for (String name : List.of("0", "1")) {
      Files.writeString(Files.createDirectories(bad.resolve(name)).resolve("x.png"), "no image");
    }
    assertSays(fails(1, bad, "--skip-bad"), "a class in which no image can be read", "x.png");
  }

  @Test void filesThatCannotBeWritten() throws IOException {
    assertSays(fails(1, data, "--out", folder.resolve("nowhere").resolve("w")), "does not exist");
    assertSays(fails(1, data, "--report", weights), "it is a file");
    assertSays(fails(1, data, "--report", folder.resolve("nowhere").resolve("r")), "nowhere");
    assertSays(fails(2, data, "--json", folder.resolve("out.safetensors")), "--out and --json");
    assertSays(fails(2, data, "--checkpoint", folder.resolve("out.safetensors")), "--out and --checkpoint");
  }

  @Test void resumingWhatDoesNotFit() throws IOException {
    Path checkpoint = shared.resolve("train.ckpt");
    if (Files.exists(Path.of("/dev/full"))) {
      Cli.run("train", "--data", data, "--epochs", 1, "--out", "/dev/full", "--checkpoint", checkpoint, "--batch-size", 20);
      Files.copy(checkpoint, shared.resolve("trained.ckpt"));
      assertSays(Cli.run("finetune", "--resume", checkpoint).err(), "not of a fine-tuning; lenet4j train --resume continues it");
      Cli.run("finetune", "--from", weights, "--data", data, "--epochs", 1, "--out", "/dev/full", "--checkpoint", checkpoint);
      assertSays(Cli.run("finetune", "--resume", checkpoint, "--lr", "0.1").err(), "--lr cannot be given");
      assertSays(Cli.run("train", "--resume", checkpoint).err(), "of a fine-tuning; lenet4j finetune --resume continues it");
      Path silent = shared.resolve("silent.ckpt");
      Checkpoint run = Checkpoint.load(shared.resolve("trained.ckpt"));
      new Checkpoint(run.model(), run.recipe(), run.optimizer(), run.seed(), run.epoch(), run.kernels(), run.arithmetic(), List.of(),
          run.notes()).save(silent);
      assertSays(Cli.run("train", "--resume", silent).err(), "does not say what its finished epochs came to");
      Path others = Cli.data(shared.resolve("others"), 40, 10);
      Cli moved = Cli.run("finetune", "--resume", checkpoint, "--data", others, "--out", folder.resolve("w"));
      assertEquals(1, moved.exitCode());
      assertSays(moved.err(), "are not those of the run", "bring them back");
    }
  }
}
