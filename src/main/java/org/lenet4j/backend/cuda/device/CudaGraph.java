package org.lenet4j.backend.cuda.device;

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
 * Operations, a step as a rule, as CUDA graphs: one of a single run, and one of {@link #TOGETHER} runs for launching many steps with one
 * call. The first run is eager, for libraries finish lazy work in it; from the second on graphs are captured when they are first needed,
 * and replayed. If one cannot be captured, every run is eager, and the log says why; a graph that others run with must not be the only one
 * that is eager, and throws.
 */
public final class CudaGraph implements AutoCloseable {
  /** Runs in one launch of the larger graph. */
  public static final int TOGETHER = 32;

  private static final Logger LOG = LoggerFactory.getLogger(CudaGraph.class);

  private final CUstream_st stream;
  private final List<Operation> operations;
  private final boolean alone;
  private boolean warm;
  private boolean eager;
  private CUgraphExec_st one; // null until captured
  private CUgraphExec_st many; // of TOGETHER runs; null until captured
  private int nodes;

  /**
   * A graph of operations.
   *
   * @param eager whether it is never captured
   */
  public CudaGraph(CUstream_st stream, List<Operation> operations, boolean eager) {
    this(stream, operations, eager, true);
  }

  /**
   * As above.
   *
   * @param alone whether no other device runs it as well and waits for this one in it
   */
  public CudaGraph(CUstream_st stream, List<Operation> operations, boolean eager, boolean alone) {
    this.stream = stream;
    this.alone = alone;
    this.operations = List.copyOf(operations);
    this.eager = eager;
  }

  /** Puts some runs into the stream, one after another. */
  public void run(int times) {
    int left = times;
    while (left > 0) {
      if (!eager && warm) {
        capture(left >= TOGETHER);
      }
      if (eager || !warm) {
        operations.forEach(operation -> operation.run().run());
        warm = true;
        left--;
      } else {
        boolean together = left >= TOGETHER;
        Cuda.check(cudaGraphLaunch(together ? many : one, stream), "cudaGraphLaunch");
        left -= together ? TOGETHER : 1;
      }
    }
  }

  public List<Operation> operations() {
    return operations;
  }

  /** Nodes of the captured graph of a single run; 0 if there is none. */
  public int nodes() {
    return nodes;
  }

  /** Captures the graph of one or of many runs, unless it is there. */
  private void capture(boolean together) {
    if ((together ? many : one) != null) {
      return;
    }
    CUgraph_st graph = new CUgraph_st();
    try {
      record(graph, together ? TOGETHER : 1);
      if (!together) {
        nodes = count(graph);
      }
      CUgraphExec_st exec = new CUgraphExec_st();
      Cuda.check(cudaGraphInstantiate(exec, graph, 0), "cudaGraphInstantiate");
      if (together) {
        many = exec;
      } else {
        one = exec;
      }
    } catch (NativeException e) {
      if (!alone) {
        throw e;
      }
      eager = true;
      nodes = 0;
      if (Cuda.isLost(e)) {
        throw e;
      }
      LOG.warn("steps are not captured in a CUDA graph and run one call after another, which is slower: {}", e.getMessage());
    } finally {
      if (!graph.isNull()) {
        cudaGraphDestroy(graph);
      }
    }
  }

  private static int count(CUgraph_st graph) {
    try (SizeTPointer count = new SizeTPointer(1)) {
      Cuda.check(cudaGraphGetNodes(graph, (CUgraphNode_st) null, count), "cudaGraphGetNodes");
      return (int) count.get();
    }
  }

  private void record(CUgraph_st graph, int times) {
    Cuda.check(cudaStreamBeginCapture(stream, cudaStreamCaptureModeThreadLocal), "cudaStreamBeginCapture");
    try {
      for (int i = 0; i < times; i++) {
        operations.forEach(operation -> operation.run().run());
      }
    } catch (NativeException e) {
      cudaStreamEndCapture(stream, graph); // the stream works again; what was recorded is thrown away
      throw e;
    }
    Cuda.check(cudaStreamEndCapture(stream, graph), "cudaStreamEndCapture");
  }

  @Override public void close() {
    CUgraphExec_st first = one;
    CUgraphExec_st second = many;
    one = null;
    many = null;
    eager = true;
    try {
      destroy(first);
    } finally {
      destroy(second);
    }
  }

  private static void destroy(CUgraphExec_st exec) {
    if (exec != null) {
      Cuda.check(cudaGraphExecDestroy(exec), "cudaGraphExecDestroy");
    }
  }
}
