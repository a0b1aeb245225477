package org.lenet4j.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.lenet4j.JsonTree;
import org.lenet4j.backend.cuda.probe.CudaProbe;
import org.lenet4j.nn.Model;

/** {@code --kernels auto} of the command line: what it says, and what it notes. */
@Tag("cuda")
class AutoKernelsCliTest {
  @TempDir Path folder;

  @BeforeEach void cuda() {
    String reason = CudaProbe.whyNot();
    assumeTrue(reason == null, "cuda: " + reason);
  }

  @Test void infoHasALineAndAnObjectForEachProgram() throws IOException {
    AutoKernels kernels = AutoKernels.of(1, 2);
    assertNull(kernels.failure());
    assertEquals(4, kernels.lines().size());
    assertTrue(kernels.lines().get(1).matches("auto takes (cudnn|fused) for training with batch size 2"
        + " \\(cudnn [0-9.]+ us, fused [0-9.]+ us a batch\\)"), kernels.lines().get(1));
    Map<String, Object> last = kernels.json().get(3);
    assertEquals("inference", last.get("mode"));
    assertEquals(2, last.get("batch"));
    assertTrue((double) last.get("cudnn_us") > 0 && (double) last.get("fused_us") > 0, last.toString());
  }

  @Test void trainingSaysAndNotesWhatItTook() throws IOException {
    Path out = folder.resolve("w.safetensors");
    Cli run = Cli.run("train", "--data", Cli.data(folder.resolve("data"), 24, 8), "--epochs", 1, "--recipe", "plain", "--batch-size", 4,
        "--device", "cuda", "--kernels", "auto", "--out", out, "--json", folder.resolve("t.json"));
    assertEquals(0, run.exitCode(), run.err());
    String line = run.out().lines().filter(text -> text.startsWith("kernels: ")).findFirst().orElseThrow();
    assertTrue(line.contains(" for training with batch size 4 (cudnn "), line);
    assertEquals(line.split(" ")[1], Model.load(out).metadata().get("kernels"));
    assertEquals(line.split(" ")[1], JsonTree.read(folder.resolve("t.json")).at("kernels"));

    Cli tuned = Cli.run("finetune", "--data", folder.resolve("data"), "--freeze", "conv1", "--strength", 1, "--epochs", 1, "--batch-size",
        4, "--device", "cuda", "--kernels", "auto", "--out", folder.resolve("t.safetensors"), "--json", folder.resolve("f.json"));
    assertEquals(0, tuned.exitCode(), tuned.err());
    assertTrue(tuned.out().contains("kernels: cudnn for training with batch size 4 (the fused kernels are not for this"), tuned.out());
    assertEquals("cudnn", JsonTree.read(folder.resolve("f.json")).at("kernels"));
  }
}
