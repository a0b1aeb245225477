package org.lenet4j.backend;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;
import org.lenet4j.data.Dataset;
import org.lenet4j.data.Normalization;
import org.lenet4j.data.Shape;
import org.lenet4j.nn.Activation;
import org.lenet4j.nn.Conv2d;
import org.lenet4j.nn.CrossEntropy;
import org.lenet4j.nn.Dropout;
import org.lenet4j.nn.Init;
import org.lenet4j.nn.LayerSpec;
import org.lenet4j.nn.Linear;
import org.lenet4j.nn.Loss;
import org.lenet4j.nn.MeanSquaredError;
import org.lenet4j.nn.Model;
import org.lenet4j.nn.Pool2d;
import org.lenet4j.optim.Sgd;

/** Any chain of layer records compiles and trains like the reference. */
public interface ChainContract {
  Backend backend();

  @TestFactory
  default Stream<DynamicTest> chainsWrittenByHand() {
    Shape image = new Shape(2, 8, 9);
    Conv2d conv = new Conv2d("conv", 2, 3, 3, 1, Activation.RELU);
    return Stream.<List<LayerSpec>>of(
        List.of(), // the last layer alone
        List.of(new Pool2d("pool", Pool2d.Kind.MAX, 2)), // nothing to train below it
        List.of(new Pool2d("pool1", Pool2d.Kind.AVERAGE, 2), new Pool2d("pool2", Pool2d.Kind.MAX, 2)),
        List.of(new Dropout("drop1", 0.3f), new Dropout("drop2", 0.3f)),
        List.of(conv, new Conv2d("conv2", 3, 2, 5, 4, Activation.SIGMOID), new Conv2d("conv3", 2, 1, 1, 0, Activation.NONE)),
        List.of(conv, new Pool2d("pool1", Pool2d.Kind.MAX, 2), new Pool2d("pool2", Pool2d.Kind.AVERAGE, 2)),
        List.of(new Linear("wide", 144, 67, Activation.TANH), new Dropout("drop", 0.5f), new Linear("narrow", 67, 1, Activation.TANH)),
        // a vector is an image of 1x1, also for convolution and pooling
        List.of(new Linear("fc", 144, 6, Activation.RELU), new Conv2d("conv", 6, 5, 3, 1, Activation.RELU),
            new Pool2d("pool", Pool2d.Kind.MAX, 1)),
        List.of(new Conv2d("all", 2, 4, 5, 0, Activation.RELU), new Conv2d("rest", 4, 5, 4, 0, Activation.RELU)), // to 5x1x2
        List.of(new Conv2d("many", 2, 40, 2, 0, Activation.RELU), new Pool2d("pool", Pool2d.Kind.MAX, 3)))
        .map(layers -> DynamicTest.dynamicTest(layers.toString(), () -> assertTrains(image, layers, 3, 70)));
  }

  @TestFactory
  default Stream<DynamicTest> randomChains() {
    return IntStream.range(0, 60).mapToObj(seed -> {
      Random random = new Random(seed);
      Shape image = new Shape(1 + random.nextInt(3), 3 + random.nextInt(9), 3 + random.nextInt(9));
      List<LayerSpec> layers = randomLayers(random, image);
      int batchSize = 1 + random.nextInt(40);
      return DynamicTest.dynamicTest(seed + ": batch " + batchSize + " of " + image + " " + layers,
          () -> assertTrains(image, layers, seed, batchSize));
    });
  }

  private static List<LayerSpec> randomLayers(Random random, Shape image) {
    List<LayerSpec> layers = new ArrayList<>();
    Shape shape = image;
    for (int wanted = random.nextInt(7); layers.size() < wanted;) {
      String name = "layer" + layers.size();
      int kernelSize = 1 + random.nextInt(5);
      LayerSpec layer = switch (random.nextInt(6)) {
        case 0 -> new Pool2d(name, Pool2d.Kind.values()[random.nextInt(2)], 1 + random.nextInt(3));
        case 1 -> new Linear(name, shape.size(), 1 + random.nextInt(20), activation(random));
        case 2 -> new Dropout(name, random.nextFloat() * 0.6f);
        default -> new Conv2d(name, shape.channels(), 1 + random.nextInt(6), kernelSize, random.nextInt(kernelSize), activation(random));
      };
      try {
        shape = layer.output(shape);
      } catch (IllegalArgumentException e) {
        continue; // the image has become too small for this kernel or window: draw another layer
      }
      layers.add(layer);
    }
    return layers;
  }

  private static Activation activation(Random random) {
    return Activation.values()[random.nextInt(Activation.values().length)];
  }

  /** Ends {@code layers} with a linear layer, trains it for four steps, an odd last batch among them. */
  private void assertTrains(Shape image, List<LayerSpec> layers, int seed, int batchSize) {
    Random random = new Random(~seed);
    Shape shape = image;
    for (LayerSpec layer : layers) {
      shape = layer.output(shape);
    }
    int outputs = 2 + random.nextInt(11);
    List<LayerSpec> chain = new ArrayList<>(layers);
    chain.add(new Linear("last", shape.size(), outputs, random.nextInt(3) > 0 ? Activation.NONE : activation(random)));
    Model model = new Model(image, chain, Init.values()[random.nextInt(2)], seed);
    model.normalization(new Normalization(random.nextFloat(), 0.2f + random.nextFloat()));
    int size = batchSize + 1 + random.nextInt(batchSize);
    boolean regression = random.nextInt(5) == 0;
    Dataset data = regression ? Samples.regression(image, size, outputs, seed) : Samples.noise(image, size, outputs, seed);
    Loss loss = regression ? new MeanSquaredError() : random.nextBoolean() ? new CrossEntropy()
        : Samples.losses().get(random.nextInt(Samples.losses().size()));
    ForwardContract.assertLogits(backend(), model, data.head(2), 2);
    ForwardContract.assertLogits(backend(), model, data, batchSize);
    Run.assertParity(backend(), model, Samples.recipe(loss, new Sgd(0.05f, 0.9f)), data, batchSize, 4);
  }
}
