package org.lenet4j.backend;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.lenet4j.PyTorchReference.tensor;

import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Named;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.lenet4j.PyTorchReference;
import org.lenet4j.backend.cpu.CpuBackend;
import org.lenet4j.nn.BinaryCrossEntropy;
import org.lenet4j.nn.CrossEntropy;
import org.lenet4j.nn.LeNet5;
import org.lenet4j.nn.Loss;
import org.lenet4j.nn.MeanSquaredError;
import org.lenet4j.nn.Model;
import org.lenet4j.nn.Parameter;
import org.lenet4j.optim.Adam;
import org.lenet4j.optim.AdamW;
import org.lenet4j.optim.Optimizer;
import org.lenet4j.optim.Sgd;
import org.lenet4j.reference.ReferenceBackend;

/** The same weights and the same batch give PyTorch's numbers. */
@Tag("slow")
class PyTorchParityTest {
  static Stream<Named<Backend>> backends() {
    return Stream.of(Named.of("reference", new ReferenceBackend()), Named.of("openblas", new CpuBackend(2)));
  }

  @ParameterizedTest @MethodSource("backends")
  void logits(Backend backend) {
    assertLogits(backend, LeNet5.create(10, 1), "logits");
    assertLogits(backend, LeNet5.classic(10, 1), "classic.logits");
    backend.close();
  }

  private static void assertLogits(Backend backend, Model model, String name) {
    float[] logits = new float[16 * 10];
    try (Program program = backend.compile(PyTorchReference.withWeights(model), 16)) {
      program.forward(PyTorchReference.batch().images(), 16, logits);
    }
    float[] expected = tensor(name);
    Run.assertNear(expected, logits, 1e-6 * Run.norm(expected), name); // fp32 on both sides, 400-term dot products
  }

  @ParameterizedTest @MethodSource("backends")
  void lossesAndGradients(Backend backend) {
    Map<String, Loss> losses = Map.of("cross_entropy", new CrossEntropy(), "smoothing", new CrossEntropy(0.1f),
        "bce", new BinaryCrossEntropy(), "mse", new MeanSquaredError());
    losses.forEach((name, loss) -> assertGradients(backend, LeNet5.create(10, 1), loss, name));
    assertGradients(backend, LeNet5.classic(10, 1), new CrossEntropy(), "classic");
    backend.close();
  }

  private static void assertGradients(Backend backend, Model model, Loss loss, String name) {
    Gradients actual = Gradients.of(backend, PyTorchReference.withWeights(model), PyTorchReference.batch(), loss);
    assertEquals(tensor(name + ".loss")[0], actual.totals().loss(), 1e-6, name); // losses of 0.1 to 2.5 in fp32
    actual.values().forEach((parameter, gradient) -> {
      if (!parameter.equals("fc1.weight") || name.equals("cross_entropy")) { // the file has the largest parameter only once
        float[] expected = tensor(name + ".grad." + parameter);
        // fp32 on both sides, sums of up to 16 x 784 terms that cancel in part
        Run.assertNear(expected, gradient, 2e-5 * Run.norm(expected), name + ": d" + parameter);
      }
    });
    // The last bias's gradient is the sum of the logits' gradients over the batch.
    float[] sum = new float[10];
    for (int i = 0; i < 160; i++) {
      sum[i % 10] += tensor(name + ".logits_grad")[i];
    }
    Run.assertNear(sum, actual.values().get("fc3.bias"), 1e-5 * Run.norm(sum), name + ": dlogits");
  }

  @ParameterizedTest @MethodSource("backends")
  void tenStepsOfEachOptimizer(Backend backend) {
    Map<String, Optimizer> optimizers = Map.of(
        "adam", new Adam(1e-3f),
        "adam_l2", new Adam(1e-3f).withWeightDecay(0.1f),
        "adamw", new AdamW(1e-3f, 1),
        "sgd", new Sgd(0.05f, 0.9f, false, 1e-4f),
        "nesterov", new Sgd(0.05f, 0.9f, true, 0.05f));
    optimizers.forEach((name, optimizer) -> {
      Model model = PyTorchReference.withWeights(LeNet5.create(10, 1));
      Run run = Run.train(backend, model, Samples.recipe(new CrossEntropy(), optimizer), PyTorchReference.batch(), 16, 10);
      boolean adam = !(optimizer instanceof Sgd);
      for (int step = 0; step < 10; step++) {
        // Adam turns rounding in the smallest gradients into whole steps; see Run.ADAM.
        assertEquals(tensor(name + ".losses")[step], run.totals().get(step).loss(), adam ? 2e-5 : 2e-6, name + ": loss of step " + step);
      }
      for (String after : List.of("conv1.weight", "conv2.weight", "conv2.bias", "fc3.weight", "fc3.bias")) {
        Parameter parameter = run.model().parameter(after);
        float[] expected = tensor(name + ".after." + after);
        double moved = Run.distance(expected, tensor(after));
        // 3e-7 of the values themselves is the rounding of ten updates in fp32.
        double tolerance = (adam ? Run.ADAM : Run.GRADIENT) * moved + 3e-7 * Run.norm(expected);
        Run.assertNear(expected, parameter.values(), tolerance, name + ": " + after);
      }
    });
    backend.close();
  }
}
