package org.lenet4j.cli;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.lenet4j.JsonTree;
import org.lenet4j.data.Normalization;
import org.lenet4j.nn.LeNet5;
import org.lenet4j.nn.Model;
import org.lenet4j.onnx.OnnxFile;

/** {@code lenet4j export}. */
class ExportCliTest {
  @TempDir Path folder;
  private Path weights;
  private Path onnx;

  @BeforeEach void weights() throws IOException {
    weights = folder.resolve("w.safetensors");
    LeNet5.create(7, 1).normalization(new Normalization(0.25f, 0.5f)).save(weights);
    onnx = folder.resolve("m.onnx");
  }

  @Test void theFileIsTheModels() throws IOException {
    Cli run = Cli.run("export", "--from", weights, "--onnx", onnx, "--json", folder.resolve("e.json"));
    assertEquals(0, run.exitCode(), run.err());
    Path direct = folder.resolve("direct.onnx");
    OnnxFile.save(Model.load(weights), direct);
    assertArrayEquals(Files.readAllBytes(direct), Files.readAllBytes(onnx));
    assertTrue(run.out().contains("(b / 255 - 0.25) / 0.5") && run.out().contains("saved " + onnx + ", opset 13"), run.out());
    JsonTree json = JsonTree.read(folder.resolve("e.json"));
    assertEquals("export", json.at("command"));
    assertEquals(weights.toString(), json.at("from"));
    assertEquals(onnx.toString(), json.at("onnx"));
    assertEquals(13L, json.at("opset"));
    assertEquals((long) LeNet5.create(7, 1).parameterCount(), json.at("parameters"));
    assertEquals("image", json.at("input"));
    assertEquals(List.of(1L, 28L, 28L), json.at("input_shape"));
    assertEquals(0.25, json.at("mean"));
    assertEquals(0.5, json.at("std"));
    assertEquals("logits", json.at("output"));
    assertEquals(7L, json.at("outputs"));
  }

  @Test void pretrained() {
    assertEquals(0, Cli.run("export", "--from", "pretrained", "--onnx", onnx).exitCode());
    assertTrue(Files.exists(onnx));
  }

  private void fails(int exitCode, String says, Object... args) throws IOException {
    byte[] before = Files.readAllBytes(weights);
    Cli run = Cli.run(args);
    assertEquals(exitCode, run.exitCode(), run.err());
    assertEquals(1, run.err().lines().count(), run.err());
    assertTrue(run.err().startsWith("lenet4j export: ") && run.err().contains(says), run.err());
    assertTrue(Files.notExists(onnx));
    assertArrayEquals(before, Files.readAllBytes(weights));
  }

  @Test void badInput() throws IOException {
    fails(2, "--onnx", "export", "--from", weights);
    fails(2, "--onnx and --from are the same file", "export", "--from", weights, "--onnx", weights);
    fails(2, "--onnx and --json are the same file", "export", "--from", weights, "--onnx", onnx, "--json", onnx);
    fails(1, "there are no weights", "export", "--from", folder.resolve("none"), "--onnx", onnx);
    fails(1, "does not exist", "export", "--from", weights, "--onnx", folder.resolve("nowhere").resolve("m.onnx"));
    fails(1, "it is a folder", "export", "--from", weights, "--onnx", folder);
    fails(1, "does not exist", "export", "--from", weights, "--onnx", onnx, "--json", folder.resolve("nowhere").resolve("e.json"));
    Path broken = Files.writeString(folder.resolve("broken"), "no weights at all");
    fails(1, broken.toString(), "export", "--from", broken, "--onnx", onnx);
  }
}
