package org.lenet4j;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.awt.image.BufferedImage;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.lenet4j.data.Dataset;
import org.lenet4j.data.Shape;
import org.lenet4j.data.SyntheticDigits;
import org.lenet4j.nn.Activation;
import org.lenet4j.nn.Conv2d;
import org.lenet4j.nn.Dropout;
import org.lenet4j.nn.Init;
import org.lenet4j.nn.LayerSpec;
import org.lenet4j.nn.LeNet5;
import org.lenet4j.nn.Linear;
import org.lenet4j.nn.Model;
import org.lenet4j.nn.Pool2d;

class PredictorTest {
  private static Device device;

  @BeforeAll
  static void open() {
    device = Device.open("openblas", 2);
  }

  @AfterAll
  static void close() {
    device.close();
  }

  /** One image goes another way through the network than a batch; both must agree. */
  @Test
  void oneImageAndABatchAgree() {
    assertAgree(LeNet5.create(10, 1));
    assertAgree(LeNet5.classic(7, 2));
    assertAgree(chain(new Shape(1, 28, 28), new Conv2d("c", 1, 1, 1, 0, Activation.NONE), new Pool2d("p", Pool2d.Kind.MAX, 3)));
    assertAgree(chain(new Shape(3, 9, 40), new Conv2d("c", 3, 7, 3, 2, Activation.RELU), new Pool2d("p", Pool2d.Kind.MAX, 2),
        new Conv2d("d", 7, 5, 2, 1, Activation.TANH), new Conv2d("e", 5, 4, 3, 1, Activation.RELU), new Dropout("drop", 0.4f)));
    assertAgree(chain(new Shape(2, 7, 5), new Pool2d("p", Pool2d.Kind.AVERAGE, 2), new Conv2d("c", 2, 9, 2, 1, Activation.SIGMOID),
        new Pool2d("q", Pool2d.Kind.MAX, 2)));
    assertAgree(chain(new Shape(1, 4, 4)));
    // a linear layer below a padded convolution
    assertAgree(chain(new Shape(1, 4, 4), new Linear("f", 16, 5, Activation.RELU), new Conv2d("c", 5, 3, 3, 1, Activation.RELU)));
  }

  private static Model chain(Shape input, LayerSpec... below) {
    List<LayerSpec> layers = new ArrayList<>(Arrays.asList(below));
    Shape shape = input;
    for (LayerSpec layer : layers) {
      shape = layer.output(shape);
    }
    layers.add(new Linear("head", shape.size(), 4, Activation.NONE));
    return new Model(input, layers, Init.KAIMING_UNIFORM, 8);
  }

  private static void assertAgree(Model model) {
    int size = model.input().size();
    byte[] images = new byte[40 * size];
    new java.util.Random(1).nextBytes(images);
    float[] batch = new float[40 * model.outputSize()];
    try (Predictor predictor = new Predictor(device, model)) {
      predictor.logits(images, 40, batch);
      for (int i = 0; i < 40; i++) {
        float[] one = new float[model.outputSize()];
        predictor.logits(Arrays.copyOfRange(images, i * size, (i + 1) * size), 1, one);
        float[] expected = Arrays.copyOfRange(batch, i * one.length, (i + 1) * one.length);
        assertArrayEquals(expected, one, 2e-6f, model.layers().toString()); // fp32 sums of up to 400 terms in another order
      }
    }
  }

  @Test
  void manyThreadsGetTheAnswersOfOne() throws Exception {
    Dataset digits = SyntheticDigits.create(64, 3);
    ExecutorService threads = Executors.newFixedThreadPool(8);
    try (Predictor predictor = new Predictor(device, LeNet5.create(10, 1))) {
      List<float[]> expected = new ArrayList<>();
      for (int i = 0; i < 64; i++) {
        expected.add(predictor.predict(digits.image(i)).probabilities());
      }
      List<Future<?>> done = new ArrayList<>();
      for (int t = 0; t < 8; t++) {
        int start = t;
        done.add(threads.submit(() -> {
          for (int k = 0; k < 400; k++) {
            int i = (start * 7 + k) % 64;
            assertArrayEquals(expected.get(i), predictor.predict(digits.image(i)).probabilities());
            if (k % 50 == 0) {
              assertEquals(64, predictor.predict(digits.images(), 64).length); // batches among them
            }
          }
        }));
      }
      for (Future<?> future : done) {
        future.get();
      }
    } finally {
      threads.shutdownNow();
    }
  }

  @Test
  void keepsTheParametersItWasMadeWith() {
    Model model = LeNet5.create(10, 1);
    byte[] image = SyntheticDigits.create(10, 3).image(0);
    try (Predictor predictor = new Predictor(device, model)) {
      float before = predictor.predict(image).probability();
      Arrays.fill(model.parameter("fc3.weight").values(), 0);
      assertEquals(before, predictor.predict(image).probability());
    }
  }

  @Test
  void predictionsHaveTheNamesOfTheModelThatAnswers() {
    byte[] image = SyntheticDigits.create(1, 3).image(0);
    Model model = LeNet5.create(3, 1).classNames(List.of("ape", "bat", "cat"));
    try (Predictor predictor = new Predictor(device, model)) {
      model.classNames(List.of("a", "b", "c"));
      Prediction prediction = predictor.predict(image);
      assertEquals(List.of("ape", "bat", "cat").get(prediction.label()), prediction.name());
      predictor.swap(LeNet5.create(10, 1));
      prediction = predictor.predict(image);
      assertEquals(Integer.toString(prediction.label()), prediction.name());
    }
  }

  @Test
  void probabilitiesAreASoftmax() {
    try (Predictor predictor = new Predictor(device, LeNet5.create(10, 1))) {
      Prediction prediction = predictor.predict(SyntheticDigits.create(1, 3).image(0));
      double sum = 0;
      for (float p : prediction.probabilities()) {
        sum += p;
      }
      assertEquals(1, sum, 1e-6); // ten roundings of 6e-8
      assertEquals(prediction.probabilities()[prediction.label()], prediction.probability());
    }
  }

  @Test
  void allListenersAreToldInOrder() {
    List<String> heard = new ArrayList<>();
    try (Predictor predictor = new Predictor(device, LeNet5.create(10, 1))) {
      for (String name : List.of("a", "b", "c")) {
        predictor.addListener((images, nanos) -> heard.add(name + images));
      }
      predictor.predict(new byte[2 * 784], 2);
    }
    assertEquals(List.of("a2", "b2", "c2"), heard);
  }

  @Test
  void wrongInputsAndClosedPredictors() {
    Predictor predictor = new Predictor(device, LeNet5.create(10, 1));
    assertThrows(IllegalArgumentException.class, () -> predictor.predict(new byte[783]));
    assertThrows(IllegalArgumentException.class, () -> predictor.predict(new byte[784], 0));
    assertThrows(IllegalArgumentException.class, () -> predictor.predict(new byte[784], -1));
    predictor.close();
    predictor.close();
    assertThrows(IllegalStateException.class, () -> predictor.predict(new byte[784]));
    try (Predictor other = new Predictor(device, chain(new Shape(1, 4, 4)))) {
      assertThrows(IllegalArgumentException.class, () -> other.predict(new BufferedImage(9, 9, BufferedImage.TYPE_INT_RGB)));
    }
  }
}
