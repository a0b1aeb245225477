package org.lenet4j.nn;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Stream;
import org.junit.jupiter.api.Named;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.lenet4j.Device;
import org.lenet4j.Predictor;
import org.lenet4j.PythonCheck;
import org.lenet4j.data.Dataset;
import org.lenet4j.data.Normalization;
import org.lenet4j.data.Splits;
import org.lenet4j.data.SyntheticDigits;

/** Weights files go from here to PyTorch and back, read and written there by its own safetensors package. */
class PyTorchWeightsTest {
  private static final float TOLERANCE = 1e-5f; // fp32 sums of 400 terms in another order: 3e-6 was seen

  @TempDir Path folder;

  static Stream<Named<Model>> models() throws IOException {
    return Stream.of(Named.of("pretrained", LeNet5.pretrained()),
        Named.of("classic", LeNet5.classic(7, 3).normalization(new Normalization(0.1307f, 0.3081f))));
  }

  /** A thousand images of MNIST where it is, else as many drawn ones. */
  private static Dataset images() throws IOException {
    String data = System.getenv("LENET4J_DATA");
    return data == null ? SyntheticDigits.create(1000, 5) : Splits.open(Path.of(data, "mnist").toString()).test().head(1000);
  }

  @ParameterizedTest @MethodSource("models") void sameLogitsBothWays(Model model) throws Exception {
    byte[] images = images().images();
    Path weights = folder.resolve("ours.safetensors");
    Path theirs = folder.resolve("theirs.safetensors");
    Path theirLogits = folder.resolve("theirs.logits");
    model.save(weights);
    String out = PythonCheck.run("pytorch_check.py", "torch, safetensors, numpy", weights, Files.write(folder.resolve("images"), images),
        Files.write(folder.resolve("logits"), bytes(logits(model, images))), theirs, theirLogits);
    assertTrue(out.contains("1000 images"), out);
    float[] expected = new float[10_000];
    ByteBuffer.wrap(Files.readAllBytes(theirLogits)).order(ByteOrder.LITTLE_ENDIAN).asFloatBuffer().get(expected);
    assertArrayEquals(expected, logits(Model.load(theirs), images), TOLERANCE); // without a word of ours in it, it is a LeNet5
  }

  private static float[] logits(Model model, byte[] images) {
    float[] logits = new float[1000 * model.outputSize()];
    try (Device device = Device.open("openblas"); Predictor predictor = new Predictor(device, model)) {
      predictor.logits(images, 1000, logits);
    }
    return logits;
  }

  private static byte[] bytes(float[] values) {
    ByteBuffer bytes = ByteBuffer.allocate(4 * values.length).order(ByteOrder.LITTLE_ENDIAN);
    bytes.asFloatBuffer().put(values);
    return bytes.array();
  }
}
