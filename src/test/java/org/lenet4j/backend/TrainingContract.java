package org.lenet4j.backend;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.lenet4j.data.Augment;
import org.lenet4j.data.Dataset;
import org.lenet4j.data.Normalization;
import org.lenet4j.data.Shape;
import org.lenet4j.nn.Activation;
import org.lenet4j.nn.Conv2d;
import org.lenet4j.nn.CrossEntropy;
import org.lenet4j.nn.Dropout;
import org.lenet4j.nn.Init;
import org.lenet4j.nn.LayerSpec;
import org.lenet4j.nn.LeNet5;
import org.lenet4j.nn.Linear;
import org.lenet4j.nn.Loss;
import org.lenet4j.nn.MeanSquaredError;
import org.lenet4j.nn.Model;
import org.lenet4j.nn.Pool2d;
import org.lenet4j.optim.Recipe;
import org.lenet4j.optim.Sgd;
import org.lenet4j.reference.ReferenceBackend;
import org.lenet4j.reference.ReferenceProgram;

/** Gradients, losses and dropout agree with the reference. */
public interface TrainingContract {
  Backend backend();

  @ParameterizedTest @ValueSource(ints = {1, 2, 7, 16, 17, 63, 64, 65, 100, 200})
  default void gradientsForAnyBatchSize(int batchSize) {
    assertGradients(LeNet5.create(10, batchSize), Samples.noise(LeNet5.INPUT, batchSize, 10, 21), new CrossEntropy());
  }

  @ParameterizedTest @ValueSource(ints = {2, 3, 10, 26})
  default void gradientsForAnyNumberOfClasses(int classes) {
    Dataset data = Samples.noise(LeNet5.INPUT, 6, classes, 22);
    for (Loss loss : Samples.losses()) {
      assertGradients(LeNet5.create(classes, 23), data, loss);
      assertGradients(LeNet5.classic(classes, 24), data, loss);
    }
  }

  @ParameterizedTest @EnumSource
  default void gradientsForEachActivationAndPooling(Activation activation) {
    for (Pool2d.Kind kind : Pool2d.Kind.values()) {
      for (Loss loss : Samples.losses()) {
        assertGradients(Samples.small(5, activation, kind, 25), Samples.noise(Samples.SMALL, 35, 5, 26), loss);
      }
    }
  }

  @ParameterizedTest @ValueSource(ints = {1, 2, 3, 5})
  default void gradientsForEachKernelAndPadding(int kernelSize) {
    Shape input = new Shape(3, 7, 9);
    Dataset data = Samples.noise(input, 18, 4, 27);
    for (int padding = 0; padding < kernelSize; padding++) {
      Conv2d first = new Conv2d("conv1", 3, 4, kernelSize, padding, Activation.TANH);
      Conv2d second = new Conv2d("conv2", 4, 3, kernelSize, kernelSize - 1, Activation.TANH);
      Shape output = second.output(first.output(input));
      Model model = new Model(input, List.of(first, second, new Linear("fc", output.size(), 4, Activation.NONE)), Init.XAVIER_UNIFORM, 28);
      assertGradients(model, data, new CrossEntropy());
    }
  }

  @ParameterizedTest @ValueSource(ints = {1, 2, 3, 5})
  default void gradientsForEachPooling(int size) {
    Shape input = new Shape(2, 11, 13); // rows and columns left over at 2, 3 and 5
    for (Pool2d.Kind kind : Pool2d.Kind.values()) {
      Pool2d pool = new Pool2d("pool", kind, size);
      List<LayerSpec> layers = List.of(new Conv2d("conv", 2, 3, 3, 1, Activation.RELU), pool,
          new Linear("fc", pool.output(new Shape(3, 11, 13)).size(), 4, Activation.NONE));
      assertGradients(new Model(input, layers, Init.KAIMING_UNIFORM, 29), Samples.noise(input, 18, 4, 30), new CrossEntropy());
    }
  }

