package org.lenet4j.cli;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.lenet4j.backend.cuda.probe.CudaProbe;
import org.lenet4j.data.Dataset;
import org.lenet4j.data.Idx;
import org.lenet4j.data.SyntheticDigits;
import org.lenet4j.nn.LeNet5;

/** Bad input: the exit code, one line that says what was wrong, no stack trace, and nothing lost. */
class CliErrorTest {
  @TempDir static Path shared;
  private static Path data;
  private static Path weights;

  @TempDir Path folder;
  private Path out;
  private byte[] old; // what is there

  @BeforeAll static void prepare() throws IOException {
    data = Cli.data(shared.resolve("data"), 32, 10);
    weights = shared.resolve("weights.safetensors");
    LeNet5.create(10, 1).save(weights);
  }

  @BeforeEach void oldWeights() throws IOException {
    out = folder.resolve("out.safetensors");
    LeNet5.create(2, 9).save(out);
    old = Files.readAllBytes(out);
  }

  /** Runs a command that fails and returns its one line; the old weights must survive. */
  private String fails(int exitCode, Object... args) throws IOException {
    Cli run = Cli.run(args);
    String[] lines = run.err().split("\\R");
    assertEquals(1, lines.length, run.err());
    assertEquals(exitCode, run.exitCode(), run.err());
    assertTrue(lines[0].startsWith("lenet4j"), lines[0]);
    assertArrayEquals(old, Files.readAllBytes(out));
    try (Stream<Path> files = Files.list(folder)) {
      assertFalse(files.anyMatch(file -> file.toString().endsWith(".tmp")));
    }
    return lines[0];
  }

  /** As {@link #fails} for training into the old weights' file. */
  private String trainFails(int exitCode, Path data, String... more) throws IOException {
    Object[] args = {"train", "--data", data, "--out", out};
    return fails(exitCode, Stream.concat(Arrays.stream(args), Arrays.stream(more)).toArray());
  }

  private static void assertSays(String line, String... parts) {
    for (String part : parts) {
      assertTrue(line.contains(part), () -> "'" + part + "' is not in: " + line);
    }
  }

  @ParameterizedTest
  @CsvSource(delimiter = '|', textBlock = """
      --batch-size 0          | batch size | at least 1
      --batch-size -5         | batch size | -5
      --batch-size 33         | larger than the training set of 32 | choose at most 32
      --batch-size many       | --batch-size | many
      --epochs 0              | epochs | at least 1
      --lr NaN                | learning rate | NaN
      --lr -1                 | learning rate | -1
      --lr Infinity           | learning rate | Infinity
      --lr fast               | --lr | fast
      --weight-decay -1       | weight decay | -1
      --momentum 0.9          | --momentum is for sgd | --optimizer sgd
      --optimizer lion        | lion | adam, adamw, sgd
      --recipe slow           | slow | plain, fast, best
      --ema 1                 | EMA | [0, 1)
      --label-smoothing 1     | label smoothing | [0, 1)
      --schedule zigzag       | zigzag | cosine
      --schedule cosine:x     | cosine:x | one-cycle
      --schedule one-cycle:2  | one-cycle | 2
      --schedule step --warmup 2 | warm-up | 2.0
      --warmup 0              | one-cycle | rise
      --augment blur          | blur | strong
      --augment shift=x       | shift=x | number
      --device tpu            | tpu | auto, cuda (or gpu), openblas (or cpu)
      --threads 0             | --threads | 0
      --precision fp8         | fp8 | fp32, tf32, bf16
      --precision tf32 --device openblas | tf32 is for cuda | fp32 only
      --seed soon             | --seed | soon
      --foo                   | --foo | --help
      --epochs                | --epochs | --help
      stray                   | stray | --help""")
  void wrongTrainingOptions(String options, String first, String second) throws IOException {
    assertSays(trainFails(2, data, options.split(" ")), first, second);
  }

