package org.lenet4j.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.lenet4j.data.Normalization;
import org.lenet4j.file.Safetensors;
import org.lenet4j.nn.LeNet5;
import org.lenet4j.nn.Model;
import org.lenet4j.onnx.OnnxFile;

/** Weights of others on the command line: what is assumed is said, and can be said otherwise. */
@Tag("slow")
class ForeignCliTest {
  private static final Path PYTORCH = Path.of("src/test/resources/foreign");

  @TempDir Path folder;
  private Path weights;

  /** The pretrained weights as of a net that saw its images otherwise, and without a word. */
  @BeforeEach void weightsWithoutNotes() throws IOException {
    weights = folder.resolve("silent.safetensors");
    Model model = LeNet5.pretrained();
    Normalization other = new Normalization(0.5f, 0.5f);
    Normalization own = model.normalization();
    float[] first = model.parameter("conv1.weight").values(); // x' = (p - 0.5) / 0.5 in place of (p - mean) / std
    float[] bias = model.parameter("conv1.bias").values();
    for (int i = 0; i < first.length; i++) {
      bias[i / 25] += first[i] * (other.mean() - own.mean()) / own.std();
      first[i] *= other.std() / own.std();
    }
    Map<String, Safetensors.Tensor> tensors = new LinkedHashMap<>();
    model.parameters().forEach(p -> tensors.put("module." + p.name(), new Safetensors.Tensor(p.shape(), p.values())));
    new Safetensors(Map.of(), tensors).write(weights);
  }

  @Test void whatIsAssumedIsSaidAndABetterAssumptionFound() {
    Cli run = Cli.run("evaluate", "--from", weights);
    assertEquals(0, run.exitCode(), run.err());
    assertTrue(run.err().contains(weights + ": the prefix 'module.' of all names is left out"), run.err());
    assertTrue(run.err().contains(weights + ": assumed inputs 0..1, ReLU, max pooling, since the file does not say (options: --activation,"
        + " --pool, --mean, --std, --input)"), run.err());
    assertTrue(run.err().matches("(?s).*silent.safetensors: [^\\n]+ would score \\d+\\.\\d% on 500 of these images"
        + " instead of \\d+\\.\\d%: --.*"),
        run.err()); // on drawn digits more than one of them does well
    Cli told = Cli.run("evaluate", "--from", weights, "--mean", 0.5, "--std", 0.5);
    assertEquals(0, told.exitCode(), told.err());
    assertFalse(told.err().contains("would score"), told.err());
    assertTrue(told.err().contains("assumed ReLU, max pooling, since"), told.err());
  }

  @Test void everyCommandReadsFilesOfPyTorchAndOnnx() throws IOException {
    Path file = PYTORCH.resolve("tanh_average.pt");
    Path onnx = folder.resolve("m.onnx");
    Cli run = Cli.run("export", "--from", file, "--onnx", onnx, "--activation", "tanh", "--pool", "avg", "--mean", 0.1307, "--std", 0.3081);
    assertEquals(0, run.exitCode(), run.err());
    assertTrue(run.err().contains("the weights are 'model'; not read: 'model_ema'"), run.err());
    assertFalse(run.err().contains("activation"), run.err());
    assertEquals(new Normalization(0.1307f, 0.3081f), OnnxFile.load(onnx).normalization());
    Cli back = Cli.run("evaluate", "--from", onnx);
    assertEquals(0, back.exitCode(), back.err());
    assertFalse(back.err().contains("assumed"), "our own file says all: " + back.err());
  }

  @Test void wrongUse() {
    Cli run = Cli.run("evaluate", "--from", "pretrained", "--pool", "avg");
    assertEquals(2, run.exitCode());
    assertTrue(run.err().startsWith("lenet4j evaluate: the pretrained weights say themselves how their network computes"), run.err());
    run = Cli.run("evaluate", "--from", weights, "--activation", "elu");
    assertEquals(2, run.exitCode());
    assertTrue(run.err().contains("unknown --activation 'elu'; there are relu, tanh and sigmoid"), run.err());
    run = Cli.run("evaluate", "--from", weights, "--input", 64);
    assertEquals(2, run.exitCode());
    run = Cli.run("predict", "--from", PYTORCH.resolve("evil.pt"), "x.png");
    assertEquals(1, run.exitCode());
    assertTrue(run.err().contains("it would have Python call 'posix.system'"), run.err());
  }
}
