package org.lenet4j.backend.cuda;

import org.lenet4j.backend.Totals;
import org.lenet4j.backend.cuda.device.CudaDataset;
import org.lenet4j.backend.cuda.device.CudaGraph;
import org.lenet4j.backend.cuda.device.CudaSteps;
import org.lenet4j.backend.cuda.device.CudaStream;
import org.lenet4j.backend.cuda.device.Natives;
import org.lenet4j.backend.cuda.device.Slab;
import org.lenet4j.backend.cuda.device.Tensor;
import org.lenet4j.data.Dataset;
import org.lenet4j.nn.Loss;

/** The evaluation of one data set with one loss; the data stay on the device for the next time. */
final class CudaEvaluation implements AutoCloseable {
  private final Loss loss;
  private final int batch;
  private final CudaStream stream;
  private final CudaSteps steps;
  private final CudaDataset data;
  private final Natives natives;
  private final Tensor predicted; // (batch), ints
  private final CudaGraph graph;

  CudaEvaluation(Dataset source, Loss loss, CudaStream stream, int batch, CudaPasses passes, CudaSteps steps,
      CudaBackend backend) {
    this.loss = loss;
    this.batch = batch;
    this.stream = stream;
    this.steps = steps;
    data = backend.datasets().open(source, stream);
    natives = new Natives(stream.device());
    natives.own(data, () -> backend.datasets().close(data));
    try {
      Slab slab = new Slab("the predictions of " + batch + " samples");
      predicted = slab.reserve(4L * batch);
      slab.allocate(natives, 0);
      graph = natives.own(new CudaGraph(stream.handle(), passes.evaluation(data, loss, predicted), backend.eager()), this::closeGraph);
    } catch (RuntimeException | Error e) {
      natives.close();
      throw e;
    }
    natives.complete();
  }

  private void closeGraph() {
    graph.close();
  }

  /** Whether it is for the same data, not only equal ones, and an equal loss. */
  boolean isFor(Dataset source, Loss loss) {
    return data.source() == source && this.loss.equals(loss);
  }

  /** Walks all samples; {@code predictions (size)} may be null. */
  Totals run(int[] predictions) {
    int size = data.source().size();
    for (int first = 0; first < size; first += batch) {
      int count = Math.min(batch, size - first);
      steps.add(graph, first, count, 0, 0, CudaSteps.Factors.NONE);
      if (predictions != null) {
        steps.run(graph);
        stream.download(predicted, predictions, first, count);
      }
    }
    Totals totals = steps.drain(graph);
    return new Totals(totals.lossSum(), totals.correct(), totals.samples());
  }

  @Override public void close() {
    natives.close();
  }
}
