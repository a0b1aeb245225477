package org.lenet4j.backend.cuda;

import static org.bytedeco.cuda.global.cudart.cudaGraphDestroy;
import static org.bytedeco.cuda.global.cudart.cudaGraphExecDestroy;
import static org.bytedeco.cuda.global.cudart.cudaGraphGetNodes;
import static org.bytedeco.cuda.global.cudart.cudaGraphInstantiate;
import static org.bytedeco.cuda.global.cudart.cudaGraphLaunch;
import static org.bytedeco.cuda.global.cudart.cudaStreamBeginCapture;
import static org.bytedeco.cuda.global.cudart.cudaStreamCaptureModeThreadLocal;
import static org.bytedeco.cuda.global.cudart.cudaStreamEndCapture;

import java.util.List;
import org.bytedeco.cuda.cudart.CUgraphExec_st;
import org.bytedeco.cuda.cudart.CUgraphNode_st;
import org.bytedeco.cuda.cudart.CUgraph_st;
import org.bytedeco.cuda.cudart.CUstream_st;
import org.bytedeco.javacpp.SizeTPointer;
import org.lenet4j.backend.NativeException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Operations as one CUDA graph. The first run is eager, for libraries finish lazy work in it; the second is captured; from then on the
 * graph is replayed, which costs one call. If it cannot be captured, every run is eager, and the log says why.
 */
final class CudaGraph implements Runnable, AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(CudaGraph.class);

  private final CUstream_st stream;
  private final List<Operation> operations;
  private boolean warm;
  private boolean eager;
  private CUgraphExec_st replay; // null until captured
  private int nodes;

  /**
   * A graph of operations.
   *
   * @param eager whether it is never captured
   */
  CudaGraph(CUstream_st stream, List<Operation> operations, boolean eager) {
    this.stream = stream;
    this.operations = List.copyOf(operations);
    this.eager = eager;
  }

  /** Puts one run into the stream. */
  @Override public void run() {
    if (warm && !eager && replay == null) {
      capture();
    }
    warm = true;
    if (replay == null) {
      operations.forEach(operation -> operation.run().run());
    } else {
      Cuda.check(cudaGraphLaunch(replay, stream), "cudaGraphLaunch");
    }
  }

  List<Operation> operations() {
    return operations;
  }

  /** Nodes of the captured graph; 0 if there is none. */
  int nodes() {
    return nodes;
  }

  private void capture() {
    CUgraph_st graph = new CUgraph_st();
    try {
      record(graph);
      try (SizeTPointer count = new SizeTPointer(1)) {
        Cuda.check(cudaGraphGetNodes(graph, (CUgraphNode_st) null, count), "cudaGraphGetNodes");
        nodes = (int) count.get();
      }
      CUgraphExec_st exec = new CUgraphExec_st();
      Cuda.check(cudaGraphInstantiate(exec, graph, 0), "cudaGraphInstantiate");
      replay = exec;
    } catch (NativeException e) {
      eager = true;
      nodes = 0;
      LOG.warn("steps are not captured in a CUDA graph and run one call after another, which is slower: {}", e.getMessage());
    } finally {
      if (!graph.isNull()) {
        cudaGraphDestroy(graph);
      }
    }
  }

  private void record(CUgraph_st graph) {
    Cuda.check(cudaStreamBeginCapture(stream, cudaStreamCaptureModeThreadLocal), "cudaStreamBeginCapture");
    try {
      operations.forEach(operation -> operation.run().run());
    } catch (NativeException e) {
      cudaStreamEndCapture(stream, graph); // the stream works again; what was recorded is thrown away
      throw e;
    }
    Cuda.check(cudaStreamEndCapture(stream, graph), "cudaStreamEndCapture");
  }

  @Override public void close() {
    if (replay != null) {
      CUgraphExec_st exec = replay;
      replay = null;
      eager = true;
      Cuda.check(cudaGraphExecDestroy(exec), "cudaGraphExecDestroy");
    }
  }
}
