package org.lenet4j.optim;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.function.Executable;
import org.lenet4j.nn.LeNet5;
import org.lenet4j.nn.Model;

class AnchorTest {
  @Test
  void theModelIsCopied() {
    Model model = LeNet5.create(10, 1);
    float[] before = model.parameter("fc1.bias").values().clone();
    Anchor anchor = Anchor.to(model, 0.1f, "fc3", "conv2");
    model.parameter("fc1.bias").values()[0] = 9;
    assertArrayEquals(before, anchor.values().get("fc1.bias"));
    assertEquals(Set.of("conv1.weight", "conv1.bias", "fc1.weight", "fc1.bias", "fc2.weight", "fc2.bias"), anchor.values().keySet());
  }

  @Test
  void badAnchorsAreRefused() {
    Map<String, float[]> two = Map.of("a", new float[2]);
    assertRefused("strength", () -> new Anchor(-1, two, null));
    assertRefused("strength", () -> new Anchor(Float.NaN, two, null));
    assertRefused("value NaN for a", () -> new Anchor(1, Map.of("a", new float[] {0, Float.NaN}), null));
    assertRefused("weight -1.0 for a", () -> new Anchor(1, two, Map.of("a", new float[] {0, -1})));
    assertRefused("weight Infinity for a", () -> new Anchor(1, two, Map.of("a", new float[] {0, Float.POSITIVE_INFINITY})));
    assertRefused("2 values and 3 weights for a", () -> new Anchor(1, two, Map.of("a", new float[3])));
    assertRefused("values for [a] and weights for [b]", () -> new Anchor(1, two, Map.of("b", new float[2])));
    assertRefused("unknown layer 'head'", () -> Anchor.to(LeNet5.create(10, 1), 1, "head"));
  }

  private static void assertRefused(String part, Executable call) {
    String message = assertThrows(IllegalArgumentException.class, call).getMessage();
    assertTrue(message.contains(part), message);
  }
}
