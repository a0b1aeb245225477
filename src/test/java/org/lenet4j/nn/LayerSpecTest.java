package org.lenet4j.nn;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.function.Executable;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.NullSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.lenet4j.data.Shape;

class LayerSpecTest {
  @Test
  void outputShapes() {
    Shape image = new Shape(3, 28, 30);
    assertEquals(new Shape(6, 28, 30), new Conv2d("conv", 3, 6, 5, 2, Activation.RELU).output(image));
    assertEquals(new Shape(6, 24, 26), new Conv2d("conv", 3, 6, 5, 0, Activation.RELU).output(image));
    assertEquals(new Shape(6, 32, 34), new Conv2d("conv", 3, 6, 5, 4, Activation.RELU).output(image));
    assertEquals(new Shape(3, 9, 10), new Pool2d("pool", Pool2d.Kind.MAX, 3).output(image), "one row is left over");
    assertEquals(new Shape(7, 1, 1), new Linear("fc", 3 * 28 * 30, 7, Activation.NONE).output(image));
    assertEquals(image, new Dropout("drop", 0.5f).output(image));
  }

  @Test
  void parameterShapes() {
    List<LayerSpec.ParameterSpec> conv = new Conv2d("conv", 3, 6, 5, 2, Activation.RELU).parameters();
    assertEquals(List.of("weight", "bias"), conv.stream().map(LayerSpec.ParameterSpec::suffix).toList());
    assertEquals(List.of(6, 3, 5, 5), conv.get(0).shape());
    assertEquals(6 * 3 * 25, conv.get(0).size());
    assertEquals(List.of(6), conv.get(1).shape());
    List<LayerSpec.ParameterSpec> linear = new Linear("fc", 400, 120, Activation.RELU).parameters();
    assertEquals(List.of(120, 400), linear.get(0).shape());
    assertEquals(List.of(120), linear.get(1).shape());
    assertEquals(List.of(), new Dropout("drop", 0.5f).parameters());
    assertEquals(List.of(), new Pool2d("pool", Pool2d.Kind.MAX, 2).parameters());
  }

  @Test
  void badSizesAreRefused() {
    assertRefused(() -> new Conv2d("conv", 0, 1, 1, 0, Activation.NONE), "conv", "inChannels", "0");
    assertRefused(() -> new Conv2d("conv", 1, -1, 1, 0, Activation.NONE), "conv", "outChannels", "-1");
    assertRefused(() -> new Conv2d("conv", 1, 1, 0, 0, Activation.NONE), "conv", "kernelSize", "0");
    assertRefused(() -> new Conv2d("conv", 1, 1, 3, -2, Activation.NONE), "conv", "padding", "-2");
    assertRefused(() -> new Conv2d("conv", 1, 1, 3, 3, Activation.NONE), "conv", "padding", "3");
    assertRefused(() -> new Linear("fc", 0, 1, Activation.NONE), "fc", "inFeatures", "0");
    assertRefused(() -> new Linear("fc", 1, 0, Activation.NONE), "fc", "outFeatures", "0");
    assertRefused(() -> new Pool2d("pool", Pool2d.Kind.MAX, 0), "pool", "size", "0");
    for (float rate : new float[] {-0.1f, 1, Float.NaN}) {
      assertRefused(() -> new Dropout("drop", rate), "drop", "rate", String.valueOf(rate));
    }
    assertRefused(() -> new Shape(1, 0, 1), "1x0x1");
    assertRefused(() -> new Shape(1 << 16, 1 << 10, 1 << 10), "65536x1024x1024");
  }

  @ParameterizedTest @NullSource @ValueSource(strings = {"", "1fc", "fc.1", "fc 1", "fc/1", "_fc", "f\u00e9"})
  void badNamesAreRefused(String name) {
    String shown = "'" + name + "'";
    assertRefused(() -> new Conv2d(name, 1, 1, 1, 0, Activation.NONE), shown);
    assertRefused(() -> new Linear(name, 1, 1, Activation.NONE), shown);
    assertRefused(() -> new Pool2d(name, Pool2d.Kind.MAX, 1), shown);
    assertRefused(() -> new Dropout(name, 0), shown);
  }

  private static void assertRefused(Executable call, String... words) {
    String message = assertThrows(IllegalArgumentException.class, call).getMessage();
    for (String word : words) {
      assertTrue(message.contains(word), "'" + message + "' does not say '" + word + "'");
    }
  }
}
