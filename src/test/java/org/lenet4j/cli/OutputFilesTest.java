package org.lenet4j.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.awt.image.BufferedImage;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.lenet4j.nn.LeNet5;

/** No option that names a file or a folder ever replaces or deletes what lenet4j has not written. */
class OutputFilesTest {
  @TempDir static Path shared;
  private static Path data;

  @TempDir Path folder;
  private Path out;

  @BeforeAll static void prepare() {
    data = Cli.data(shared.resolve("data"), 20, 10);
  }

  @BeforeEach void name() {
    out = folder.resolve("out.safetensors");
  }

  private Cli train(Object... more) {
    return Cli.run(Stream.concat(Stream.of("train", "--data", data, "--epochs", 1, "--batch-size", 10, "--device", "cpu"),
        Stream.of(more)).toArray());
  }

  private void ok(Cli run) {
    assertEquals(0, run.exitCode(), run.err());
  }

  private static String refused(Cli run, String... parts) {
    assertEquals(1, run.exitCode(), run.out());
    assertEquals(1, run.err().lines().count(), run.err());
    for (String part : parts) {
      assertTrue(run.err().contains(part), run.err());
    }
    assertFalse(run.out().contains("epoch"), "before any work");
    return run.err();
  }

  @ParameterizedTest @ValueSource(strings = {"--out", "--checkpoint", "--json", "--report", "--tensorboard"})
  void aFileOfOthersStays(String option) throws IOException {
    Path thesis = Files.writeString(folder.resolve("thesis"), "my thesis");
    List<Object> words = new ArrayList<>(List.of(option, thesis));
    if (!option.equals("--out")) {
      words.addAll(List.of("--out", out));
    }
    refused(train(words.toArray()), thesis.toString());
    assertEquals("my thesis", Files.readString(thesis));
    assertFalse(Files.exists(out));
  }

  @Test void exportsAndDrawingsAsWell() throws IOException {
    Path weights = folder.resolve("w.safetensors");
    LeNet5.create(10, 1).save(weights);
    Path picture = folder.resolve("p.png");
    BufferedImage one = new BufferedImage(60, 60, BufferedImage.TYPE_BYTE_GRAY);
    one.createGraphics().fillRect(28, 10, 5, 40);
    ImageIO.write(one, "png", picture.toFile());
    byte[] before = Files.readAllBytes(picture);
    refused(Cli.run("export", "--from", weights, "--onnx", picture), picture.toString());
    refused(Cli.run("predict", "--from", weights, "--show=" + picture, picture), picture.toString());
    assertEquals(before.length, Files.size(picture));
    Path package_ = Files.writeString(folder.resolve("package.json"), "{\n  \"name\" : \"mine\"\n}");
    refused(Cli.run("predict", "--from", weights, "--json", package_, picture), package_.toString());
    Path drawing = folder.resolve("d.png");
    for (int i = 0; i < 2; i++) { // our own are replaced
      Cli.run("predict", "--from", weights, "--show=" + drawing, "--json", folder.resolve("p.json"), picture);
      assertTrue(Files.size(drawing) > 0);
      ok(Cli.run("export", "--from", weights, "--onnx", folder.resolve("m.onnx"), "--json", folder.resolve("e.json")));
    }
  }

  @Test void weightsAreNoCheckpoint() throws IOException {
    Path weights = folder.resolve("best.safetensors");
    LeNet5.create(10, 1).save(weights);
    refused(train("--out", out, "--checkpoint", weights), "not a checkpoint of lenet4j's");
    assertTrue(Files.exists(weights));
  }

  /** As /dev/null, which as root was removed from the machine; a pipe stands for it. */
  @Test void whatIsNoFileKeepsNoCheckpoint() throws Exception {
    Path pipe = folder.resolve("pipe");
    assumeTrue(new ProcessBuilder("mkfifo", pipe.toString()).start().waitFor() == 0, "a system with pipes");
    refused(train("--out", out, "--checkpoint", pipe), pipe.toString(), "--checkpoint none");
    assertTrue(Files.exists(pipe));
    refused(train("--out", out, "--report", pipe), pipe.toString());
    refused(train("--out", out, "--tensorboard", pipe), pipe.toString());
    assertTrue(Files.exists(pipe) && !Files.isRegularFile(pipe) && !Files.isDirectory(pipe));
  }

