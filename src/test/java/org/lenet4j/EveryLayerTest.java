package org.lenet4j;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.lenet4j.backend.Backend;
import org.lenet4j.backend.Program;
import org.lenet4j.backend.Run;
import org.lenet4j.backend.Samples;
import org.lenet4j.backend.cpu.CpuBackend;
import org.lenet4j.data.Dataset;
import org.lenet4j.nn.CrossEntropy;
import org.lenet4j.nn.LayerSpec;
import org.lenet4j.nn.Model;
import org.lenet4j.onnx.OnnxFile;
import org.lenet4j.optim.Sgd;
import org.lenet4j.reference.ReferenceBackend;

/**
 * Finds the places that do not know a layer, which the compiler does not: whoever adds one starts with an example in {@link Samples}, with
 * which the contract of every device trains as well.
 */
class EveryLayerTest {
  @TempDir Path folder;

  static List<LayerSpec> layers() {
    return Samples.layers();
  }

  @Test void eachHasAnExample() {
    Set<Class<?>> examples = layers().stream().map(LayerSpec::getClass).collect(Collectors.toSet());
    assertEquals(Set.copyOf(Arrays.asList(LayerSpec.class.getPermittedSubclasses())), examples);
  }

  @ParameterizedTest @MethodSource("layers") void files(LayerSpec layer) throws Exception {
    Path file = folder.resolve("model");
    Samples.with(layer).save(file);
    assertEquals(Samples.with(layer).layers(), Model.load(file).layers());
    OnnxFile.save(Samples.with(layer), file);
    assertTrue(Files.size(file) > 0);
  }

  @ParameterizedTest @MethodSource("layers") void devices(LayerSpec layer) {
    Dataset data = Samples.noise(Samples.EVERY, 20, 3, 2);
    try (Backend cpu = new CpuBackend(2); Backend reference = new ReferenceBackend()) {
      assertArrayEquals(logits(reference, layer), logits(cpu, layer), 1e-5f); // fp32, sums of up to 108 terms
      Run.assertParity(cpu, Samples.with(layer), Samples.recipe(new CrossEntropy(), new Sgd(0.1f)), data, 20, 1);
    }
  }

  private static float[] logits(Backend backend, LayerSpec layer) {
    byte[] images = new byte[20 * Samples.EVERY.size()];
    new Random(1).nextBytes(images);
    float[] logits = new float[20 * 3];
    try (Program program = backend.compile(Samples.with(layer), 20)) {
      program.forward(images, 20, logits);
    }
    return logits;
  }
}
