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
import org.lenet4j.backend.cpu.CpuBackend;
import org.lenet4j.data.Shape;
import org.lenet4j.nn.Activation;
import org.lenet4j.nn.Conv2d;
import org.lenet4j.nn.Dropout;
import org.lenet4j.nn.Init;
import org.lenet4j.nn.LayerSpec;
import org.lenet4j.nn.Linear;
import org.lenet4j.nn.Model;
import org.lenet4j.nn.Pool2d;
import org.lenet4j.onnx.OnnxFile;
import org.lenet4j.reference.ReferenceBackend;

/** Finds the places that do not know a layer, which the compiler does not: whoever adds one starts with an example here. */
class EveryLayerTest {
  private static final Shape INPUT = new Shape(2, 6, 6);

  @TempDir Path folder;

  /** One of each, for an input of 2x6x6. */
  static List<LayerSpec> layers() {
    return List.of(new Conv2d("layer", 2, 3, 3, 1, Activation.TANH), new Pool2d("layer", Pool2d.Kind.AVERAGE, 2),
        new Linear("layer", 72, 5, Activation.RELU), new Dropout("layer", 0.5f));
  }

  @Test void eachHasAnExample() {
    Set<Class<?>> examples = layers().stream().map(LayerSpec::getClass).collect(Collectors.toSet());
    assertEquals(Set.copyOf(Arrays.asList(LayerSpec.class.getPermittedSubclasses())), examples);
  }

  private static Model model(LayerSpec layer) {
    return new Model(INPUT, List.of(layer, new Linear("last", layer.output(INPUT).size(), 3, Activation.NONE)), Init.XAVIER_UNIFORM, 1);
  }

  @ParameterizedTest @MethodSource("layers") void files(LayerSpec layer) throws Exception {
    Path file = folder.resolve("model");
    model(layer).save(file);
    assertEquals(model(layer).layers(), Model.load(file).layers());
    OnnxFile.save(model(layer), file);
    assertTrue(Files.size(file) > 0);
  }

  @ParameterizedTest @MethodSource("layers") void devices(LayerSpec layer) {
    try (Backend reference = new ReferenceBackend(); Backend cpu = new CpuBackend(2)) {
      assertArrayEquals(logits(reference, layer), logits(cpu, layer), 1e-5f); // fp32, sums of up to 108 terms
    }
  }

  private static float[] logits(Backend backend, LayerSpec layer) {
    byte[] images = new byte[20 * INPUT.size()];
    new Random(1).nextBytes(images);
    float[] logits = new float[20 * 3];
    try (Program program = backend.compile(model(layer), 20)) {
      program.forward(images, 20, logits);
    }
    return logits;
  }
}
