package org.lenet4j.optim;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.function.Executable;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.lenet4j.backend.Samples;
import org.lenet4j.nn.CrossEntropy;

class OptimizerTest {
  @ParameterizedTest @ValueSource(floats = {Float.NaN, -0.1f, Float.POSITIVE_INFINITY})
  void badRatesAndDecaysAreRefused(float bad) {
    assertRefused("learning rate", bad, () -> new Sgd(bad));
    assertRefused("learning rate", bad, () -> new Adam(bad));
    assertRefused("learning rate", bad, () -> new AdamW(bad, 0));
    assertRefused("learning rate", bad, () -> new ParamGroup(List.of("fc1"), bad, 0));
    assertRefused("learning rate", bad, () -> new Adam(0.1f).withLearningRate(bad));
    assertRefused("weight decay", bad, () -> new Sgd(1, 0, false, bad));
    assertRefused("weight decay", bad, () -> new Adam(1).withWeightDecay(bad));
    assertRefused("weight decay", bad, () -> new AdamW(1, bad));
    assertRefused("weight decay", bad, () -> new ParamGroup(List.of("fc1"), 1, bad));
    assertRefused("epsilon", bad, () -> new Adam(1, 0.9f, 0.99f, bad, 0));
    assertRefused("epsilon", bad, () -> new AdamW(1, 0.9f, 0.99f, bad, 0));
  }

  @ParameterizedTest @ValueSource(floats = {Float.NaN, -0.1f, 1})
  void badFractionsAreRefused(float bad) {
    assertRefused("momentum", bad, () -> new Sgd(1, bad));
    assertRefused("beta1", bad, () -> new Adam(1, bad, 0.99f, 0, 0));
    assertRefused("beta2", bad, () -> new Adam(1, 0.9f, bad, 0, 0));
    assertRefused("beta1", bad, () -> new AdamW(1, bad, 0.99f, 0, 0));
    assertRefused("beta2", bad, () -> new AdamW(1, 0.9f, bad, 0, 0));
    assertRefused("label smoothing", bad, () -> new CrossEntropy(bad));
    assertRefused("EMA", bad, () -> Samples.recipe(new CrossEntropy(), new Sgd(1), List.of(), 1, bad, null));
    assertRefused("EMA", bad, () -> Recipe.plain().withEma(bad));
  }

  @ParameterizedTest @ValueSource(floats = {Float.NaN, 0, -1})
  void badClipNormsAreRefused(float bad) {
    assertRefused("clip norm", bad, () -> Samples.recipe(new CrossEntropy(), new Sgd(1), List.of(), bad));
  }

  @Test
  void nesterovNeedsMomentum() {
    assertThrows(IllegalArgumentException.class, () -> new Sgd(0.1f, 0, true, 0));
  }

  @Test
  void changingOneNumberKeepsTheOthers() {
    assertEquals(new Sgd(3, 0.8f, true, 0.2f), new Sgd(1, 0.8f, true, 0.2f).withLearningRate(3));
    assertEquals(new Sgd(1, 0.8f, true, 0.3f), new Sgd(1, 0.8f, true, 0.2f).withWeightDecay(0.3f));
    assertEquals(new Adam(3, 0.1f, 0.2f, 0.3f, 0.4f), new Adam(1, 0.1f, 0.2f, 0.3f, 0.4f).withLearningRate(3));
    assertEquals(new Adam(1, 0.1f, 0.2f, 0.3f, 5), new Adam(1, 0.1f, 0.2f, 0.3f, 0.4f).withWeightDecay(5));
    assertEquals(new AdamW(3, 0.1f, 0.2f, 0.3f, 0.4f), new AdamW(1, 0.1f, 0.2f, 0.3f, 0.4f).withLearningRate(3));
    assertEquals(new AdamW(1, 0.1f, 0.2f, 0.3f, 5), new AdamW(1, 0.1f, 0.2f, 0.3f, 0.4f).withWeightDecay(5));
  }

  @Test
  void groupsAreCopied() {
    List<String> layers = new ArrayList<>(List.of("fc1"));
    ParamGroup group = new ParamGroup(layers, 1, 0);
    layers.add("fc2");
    assertEquals(List.of("fc1"), group.layers());
  }

  private static void assertRefused(String what, float value, Executable call) {
    String message = assertThrows(IllegalArgumentException.class, call).getMessage();
    assertTrue(message.contains(what) && message.contains(String.valueOf(value)), message);
  }
}
