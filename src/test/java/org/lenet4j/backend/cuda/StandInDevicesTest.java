package org.lenet4j.backend.cuda;

import static org.bytedeco.cuda.global.cublas.cublasCreate_v2;
import static org.bytedeco.cuda.global.cublas.cublasDestroy_v2;
import static org.bytedeco.cuda.global.cublas.cublasSetStream_v2;
import static org.bytedeco.cuda.global.cudart.cuLaunchKernel;
import static org.bytedeco.cuda.global.cudart.cuModuleGetFunction;
import static org.bytedeco.cuda.global.cudart.cuModuleLoadData;
import static org.bytedeco.cuda.global.cudart.cuModuleUnload;
import static org.bytedeco.cuda.global.cudart.cudaErrorInvalidResourceHandle;
import static org.bytedeco.cuda.global.cudart.cudaErrorInvalidValue;
import static org.bytedeco.cuda.global.cudart.cudaEventCreate;
import static org.bytedeco.cuda.global.cudart.cudaEventDestroy;
import static org.bytedeco.cuda.global.cudart.cudaEventRecord;
import static org.bytedeco.cuda.global.cudart.cudaGetDevice;
import static org.bytedeco.cuda.global.cudart.cudaGraphDestroy;
import static org.bytedeco.cuda.global.cudart.cudaGraphExecDestroy;
import static org.bytedeco.cuda.global.cudart.cudaGraphInstantiate;
import static org.bytedeco.cuda.global.cudart.cudaGraphLaunch;
import static org.bytedeco.cuda.global.cudart.cudaMemsetAsync;
import static org.bytedeco.cuda.global.cudart.cudaSetDevice;
import static org.bytedeco.cuda.global.cudart.cudaStreamBeginCapture;
import static org.bytedeco.cuda.global.cudart.cudaStreamCaptureModeThreadLocal;
import static org.bytedeco.cuda.global.cudart.cudaStreamEndCapture;
import static org.bytedeco.cuda.global.cudnn.CUDNN_STATUS_BAD_PARAM_STREAM_MISMATCH;
import static org.bytedeco.cuda.global.cudnn.cudnnCreate;
import static org.bytedeco.cuda.global.cudnn.cudnnDestroy;
import static org.bytedeco.cuda.global.cudnn.cudnnSetStream;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.lenet4j.backend.cuda.Workbench.ok;
import static org.lenet4j.backend.cuda.Workbench.refused;

import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.bytedeco.cuda.cublas.cublasContext;
import org.bytedeco.cuda.cudart.CUevent_st;
import org.bytedeco.cuda.cudart.CUfunc_st;
import org.bytedeco.cuda.cudart.CUgraphExec_st;
import org.bytedeco.cuda.cudart.CUgraph_st;
import org.bytedeco.cuda.cudart.CUmod_st;
import org.bytedeco.cuda.cudnn.cudnnContext;
import org.bytedeco.javacpp.BytePointer;
import org.bytedeco.javacpp.FloatPointer;
import org.bytedeco.javacpp.PointerPointer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.lenet4j.backend.cuda.device.CudaKernels;

/** What belongs to one device of the stand-in is refused on another. The bench is on device 0. */
@Tag("cuda-standin")
class StandInDevicesTest {
  private Workbench bench;

  @BeforeEach void open() {
    StandIn.assume();
    StandIn.devices(2);
    bench = new Workbench();
  }

  @AfterEach void close() {
    if (bench != null) {
      ok(cudaSetDevice(0));
      bench.close();
      assertEquals(List.of(), StandIn.leaks());
      StandIn.reset();
    }
  }

  @Test void eachThreadHasItsOwn() throws Exception {
    ok(cudaSetDevice(1));
    assertEquals(1, device());
    assertEquals(0, CompletableFuture.supplyAsync(StandInDevicesTest::device).get());
    refused(101, cudaSetDevice(2), "cudaSetDevice", "no device 2");
  }

  private static int device() {
    int[] device = new int[1];
    ok(cudaGetDevice(device));
    return device[0];
  }

  @Test void streams() {
    FloatPointer memory = bench.device(4);
    ok(cudaSetDevice(1));
    refused(cudaErrorInvalidResourceHandle, cudaMemsetAsync(memory, 0, 16, bench.stream), "cudaMemsetAsync",
        "the stream belongs to device 0");
  }

  @Test void memory() {
    ok(cudaSetDevice(1));
    FloatPointer memory = bench.device(4);
    ok(cudaSetDevice(0));
    refused(cudaErrorInvalidValue, cudaMemsetAsync(memory, 0, 16, bench.stream), "cudaMemsetAsync", "belongs to device 1");
  }

  @Test void events() {
    CUevent_st event = new CUevent_st();
    ok(cudaSetDevice(1));
    ok(cudaEventCreate(event));
    bench.atClose(() -> ok(cudaEventDestroy(event)));
    ok(cudaSetDevice(0));
    refused(cudaErrorInvalidResourceHandle, cudaEventRecord(event, bench.stream), "cudaEventRecord", "the event belongs to device 1");
  }

  @Test void graphs() {
    FloatPointer memory = bench.device(4);
    CUgraph_st graph = new CUgraph_st();
    CUgraphExec_st exec = new CUgraphExec_st();
    ok(cudaStreamBeginCapture(bench.stream, cudaStreamCaptureModeThreadLocal));
    ok(cudaMemsetAsync(memory, 0, 16, bench.stream));
    ok(cudaStreamEndCapture(bench.stream, graph));
    ok(cudaGraphInstantiate(exec, graph, 0));
    ok(cudaSetDevice(1));
    refused(cudaErrorInvalidResourceHandle, cudaGraphLaunch(exec, bench.stream), "cudaGraphLaunch", "belongs to device 0");
    ok(cudaGraphExecDestroy(exec));
    ok(cudaGraphDestroy(graph));
  }

  @Test void kernels() {
    CUmod_st module = new CUmod_st();
    CUfunc_st function = new CUfunc_st();
    ok(cuModuleLoadData(module, new BytePointer(CudaKernels.ptx("dropout"))));
    ok(cuModuleGetFunction(function, module, "dropout"));
    ok(cudaSetDevice(1));
    refused(cudaErrorInvalidResourceHandle, cuLaunchKernel(function, 1, 1, 1, 1, 1, 1, 0, bench.stream, (PointerPointer<?>) null,
        (PointerPointer<?>) null), "cuLaunchKernel", "the kernel belongs to device 0");
    ok(cudaSetDevice(0));
    ok(cuModuleUnload(module));
  }

  @Test void handles() {
    cudnnContext dnn = new cudnnContext();
    cublasContext blas = new cublasContext();
    ok(cudaSetDevice(1));
    ok(cudnnCreate(dnn));
    ok(cublasCreate_v2(blas));
    refused(CUDNN_STATUS_BAD_PARAM_STREAM_MISMATCH, cudnnSetStream(dnn, bench.stream), "cudnnSetStream", "belongs to device 0");
    refused(7, cublasSetStream_v2(blas, bench.stream), "cublasSetStream_v2", "belongs to device 0");
    ok(cudnnDestroy(dnn));
    ok(cublasDestroy_v2(blas));
  }
}