  @Test void wrongCommands() throws IOException {
    assertSays(fails(2), "give a command", "train");
    assertSays(fails(2, "trian"), "trian", "train, finetune, evaluate, predict, report, show, export, info, benchmark");
    assertSays(fails(2, "evaluate", "--split", "half"), "half", "train, test");
    assertSays(fails(2, "predict"), "IMAGE");
    assertSays(fails(2, "train", "--data", data, "--out", out, "--checkpoint", out), "same file");
    assertSays(fails(2, "train", "--data", data, "--out", out, "--json", out), "same file");
  }

  @Test void noCuda() throws IOException {
    String reason = CudaProbe.whyNot();
    assumeTrue(reason != null, "a machine without CUDA");
    assertSays(trainFails(1, data, "--device", "cuda"), "cuda: " + reason);
    assertSays(trainFails(1, data, "--precision", "tf32"), "cuda: " + reason);
    assertSays(fails(1, "evaluate", "--from", weights, "--data", data, "--device", "cuda"), "cuda: " + reason);
    assertSays(fails(1, "predict", "--from", weights, "--precision", "bf16", "a.png"), "cuda: " + reason);
  }

  @Test void missingAndEmptyFolders() throws IOException {
    assertSays(trainFails(1, folder.resolve("nowhere")), "nowhere", "no such folder");
    assertSays(trainFails(1, Files.createDirectory(folder.resolve("empty"))), "empty", "expected");
    assertSays(trainFails(1, out), out.toString(), "not a folder");
  }

  @Test void brokenIdxFiles() throws IOException {
    Path broken = Cli.data(folder.resolve("broken"), 20, 10);
    Path images = broken.resolve("train-images-idx3-ubyte");
    byte[] whole = Files.readAllBytes(images);
    Files.write(images, Arrays.copyOf(whole, whole.length - 1));
    assertSays(trainFails(1, broken), images.toString(), "truncated");
    Files.write(images, Arrays.copyOf(whole, whole.length + 1));
    assertSays(trainFails(1, broken), images.toString(), "too long");
    byte[] magic = whole.clone();
    magic[2] = 0x07; // no type
    Files.write(images, magic);
    assertSays(trainFails(1, broken), images.toString(), "0x00000703");
    byte[] count = Arrays.copyOf(whole, whole.length - 784);
    count[7]--;
    Files.write(images, count);
    assertSays(trainFails(1, broken), "20 labels", "19 images");
    Files.delete(images);
    assertSays(trainFails(1, broken), "train-labels", "no train-images");
    Files.delete(broken.resolve("train-labels-idx1-ubyte"));
    assertSays(trainFails(1, broken), "no training set");
  }

  @Test void labelsOutsideTheModelsClasses() throws IOException {
    Dataset digits = SyntheticDigits.create(20, 1);
    int[] labels = digits.labels().clone();
    labels[3] = 11;
    Path more = Files.createDirectory(folder.resolve("more"));
    Idx.write(new Dataset(digits.shape(), digits.images(), labels, 12), more.resolve("t10k-images-idx3-ubyte"),
        more.resolve("t10k-labels-idx1-ubyte"));
    assertSays(fails(1, "evaluate", "--from", weights, "--data", more), "no class 11 (1 image)", "0 to 9, 11, the model's 0 to 9");
    assertSays(fails(1, "evaluate", "--from", weights, "--data", more, "--split", "train"), "no train set", "--split test");
  }

  @Test void imagesThatAreNone() throws IOException {
    Path fake = Files.createDirectories(folder.resolve("photos/3"));
    Files.writeString(fake.resolve("a.png"), "no image");
    Files.createDirectories(folder.resolve("photos/4"));
    assertSays(trainFails(1, folder.resolve("photos")), "photos");
    assertSays(fails(1, "predict", "--from", weights, fake.resolve("a.png")), "a.png", "not an image");
    assertSays(fails(1, "predict", "--from", weights, folder.resolve("b.png")), "b.png", "no such file");
    assertSays(fails(1, "predict", "--from", weights, fake), "a.png", "not an image");
    assertSays(fails(1, "predict", "--from", weights, folder.resolve("photos/4")), "photos/4: a folder without images");
  }

