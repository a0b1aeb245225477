package org.lenet4j.backend.cuda;

import org.lenet4j.backend.Totals;
import org.lenet4j.backend.cuda.device.CudaGraph;
import org.lenet4j.backend.cuda.device.CudaSteps;
import org.lenet4j.backend.cuda.device.CudaStream;
import org.lenet4j.backend.cuda.device.Natives;
import org.lenet4j.data.Dataset;
import org.lenet4j.nn.Loss;
import org.lenet4j.nn.Model;

/** Evaluation and prediction of a program, in batches. What it makes when it is compiled belongs to the program. */
final class CudaForward {
  private final int batch;
  private final CudaStream stream;
  private final CudaPasses passes;
  private final CudaSteps steps;
  private final CudaBackend backend;
  private final CudaInference inference;
  private CudaInference single; // for one image, or null
  private CudaEvaluation evaluation; // null before the first

  CudaForward(Model model, int batch, CudaStream stream, CudaPasses passes, CudaSteps steps, Natives owner, CudaBackend backend) {
    this.batch = batch;
    this.stream = stream;
    this.passes = passes;
    this.steps = steps;
    this.backend = backend;
    inference = new CudaInference(model, batch, stream, passes, steps, owner, backend.eager());
  }

  /** Takes another way for one image alone, which would cost as much as a batch. */
  void single(CudaInference single) {
    this.single = single;
  }

  Totals evaluate(Dataset data, Loss loss, int[] predictions) {
    if (evaluation == null || !evaluation.isFor(data, loss)) {
      close();
      evaluation = new CudaEvaluation(data, loss, stream, batch, passes, steps, backend);
    }
    return evaluation.run(predictions);
  }

  void forward(byte[] images, int count, float[] logits) {
    CudaInference chosen = count == 1 && single != null ? single : inference;
    for (int first = 0; first < count; first += chosen.batch()) {
      chosen.run(images, first, Math.min(chosen.batch(), count - first), logits);
    }
  }

  /** A batch's way to its logits. */
  CudaGraph graph() {
    return inference.graph();
  }

  /** Gives the data set of the last evaluation back. */
  void close() {
    if (evaluation != null) {
      evaluation.close();
      evaluation = null;
    }
  }
}