  @Test void noCheckpoint() throws IOException {
    ok(train("--out", out, "--checkpoint", "none"));
    assertFalse(Files.exists(Path.of("none")));
    Path sink = Path.of("/dev/null");
    assumeTrue(Files.exists(sink) && !Files.isRegularFile(sink));
    assertEquals(null, Checkpoints.file(null, sink), "no /dev/null.ckpt");
    assertEquals(Path.of(out + ".ckpt"), Checkpoints.file(null, out));
  }

  @Test void aLinkToTheCheckpointStays() throws IOException {
    Path link = Files.createSymbolicLink(folder.resolve("link"), Path.of("real.ckpt"));
    ok(train("--out", out, "--checkpoint", link));
    assertTrue(Files.isSymbolicLink(link));
    assertFalse(Files.exists(folder.resolve("real.ckpt")));
  }

  @Test void pagesOfOthersStay() throws IOException {
    Path site = Files.createDirectory(folder.resolve("site"));
    Path loss = Files.writeString(site.resolve("loss.svg"), "mine");
    refused(train("--out", out, "--report", site), "loss.svg");
    Files.delete(loss);
    Path index = Files.writeString(site.resolve("index.html"), "<html>mine</html>");
    refused(train("--out", out, "--report", site), "index.html");
    assertEquals("<html>mine</html>", Files.readString(index));
    Path gone = Files.createSymbolicLink(folder.resolve("gone"), Path.of("nowhere"));
    refused(train("--out", out, "--report", gone), "link to nothing");
  }

  /** Weights, result and report of a run before are ours. */
  @Test void whatWeWroteIsReplaced() {
    for (int i = 0; i < 2; i++) {
      ok(train("--out", out, "--json", folder.resolve("r.json"), "--report", folder.resolve("report")));
    }
  }

  @Test void twoNamesOfOneFile() throws IOException {
    ok(train("--out", out));
    Path other = Files.createSymbolicLink(folder.resolve("other"), out);
    Cli run = train("--out", out, "--json", other);
    assertEquals(2, run.exitCode());
    assertTrue(run.err().contains("--out and --json are the same file"), run.err());
  }

  /** A folder that is deleted while a run goes on is made again, and nothing is said to be there that is not. */
  @Test void aFolderThatVanishes() throws IOException {
    StringWriter err = new StringWriter();
    Path file = Files.createDirectory(folder.resolve("run")).resolve("w.ckpt");
    try (Checkpoints checkpoints = new Checkpoints("train", file, false, new PrintWriter(err))) {
      Checkpoints.Content content = to -> Files.writeString(to, "checkpoint");
      checkpoints.save(content);
      assertTrue(checkpoints.explain(new IOException("x")).getMessage().contains("kept, continue with"));
      Files.delete(file);
      Files.delete(file.getParent());
      String lost = checkpoints.explain(new IOException("x")).getMessage();
      assertTrue(lost.contains("lost") && !lost.contains("kept"), lost);
      checkpoints.save(content);
      assertTrue(Files.exists(file));
      Files.delete(file);
      Files.writeString(file, "of another run");
      checkpoints.remove();
      assertEquals("of another run", Files.readString(file));
    }
  }

  @Test void aHeadThatNoMemoryHolds() {
    Cli run = Cli.run("finetune", "--data", data, "--out", out, "--head", Integer.MAX_VALUE);
    assertEquals(2, run.exitCode(), run.err());
    assertTrue(run.err().contains("layer fc3") && run.err().contains("parameters"), run.err());
  }

  /** The last step's loss is that from before its update: what it did to the weights is found when the epoch ends. */
  @Test void aRunThatDivergesInItsLastStep() {
    Cli run = Cli.run("train", "--data", data, "--epochs", 1, "--batch-size", 20, "--out", out, "--optimizer", "sgd", "--lr", "1e38",
        "--weight-decay", 1e6, "--schedule", "constant", "--warmup", 0);
    assertEquals(1, run.exitCode(), run.out());
    assertTrue(run.err().contains("NaN or infinite in epoch 1 at step 1"), run.err());
    assertTrue(run.err().contains("a tenth of that learning rate"), run.err());
    assertFalse(Files.exists(out));
  }
}
