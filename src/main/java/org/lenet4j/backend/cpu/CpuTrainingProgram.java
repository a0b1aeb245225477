package org.lenet4j.backend.cpu;

import org.lenet4j.backend.GradientExchange;
import org.lenet4j.backend.OptimizerState;
import org.lenet4j.backend.Totals;
import org.lenet4j.backend.TrainingProgram;
import org.lenet4j.backend.base.ProgramChecks;
import org.lenet4j.backend.cpu.layer.CpuLayers;
import org.lenet4j.backend.cpu.layer.CpuOptimizer;
import org.lenet4j.backend.cpu.memory.Layout;
import org.lenet4j.data.Augment;
import org.lenet4j.data.Dataset;
import org.lenet4j.nn.Loss;
import org.lenet4j.nn.Model;
import org.lenet4j.optim.Recipe;

/** A model compiled for the CPU, to train it. What a step does is in {@link CpuStep}. */
final class CpuTrainingProgram implements TrainingProgram {
  private final CpuLayers twins;
  private final Recipe recipe;
  private final Model shape; // for checks: layers, input, outputs
  private final CpuOptimizer optimizer;
  private final CpuInference inference;
  private final FeatureCache features;
  private final CpuStep step;
  private Dataset data; // bound, or null
  private int[] order; // or null

  CpuTrainingProgram(Model model, Recipe recipe, long seed, Workers workers, CpuLayers twins, long featureBytes,
      GradientExchange exchange) {
    ProgramChecks.recipe(model, recipe);
    int batchChunks = (recipe.batchSize() + Layout.LANES - 1) / Layout.LANES;
    ProgramChecks.shards(recipe, exchange, batchChunks);
    this.twins = twins;
    this.recipe = recipe;
    shape = model.copy();
    optimizer = new CpuOptimizer(model, recipe, twins.loops());
    int chunks = (batchChunks + recipe.accumulate() - 1) / recipe.accumulate(); // the most in a shard
    CpuNetwork network = new CpuNetwork(model, optimizer, twins, seed, workers.threads(), chunks);
    try {
      inference = new CpuInference(network, workers);
      features = new FeatureCache(network, twins, featureBytes);
      step = new CpuStep(recipe, seed, optimizer, inference, features, workers, chunks, exchange);
    } catch (RuntimeException | Error e) {
      network.close();
      throw e;
    }
  }

  @Override public void bind(Dataset data, Augment augment) {
    ProgramChecks.data(shape, data, recipe.loss());
    this.data = data;
    order = null;
    features.bind(data, augment);
    step.bind(data, augment);
  }

  @Override public void order(int epoch, int[] indices) {
    ProgramChecks.order(data, indices);
    data.checkUnchanged();
    order = indices.clone();
    step.order(epoch, order);
  }

  @Override public void step(int first, int count, float rateFactor) {
    ProgramChecks.step(first, count, order == null ? -1 : order.length, recipe.batchSize());
    step.run(first, count, rateFactor);
  }

  @Override public Totals drain() {
    return step.drain();
  }

  @Override public Totals evaluate(Dataset data, Loss loss, int[] predictions) {
    ProgramChecks.data(shape, data, loss);
    return inference.evaluate(data, loss, predictions);
  }

  @Override public void forward(byte[] images, int count, float[] logits) {
    ProgramChecks.images(shape, images, count, logits);
    inference.forward(images, count, logits);
  }

  @Override public void read(Model target) {
    optimizer.read(target);
  }

  @Override public void readAverage(Model target) {
    optimizer.readAverage(target);
  }

  @Override public void write(Model source) {
    optimizer.write(source);
    inference.network.load();
    features.forget();
  }

  @Override public OptimizerState state() {
    return optimizer.state();
  }

  @Override public void restore(OptimizerState state) {
    optimizer.restore(state);
  }

  /** Whether the lowest layers' outputs are kept instead of computed in every step. */
  boolean keepsFeatures() {
    return features.isOn();
  }

  @Override public String arithmetic() {
    return twins.arithmetic();
  }

  @Override public void close() {
    inference.network.close();
  }
}
