package org.lenet4j.backend;

import java.util.List;
import java.util.Random;
import org.lenet4j.data.Dataset;
import org.lenet4j.data.Normalization;
import org.lenet4j.data.Shape;
import org.lenet4j.nn.Activation;
import org.lenet4j.nn.BinaryCrossEntropy;
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
import org.lenet4j.optim.Adam;
import org.lenet4j.optim.AdamW;
import org.lenet4j.optim.Anchor;
import org.lenet4j.optim.Optimizer;
import org.lenet4j.optim.ParamGroup;
import org.lenet4j.optim.Recipe;
import org.lenet4j.optim.Sgd;

/** Models, data and settings that the contract is tried with. */
public final class Samples {
  /** Of order, dropout and augmentation. */
  public static final long SEED = 11;

  /** Big enough for every layer of {@link #small}, and not square. */
  public static final Shape SMALL = new Shape(2, 11, 9);

  /** The input of every one of {@link #layers}. */
  public static final Shape EVERY = new Shape(2, 6, 6);

  private Samples() {}

  /** Images of noise, all byte values among them: no two windows tie, so every backend must choose the same maximum. */
  public static Dataset noise(Shape shape, int size, int classes, long seed) {
    Random random = new Random(seed);
    byte[] images = new byte[size * shape.size()];
    random.nextBytes(images);
    return new Dataset(shape, images, random.ints(size, 0, classes).toArray(), classes);
  }

  /** Noise in a part of each image and zeros around it, of the first one everywhere: the pictures of digits are like that. */
  public static Dataset ink(Shape shape, int size, int classes, long seed) {
    Dataset data = noise(shape, size, classes, seed);
    Random random = new Random(seed);
    byte[] images = data.images();
    for (int i = 0; i < size * shape.channels(); i++) {
      int top = random.nextInt(shape.height());
      int left = random.nextInt(shape.width());
      int bottom = i < shape.channels() ? top : top + 1 + random.nextInt(shape.height() - top);
      int right = left + 1 + random.nextInt(shape.width() - left);
      for (int p = 0; p < shape.height() * shape.width(); p++) {
        int row = p / shape.width();
        int column = p % shape.width();
        boolean inside = row >= top && row < bottom && column >= left && column < right;
        images[i * shape.height() * shape.width() + p] *= inside ? 1 : 0;
      }
    }
    return new Dataset(shape, images, data.labels(), classes);
  }

  /** Noise with real-valued targets. */
  public static Dataset regression(Shape shape, int size, int targetSize, long seed) {
    Random random = new Random(seed);
    byte[] images = new byte[size * shape.size()];
    random.nextBytes(images);
    float[] targets = new float[size * targetSize];
    for (int i = 0; i < targets.length; i++) {
      targets[i] = (float) random.nextGaussian();
    }
    return new Dataset(shape, images, targets, targetSize);
  }

  /** Two convolutions, two poolings, two linear layers: conv1, pool1, conv2, pool2, fc1, fc2. */
  public static Model small(int outputs, long seed) {
    return small(outputs, Activation.RELU, Pool2d.Kind.MAX, seed);
  }

  /** As {@link #small(int, long)} with an activation and a pooling. */
  public static Model small(int outputs, Activation activation, Pool2d.Kind kind, long seed) {
    return new Model(SMALL, List.of(
        new Conv2d("conv1", 2, 5, 3, 1, activation), // 5x11x9
        new Pool2d("pool1", kind, 2), // 5x5x4
        new Conv2d("conv2", 5, 7, 2, 1, activation), // 7x6x5
        new Pool2d("pool2", kind, 2), // 7x3x2
        new Linear("fc1", 42, 19, activation),
        new Linear("fc2", 19, outputs, Activation.NONE)), Init.KAIMING_UNIFORM, seed).normalization(new Normalization(0.4f, 0.3f));
  }

  /** One layer of each kind, for {@link #EVERY}. */
  public static List<LayerSpec> layers() {
    return List.of(new Conv2d("layer", 2, 3, 3, 1, Activation.TANH), new Pool2d("layer", Pool2d.Kind.AVERAGE, 2),
        new Linear("layer", 72, 5, Activation.RELU), new Dropout("layer", 0.5f));
  }

  /** A model of that layer and a linear one of three outputs. */
  public static Model with(LayerSpec layer) {
    return new Model(EVERY, List.of(layer, new Linear("last", layer.output(EVERY).size(), 3, Activation.NONE)), Init.XAVIER_UNIFORM, 1);
  }

  /** Every loss over labels. */
  public static List<Loss> losses() {
    return List.of(new CrossEntropy(), new CrossEntropy(0.1f), new BinaryCrossEntropy(), new MeanSquaredError());
  }

  /** Every optimizer and option, with decay strong enough to be seen above rounding. */
  public static List<Optimizer> optimizers() {
    return List.of(
        new Sgd(0.1f),
        new Sgd(0.1f, 0, false, 0.1f),
        new Sgd(0.05f, 0.9f),
        new Sgd(0.05f, 0.9f, false, 0.1f),
        new Sgd(0.05f, 0.8f, true, 0.1f),
        new Adam(1e-3f),
        new Adam(2e-3f, 0.8f, 0.95f, 1e-4f, 0.1f),
        new AdamW(1e-3f, 0),
        new AdamW(2e-3f, 0.8f, 0.95f, 1e-4f, 1));
  }

  /** No groups, no clipping. */
  public static Recipe recipe(Loss loss, Optimizer optimizer) {
    return recipe(loss, optimizer, List.of(), Float.POSITIVE_INFINITY);
  }

  /** Without average and anchor. */
  public static Recipe recipe(Loss loss, Optimizer optimizer, List<ParamGroup> groups, float clipNorm) {
    return recipe(loss, optimizer, groups, clipNorm, 0, null);
  }

  /** All that an update needs to know. */
  public static Recipe recipe(Loss loss, Optimizer optimizer, List<ParamGroup> groups, float clipNorm, float ema, Anchor anchor) {
    return Recipe.plain().withOptimizer(optimizer).withGroups(groups.toArray(new ParamGroup[0])).withLoss(loss).withClipNorm(clipNorm)
        .withEma(ema).withAnchor(anchor);
  }
}
