package org.lenet4j.nn;

import static org.junit.jupiter.api.Assertions.assertDoesNotThrow;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.lenet4j.data.Shape;

/** A network that a few bytes describe and no memory holds is refused before anything of its size is made. */
class NetworkSizeTest {
  private static final int WIDE = 20_000; // channels

  private static List<LayerSpec> wide(int channels, int dropouts) {
    List<LayerSpec> layers = new ArrayList<>(List.of(new Conv2d("c", 1, channels, 1, 0, Activation.RELU)));
    for (int i = 0; i < dropouts; i++) {
      layers.add(new Dropout("d" + i, 0.5f));
    }
    layers.addAll(List.of(new Pool2d("p", Pool2d.Kind.MAX, 28), new Linear("fc", channels, 2, Activation.NONE)));
    return layers;
  }

  private static void refused(String part, List<LayerSpec> layers, Shape input) throws IOException {
    String message = assertThrows(IllegalArgumentException.class, () -> new Model(input, layers, Init.KAIMING_UNIFORM, 1)).getMessage();
    assertTrue(message.contains(part), message);
    Architecture architecture = new Architecture(input, layers);
    IOException e = assertThrows(IOException.class, () -> Architecture.parse(architecture.inputJson(), architecture.layersJson()));
    assertTrue(e.getMessage().contains(part), e.getMessage());
  }

  @Test void theSumOverLayersIsBounded() throws IOException {
    refused("values between its layers", wide(WIDE, 0), LeNet5.INPUT);
    assertDoesNotThrow(() -> new Model(LeNet5.INPUT, wide(500, 3), Init.KAIMING_UNIFORM, 1)); // 0.4 million each
    refused("layer d4: with it the network has more than 2097152 values", wide(500, 40), LeNet5.INPUT);
  }

  @Test void soAreKernelsAndWork() throws IOException {
    refused("values", List.of(new Conv2d("c", 1, 1, 700, 699, Activation.RELU), new Pool2d("p", Pool2d.Kind.MAX, 727),
        new Linear("fc", 1, 2, Activation.NONE)), LeNet5.INPUT); // 727x727 places of 700x700
    refused("multiplications", List.of(new Conv2d("a", 1, 1500, 1, 0, Activation.RELU),
        new Conv2d("b", 1500, 1900, 3, 1, Activation.RELU), new Linear("fc", 1900 * 49, 1, Activation.NONE)), new Shape(1, 7, 7));
    refused("parameters", List.of(new Linear("a", 784, 50_000, Activation.RELU), new Linear("b", 50_000, 2, Activation.NONE)),
        LeNet5.INPUT);
  }

  @Test void aHeadAsWell() {
    Model model = LeNet5.create(10, 1);
    String message = assertThrows(IllegalArgumentException.class, () -> model.replaceHead(Integer.MAX_VALUE, 1)).getMessage();
    assertTrue(message.contains("layer fc3") && message.contains("parameters"), message);
    assertTrue(model.outputSize() == 10);
  }

  /** What is usual for small pictures is far from it. */
  @Test void largerNetsThanLeNet() {
    List<LayerSpec> layers = new ArrayList<>();
    int channels = 1;
    for (int width : new int[] {64, 128, 128}) { // VGG's beginning
      layers.add(new Conv2d("a" + layers.size(), channels, width, 3, 1, Activation.RELU));
      layers.add(new Conv2d("b" + layers.size(), width, width, 3, 1, Activation.RELU));
      layers.add(new Pool2d("p" + layers.size(), Pool2d.Kind.MAX, 2));
      channels = width;
    }
    layers.add(new Linear("fc1", 128 * 9, 1024, Activation.RELU));
    layers.add(new Linear("fc2", 1024, 10, Activation.NONE));
    assertDoesNotThrow(() -> new Model(LeNet5.INPUT, layers, Init.KAIMING_UNIFORM, 1));
  }

  /** Values that lie in a file are no more than the file; what is described without any is. */
  @Test void aFileOfWeights() throws IOException {
    Map<String, ModelFile.Tensor> tensors = new LinkedHashMap<>();
    Architecture architecture = new Architecture(LeNet5.INPUT, wide(WIDE, 0));
    architecture.parameterShapes().forEach((name, shape) -> tensors.put(name, new ModelFile.Tensor(shape,
        new float[shape.stream().reduce(1, (a, b) -> a * b)])));
    IOException e = assertThrows(IOException.class, () -> ModelFile.of(Map.of("lenet4j.input", architecture.inputJson(), "lenet4j.layers",
        architecture.layersJson()), tensors));
    assertTrue(e.getMessage().contains("values between its layers"), e.getMessage());
  }
}
