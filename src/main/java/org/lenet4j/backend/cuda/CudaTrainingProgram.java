package org.lenet4j.backend.cuda;

import org.lenet4j.backend.KernelChoice;
import org.lenet4j.backend.KernelSet;
import org.lenet4j.backend.OptimizerState;
import org.lenet4j.backend.Totals;
import org.lenet4j.backend.TrainingProgram;
import org.lenet4j.backend.base.ProgramChecks;
import org.lenet4j.backend.cuda.device.Cuda;
import org.lenet4j.backend.cuda.device.CudaDataset;
import org.lenet4j.backend.cuda.device.CudaGraph;
import org.lenet4j.backend.cuda.device.CudaHandles;
import org.lenet4j.backend.cuda.device.CudaSteps;
import org.lenet4j.backend.cuda.device.CudaStream;
import org.lenet4j.backend.cuda.device.Natives;
import org.lenet4j.backend.cuda.device.Slab;
import org.lenet4j.data.Augment;
import org.lenet4j.data.Dataset;
import org.lenet4j.nn.Loss;
import org.lenet4j.nn.Model;
import org.lenet4j.optim.Recipe;

/**
 * A model compiled for the GPU, to train it. Everything is put into one stream; a step is a record in device memory and the launch of a
 * graph, and steps go to the device several at a time. Only {@link #drain} and what reads results wait for it.
 */
final class CudaTrainingProgram implements TrainingProgram, KernelTrial.Timed {
  private final CudaBackend backend;
  private final KernelChoice choice; // null if there was none
  private final Model shape; // for checks: layers, input, outputs
  private final Recipe recipe;
  private final Natives natives;
  private final CudaStream stream;
  private final CudaTrained parameters;
  private final CudaSteps steps;
  private final CudaTrainingPasses passes;
  private final CudaOptimizer optimizer;
  private final CudaForward forward;
  private CudaDataset data; // bound, or null
  private Augment augment;
  private CudaTraining training; // null before bind
  private int epoch;
  private int orderLength = -1; // -1 before the order is given
  private boolean closed;

  /** Compiles; the arguments have been checked. {@code choice} is what {@link #kernels} says. */
  CudaTrainingProgram(Model model, Recipe recipe, long seed, CudaBackend backend, KernelSet kernels, KernelChoice choice) {
    this.backend = backend;
    this.choice = choice;
    this.recipe = recipe;
    shape = model.copy();
    Cuda.enter();
    natives = new Natives();
    try {
      stream = new CudaStream(natives);
      CudaHandles handles = backend.handles(stream, natives);
      Slab slab = new Slab("the parameters and their state");
      parameters = new CudaTrained(shape, recipe, stream, slab);
      optimizer = new CudaOptimizer(recipe, parameters, slab);
      steps = new CudaSteps(stream, natives, slab);
      CudaSteps passSteps = new CudaSteps(stream, natives, slab);
      slab.allocate(natives, 0);
      parameters.begin(model);
      passSteps.begin();
      passes = kernels == KernelSet.FUSED && FusedLeNet.fits(shape, true)
          ? new FusedTraining(shape, recipe, seed, handles, natives, parameters, steps, passSteps)
          : new LayeredTraining(shape, recipe, seed, handles, natives, parameters, steps, passSteps);
      steps.begin();
      optimizer.begin(handles, steps, passes.parts());
      forward = new CudaForward(shape, recipe.batchSize(), stream, passes, passSteps, natives, backend);
      stream.synchronize();
    } catch (RuntimeException | Error e) {
      natives.close();
      throw e;
    }
    natives.own(stream, stream::synchronize); // comes first when closing
    natives.complete();
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
    training = new CudaTraining(data, capacity, augment, recipe.batchSize(), stream, passes, optimizer, backend.eager());
  }

  @Override public void order(int epoch, int[] indices) {
    enter();
    ProgramChecks.order(data == null ? null : data.source(), indices);
    flush();
    if (training == null || indices.length > training.capacity()) {
      stream.synchronize();
      closeStep();
      lay(indices.length);
    }
    training.order(indices, stream);
    this.epoch = epoch;
    orderLength = indices.length;
  }

  @Override public void step(int first, int count, float rateFactor) {
    enter();
    ProgramChecks.step(first, count, orderLength, recipe.batchSize());
    steps.add(training.graph(), first, count, epoch, rateFactor, optimizer.next());
  }

  /** Launches the steps that wait. */
  private void flush() {
    if (training != null) {
      steps.run(training.graph());
    }
  }

  @Override public Totals drain() {
    enter();
    return training == null ? new Totals(0, 0, 0) : steps.drain(training.graph());
  }

  @Override public Totals evaluate(Dataset data, Loss loss, int[] predictions) {
    enter();
    ProgramChecks.data(shape, data, loss);
    flush();
    return forward.evaluate(data, loss, predictions);
  }

  @Override public void forward(byte[] images, int count, float[] logits) {
    enter();
    ProgramChecks.images(shape, images, count, logits);
    flush();
    forward.forward(images, count, logits);
  }

  @Override public void read(Model target) {
    enter();
    flush();
    parameters.read(target);
  }

  @Override public void readAverage(Model target) {
    enter();
    flush();
    parameters.readAverage(target);
  }

  @Override public void write(Model source) {
    enter();
    flush();
    parameters.write(source);
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

  @Override public KernelChoice kernels() {
    return choice;
  }

  /** The step's operations, for {@link CudaProfile}. */
  CudaTraining training() {
    return training;
  }

  @Override public CudaStream stream() {
    return stream;
  }

  @Override public CudaGraph timedGraph() {
    return training.graph();
  }

  @Override public CudaSteps timedSteps() {
    return steps;
  }

  private void enter() {
    if (closed) {
      throw new IllegalStateException("the program is closed");
    }
    backend.enter();
  }

  private void closeStep() {
    if (training != null) {
      training.close();
      training = null;
    }
  }

  private void closeTraining() {
    closeStep();
    if (data != null) {
      CudaDataset last = data;
      data = null;
      backend.datasets().close(last);
    }
  }

  @Override public void close() {
    if (!closed) {
      closed = true;
      forward.close();
      closeTraining();
      natives.close();
    }
  }
}
