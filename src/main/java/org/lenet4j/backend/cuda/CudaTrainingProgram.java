package org.lenet4j.backend.cuda;

import org.lenet4j.backend.KernelChoice;
import org.lenet4j.backend.KernelSet;
import org.lenet4j.backend.OptimizerState;
import org.lenet4j.backend.Totals;
import org.lenet4j.backend.TrainingProgram;
import org.lenet4j.backend.base.ProgramChecks;
import org.lenet4j.backend.cuda.device.CudaDataset;
import org.lenet4j.backend.cuda.device.CudaGraph;
import org.lenet4j.backend.cuda.device.CudaHandles;
import org.lenet4j.backend.cuda.device.CudaRanks;
import org.lenet4j.backend.cuda.device.CudaSteps;
import org.lenet4j.backend.cuda.device.Slab;
import org.lenet4j.data.Augment;
import org.lenet4j.data.Dataset;
import org.lenet4j.nn.Model;
import org.lenet4j.optim.Recipe;

/**
 * A model compiled for the GPU, to train it. Everything is put into one stream; a step is a record in device memory and the launch of a
 * graph, and steps go to the device several at a time. Only {@link #drain} and what reads results wait for it.
 */
final class CudaTrainingProgram extends CudaCompiled implements TrainingProgram {
  private final Recipe recipe;
  private final CudaHandles handles;
  private final CudaTrained parameters;
  private final CudaShards shards;
  private final CudaSteps steps;
  private final CudaSteps passSteps;
  private final CudaTrainingPasses passes;
  private final CudaOptimizer optimizer;
  private final CudaInference inference;
  private CudaDataset data; // bound, or null
  private Augment augment;
  private CudaStep step; // null before bind
  private int epoch;
  private int orderLength = -1; // -1 before the order is given

  /** Compiles, for one device that trains alone. */
  CudaTrainingProgram(Model model, Recipe recipe, long seed, CudaBackend backend, KernelSet kernels, KernelChoice choice) {
    this(model, recipe, seed, backend, kernels, choice, null, 0);
  }

  /** Compiles, for one of several ranks; {@code ranks} is null without others. */
  CudaTrainingProgram(Model model, Recipe recipe, long seed, CudaBackend backend, KernelSet kernels, KernelChoice choice, CudaRanks ranks,
      int rank) {
    super(model, CudaShards.batch(recipe), backend, choice);
    this.recipe = recipe;
    Recipe ofShard = recipe.withBatchSize(CudaShards.batch(recipe));
    try {
      boolean fused = kernels == KernelSet.FUSED && FusedLeNet.fits(shape, true);
      handles = backend.handles(stream, natives, fused);
      Slab slab = new Slab("the parameters and their state");
      parameters = new CudaTrained(shape, recipe, stream, slab);
      optimizer = new CudaOptimizer(recipe, parameters, slab, fused ? parameters.offset(FusedTraining.FIRST_LINEAR) : 0);
      shards = new CudaShards(recipe, parameters.length(), slab, ranks, rank);
      steps = new CudaSteps(stream, natives, slab, shards.own());
      passSteps = new CudaSteps(stream, natives, slab);
      slab.allocate(natives, 0);
      parameters.begin(model);
      passSteps.begin();
      passes = fused
          ? new FusedTraining(shape, ofShard, seed, handles, natives, parameters, steps, passSteps)
          : new LayeredTraining(shape, ofShard, seed, handles, natives, parameters, steps, passSteps);
      steps.begin();
      optimizer.begin(handles, steps, shards.parts(passes.parts()));
      inference = new CudaInference(shape, ofShard.batchSize(), stream, passes, passSteps, natives, backend.eager());
      stream.synchronize();
    } catch (RuntimeException | Error e) {
      natives.close();
      throw e;
    }
    complete();
  }

  @Override CudaParameters parameters() {
    return parameters;
  }

  @Override CudaPasses passes() {
    return passes;
  }

  @Override CudaSteps passSteps() {
    return passSteps;
  }

  @Override CudaInference inference(int count) {
    return inference;
  }

  @Override public void bind(Dataset data, Augment augment) {
    enter();
    ProgramChecks.data(shape, data, recipe.loss());
    flush();
    closeTraining();
    this.data = backend.datasets().open(data, stream);
    this.augment = augment;
    lay(data.size());
  }

  /** Lays out the step for orders of up to {@code capacity} samples. */
  private void lay(int capacity) {
    orderLength = -1;
    step = new CudaStep(data, capacity, augment, CudaShards.batch(recipe), handles, passes, shards, optimizer, steps, backend.eager());
  }

  @Override public void order(int epoch, int[] indices) {
    enter();
    ProgramChecks.order(data == null ? null : data.source(), indices);
    flush();
    if (step == null || indices.length > step.capacity()) {
      stream.synchronize();
      closeStep();
      lay(indices.length);
    }
    step.order(indices, stream);
    this.epoch = epoch;
    orderLength = indices.length;
  }

  @Override public void step(int first, int count, float rateFactor) {
    enter();
    ProgramChecks.step(first, count, orderLength, recipe.batchSize());
    CudaSteps.Factors factors = optimizer.next();
    for (int shard = 0; shard < shards.own(); shard++) {
      int begin = shards.begin(shard, count);
      steps.add(step.graph(), first + begin, shards.begin(shard + 1, count) - begin, count, epoch, rateFactor, factors);
    }
  }

  @Override void flush() {
    if (step != null) {
      steps.run(step.graph());
    }
  }

  @Override public Totals drain() {
    enter();
    return step == null ? new Totals(0, 0, 0) : steps.drain(step.graph());
  }

  @Override public void readAverage(Model target) {
    enter();
    flush();
    parameters.readAverage(target);
  }

  @Override public void write(Model source) {
    super.write(source);
    steps.resetMark();
  }

  @Override public OptimizerState state() {
    enter();
    flush();
    return parameters.state(optimizer.step());
  }

  @Override public void restore(OptimizerState state) {
    enter();
    flush();
    parameters.restore(state);
    optimizer.step(state.step());
  }

  @Override CudaGraph timedGraph() {
    return step.graph();
  }

  @Override CudaSteps timedSteps() {
    return steps;
  }

  private void closeStep() {
    if (step != null) {
      step.close();
      step = null;
    }
  }

  @Override void closeTraining() {
    closeStep();
    if (data != null) {
      CudaDataset last = data;
      data = null;
      backend.datasets().close(last);
    }
  }
}
