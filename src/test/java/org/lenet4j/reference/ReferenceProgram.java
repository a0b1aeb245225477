package org.lenet4j.reference;

import java.util.LinkedHashMap;
import java.util.Map;
import org.lenet4j.backend.OptimizerState;
import org.lenet4j.backend.Totals;
import org.lenet4j.backend.TrainingProgram;
import org.lenet4j.backend.base.ProgramChecks;
import org.lenet4j.data.Augment;
import org.lenet4j.data.Dataset;
import org.lenet4j.nn.Loss;
import org.lenet4j.nn.MeanSquaredError;
import org.lenet4j.nn.Model;
import org.lenet4j.optim.Recipe;

/** A model that walks through its layers one sample at a time. */
public final class ReferenceProgram implements TrainingProgram {
  private final Model model; // a copy; its parameter values are those of the start
  private final Recipe recipe;
  private final long seed;
  private final ReferenceNetwork network;
  private final ReferenceOptimizer optimizer;
  private Dataset data;
  private Augment augment;
  private int epoch;
  private int[] order;
  private double lossSum;
  private long correct;
  private long samples;
  private long steps;
  private long firstNonFinite = -1;
  private boolean closed;

  ReferenceProgram(Model model, Recipe recipe, long seed) {
    ProgramChecks.recipe(model, recipe);
    this.model = model.copy();
    this.recipe = recipe;
    this.seed = seed;
    this.network = new ReferenceNetwork(model);
    this.optimizer = new ReferenceOptimizer(recipe, this.model, network);
  }

  @Override public void bind(Dataset data, Augment augment) {
    checkOpen();
    checkData(data, recipe.loss());
    this.data = data;
    this.augment = augment;
    this.order = null;
  }

  @Override public void order(int epoch, int[] indices) {
    checkOpen();
    checkState(data != null, "bind a data set before its order");
    for (int index : indices) {
      require(index >= 0 && index < data.size(), "sample " + index + " is not in a data set of " + data.size());
    }
    this.epoch = epoch;
    this.order = indices.clone();
  }

  @Override public void step(int first, int count, float rateFactor) {
    checkOpen();
    checkState(order != null, "bind a data set and give an order before the first step");
    require(count >= 1 && count <= recipe.batchSize(), "a step takes 1 to " + recipe.batchSize() + " samples, got " + count);
    require(first >= 0 && first <= order.length - count,
        "samples " + first + " to " + (first + (long) count) + " are outside an order of " + order.length);
    network.zeroGradients();
    double before = lossSum;
    lossSum = 0;
    for (int at = first; at < first + count; at++) {
      float[] image = new float[data.shape().size()]; // (C, H, W), 0..255
      augment.apply(data.image(order[at]), 0, data.shape(), seed, epoch, order[at], image, 0, 1);
      double[] t = ReferenceLoss.target(data, order[at], model.outputSize());
      double[] z = network.train(normalize(image), t, recipe.loss(), new Draw(seed, epoch, order[at]), 1.0 / count);
      lossSum += ReferenceLoss.value(recipe.loss(), z, t);
      correct += !data.isRegression() && largest(z) == data.labels()[order[at]] ? 1 : 0;
      samples++;
    }
    if (firstNonFinite < 0 && !Double.isFinite(lossSum)) {
      firstNonFinite = steps;
    }
    lossSum += before;
    steps++;
    optimizer.update(network, rateFactor);
  }

  @Override public Totals drain() {
    checkOpen();
    Totals totals = new Totals(lossSum, correct, samples, firstNonFinite);
    lossSum = 0;
    correct = 0;
    samples = 0;
    steps = 0;
    firstNonFinite = -1;
    return totals;
  }

  @Override public Totals evaluate(Dataset data, Loss loss, int[] predictions) {
    checkOpen();
    checkData(data, loss);
    double sum = 0;
    long right = 0;
    for (int i = 0; i < data.size(); i++) {
      double[] z = network.forward(input(data.image(i), 0));
      sum += ReferenceLoss.value(loss, z, ReferenceLoss.target(data, i, z.length));
      right += !data.isRegression() && largest(z) == data.labels()[i] ? 1 : 0;
      if (predictions != null) {
        predictions[i] = largest(z);
      }
    }
    return new Totals(sum, right, data.size());
  }

