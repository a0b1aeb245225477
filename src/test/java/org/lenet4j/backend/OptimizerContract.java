package org.lenet4j.backend;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.lenet4j.data.Augment;
import org.lenet4j.data.Batches;
import org.lenet4j.data.Dataset;
import org.lenet4j.nn.CrossEntropy;
import org.lenet4j.nn.LeNet5;
import org.lenet4j.nn.Loss;
import org.lenet4j.nn.Model;
import org.lenet4j.nn.Parameter;
import org.lenet4j.optim.Adam;
import org.lenet4j.optim.AdamW;
import org.lenet4j.optim.Optimizer;
import org.lenet4j.optim.ParamGroup;
import org.lenet4j.optim.Recipe;
import org.lenet4j.optim.Sgd;
import org.lenet4j.reference.ReferenceBackend;
import org.lenet4j.reference.ReferenceProgram;

/** Updates agree with the reference: each optimizer, groups, rate factors, clipping. */
public interface OptimizerContract {
  Backend backend();

  @ParameterizedTest @ValueSource(ints = {1, 10})
  default void everyOptimizerWithEveryLoss(int steps) {
    Dataset data = Samples.noise(Samples.SMALL, 50, 4, 51);
    for (Optimizer optimizer : Samples.optimizers()) {
      for (Loss loss : Samples.losses()) {
        Run.assertParity(backend(), Samples.small(4, 52), Samples.recipe(loss, optimizer), data, 20, steps);
      }
    }
  }

  @Test
  default void lenet5WithAdam() {
    Dataset data = Samples.noise(LeNet5.INPUT, 32, 10, 53);
    Run.assertParity(backend(), LeNet5.create(10, 54), Samples.recipe(new CrossEntropy(), new Adam(1e-3f)), data, 16, 10);
    Run.assertParity(backend(), LeNet5.classic(10, 55), Samples.recipe(new CrossEntropy(0.1f), new AdamW(1e-3f, 0.01f)), data, 16, 10);
  }

  @Test
  default void groupsReplaceRateAndDecay() {
    Dataset data = Samples.noise(Samples.SMALL, 40, 4, 56);
    for (Optimizer optimizer : Samples.optimizers()) {
      List<ParamGroup> groups = List.of(
          new ParamGroup(List.of("conv1", "fc2"), 3 * optimizer.learningRate(), 0.5f),
          new ParamGroup(List.of("fc1"), optimizer.learningRate() / 4, 0));
      Recipe recipe = Samples.recipe(new CrossEntropy(), optimizer, groups, Float.POSITIVE_INFINITY);
      Run.assertParity(backend(), Samples.small(4, 57), recipe, data, 20, 5);
    }
  }

  @Test
  default void aGroupOfRateZeroStays() {
    Model model = Samples.small(4, 58);
    Dataset data = Samples.noise(Samples.SMALL, 40, 4, 59);
    for (Optimizer optimizer : Samples.optimizers()) {
      List<ParamGroup> groups = List.of(new ParamGroup(List.of("conv2"), 0, 0.5f));
      Run run = Run.train(backend(), model, Samples.recipe(new CrossEntropy(), optimizer, groups, 1), data, 20, 3);
      Run.assertSameBits(model.parameter("conv2.weight").values(), run.model().parameter("conv2.weight").values(), optimizer.toString());
      assertTrue(Run.distance(model.parameter("fc1.weight").values(), run.model().parameter("fc1.weight").values()) > 0);
    }
  }

  @Test
  default void theFactorMultipliesEveryRate() {
    Dataset data = Samples.noise(Samples.SMALL, 40, 4, 60);
    float[] factors = {0.04f, 1, 0.5f, 0, 2};
    for (Optimizer optimizer : Samples.optimizers()) {
      List<ParamGroup> groups = List.of(new ParamGroup(List.of("conv1"), 2 * optimizer.learningRate(), 0.3f));
      Recipe recipe = Samples.recipe(new CrossEntropy(), optimizer, groups, Float.POSITIVE_INFINITY);
      Run expected = withFactors(new ReferenceBackend(), recipe, data, factors);
      double tolerance = optimizer instanceof Sgd ? Run.GRADIENT : Run.ADAM;
      withFactors(backend(), recipe, data, factors).assertClose(expected, tolerance, recipe.toString());
    }
  }

  private static Run withFactors(Backend backend, Recipe recipe, Dataset data, float[] factors) {
    Model model = Samples.small(4, 61);
    try (TrainingProgram program = backend.compile(model, recipe.withBatchSize(data.size()), Samples.SEED)) {
      program.bind(data, Augment.NONE);
      program.order(0, Batches.order(data.size(), 1, 0));
      for (float factor : factors) {
        program.step(0, data.size(), factor);
      }
      Model after = model.copy();
      program.read(after);
      return new Run(model, after, List.of(program.drain()), program.state());
    }
  }

  @ParameterizedTest @ValueSource(floats = {1e-4f, 0.01f, 0.1f, 1000})
  default void longGradientsAreClipped(float clipNorm) {
    Dataset data = Samples.noise(Samples.SMALL, 40, 4, 62);
    for (Optimizer optimizer : List.of(new Sgd(0.1f, 0.9f, false, 0.1f), new Adam(1e-3f, 0.9f, 0.999f, 1e-4f, 0.01f))) {
      Recipe recipe = Samples.recipe(new CrossEntropy(), optimizer, List.of(), clipNorm);
      Run.assertParity(backend(), Samples.small(4, 63), recipe, data, 20, 4);
      // Frozen layers have no gradient, so they do not count in the norm.
      Run.assertParity(backend(), Samples.small(4, 63).freeze("conv1", "fc1"), recipe, data, 20, 4);
    }
  }

  @Test
  default void theClippedGradientHasTheNormThatWasAskedFor() {
    Model model = Samples.small(4, 64);
    Dataset data = Samples.noise(Samples.SMALL, 20, 4, 65);
    float rate = 0x1p12f;
    Recipe recipe = Samples.recipe(new CrossEntropy(), new Sgd(rate), List.of(), 0.01f);
    try (ReferenceProgram reference = new ReferenceBackend().compile(model, recipe.withBatchSize(1), Samples.SEED)) {
      Map<String, double[]> gradients = reference.gradients(data);
      double squares = gradients.values().stream().flatMapToDouble(Arrays::stream).map(g -> g * g).sum();
      assertTrue(squares > 0.02 * 0.02, "the gradient needs clipping");
    }
    Run run = Run.train(backend(), model, recipe, data, 20, 1);
    double squares = 0;
    for (Parameter parameter : model.parameters()) {
      double moved = Run.distance(parameter.values(), run.model().parameter(parameter.name()).values());
      squares += moved * moved;
    }
    // 1e-6 is added to a norm above 0.02 (5e-5), the rest is fp32
    assertEquals(0.01, Math.sqrt(squares) / rate, 0.01 * 1e-4);
  }
}
