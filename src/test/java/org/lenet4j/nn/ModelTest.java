package org.lenet4j.nn;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.function.Executable;
import org.lenet4j.data.Normalization;
import org.lenet4j.data.Shape;

class ModelTest {
  @Test
  void lenet5IsTheNetOfTheBooks() {
    for (Model model : List.of(LeNet5.create(10, 1), LeNet5.classic(10, 1))) {
      assertEquals(61_706, model.parameterCount()); // 156 + 2,416 + 48,120 + 10,164 + 850
      assertEquals(List.of("conv1.weight", "conv1.bias", "conv2.weight", "conv2.bias", "fc1.weight", "fc1.bias", "fc2.weight", "fc2.bias",
          "fc3.weight", "fc3.bias"), model.parameters().stream().map(Parameter::name).toList());
      assertEquals(List.of(6, 1, 5, 5), model.parameter("conv1.weight").shape());
      assertEquals(List.of(16, 6, 5, 5), model.parameter("conv2.weight").shape());
      assertEquals(List.of(120, 400), model.parameter("fc1.weight").shape());
      assertEquals(List.of(84, 120), model.parameter("fc2.weight").shape());
      assertEquals(List.of(10, 84), model.parameter("fc3.weight").shape());
      assertEquals(new Shape(6, 14, 14), model.outputShape(1));
      assertEquals(new Shape(16, 5, 5), model.outputShape(3));
      assertEquals(10, model.outputSize());
    }
    assertEquals(61_706 + 16 * 85, LeNet5.create(26, 1).parameterCount());
  }

  @Test
  void theSeedChoosesTheWeights() {
    float[] weights = LeNet5.create(10, 1).parameter("fc2.weight").values();
    assertArrayEquals(weights, LeNet5.create(10, 1).parameter("fc2.weight").values());
    assertFalse(Arrays.equals(weights, LeNet5.create(10, 2).parameter("fc2.weight").values()));
  }

  @Test
  void layersThatDoNotFitAreNamedWithBothShapes() {
    Shape image = new Shape(1, 28, 28);
    Conv2d conv = new Conv2d("conv1", 1, 6, 5, 0, Activation.RELU); // 6x24x24
    assertRefused(image, List.of(conv, new Linear("fc1", 400, 10, Activation.NONE)), "fc1", "400", "6x24x24", "3456");
    assertRefused(image, List.of(conv, new Conv2d("conv2", 5, 6, 3, 0, Activation.NONE)), "conv2", "5 channels", "6x24x24");
    assertRefused(image, List.of(conv, new Conv2d("conv2", 6, 6, 25, 0, Activation.NONE)), "conv2", "25x25", "6x24x24");
    assertRefused(image, List.of(conv, new Pool2d("pool1", Pool2d.Kind.MAX, 25)), "pool1", "25x25", "6x24x24");
  }

  @Test
  void chainsThatAreNoNetworkAreRefused() {
    Shape image = new Shape(1, 2, 2);
    Linear fc = new Linear("fc", 4, 4, Activation.NONE);
    assertRefused(image, List.of(), "last layer");
    assertRefused(image, List.of(fc, new Pool2d("pool", Pool2d.Kind.MAX, 1)), "last layer", "pool");
    assertRefused(image, List.of(fc, fc), "two layers", "'fc'");
  }

  @Test
  void unknownNamesListTheValidOnes() {
    Model model = LeNet5.create(10, 1);
    assertMessage(() -> model.freeze("conv1", "conv3"), "'conv3'", "conv1, conv2, fc1, fc2, fc3");
    assertMessage(() -> model.unfreeze("conv3"), "'conv3'", "conv1, conv2, fc1, fc2, fc3");
    assertMessage(() -> model.freeze("pool1"), "'pool1'", "conv1, conv2, fc1, fc2, fc3");
    assertMessage(() -> model.parameters("pool1"), "'pool1'", "conv1, conv2, fc1, fc2, fc3");
    assertMessage(() -> model.parameter("conv1.gamma"), "'conv1.gamma'", "conv1.weight, conv1.bias");
    assertEquals(Set.of(), model.frozen(), "a refused call freezes nothing");
  }

  @Test
  void theParametersOfALayerAreWeightAndBias() {
    Model model = LeNet5.create(10, 1);
    assertEquals(List.of(model.parameter("conv2.weight"), model.parameter("conv2.bias")), model.parameters("conv2"));
  }

  @Test
  void freezingAndThawing() {
    Model model = LeNet5.create(10, 1).freeze("conv1", "fc2").freeze("conv2").unfreeze("fc2");
    assertEquals(Set.of("conv1", "conv2"), model.frozen());
  }

  @Test
  void aCopyIsIndependent() {
    Model model = LeNet5.create(10, 1).freeze("conv1").normalization(new Normalization(0.1f, 0.3f));
    model.metadata().put("note", "one");
    Model copy = model.copy();
    float weight = model.parameter("conv1.weight").values()[0];

    assertEquals(Set.of("conv1"), copy.frozen());
    assertEquals(new Normalization(0.1f, 0.3f), copy.normalization());
    assertEquals("one", copy.metadata().get("note"));
    assertArrayEquals(model.parameter("fc1.weight").values(), copy.parameter("fc1.weight").values());

    copy.parameter("conv1.weight").values()[0] = 9;
    copy.freeze("fc1").normalization(Normalization.NONE).metadata().put("note", "two");
    assertEquals(weight, model.parameter("conv1.weight").values()[0]);
    assertEquals(Set.of("conv1"), model.frozen());
    assertEquals(new Normalization(0.1f, 0.3f), model.normalization());
    assertEquals("one", model.metadata().get("note"));
  }

  @Test
  void aModelOfKnownParameters() {
    Model model = LeNet5.create(10, 1);
    Map<String, float[]> values = new HashMap<>();
    model.parameters().forEach(parameter -> values.put(parameter.name(), parameter.values().clone()));
    Model same = new Model(model.input(), model.layers(), values);
    values.get("fc1.weight")[0] = 9; // was copied
    for (Parameter parameter : model.parameters()) {
      assertEquals(parameter.shape(), same.parameter(parameter.name()).shape());
      assertArrayEquals(parameter.values(), same.parameter(parameter.name()).values());
    }
    values.put("fc3.bias", new float[9]);
    assertMessage(() -> new Model(model.input(), model.layers(), values), "fc3.bias", "10 values", "9 are given");
    values.remove("fc3.bias");
    assertMessage(() -> new Model(model.input(), model.layers(), values), "fc3.bias", "10 values", "none are given");
  }

  private static void assertRefused(Shape input, List<LayerSpec> layers, String... words) {
    assertMessage(() -> new Model(input, layers, Init.KAIMING_UNIFORM, 1), words);
  }

  private static void assertMessage(Executable call, String... words) {
    String message = assertThrows(IllegalArgumentException.class, call).getMessage();
    for (String word : words) {
      assertTrue(message.contains(word), "'" + message + "' does not say '" + word + "'");
    }
  }
}
