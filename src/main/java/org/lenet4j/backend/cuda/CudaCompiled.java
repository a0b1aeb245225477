package org.lenet4j.backend.cuda;

import org.lenet4j.backend.KernelChoice;
import org.lenet4j.backend.Program;
import org.lenet4j.backend.Totals;
import org.lenet4j.backend.base.ProgramChecks;
import org.lenet4j.backend.cuda.device.CudaGraph;
import org.lenet4j.backend.cuda.device.CudaSteps;
import org.lenet4j.backend.cuda.device.CudaStream;
import org.lenet4j.backend.cuda.device.Natives;
import org.lenet4j.data.Dataset;
import org.lenet4j.nn.Loss;
import org.lenet4j.nn.Model;

/** What all programs on a GPU have: a stream of their own, and the way to evaluate and predict in it, in batches. */
abstract class CudaCompiled implements Program {
  final CudaBackend backend;
  final Model shape; // for checks: layers, input, outputs
  final Natives natives;
  final CudaStream stream;
  private final int batchSize;
  private final KernelChoice choice; // null if there was none
  private CudaEvaluation evaluation; // null before the first

  /** The arguments have been checked; {@code choice} is what {@link #kernels} says. */
  CudaCompiled(Model model, int batchSize, CudaBackend backend, KernelChoice choice) {
    this.backend = backend;
    this.batchSize = batchSize;
    this.choice = choice;
    shape = model.copy();
    backend.enter(); // before the scope that natives opens: where it refuses, nobody would close that
    natives = new Natives(backend.device());
    try {
      stream = new CudaStream(natives);
    } catch (RuntimeException | Error e) {
      natives.close();
      throw e;
    }
  }

  /** Everything is made. */
  final void complete() {
    natives.own(stream, stream::synchronize); // comes first when closing
    natives.complete();
  }

  abstract CudaParameters parameters();

  abstract CudaPasses passes();

  /** The steps of evaluation and inference. */
  abstract CudaSteps passSteps();

  /** From images to logits, for that many images. */
  abstract CudaInference inference(int count);

  /** What a {@link KernelTrial} times: a step, or a batch's way to its logits. */
  abstract CudaGraph timedGraph();

  abstract CudaSteps timedSteps();

  /** Hands over what still waits on the host. */
  void flush() {}

  @Override public final Totals evaluate(Dataset data, Loss loss, int[] predictions) {
    enter();
    ProgramChecks.data(shape, data, loss);
    flush();
    if (evaluation == null || !evaluation.isFor(data, loss)) {
      closeEvaluation();
      evaluation = new CudaEvaluation(data, loss, stream, batchSize, passes(), passSteps(), backend);
    }
    return evaluation.run(predictions);
  }

  private void closeEvaluation() {
    if (evaluation != null) {
      evaluation.close();
      evaluation = null;
    }
  }

  @Override public final void forward(byte[] images, int count, float[] logits) {
    enter();
    ProgramChecks.images(shape, images, count, logits);
    flush();
    CudaInference chosen = inference(count);
    for (int first = 0; first < count; first += chosen.batch()) {
      chosen.run(images, first, Math.min(chosen.batch(), count - first), logits);
    }
  }

  @Override public final void read(Model target) {
    enter();
    flush();
    parameters().read(target);
  }

  @Override public void write(Model source) {
    enter();
    flush();
    parameters().write(source);
  }

  @Override public final String arithmetic() {
    return backend.arithmetic(passes() instanceof FusedLeNet);
  }

  @Override public final KernelChoice kernels() {
    return choice;
  }

  final void enter() {
    backend.enter();
  }

  /** Gives back what training holds beside the rest. */
  void closeTraining() {}

  @Override public final void close() {
    closeEvaluation();
    closeTraining();
    natives.close();
  }
}
