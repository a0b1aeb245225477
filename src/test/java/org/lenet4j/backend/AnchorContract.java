package org.lenet4j.backend;

import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.lenet4j.data.Dataset;
import org.lenet4j.nn.CrossEntropy;
import org.lenet4j.nn.Model;
import org.lenet4j.nn.Parameter;
import org.lenet4j.optim.Anchor;
import org.lenet4j.optim.Optimizer;
import org.lenet4j.optim.Recipe;
import org.lenet4j.optim.Sgd;

/** The pull of an anchor is a part of the gradient, where it has an entry. */
public interface AnchorContract {
  Backend backend();

  @Test
  default void everyOptimizerIsPulledLikeTheReference() {
    Dataset data = Samples.noise(Samples.SMALL, 50, 4, 141);
    Model model = Samples.small(4, 142);
    for (Optimizer optimizer : Samples.optimizers()) {
      for (Anchor anchor : List.of(Anchor.to(Samples.small(4, 143), 0.3f), fisher(0.3f), Anchor.to(model, 0.5f, "fc2"))) {
        Run.assertParity(backend(), model, recipe(optimizer, Float.POSITIVE_INFINITY, anchor), data, 20, 6);
      }
    }
  }

  @ParameterizedTest @ValueSource(floats = {0.01f, 0.1f, 1000})
  default void thePullIsClippedWithTheRest(float clipNorm) {
    Dataset data = Samples.noise(Samples.SMALL, 40, 4, 144);
    Recipe recipe = recipe(new Sgd(0.1f, 0.9f), clipNorm, fisher(1));
    Run.assertParity(backend(), Samples.small(4, 145), recipe, data, 20, 4);
    Run.assertParity(backend(), Samples.small(4, 145).freeze("conv1", "fc1"), recipe, data, 20, 4);
  }

  @Test
  default void thePullIsTheGradientOfThePenalty() {
    Dataset data = Samples.noise(Samples.SMALL, 20, 4, 146);
    Model model = Samples.small(4, 147);
    Anchor anchor = fisher(0.7f);
    float rate = 0x1p-3f;
    Run without = Run.train(backend(), model, recipe(new Sgd(rate), Float.POSITIVE_INFINITY, null), data, 20, 1);
    Run with = Run.train(backend(), model, recipe(new Sgd(rate), Float.POSITIVE_INFINITY, anchor), data, 20, 1);
    for (Parameter parameter : model.parameters()) {
      float[] theta = parameter.values();
      float[] free = without.model().parameter(parameter.name()).values();
      float[] expected = new float[theta.length];
      for (int i = 0; i < theta.length; i++) {
        double pull = 0.7 * anchor.weights().get(parameter.name())[i] * (theta[i] - anchor.values().get(parameter.name())[i]);
        expected[i] = (float) (free[i] - rate * pull);
      }
      float[] actual = with.model().parameter(parameter.name()).values();
      Run.assertNear(expected, actual, 1e-6 * Run.norm(expected), parameter.name()); // a few roundings of 6e-8
      assertTrue(Run.distance(free, actual) > 1e-3 * Run.norm(free), "the pull is large enough to be seen: " + parameter.name());
    }
  }

  @Test
  default void whatHasNoEntryIsFree() {
    Dataset data = Samples.noise(Samples.SMALL, 20, 4, 148);
    Model model = Samples.small(4, 149);
    Run without = Run.train(backend(), model, recipe(new Sgd(0.1f), Float.POSITIVE_INFINITY, null), data, 20, 1);
    Anchor anchor = new Anchor(3, Map.of("conv2.weight", new float[model.parameter("conv2.weight").values().length]), null);
    Run with = Run.train(backend(), model, recipe(new Sgd(0.1f), Float.POSITIVE_INFINITY, anchor), data, 20, 1);
    for (Parameter parameter : model.parameters()) {
      double distance = Run.distance(without.model().parameter(parameter.name()).values(),
          with.model().parameter(parameter.name()).values());
      assertTrue(parameter.name().equals("conv2.weight") ? distance > 0.01 : distance == 0, parameter.name() + " " + distance);
    }
  }

  @Test
  default void anchorsThatDoNotFit() {
    for (Map<String, float[]> values : List.of(Map.of("conv9.weight", new float[1]), Map.of("conv1.bias", new float[4]))) {
      IllegalArgumentException e = assertThrows(IllegalArgumentException.class, () -> backend().compile(Samples.small(4, 1),
          recipe(new Sgd(0.1f), Float.POSITIVE_INFINITY, new Anchor(1, values, null)).withBatchSize(8), Samples.SEED));
      assertTrue(e.getMessage().contains(values.keySet().iterator().next()), e.getMessage());
    }
  }

  /** Other values than any model's, and weights between 0 and 1. */
  private static Anchor fisher(float strength) {
    Random random = new Random(5);
    Map<String, float[]> values = new LinkedHashMap<>();
    Map<String, float[]> weights = new LinkedHashMap<>();
    for (Parameter parameter : Samples.small(4, 150).parameters()) {
      float[] value = parameter.values();
      float[] weight = new float[value.length];
      for (int i = 0; i < weight.length; i++) {
        weight[i] = i % 3 == 0 ? 0 : random.nextFloat();
      }
      weight[1] = 1;
      values.put(parameter.name(), value);
      weights.put(parameter.name(), weight);
    }
    return new Anchor(strength, values, weights);
  }

  private static Recipe recipe(Optimizer optimizer, float clipNorm, Anchor anchor) {
    return Samples.recipe(new CrossEntropy(), optimizer, List.of(), clipNorm, 0, anchor);
  }
}