  /** Few of the outputs below such a pooling have a gradient, of which a device may make use. */
  @ParameterizedTest @ValueSource(ints = {1, 2, 3, 4, 5, 7})
  default void gradientsOfAPooledConvolution(int kernelSize) {
    Shape input = new Shape(2, 10, 9);
    int channels = 16 / kernelSize + 1;
    Dataset data = Samples.noise(input, 18, 4, 31);
    for (int padding = 0; padding < kernelSize; padding++) {
      for (Activation activation : List.of(Activation.RELU, Activation.NONE)) {
        List<LayerSpec> layers = new ArrayList<>(List.of(new Conv2d("conv1", 2, channels, 1, 0, Activation.TANH),
            new Conv2d("conv2", channels, 7, kernelSize, padding, activation), new Pool2d("pool", Pool2d.Kind.MAX, 2)));
        Shape output = layers.get(2).output(layers.get(1).output(new Shape(channels, 10, 9)));
        layers.add(new Linear("fc", output.size(), 4, Activation.NONE));
        Model model = new Model(input, layers, Init.KAIMING_UNIFORM, 32);
        assertGradients(model, data, new CrossEntropy());
        for (String frozen : List.of("conv1", "conv2")) {
          Run.assertParity(backend(), model.copy().freeze(frozen), Samples.recipe(new CrossEntropy(), new Sgd(0.05f)), data, 18, 1);
        }
      }
    }
  }

  /** The same at the bottom of a network, where nothing is passed on, for one channel or two and for images of which a row is longer. */
  @ParameterizedTest @ValueSource(ints = {1, 2, 3, 4, 5, 8})
  default void gradientsOfAPooledConvolutionOfPixels(int kernelSize) {
    for (Shape input : List.of(new Shape(1, 9, 10), new Shape(1, 8, 33), new Shape(2, 9, 9), new Shape(1, 16, 26))) {
      for (int padding : new int[] {0, kernelSize - 1}) {
        List<LayerSpec> layers = new ArrayList<>(List.of(
            new Conv2d("conv", input.channels(), 5, kernelSize, padding, padding == 0 ? Activation.RELU : Activation.NONE),
            new Pool2d("pool", Pool2d.Kind.MAX, 2)));
        if (layers.get(0).output(input).height() < 2) {
          continue;
        }
        layers.add(new Linear("fc", layers.get(1).output(layers.get(0).output(input)).size(), 4, Activation.NONE));
        Model model = new Model(input, layers, Init.KAIMING_UNIFORM, 34);
        assertGradients(model, Samples.noise(input, 18, 4, 33), new CrossEntropy());
        assertGradients(model, Samples.ink(input, 18, 4, 35), new CrossEntropy()); // few overlap in the chunk that two of them are in
        assertGradients(model, Samples.ink(input, 2, 4, 36), new CrossEntropy());
      }
    }
  }

  /** More channels than an integer has bits, and more windows. */
  @Test
  default void gradientsOfManyPooledChannels() {
    Shape input = new Shape(1, 14, 14);
    List<LayerSpec> layers = List.of(new Conv2d("conv1", 1, 8, 1, 0, Activation.TANH), new Conv2d("conv2", 8, 35, 3, 1, Activation.RELU),
        new Pool2d("pool", Pool2d.Kind.MAX, 2), new Linear("fc", 35 * 49, 4, Activation.NONE));
    assertGradients(new Model(input, layers, Init.KAIMING_UNIFORM, 35), Samples.noise(input, 18, 4, 36), new CrossEntropy());
  }

  @Test
  default void everyLayerTrains() {
    Dataset data = Samples.noise(Samples.EVERY, 20, 3, 2);
    for (LayerSpec layer : Samples.layers()) {
      Run.assertParity(backend(), Samples.with(layer), Samples.recipe(new CrossEntropy(), new Sgd(0.1f)), data, 20, 1);
    }
  }

  @Test
  default void regressionGradients() {
    assertGradients(Samples.small(1, 31), Samples.regression(Samples.SMALL, 21, 1, 32), new MeanSquaredError());
    assertGradients(Samples.small(6, 33), Samples.regression(Samples.SMALL, 21, 6, 34), new MeanSquaredError());
  }

