package org.lenet4j.reference;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.function.DoubleSupplier;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.lenet4j.data.Shape;
import org.lenet4j.nn.Activation;
import org.lenet4j.nn.BinaryCrossEntropy;
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

/** Backward of the reference against central differences of its forward, in double. */
class GradientCheckTest {
  // (f(x + h) - f(x - h)) / 2h is off by h^2 f'''/6 = 1e-10 and by the rounding 1e-16 |f| / h = 1e-11 |f|, with |f| up to 100 here.
  private static final double H = 1e-5;
  private static final double TOLERANCE = 1e-7;

  static Stream<LayerSpec> layers() {
    List<LayerSpec> layers = new ArrayList<>();
    for (int kernelSize : new int[] {1, 2, 3, 5}) {
      for (int padding = 0; padding < kernelSize; padding++) {
        layers.add(new Conv2d("conv", 3, 2, kernelSize, padding, Activation.NONE));
      }
    }
    for (Activation activation : Activation.values()) {
      layers.add(new Conv2d("conv", 3, 4, 3, 1, activation));
      layers.add(new Linear("fc", 3 * 7 * 8, 5, activation));
    }
    for (Pool2d.Kind kind : Pool2d.Kind.values()) {
      for (int size : new int[] {1, 2, 3, 7}) { // 7x8: rows left over at 2 and 3, columns at 3 and 7
        layers.add(new Pool2d("pool", kind, size));
      }
    }
    layers.add(new Dropout("dropout", 0.4f));
    return layers.stream();
  }

  @ParameterizedTest @MethodSource("layers")
  void layerBackwardIsTheDerivativeOfForward(LayerSpec spec) {
    Random random = new Random(1);
    Shape in = new Shape(3, 7, 8);
    Map<String, double[]> parameters = new LinkedHashMap<>();
    Map<String, double[]> gradients = new LinkedHashMap<>();
    for (LayerSpec.ParameterSpec parameter : spec.parameters()) {
      parameters.put(spec.name() + "." + parameter.suffix(), uniform(random, parameter.size()));
      gradients.put(spec.name() + "." + parameter.suffix(), new double[parameter.size()]);
    }
    ReferenceLayer layer = ReferenceLayer.of(spec, 2, in, parameters, gradients);
    Draw draw = new Draw(7, 1, 3);
    double[] x = uniform(random, in.size());
    double[] dy = uniform(random, spec.output(in).size());

    double[] dx = layer.backward(x, layer.forward(x, draw), dy, draw);

    DoubleSupplier value = () -> dot(layer.forward(x, draw), dy); // its gradient with respect to y is dy
    assertGradient("dx", value, x, dx);
    parameters.forEach((name, values) -> assertGradient("d" + name, value, values, gradients.get(name)));
  }

  @Test
  void backwardAddsToTheGradients() {
    double[] w = {2, 3};
    double[] dw = {10, 20};
    double[] db = {30};
    ReferenceLinear layer = new ReferenceLinear(new Linear("fc", 2, 1, Activation.NONE), w, new double[] {1}, dw, db);
    double[] x = {5, 7};
    double[] y = layer.forward(x, null);
    layer.backward(x, y, new double[] {0.5}, null);
    assertEquals(2 * 5 + 3 * 7 + 1, y[0]);
    assertEquals(List.of(12.5, 23.5, 30.5), List.of(dw[0], dw[1], db[0]));
  }

  static Stream<Loss> losses() {
    return Stream.of(new CrossEntropy(), new CrossEntropy(0.1f), new CrossEntropy(0.7f), new BinaryCrossEntropy(), new MeanSquaredError());
  }

  @ParameterizedTest @MethodSource("losses")
  void lossGradientIsItsDerivative(Loss loss) {
    Random random = new Random(2);
    for (int outputs : new int[] {2, 3, 10, 26}) {
      double[] z = uniform(random, outputs);
      double[] t = new double[outputs];
      t[random.nextInt(outputs)] = 1;
      assertGradient("dz", () -> ReferenceLoss.value(loss, z, t), z, ReferenceLoss.gradient(loss, z, t));
    }
  }

  @Test
  void regressionGradientIsItsDerivative() {
    Random random = new Random(3);
    for (int outputs : new int[] {1, 3}) {
      double[] z = uniform(random, outputs);
      double[] t = uniform(random, outputs);
      Loss loss = new MeanSquaredError();
      assertGradient("dz", () -> ReferenceLoss.value(loss, z, t), z, ReferenceLoss.gradient(loss, z, t));
    }
  }

