package org.lenet4j.nn;

import static org.lenet4j.nn.Activation.NONE;
import static org.lenet4j.nn.Activation.RELU;
import static org.lenet4j.nn.Activation.TANH;
import static org.lenet4j.nn.Pool2d.Kind.AVERAGE;
import static org.lenet4j.nn.Pool2d.Kind.MAX;

import java.io.IOException;
import java.io.InputStream;
import java.util.List;
import org.lenet4j.data.Shape;

/** LeNet-5 (LeCun, Bottou, Bengio and Haffner, "Gradient-based learning applied to document recognition", 1998). */
public final class LeNet5 {
  /** One grey 28x28 image. */
  public static final Shape INPUT = new Shape(1, 28, 28);

  private static final String WEIGHTS = "lenet5-mnist.safetensors"; // beside this class; docs/model-card.md says how it was trained

  private LeNet5() {}

  /**
   * The network as it is taught today: ReLU and max-pooling; 61,706 parameters for 10 classes. Xavier initialisation, because on
   * 10,000 held-out training images of MNIST the plain recipe came to 98.71% with it and to 98.58% with PyTorch's default (12 seeds
   * each).
   *
   * @param classes outputs of the last layer
   * @param seed    the seed of the initial weights
   */
  public static Model create(int classes, long seed) {
    Model model = new Model(INPUT, layers(classes, RELU, MAX), Init.XAVIER_UNIFORM, seed);
    assert classes != 10 || model.parameterCount() == 61_706;
    return model;
  }

  /**
   * The flavour of 1998: tanh and average pooling, Xavier initialisation; the same parameters.
   *
   * @param classes outputs of the last layer
   * @param seed    the seed of the initial weights
   */
  public static Model classic(int classes, long seed) {
    Model model = new Model(INPUT, layers(classes, TANH, AVERAGE), Init.XAVIER_UNIFORM, seed);
    assert classes != 10 || model.parameterCount() == 61_706;
    return model;
  }

  /**
   * {@link #create} for 10 classes with the weights that the recipe {@code best} came to on MNIST, drawn digits and scans of both; {@code
   * docs/model-card.md} says how good they are and how to make them again. A new copy in every call.
   *
   * @throws IllegalStateException if the jar's weights are missing or damaged
   */
  public static Model pretrained() {
    try (InputStream in = LeNet5.class.getResourceAsStream(WEIGHTS)) {
      if (in == null) {
        throw new IllegalStateException("lenet4j was packaged without its pretrained weights, org/lenet4j/nn/" + WEIGHTS);
      }
      Model model = ModelFile.read(in.readAllBytes(), "the pretrained weights org/lenet4j/nn/" + WEIGHTS).model();
      assert model.parameterCount() == 61_706;
      return model;
    } catch (IOException e) {
      throw new IllegalStateException(e.getMessage(), e);
    }
  }

  private static List<LayerSpec> layers(int classes, Activation activation, Pool2d.Kind pool) {
    return List.of(
        new Conv2d("conv1", 1, 6, 5, 2, activation), //  6x28x28      156
        new Pool2d("pool1", pool, 2), //                 6x14x14
        new Conv2d("conv2", 6, 16, 5, 0, activation), // 16x10x10   2,416
        new Pool2d("pool2", pool, 2), //                 16x5x5
        new Linear("fc1", 400, 120, activation), //      120       48,120
        new Linear("fc2", 120, 84, activation), //       84        10,164
        new Linear("fc3", 84, classes, NONE)); //        classes      850
  }
}