  @ParameterizedTest @EnumSource
  default void theGradientOfEqualPixelsGoesToTheFirst(Activation activation) {
    Shape input = new Shape(1, 6, 6);
    for (int size : new int[] {2, 3}) {
      Pool2d pool = new Pool2d("pool", Pool2d.Kind.MAX, size);
      int features = pool.output(new Shape(2, 6, 6)).size();
      Model model = new Model(input, List.of(new Conv2d("conv", 1, 2, 3, 1, activation), pool,
          new Linear("fc", features, 3, Activation.NONE)), Init.KAIMING_UNIFORM, 35);
      // Without weights every output of the convolution is its bias: all windows are ties, and only the first pixel's input may count.
      Arrays.fill(model.parameter("conv.weight").values(), 0);
      Arrays.fill(model.parameter("conv.bias").values(), 0.5f);
      assertGradients(model, Samples.noise(input, 20, 3, 36), new CrossEntropy());
    }
  }

  @Test
  default void aBatchOfManyChunksIsOneStep() {
    Run.assertParity(backend(), Samples.small(4, 37), Samples.recipe(new CrossEntropy(), new Sgd(0.1f, 0.9f)),
        Samples.noise(Samples.SMALL, 517, 4, 38), 517, 3);
  }

  @Test
  default void lenet5TrainsLikeTheReferenceWithOddLastBatches() {
    // 70 samples in batches of 32: 32, 32, 6, again and again
    Dataset data = Samples.noise(LeNet5.INPUT, 70, 10, 39);
    Recipe recipe = Samples.recipe(new CrossEntropy(), new Sgd(0.05f, 0.9f, true, 1e-2f));
    Run.assertParity(backend(), LeNet5.create(10, 40), recipe, data, 32, 10);
    Run.assertParity(backend(), LeNet5.classic(10, 41).normalization(new Normalization(0.5f, 0.3f)), recipe, data, 32, 10);
  }

  @ParameterizedTest @ValueSource(floats = {0, 0.1f, 0.5f, 0.9f})
  default void dropoutDrawsTheReferencesMasks(float rate) {
    Model model = new Model(Samples.SMALL, List.of(
        new Dropout("drop1", rate),
        new Conv2d("conv", 2, 3, 3, 0, Activation.TANH), // 3x9x7
        new Dropout("drop2", rate / 2),
        new Pool2d("pool", Pool2d.Kind.AVERAGE, 2), // 3x4x3
        new Dropout("drop3", rate),
        new Linear("fc1", 36, 17, Activation.SIGMOID),
        new Dropout("drop4", rate),
        new Linear("fc2", 17, 4, Activation.NONE)), Init.KAIMING_UNIFORM, 42);
    // 39 samples in batches of 19: three steps an epoch, so masks of three epochs
    Run.assertParity(backend(), model, Samples.recipe(new CrossEntropy(), new Sgd(0.1f, 0.9f)),
        Samples.noise(Samples.SMALL, 39, 4, 43), 19, 8);
  }

  @Test
  default void regressionTrains() {
    Model model = Samples.small(2, 44);
    Dataset data = Samples.regression(Samples.SMALL, 24, 2, 45);
    Recipe recipe = Samples.recipe(new MeanSquaredError(), new Sgd(0.1f, 0.9f));
    Run run = Run.train(backend(), model, recipe, data, 24, 80);
    double first = run.totals().get(0).loss();
    double last = run.totals().get(79).loss();
    assertTrue(last < first / 2, "24 samples are being learnt by heart: " + first + " to " + last);
    assertEquals(0, run.totals().get(79).correct());
  }

