package org.lenet4j.backend;

import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import java.util.Set;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.lenet4j.data.Dataset;
import org.lenet4j.nn.CrossEntropy;
import org.lenet4j.nn.LeNet5;
import org.lenet4j.nn.Model;
import org.lenet4j.nn.Parameter;
import org.lenet4j.optim.Adam;
import org.lenet4j.optim.AdamW;
import org.lenet4j.optim.Anchor;
import org.lenet4j.optim.Optimizer;
import org.lenet4j.optim.ParamGroup;
import org.lenet4j.optim.Recipe;
import org.lenet4j.optim.Sgd;

/** Frozen layers keep every bit, with weight decay on, and the others train as if that were no matter. */
public interface FreezeContract {
  Backend backend();

  @ParameterizedTest
  @ValueSource(strings = {"conv1", "conv2", "fc1", "fc2", "conv1,conv2", "conv1,conv2,fc1", "fc1,fc2", "conv2,fc1", "conv1,fc2",
      "conv1,conv2,fc1,fc2"})
  default void frozenLayersKeepTheirBits(String frozen) {
    Dataset data = Samples.noise(Samples.SMALL, 50, 4, 71);
    for (Optimizer optimizer : List.of(
        new Sgd(0.1f, 0, false, 0.3f), new Sgd(0.1f, 0.9f, true, 0.3f),
        new Adam(1e-3f, 0.9f, 0.99f, 1e-4f, 0.3f), new AdamW(1e-3f, 0.9f))) {
      assertFrozen(Samples.small(4, 72).freeze(frozen.split(",")), Samples.recipe(new CrossEntropy(), optimizer), data, 20);
    }
  }

  @ParameterizedTest @ValueSource(strings = {"conv1,conv2", "fc3", "conv2,fc2"})
  default void lenet5(String frozen) {
    assertFrozen(LeNet5.create(10, 73).freeze(frozen.split(",")), Samples.recipe(new CrossEntropy(), new Sgd(0.05f, 0.9f, false, 0.1f)),
        Samples.noise(LeNet5.INPUT, 17, 10, 74), 17);
  }

  @ParameterizedTest @ValueSource(strings = {"conv2", "fc2"})
  default void aGroupDoesNotThaw(String layer) {
    List<ParamGroup> groups = List.of(new ParamGroup(List.of("conv1", layer), 0.2f, 0.3f));
    assertFrozen(Samples.small(4, 75).freeze(layer), Samples.recipe(new CrossEntropy(), new Sgd(0.1f), groups, 0.05f),
        Samples.noise(Samples.SMALL, 50, 4, 76), 20);
  }

  /** Weight decay, momentum (or Adam's moments), clipping, average and anchor, each combination of them. */
  @ParameterizedTest @ValueSource(strings = {"conv1", "fc1", "conv1,conv2", "conv2,fc2", "conv1,conv2,fc1"})
  default void everyCombinationKeepsFrozenBits(String frozen) {
    Dataset data = Samples.noise(Samples.SMALL, 50, 4, 77);
    Model model = Samples.small(4, 78).freeze(frozen.split(","));
    Model elsewhere = Samples.small(4, 79);
    for (float decay : new float[] {0, 0.3f}) {
      for (Optimizer optimizer : List.of(new Sgd(0.05f, 0, false, decay), new Sgd(0.05f, 0.9f, false, decay),
          new Adam(1e-3f, 0.9f, 0.99f, 1e-4f, decay), new AdamW(1e-3f, decay))) {
        for (float ema : new float[] {0, 0.9f}) {
          for (Anchor anchor : new Anchor[] {null, Anchor.to(elsewhere, 0.5f)}) {
            for (float clipNorm : new float[] {Float.POSITIVE_INFINITY, 0.1f}) {
              assertFrozen(model, Samples.recipe(new CrossEntropy(), optimizer, List.of(), clipNorm, ema, anchor), data, 20);
            }
          }
        }
      }
    }
  }

  private void assertFrozen(Model model, Recipe recipe, Dataset data, int batchSize) {
    Run run = Run.assertParity(backend(), model, recipe, data, batchSize, 5);
    Set<String> frozen = model.frozen();
    for (Parameter parameter : model.parameters()) {
      float[] after = run.model().parameter(parameter.name()).values();
      if (frozen.contains(parameter.layer())) {
        Run.assertSameBits(parameter.values(), after, parameter.name() + " is frozen, " + recipe);
        assertFalse(run.state().slots().keySet().stream().anyMatch(slot -> slot.endsWith("." + parameter.name())), parameter.name());
      } else {
        assertTrue(Run.distance(parameter.values(), after) > 0, parameter.name() + " is trained, " + recipe);
      }
    }
  }
}
