package org.lenet4j.backend.cuda;

import java.util.ArrayList;
import java.util.List;
import org.lenet4j.backend.cuda.device.CudaDataset;
import org.lenet4j.backend.cuda.device.CudaGraph;
import org.lenet4j.backend.cuda.device.CudaHandles;
import org.lenet4j.backend.cuda.device.CudaSteps;
import org.lenet4j.backend.cuda.device.CudaStream;
import org.lenet4j.backend.cuda.device.Natives;
import org.lenet4j.backend.cuda.device.Operation;
import org.lenet4j.backend.cuda.device.Slab;
import org.lenet4j.backend.cuda.device.Tensor;
import org.lenet4j.backend.cuda.layer.CudaInput;
import org.lenet4j.data.Augment;

/** The training step on one data set: gather, forward, loss and backward of each shard, and the update, as one graph. */
final class CudaStep implements AutoCloseable {
  private final int capacity; // of the order
  private final Natives natives;
  private final Tensor order; // (capacity), ints
  private final CudaGraph graph;

  /**
   * Lays out the step.
   *
   * @param data     stays the caller's
   * @param capacity the longest order that will come
   * @param batch    the most samples of a shard
   */
  CudaStep(CudaDataset data, int capacity, Augment augment, int batch, CudaHandles handles, CudaTrainingPasses passes, CudaShards shards,
      CudaOptimizer optimizer, CudaSteps steps, boolean eager) {
    CudaStream stream = handles.stream;
    this.capacity = capacity;
    natives = new Natives(stream.device());
    try {
      Slab slab = new Slab("the order of " + capacity + " samples");
      order = slab.reserve(4L * capacity);
      Tensor uniform = augment.isNone() ? null : slab.floats((long) batch * CudaInput.numbers(augment, data.source().shape()));
      slab.allocate(natives, 0);
      List<Operation> operations = new ArrayList<>();
      List<Operation> pass = passes.training(data, order, augment, uniform, optimizer.operations().isEmpty());
      operations.addAll(shards.operations(pass, optimizer, passes.parts(), handles, steps));
      operations.addAll(optimizer.operations());
      graph = natives.own(new CudaGraph(stream.handle(), operations, eager, shards.isAlone()), this::closeGraph);
    } catch (RuntimeException | Error e) {
      natives.close();
      throw e;
    }
    natives.complete();
  }

  private void closeGraph() {
    graph.close();
  }

  int capacity() {
    return capacity;
  }

  /** The sample order of an epoch, at most {@link #capacity} long. */
  void order(int[] indices, CudaStream stream) {
    stream.upload(order, indices);
  }

  CudaGraph graph() {
    return graph;
  }

  @Override public void close() {
    natives.close();
  }
}