  @ParameterizedTest @MethodSource("losses")
  void lossesStayFiniteForLargeOutputs(Loss loss) {
    double[] z = {800, -800, 0};
    double[] t = {0, 0, 1};
    assertTrue(Double.isFinite(ReferenceLoss.value(loss, z, t)));
    for (double dz : ReferenceLoss.gradient(loss, z, t)) {
      assertTrue(Double.isFinite(dz));
    }
  }

  @ParameterizedTest @EnumSource
  void wholeNetWithEveryActivation(Activation activation) {
    Model model = new Model(new Shape(2, 9, 8), List.of(
        new Dropout("drop1", 0.2f),
        new Conv2d("conv1", 2, 3, 3, 2, activation), // 3x11x10
        new Pool2d("pool1", Pool2d.Kind.MAX, 2), // 3x5x5
        new Conv2d("conv2", 3, 4, 2, 0, activation), // 4x4x4
        new Pool2d("pool2", Pool2d.Kind.AVERAGE, 3), // 4x1x1
        new Dropout("drop2", 0.3f),
        new Linear("fc", 4, 3, activation)), Init.XAVIER_UNIFORM, 4);
    losses().forEach(loss -> assertWholeNet(model, loss, 1000));
  }

  @Test
  void lenet5() {
    assertWholeNet(LeNet5.create(10, 5), new CrossEntropy(), 20);
    assertWholeNet(LeNet5.classic(10, 6), new CrossEntropy(0.1f), 20);
  }

  /** Checks up to {@code entries} values of each parameter, and one direction through all of them at once. */
  private static void assertWholeNet(Model model, Loss loss, int entries) {
    Random random = new Random(7);
    ReferenceNetwork network = new ReferenceNetwork(model);
    double[] x = new double[model.input().size()];
    for (int e = 0; e < x.length; e++) {
      x[e] = random.nextDouble();
    }
    double[] t = new double[model.outputSize()];
    t[1] = 1;
    Draw draw = new Draw(8, 0, 5);
    DoubleSupplier value = () -> ReferenceLoss.value(loss, network.train(x, t, loss, draw, 0), t); // weight 0: adds no gradient
    network.train(x, t, loss, draw, 1);

    double slope = 0;
    Map<String, double[]> direction = new LinkedHashMap<>();
    for (Map.Entry<String, double[]> parameter : network.parameters().entrySet()) {
      double[] theta = parameter.getValue();
      double[] gradient = network.gradients().get(parameter.getKey());
      for (int n = 0; n < Math.min(entries, theta.length); n++) {
        int i = theta.length <= entries ? n : random.nextInt(theta.length);
        assertDerivative("d" + parameter.getKey() + "[" + i + "]", value, theta, i, gradient[i]);
      }
      direction.put(parameter.getKey(), uniform(random, theta.length));
      slope += dot(gradient, direction.get(parameter.getKey()));
    }
    // A step of all parameters together may carry a few ReLUs and maxima over their kinks, so it is shorter.
    double h = 1e-7;
    move(network, direction, h);
    double above = value.getAsDouble();
    move(network, direction, -2 * h);
    double below = value.getAsDouble();
    assertEquals(slope, (above - below) / (2 * h), 1e-5 * (1 + Math.abs(slope)), "slope along a random direction");
  }

  private static void move(ReferenceNetwork network, Map<String, double[]> direction, double h) {
    network.parameters().forEach((name, theta) -> {
      for (int i = 0; i < theta.length; i++) {
        theta[i] += h * direction.get(name)[i];
      }
    });
  }

  private static void assertGradient(String what, DoubleSupplier value, double[] x, double[] gradient) {
    assertEquals(x.length, gradient.length, what);
    for (int i = 0; i < x.length; i++) {
      assertDerivative(what + "[" + i + "]", value, x, i, gradient[i]);
    }
  }

  private static void assertDerivative(String what, DoubleSupplier value, double[] x, int i, double derivative) {
    double before = x[i];
    x[i] = before + H;
    double above = value.getAsDouble();
    x[i] = before - H;
    double below = value.getAsDouble();
    x[i] = before;
    assertEquals((above - below) / (2 * H), derivative, TOLERANCE * (1 + Math.abs(derivative)), what);
  }

  private static double[] uniform(Random random, int size) {
    return random.doubles(size, -1, 1).map(u -> u * 1.7).toArray();
  }

  private static double dot(double[] a, double[] b) {
    double sum = 0;
    for (int i = 0; i < a.length; i++) {
      sum += a[i] * b[i];
    }
    return sum;
  }
}