  @Test
  default void totalsAddUpUntilTheyAreDrained() {
    Dataset data = Samples.noise(Samples.SMALL, 30, 4, 46);
    int[] order = new int[30];
    Arrays.setAll(order, i -> 29 - i);
    try (TrainingProgram program = backend().compile(Samples.small(4, 47), Samples.recipe(new CrossEntropy(),
        new Sgd(0)).withBatchSize(16), Samples.SEED)) {
      program.bind(data, Augment.NONE);
      program.order(0, order);
      program.step(0, 16, 1);
      program.step(16, 14, 1);
      Totals sum = program.drain();
      assertEquals(new Totals(0, 0, 0), program.drain());
      Totals evaluated = program.evaluate(data, new CrossEntropy(), null); // the same, because the learning rate is 0
      assertEquals(evaluated.lossSum(), sum.lossSum(), 1e-5 * sum.lossSum());
      assertEquals(evaluated.correct(), sum.correct());
      assertEquals(30, sum.samples());
      assertEquals(new Totals(0, 0, 0), program.drain(), "evaluation is not counted as training");
    }
  }

  @Test
  default void divergenceShowsInTheLoss() {
    Dataset data = Samples.noise(Samples.SMALL, 8, 4, 49);
    for (Loss loss : Samples.losses()) {
      try (TrainingProgram program = backend().compile(Samples.small(4, 48), Samples.recipe(loss, new Sgd(1e30f)).withBatchSize(8),
          Samples.SEED)) {
        program.bind(data, Augment.NONE);
        program.order(0, new int[] {0, 1, 2, 3, 4, 5, 6, 7});
        for (int step = 0; step < 5; step++) {
          program.step(0, 8, step == 0 ? 0 : 1); // the factor 0 keeps the parameters, so steps 0 and 1 have the loss of the start
        }
        Totals totals = program.drain();
        assertFalse(Double.isFinite(totals.lossSum()), loss.toString());
        // Weights of 1e29 make an infinite loss at once in fp32 and a step or two later in the reference's double.
        assertTrue(totals.firstNonFinite() >= 2 && totals.firstNonFinite() <= 4, loss + ": " + totals);
        program.step(0, 8, 1);
        assertEquals(0, program.drain().firstNonFinite(), "steps are counted from the last drain, " + loss);
      }
    }
  }

  @Test
  default void augmentedImagesAreTheReferences() {
    Model model = Samples.small(4, 50).normalization(new Normalization(0.2f, 0.4f));
    Recipe recipe = Samples.recipe(new CrossEntropy(), new Sgd(0.1f, 0.9f));
    Dataset data = Samples.noise(Samples.SMALL, 39, 4, 51);
    for (Augment augment : List.of(Augment.LIGHT, Augment.STRONG)) { // three epochs of two batches, an odd one among them
      Run expected = Run.train(new ReferenceBackend(), model, recipe, data, augment, 20, 6);
      Run.train(backend(), model, recipe, data, augment, 20, 6).assertClose(expected, Run.GRADIENT, augment.toString());
    }
  }

  private void assertGradients(Model model, Dataset batch, Loss loss) {
    Map<String, double[]> expected;
    Totals evaluated;
    try (ReferenceProgram reference = new ReferenceBackend().compile(model, Samples.recipe(loss, new Sgd(0)).withBatchSize(1),
        Samples.SEED)) {
      expected = reference.gradients(batch);
      evaluated = reference.evaluate(batch, loss, null);
    }
    Gradients actual = Gradients.of(backend(), model, batch, loss);
    assertEquals(evaluated.lossSum(), actual.totals().lossSum(), 1e-5 * evaluated.lossSum(), "loss before the update");
    double whole = Math.sqrt(expected.values().stream().flatMapToDouble(Arrays::stream).map(g -> g * g).sum());
    expected.forEach((name, values) -> {
      float[] e = new float[values.length];
      for (int i = 0; i < e.length; i++) {
        e[i] = (float) values[i];
      }
      // The second term is for gradients whose terms cancel: their rounding is that of the terms.
      double tolerance = Run.GRADIENT * Run.norm(e) + 1e-7 * whole;
      Run.assertNear(e, actual.values().get(name), tolerance, "d" + name + " of " + loss + ", " + model.layers());
    });
  }
}
