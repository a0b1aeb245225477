package org.lenet4j.backend.cuda;

import static org.bytedeco.cuda.global.cublas.CUBLAS_COMPUTE_32F;
import static org.bytedeco.cuda.global.cublas.CUBLAS_GEMM_DEFAULT;
import static org.bytedeco.cuda.global.cublas.CUBLAS_OP_N;
import static org.bytedeco.cuda.global.cublas.cublasGemmEx;
import static org.bytedeco.cuda.global.cudart.CUDA_R_32F;
import static org.bytedeco.cuda.global.cudart.cuModuleGetFunction;
import static org.bytedeco.cuda.global.cudart.cuModuleLoadData;
import static org.bytedeco.cuda.global.cudart.cuModuleUnload;
import static org.bytedeco.cuda.global.cudart.cudaMemcpyAsync;
import static org.bytedeco.cuda.global.cudart.cudaMemcpyDeviceToDevice;

import java.io.IOException;
import java.io.InputStream;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import org.bytedeco.cuda.cudart.CUfunc_st;
import org.bytedeco.cuda.cudart.CUmod_st;
import org.bytedeco.javacpp.BytePointer;
import org.lenet4j.backend.KernelSet;
import org.lenet4j.backend.Precision;
import org.lenet4j.backend.cuda.device.Cuda;
import org.lenet4j.backend.cuda.device.CudaGraph;
import org.lenet4j.backend.cuda.device.CudaHandles;
import org.lenet4j.backend.cuda.device.CudaStream;
import org.lenet4j.backend.cuda.device.CudaTimer;
import org.lenet4j.backend.cuda.device.Launch;
import org.lenet4j.backend.cuda.device.Natives;
import org.lenet4j.backend.cuda.device.Operation;
import org.lenet4j.backend.cuda.device.Slab;
import org.lenet4j.backend.cuda.device.Tensor;

/**
 * What a GPU can do at best: medians of several repetitions after a warm-up.
 *
 * @param operations operations a second of cuBLAS's float32 product of two large square matrices
 * @param bytes      bytes a second that a copy within the device's memory reads and writes
 * @param kernel     microseconds of a kernel that does next to nothing, within a graph of many
 */
public record CudaCeiling(double operations, double bytes, double kernel) {
  private static final int REPETITIONS = 7;
  private static final int PIECE = 1 << 20;

  /**
   * Measures.
   *
   * @param side    rows and columns of the matrices
   * @param floats  how many are copied; more than the caches hold
   * @param kernels how many are in the graph
   */
  public static CudaCeiling measure(int side, int floats, int kernels) throws IOException {
    try (CudaBackend backend = new CudaBackend(Precision.FP32, false, KernelSet.CUDNN)) {
      Natives natives = new Natives(0);
      try {
        CudaStream stream = new CudaStream(natives);
        CudaHandles handles = backend.handles(stream, natives, false);
        CudaTimer timer = new CudaTimer(stream, natives);
        Slab slab = new Slab("what is multiplied and copied");
        Tensor[] matrices = {slab.floats((long) side * side), slab.floats((long) side * side), slab.floats((long) side * side)};
        Tensor from = slab.floats(floats);
        Tensor to = slab.floats(floats);
        slab.allocate(natives, 0);
        for (Tensor tensor : new Tensor[] {matrices[0], matrices[1], from}) {
          fill(stream, tensor);
        }
        double product = median(timer, () -> product(handles, side, matrices));
        double copy = median(timer, () -> Cuda.check(cudaMemcpyAsync(to, from, 4L * floats, cudaMemcpyDeviceToDevice, stream.handle()),
            "cudaMemcpyAsync"));
        Operation small = new Operation("small", new Launch(smallKernel(natives), Launch.Grid.of(1, 1), stream.handle(), to));
        CudaGraph graph = new CudaGraph(stream.handle(), Collections.nCopies(kernels, small), false);
        natives.own(graph, graph::close);
        double launches = median(timer, () -> graph.run(1));
        return new CudaCeiling(2.0 * side * side * side / product * 1e6, 8.0 * floats / copy * 1e6, launches / kernels);
      } finally {
        natives.close();
      }
    }
  }

  /** Other values than zero, with which a GPU draws less power and clocks higher. */
  private static void fill(CudaStream stream, Tensor tensor) {
    int size = (int) (tensor.bytes() / Float.BYTES);
    for (int done = 0; done < size; done += PIECE) {
      float[] values = new float[Math.min(PIECE, size - done)];
      for (int i = 0; i < values.length; i++) {
        values[i] = i % 251 / 251f - 0.5f;
      }
      stream.upload(tensor, done, values);
    }
  }

  private static void product(CudaHandles handles, int side, Tensor... matrices) {
    CudaHandles.checkBlas(cublasGemmEx(handles.cublas, CUBLAS_OP_N, CUBLAS_OP_N, side, side, side, handles.one, matrices[0], CUDA_R_32F,
        side, matrices[1], CUDA_R_32F, side, handles.zero, matrices[2], CUDA_R_32F, side, CUBLAS_COMPUTE_32F, CUBLAS_GEMM_DEFAULT),
        "cublasGemmEx");
  }

  private static CUfunc_st smallKernel(Natives natives) throws IOException {
    CUmod_st module = new CUmod_st();
    try (InputStream in = CudaCeiling.class.getResourceAsStream("test_kernels.ptx")) {
      byte[] text = in.readAllBytes();
      Cuda.checkDriver(cuModuleLoadData(module, new BytePointer(Arrays.copyOf(text, text.length + 1))), "cuModuleLoadData");
    }
    natives.own(module, () -> Cuda.checkDriver(cuModuleUnload(module), "cuModuleUnload"));
    CUfunc_st function = new CUfunc_st();
    Cuda.checkDriver(cuModuleGetFunction(function, module, "places"), "cuModuleGetFunction");
    return function;
  }

  /** Microseconds. */
  private static double median(CudaTimer timer, Runnable work) {
    List<Double> times = new ArrayList<>();
    for (int i = -3; i < REPETITIONS; i++) {
      timer.start();
      work.run();
      double time = timer.stop();
      if (i >= 0) {
        times.add(time);
      }
    }
    Collections.sort(times);
    return times.get(REPETITIONS / 2);
  }
}
