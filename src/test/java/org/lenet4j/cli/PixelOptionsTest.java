package org.lenet4j.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.lenet4j.Device;
import org.lenet4j.data.Dataset;
import org.lenet4j.data.Idx;
import org.lenet4j.data.PixelFixes;
import org.lenet4j.data.SyntheticDigits;
import org.lenet4j.nn.LeNet5;

/** Sets whose pixels are not as MNIST's are noticed, and the option that mends them is named. */
class PixelOptionsTest {
  @TempDir Path folder;

  /** Digits, changed, as training and test set. */
  private Path write(PixelFixes change, int divisor) throws IOException {
    for (String part : new String[] {"train", "t10k"}) {
      Dataset digits = change.apply(SyntheticDigits.create(200, part.length()));
      byte[] images = digits.images().clone();
      for (int i = 0; i < images.length; i++) {
        images[i] = (byte) ((images[i] & 0xFF) / divisor);
      }
      Idx.write(new Dataset(digits.shape(), images, digits.labels(), 10), folder.resolve(part + "-images-idx3-ubyte"),
          folder.resolve(part + "-labels-idx1-ubyte"));
    }
    return folder;
  }

  private static double accuracy(Cli run) {
    assertEquals(0, run.exitCode(), run.err());
    return Double.parseDouble(run.out().replaceAll("(?s).*accuracy ([0-9.]+)%.*", "$1"));
  }

  @ParameterizedTest
  @CsvSource({"false, 0, 1, true, --invert", "true, 0, 1, false, --transpose", "false, 90, 1, false, --turn 270",
      "true, 90, 2, true, --transpose --turn 90 --scale --invert", "false, 180, 1, true, --turn 180 --invert"})
  void theModelTellsTheOption(boolean transpose, int turn, int divisor, boolean invert, String options) throws IOException {
    double right = accuracy(Cli.run("evaluate", "--from", "pretrained", "--data", write(PixelFixes.NONE, 1)));
    Path data = write(new PixelFixes(transpose, turn, false, invert), divisor);
    Cli run = Cli.run("evaluate", "--from", "pretrained", "--data", data);
    assertTrue(accuracy(run) < right / 2);
    String[] lines = run.err().split("\\R");
    assertEquals(1, lines.length, run.err());
    assertTrue(lines[0].matches(".*: as they are read, the model gets \\d+ of 200 images right, with " + options + " it would be \\d+"),
        lines[0]);
    Cli mended = Cli.run((Object[]) ("evaluate --from pretrained --data " + data + " " + options).split(" "));
    assertEquals(right, accuracy(mended), 1.5); // half the range is half the grey levels
    assertEquals("", mended.err());
  }

  @Test void noOptionIsNamedWhereNoneHelps() throws IOException {
    Cli run = Cli.run("evaluate", "--from", "pretrained", "--data", write(new PixelFixes(true, 0, false, false), 1), "--transpose");
    assertEquals("", run.err());
    Dataset digits = SyntheticDigits.create(200, 1);
    int[] labels = new Random(1).ints(200, 0, 10).toArray();
    try (Device device = Device.open()) {
      assertNull(PixelTrial.of(device, LeNet5.pretrained(), new Dataset(digits.shape(), digits.images(), labels, 10)), "random labels");
      assertNull(PixelTrial.of(device, LeNet5.create(10, 1), digits), "random weights");
      assertNull(PixelTrial.of(device, LeNet5.pretrained(), new Dataset(digits.shape(), digits.images(), digits.labels(), 26)));
    }
  }

  @Test void anOptionTooManyIsNamedToo() throws IOException {
    Cli run = Cli.run("evaluate", "--from", "pretrained", "--data", write(PixelFixes.NONE, 1), "--invert");
    assertTrue(run.err().contains("with none of these options it would be"), run.err());
  }

  @Test void trainingSaysWhatThePixelsSay() throws IOException {
    Object[] train = {"train", "--data", write(new PixelFixes(false, 0, false, true), 255), "--epochs", 1, "--batch-size", 50, "--out",
        folder.resolve("w.safetensors")};
    assertEquals(folder + ": the images look dark on light and dim, unlike MNIST's; if they are meant to be read like those, give --scale"
        + " --invert", Cli.run(train).err().strip());
  }

  @Test void finetuningTellsItBeforeItTunes() throws IOException {
    Cli run = Cli.run("finetune", "--data", write(new PixelFixes(true, 0, false, false), 1), "--epochs", 1, "--out",
        folder.resolve("t.safetensors"));
    assertEquals(0, run.exitCode(), run.err());
    assertTrue(run.err().contains("with --transpose it would be"), run.err());
  }

  @Test void aTurnIsAQuarter() {
    for (String command : new String[] {"train", "evaluate", "finetune"}) {
      Cli run = Cli.run(command, "--data", "digits", "--turn", 45);
      assertEquals(2, run.exitCode());
      assertTrue(run.err().contains("images can be turned by 90, 180 or 270 degrees, got 45"), run.err());
    }
  }

  @Test void whatIsPassedOverIsOneLine() throws IOException {
    write(PixelFixes.NONE, 1);
    Files.writeString(folder.resolve("notes.txt"), "notes");
    Cli run = Cli.run("evaluate", "--from", "pretrained", "--data", folder);
    assertEquals(folder + ": passed over: 1 .txt, in " + folder.getFileName(), run.err().strip());
  }
}