  @Test void brokenWeights() throws IOException {
    assertSays(fails(1, "predict", "--from", folder.resolve("none"), "a.png"), "none", "--from");
    Path text = Files.writeString(folder.resolve("text"), "no weights");
    assertSays(fails(1, "evaluate", "--from", text), text.toString());
    byte[] whole = Files.readAllBytes(weights);
    assertBrokenWeights(Arrays.copyOf(whole, 7), "8 bytes");
    assertBrokenWeights(Arrays.copyOf(whole, whole.length - 4), "");
    assertBrokenWeights(Arrays.copyOf(whole, whole.length + 1), "");
    assertBrokenWeights(ByteBuffer.wrap(whole.clone()).order(ByteOrder.LITTLE_ENDIAN).putLong(0, 1L << 40).array(), "");
    assertBrokenWeights(ByteBuffer.wrap(whole.clone()).put(9, (byte) '?').array(), "JSON");
    assertBrokenWeights(ByteBuffer.wrap(whole.clone()).put(20, (byte) 0xFF).array(), "");
    ByteBuffer nan = ByteBuffer.wrap(whole.clone()).order(ByteOrder.LITTLE_ENDIAN);
    assertBrokenWeights(nan.putFloat(whole.length - 4, Float.NaN).array(), "NaN");
  }

  private void assertBrokenWeights(byte[] bytes, String reason) throws IOException {
    Path broken = Files.write(folder.resolve("broken.safetensors"), bytes);
    assertSays(fails(1, "evaluate", "--from", broken, "--data", data), broken.toString(), reason);
    assertSays(fails(1, "train", "--out", out, "--resume", broken), broken.toString(), reason);
  }

  @Test void filesThatCannotBeWrittenAreFoundBeforeTraining() throws IOException {
    Path nowhere = folder.resolve("nowhere").resolve("file");
    assertSays(fails(1, "train", "--data", data, "--out", nowhere), nowhere.toString(), "does not exist");
    assertSays(fails(1, "train", "--data", data, "--out", folder), "it is a folder");
    assertSays(fails(1, "train", "--data", data, "--out", out.resolve("below")), "not a folder");
    assertSays(trainFails(1, data, "--checkpoint", nowhere.toString()), "does not exist");
    assertSays(trainFails(1, data, "--json", nowhere.toString()), "does not exist");
    assertFalse(Cli.run("train", "--data", data, "--out", nowhere).out().contains("epoch"));
  }

  @Test void aLearningRateThatIsTooHigh() throws IOException {
    String line = trainFails(1, data, "--optimizer", "sgd", "--lr", "1e20", "--schedule", "constant", "--batch-size", "8");
    assertSays(line, "NaN or infinite", "at step", "rate 1.0E20", "try");
  }

  @Test void resumingWhatDoesNotFit() throws IOException {
    assertSays(fails(1, "train", "--resume", folder.resolve("none.ckpt")), "none.ckpt");
    assertSays(fails(1, "train", "--resume", weights), weights.toString(), "not a training checkpoint");
    Path own = Cli.data(folder.resolve("own"), 32, 10);
    Path checkpoint = folder.resolve("run.ckpt");
    Path full = Path.of("/dev/full"); // fails in the end and leaves the checkpoint
    if (Files.exists(full)) {
      Cli.run("train", "--data", own, "--epochs", 2, "--batch-size", 8, "--out", full, "--checkpoint", checkpoint);
      assertSays(fails(2, "train", "--resume", checkpoint, "--out", out, "--lr", "0.1"), "--lr", "--resume");
      try (RandomAccessFile images = new RandomAccessFile(own.resolve("train-images-idx3-ubyte").toFile(), "rw")) {
        images.seek(500);
        images.write(77);
      }
      assertSays(fails(1, "train", "--resume", checkpoint, "--out", out), "are not those", "--data");
      assertTrue(Files.exists(checkpoint));
    }
  }

  @Test void verboseAddsTheStackTrace() {
    Cli run = Cli.run("train", "--data", folder.resolve("nowhere"), "--out", out, "--verbose");
    assertEquals(1, run.exitCode());
    assertTrue(run.err().contains("at org.lenet4j"), run.err());
    assertTrue(Cli.run("train", "--batch-size", "0", "--verbose").err().contains("ParameterException"));
  }
}
