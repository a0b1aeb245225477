package org.lenet4j.backend.cuda;

import org.lenet4j.backend.KernelChoice;
import org.lenet4j.backend.KernelSet;
import org.lenet4j.backend.OptimizerState;
import org.lenet4j.backend.Program;
import org.lenet4j.backend.Totals;
import org.lenet4j.backend.TrainConfig;
import org.lenet4j.backend.base.ProgramChecks;
import org.lenet4j.data.Augment;
import org.lenet4j.data.Dataset;
import org.lenet4j.nn.Loss;
import org.lenet4j.nn.Model;

/**
 * A model compiled for the GPU. Everything is put into one stream; a step is a record in device memory and the launch of a graph, and steps
 * go to the device several at a time. Only {@link #drain} and what reads results wait for it.
 */
final class CudaProgram implements Program {
  private final CudaBackend backend;
  private final KernelChoice choice; // null if there was none
  private final Model shape; // for checks: layers, input, outputs
  private final TrainConfig config; // null for inference
  private final int batchSize;
  private final Natives natives;
  private final CudaStream stream;
  private final CudaParameters parameters;
  private final CudaSteps steps; // of training; null for inference
  private final CudaSteps passSteps; // of evaluation and inference
  private final CudaPasses passes;
  private final CudaOptimizer optimizer; // null for inference
  private final CudaInference inference;
  private final CudaInference single; // for one image, or null
  private CudaDataset data; // bound, or null
  private Augment augment;
  private CudaTraining training; // null before bind
  private CudaEvaluation evaluation; // null before the first
  private int epoch;
  private int orderLength = -1; // -1 before the order is given
  private boolean closed;

  /**
   * Compiles; the arguments have been checked.
   *
   * @param config null for inference
   * @param choice what {@link #kernels} says
   */
  CudaProgram(Model model, TrainConfig config, int batchSize, CudaBackend backend, KernelSet kernels, KernelChoice choice) {
    this.backend = backend;
    this.choice = choice;
    this.shape = model.copy();
    this.config = config;
    this.batchSize = batchSize;
    Cuda.enter();
    natives = new Natives();
    try {
      stream = new CudaStream(natives);
      CudaHandles handles = backend.handles(stream, natives);
      Slab slab = new Slab("the parameters and their state");
      parameters = new CudaParameters(shape, config, stream, slab);
      optimizer = config == null ? null : new CudaOptimizer(config, parameters, slab);
      steps = config == null ? null : new CudaSteps(stream, natives, slab);
      passSteps = new CudaSteps(stream, natives, slab);
      slab.allocate(natives, 0);
      parameters.begin(model);
      passSteps.begin();
      boolean fused = kernels == KernelSet.FUSED && FusedLeNet.fits(shape, config);
      passes = fused ? new FusedLeNet(shape, config, batchSize, handles, natives, parameters, steps, passSteps)
          : new LayeredPasses(shape, config, batchSize, handles, natives, parameters, steps, passSteps);
      if (config != null) {
        steps.begin();
        optimizer.begin(handles, steps, passes.parts());
      }
      inference = new CudaInference(shape, batchSize, stream, passes, passSteps, natives, backend.eager());
      single = config == null && batchSize > 1 && !fused ? single(handles) : null;
      stream.synchronize();
    } catch (RuntimeException | Error e) {
      natives.close();
      throw e;
    }
    natives.own(stream, stream::synchronize); // comes first when closing
    natives.complete();
  }

  /** One image would cost as much as a batch, and a program for prediction gets many of those. */
  private CudaInference single(CudaHandles handles) {
    CudaPasses one = new LayeredPasses(shape, null, 1, handles, natives, parameters, null, passSteps);
    return new CudaInference(shape, 1, stream, one, passSteps, natives, backend.eager());
  }

  @Override public void bind(Dataset data, Augment augment) {
    enterTraining();
    ProgramChecks.data(shape, data, config.loss());
    flush();
    closeTraining();
    this.data = backend.datasets().open(data, stream);
    this.augment = augment;
    lay(data.size());
  }

  /** Lays out the step for orders of up to {@code capacity} samples. */
  private void lay(int capacity) {
    orderLength = -1;
    training = new CudaTraining(data, capacity, augment, batchSize, stream, passes, optimizer, backend.eager());
  }

  @Override public void order(int epoch, int[] indices) {
    enterTraining();
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
    enterTraining();
    ProgramChecks.step(first, count, orderLength, batchSize);
    steps.add(training.graph(), first, count, epoch, rateFactor, optimizer.next());
  }

  /** Launches the steps that wait. */
  private void flush() {
    if (training != null) {
      steps.run(training.graph());
    }
  }

  @Override public Totals drain() {
    enterTraining();
    return training == null ? new Totals(0, 0, 0) : steps.drain(training.graph());
  }

  @Override public Totals evaluate(Dataset data, Loss loss, int[] predictions) {
    enter();
    ProgramChecks.data(shape, data, loss);
    flush();
    if (evaluation == null || !evaluation.isFor(data, loss)) {
      closeEvaluation();
      evaluation = new CudaEvaluation(data, loss, stream, batchSize, passes, passSteps, backend);
    }
    return evaluation.run(predictions);
  }

  @Override public void forward(byte[] images, int count, float[] logits) {
    enter();
    ProgramChecks.images(shape, images, count, logits);
    flush();
    CudaInference chosen = count == 1 && single != null ? single : inference;
    for (int first = 0; first < count; first += chosen.batch()) {
      chosen.run(images, first, Math.min(chosen.batch(), count - first), logits);
    }
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
    if (steps != null) {
      steps.resetMark();
    }
  }

  @Override public OptimizerState state() {
    enterTraining();
    flush();
    return parameters.state(optimizer.step());
  }

  @Override public void restore(OptimizerState state) {
    enterTraining();
    flush();
    parameters.restore(state);
    optimizer.step(state.step());
  }

  @Override public KernelChoice kernels() {
    return choice;
  }

  /** What {@link KernelTrial} times: a step, or a batch's way to its logits. */
  CudaGraph timedGraph() {
    return config == null ? inference.graph() : training.graph();
  }

  CudaSteps timedSteps() {
    return config == null ? passSteps : steps;
  }

  int outputs() {
    return shape.outputSize();
  }

  /** The step's operations, for {@link CudaProfile}. */
  CudaTraining training() {
    return training;
  }

  CudaSteps steps() {
    return steps;
  }

  CudaStream stream() {
    return stream;
  }

  private void enter() {
    if (closed) {
      throw new IllegalStateException("the program is closed");
    }
    backend.enter();
  }

  private void enterTraining() {
    enter();
    if (config == null) {
      throw new IllegalStateException("this program was compiled for inference only");
    }
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

  private void closeEvaluation() {
    if (evaluation != null) {
      evaluation.close();
      evaluation = null;
    }
  }

  @Override public void close() {
    if (!closed) {
      closed = true;
      closeEvaluation();
      closeTraining();
      natives.close();
    }
  }
}