  @Override public void forward(byte[] images, int count, float[] logits) {
    checkOpen();
    int outputs = model.outputSize();
    require(count >= 1, "forward takes 1 image or more, got " + count);
    require(images.length >= (long) count * model.input().size(),
        count + " images of " + model.input() + " do not fit into " + images.length);
    require(logits.length >= (long) count * outputs, count + " rows of " + outputs + " do not fit into " + logits.length);
    for (int i = 0; i < count; i++) {
      double[] z = network.forward(input(images, i));
      for (int k = 0; k < outputs; k++) {
        logits[i * outputs + k] = (float) z[k];
      }
    }
  }

  /** The gradients of the mean loss over {@code batch} at the present parameters, without dropout; nothing is updated. */
  public Map<String, double[]> gradients(Dataset batch) {
    checkOpen();
    checkData(batch, recipe.loss());
    network.zeroGradients();
    for (int i = 0; i < batch.size(); i++) {
      double[] t = ReferenceLoss.target(batch, i, model.outputSize());
      network.train(input(batch.image(i), 0), t, recipe.loss(), null, 1.0 / batch.size());
    }
    Map<String, double[]> copies = new LinkedHashMap<>();
    network.gradients().forEach((name, values) -> copies.put(name, values.clone()));
    return copies;
  }

  @Override public void read(Model target) {
    checkOpen();
    checkLayers(target);
    network.read(target);
  }

  @Override public void readAverage(Model target) {
    read(target);
    optimizer.readAverage(target);
  }

  @Override public void write(Model source) {
    checkOpen();
    checkLayers(source);
    network.write(source);
    optimizer.startAverage(network);
  }

  @Override public OptimizerState state() {
    checkOpen();
    return optimizer.state();
  }

  @Override public void restore(OptimizerState state) {
    checkOpen();
    optimizer.restore(state, network);
  }

  @Override public String arithmetic() {
    return "reference";
  }

  @Override public void close() {
    closed = true;
  }

  private double[] input(byte[] images, int sample) {
    float[] image = new float[model.input().size()]; // (C, H, W), 0..255
    for (int e = 0; e < image.length; e++) {
      image[e] = images[sample * image.length + e] & 0xFF;
    }
    return normalize(image);
  }

  private double[] normalize(float[] image) {
    double[] x = new double[image.length];
    for (int e = 0; e < image.length; e++) {
      x[e] = model.normalization().apply(image[e]);
    }
    return x;
  }

  /** The first largest output. */
  private static int largest(double[] z) {
    int best = 0;
    for (int k = 1; k < z.length; k++) {
      if (z[k] > z[best]) {
        best = k;
      }
    }
    return best;
  }

  private void checkData(Dataset data, Loss loss) {
    require(data.shape().equals(model.input()), "the model takes images of " + model.input() + ", the data set has " + data.shape());
    if (data.isRegression()) {
      require(loss instanceof MeanSquaredError, loss.getClass().getSimpleName() + " needs labels, the data set has real-valued targets");
      require(data.classes() == model.outputSize(), "the model has " + model.outputSize() + " outputs, the targets " + data.classes());
    } else {
      for (int i = 0; i < data.size(); i++) {
        int label = data.labels()[i];
        require(label < model.outputSize(), "sample " + i + " has label " + label + ", the model " + model.outputSize() + " outputs");
      }
    }
  }

  private void checkLayers(Model other) {
    require(other.layers().equals(model.layers()), "the model has other layers than this program");
  }

  private void checkOpen() {
    checkState(!closed, "Program is closed");
  }

  private static void checkState(boolean condition, String message) {
    if (!condition) {
      throw new IllegalStateException(message);
    }
  }

  private static void require(boolean condition, String message) {
    if (!condition) {
      throw new IllegalArgumentException(message);
    }
  }
}
