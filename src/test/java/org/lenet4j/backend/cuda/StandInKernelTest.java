package org.lenet4j.backend.cuda;

import static org.bytedeco.cuda.global.cudart.CUDA_ERROR_INVALID_CONTEXT;
import static org.bytedeco.cuda.global.cudart.CUDA_ERROR_INVALID_HANDLE;
import static org.bytedeco.cuda.global.cudart.CUDA_ERROR_INVALID_PTX;
import static org.bytedeco.cuda.global.cudart.CUDA_ERROR_INVALID_VALUE;
import static org.bytedeco.cuda.global.cudart.CUDA_ERROR_NOT_FOUND;
import static org.bytedeco.cuda.global.cudart.CUDA_ERROR_NO_BINARY_FOR_GPU;
import static org.bytedeco.cuda.global.cudart.CUDA_ERROR_UNSUPPORTED_PTX_VERSION;
import static org.bytedeco.cuda.global.cudart.cuLaunchKernel;
import static org.bytedeco.cuda.global.cudart.cuModuleGetFunction;
import static org.bytedeco.cuda.global.cudart.cuModuleLoadData;
import static org.bytedeco.cuda.global.cudart.cuModuleUnload;
import static org.bytedeco.cuda.global.cudart.cudaErrorIllegalAddress;
import static org.bytedeco.cuda.global.cudart.cudaStreamSynchronize;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.lenet4j.backend.cuda.Workbench.ok;
import static org.lenet4j.backend.cuda.Workbench.refused;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.bytedeco.cuda.cudart.CUfunc_st;
import org.bytedeco.cuda.cudart.CUmod_st;
import org.bytedeco.cuda.cudart.CUstream_st;
import org.bytedeco.javacpp.BytePointer;
import org.bytedeco.javacpp.FloatPointer;
import org.bytedeco.javacpp.IntPointer;
import org.bytedeco.javacpp.LongPointer;
import org.bytedeco.javacpp.Pointer;
import org.bytedeco.javacpp.PointerPointer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** Modules and kernels of the stand-in, with the kernels of native/test_kernels.cu. */
@Tag("cuda-standin")
class StandInKernelTest {
  private Workbench bench;
  private final CUmod_st module = new CUmod_st();

  @BeforeEach
  void open() throws IOException {
    StandIn.assume();
    bench = new Workbench();
    ok(load(module, ptx()));
    bench.atClose(() -> ok(cuModuleUnload(module)));
  }

  @AfterEach
  void close() {
    if (bench != null) {
      bench.close();
      assertEquals(List.of(), StandIn.leaks());
    }
  }

  private static String ptx() throws IOException {
    try (InputStream in = StandInKernelTest.class.getResourceAsStream("test_kernels.ptx")) {
      return new String(in.readAllBytes(), StandardCharsets.US_ASCII);
    }
  }

  private static int load(CUmod_st module, String ptx) {
    try (BytePointer text = new BytePointer(ptx)) {
      return cuModuleLoadData(module, text);
    }
  }

  private int launch(String kernel, int grid, int block, Pointer... arguments) {
    return launch(kernel, bench.stream, grid, block, arguments);
  }

  private int launch(String kernel, CUstream_st stream, int grid, int block, Pointer... arguments) {
    return cuLaunchKernel(function(kernel), grid, 1, 1, block, 1, 1, 0, stream, arguments(arguments), null);
  }

  private CUfunc_st function(String kernel) {
    CUfunc_st function = new CUfunc_st();
    ok(cuModuleGetFunction(function, module, kernel));
    return function;
  }

  /** An array of pointers; given one pointer, PointerPointer would take it for the array. */
  private static PointerPointer<Pointer> arguments(Pointer... arguments) {
    return new PointerPointer<>(arguments);
  }

  /** An argument that is a pointer to device memory. */
  private static Pointer at(Pointer device) {
    return new LongPointer(1).put(0, device.address());
  }

  private int[] fetchInts(Pointer device, int count) {
    float[] values = bench.fetch(device, count);
    int[] bits = new int[count];
    for (int i = 0; i < count; i++) {
      bits[i] = Float.floatToRawIntBits(values[i]);
    }
    return bits;
  }

  @Test
  void shufflesAndBarriersSum() {
    float[] x = new float[1000];
    for (int i = 0; i < x.length; i++) {
      x[i] = i;
    }
    FloatPointer device = bench.device(x);
    FloatPointer sums = bench.device(4);
    ok(launch("block_sums", 4, 256, at(device), at(sums), new IntPointer(1).put(0, 1000)));
    assertArrayEquals(new float[] {sum(0, 256), sum(256, 512), sum(512, 768), sum(768, 1000)}, bench.fetch(sums, 4));
    assertEquals(List.of(), StandIn.violations());
  }

  private static float sum(int from, int to) {
    return (to - from) * (from + to - 1) / 2f;
  }

  @Test
  void lanesSwap() {
    FloatPointer y = bench.device(64);
    ok(launch("swap_lanes", 1, 64, at(y)));
    int[] expected = new int[64];
    Arrays.setAll(expected, i -> i + (i ^ 1) + i + (i ^ 1)); // i + other(i + other(i + other(i)))
    assertArrayEquals(expected, fetchInts(y, 64));
  }

  @Test
  void gridsAndBlocksHaveThreeDimensions() {
    FloatPointer y = bench.device(8 * 24);
    ok(cuLaunchKernel(function("places"), 4, 1, 2, 2, 3, 4, 0, bench.stream, arguments(at(y)), null));
    int[] places = fetchInts(y, 8 * 24);
    for (int i = 0; i < places.length; i++) {
      assertEquals(i / 24 * 1000 + i % 24, places[i]);
    }
  }

  @Test
  void atomicsCountAllThreads() {
    FloatPointer count = bench.device(0f);
    FloatPointer sum = bench.device(0f);
    ok(launch("count_threads", 5, 100, at(count), at(sum)));
    assertEquals(500, fetchInts(count, 1)[0]);
    assertEquals(250, bench.fetch(sum, 1)[0]);
  }

  @Test
  void theOrderOfThreadsIsNotTheSameTwice() {
    FloatPointer first = bench.device(8);
    FloatPointer second = bench.device(8);
    ok(launch("arrivals", 2, 4, at(bench.device(0f)), at(first)));
    ok(launch("arrivals", 2, 4, at(bench.device(0f)), at(second)));
    assertFalse(Arrays.equals(fetchInts(first, 8), fetchInts(second, 8)));
  }

  @Test
  void argumentsAreTakenAtTheCall() {
    FloatPointer sums = bench.device(1);
    IntPointer n = new IntPointer(1).put(0, 2);
    ok(launch("block_sums", 1, 32, at(bench.device(1f, 2f, 3f)), at(sums), n));
    n.put(0, 3);
    assertArrayEquals(new float[] {3}, bench.fetch(sums, 1));
  }

  @Test
  void aWritePastTheEndIsSeen() {
    FloatPointer x = bench.device(4);
    ok(launch("write_past_the_end", 1, 1, at(x), new IntPointer(1).put(0, 4)));
    int code = cudaStreamSynchronize(bench.stream);
    refused(cudaErrorIllegalAddress, code, "cuLaunchKernel", "outside an allocation of 16 bytes");
    bench.abandon();
  }

  @Test
  void aBarrierThatSomeThreadsNeverReachIsSeen() {
    ok(launch("some_wait", 1, 8, at(bench.device(8))));
    refused(cudaErrorIllegalAddress, cudaStreamSynchronize(bench.stream), "cuLaunchKernel", "some_wait", "4 threads", "__syncthreads");
    bench.abandon();
  }

  @Test
  void lanesWithOtherMasksAreSeen() {
    ok(launch("wrong_masks", 1, 32, at(bench.device(32))));
    refused(cudaErrorIllegalAddress, cudaStreamSynchronize(bench.stream), "cuLaunchKernel", "wrong_masks");
    bench.abandon();
  }

  @Test
  void pointersMustBeDeviceMemory() {
    try (FloatPointer host = new FloatPointer(4)) {
      refused(CUDA_ERROR_INVALID_VALUE, launch("some_wait", 1, 1, at(host)), "cuLaunchKernel", "some_wait", "not device memory");
    }
    refused(CUDA_ERROR_INVALID_VALUE, launch("some_wait", 1, 1, at(bench.pinned(4))), "cuLaunchKernel", "pinned");
  }

  @Test
  void shapesThatNoDeviceTakesAreRefused() {
    Pointer x = at(bench.device(4));
    refused(CUDA_ERROR_INVALID_VALUE, launch("some_wait", 0, 1, x), "cuLaunchKernel", "empty");
    refused(CUDA_ERROR_INVALID_VALUE, launch("some_wait", 1, 1025, x), "cuLaunchKernel", "1024");
    refused(CUDA_ERROR_INVALID_VALUE, launch("block_sums", 1, 257, x, x, x), "cuLaunchKernel", "allows 256"); // __launch_bounds__
    int code = cuLaunchKernel(function("some_wait"), 1, 1, 1, 1, 1, 1, 4, bench.stream, arguments(x), null);
    refused(CUDA_ERROR_INVALID_VALUE, code, "cuLaunchKernel", "dynamic shared memory");
    refused(CUDA_ERROR_INVALID_HANDLE, launch("some_wait", null, 1, 1, x), "cuLaunchKernel", "default stream");
  }

  @Test
  void kernelsThatAreNotThereAreNotFound() throws IOException {
    refused(CUDA_ERROR_NOT_FOUND, cuModuleGetFunction(new CUfunc_st(), module, "sum"), "cuModuleGetFunction", "module has no kernel sum");
    refusedIn(ptx().replace("some_wait", "some_weight"), "some_weight", CUDA_ERROR_NOT_FOUND, "the sources have not");
    refusedIn(ptx().replace(".u32 block_sums_param_2", ".u64 block_sums_param_2"), "block_sums", CUDA_ERROR_INVALID_PTX, "parameters");
    refusedIn(ptx().replace(".param .u64 places_param_0", ".param .u64 places_param_0, .param .u64 more"), "places",
        CUDA_ERROR_INVALID_PTX, "parameters");
  }

  private static void refusedIn(String ptx, String kernel, int code, String word) {
    CUmod_st other = new CUmod_st();
    ok(load(other, ptx));
    refused(code, cuModuleGetFunction(new CUfunc_st(), other, kernel), "cuModuleGetFunction", kernel, word);
    ok(cuModuleUnload(other));
  }

  @Test
  void ptxThatIsTooNewIsRefused() throws IOException {
    CUmod_st other = new CUmod_st();
    assertEquals(CUDA_ERROR_UNSUPPORTED_PTX_VERSION, load(other, ptx().replace(".version 7.8", ".version 9.1")));
    assertEquals(CUDA_ERROR_NO_BINARY_FOR_GPU, load(other, ptx().replace("sm_75", "sm_100")));
    StandIn.computeCapability(7, 0);
    assertEquals(CUDA_ERROR_NO_BINARY_FOR_GPU, load(other, ptx()));
  }

  @Test
  void anUnloadedModuleIsRecognised() throws IOException {
    CUmod_st other = new CUmod_st();
    ok(load(other, ptx()));
    CUfunc_st function = new CUfunc_st();
    ok(cuModuleGetFunction(function, other, "some_wait"));
    ok(cuModuleUnload(other));
    int code = cuLaunchKernel(function, 1, 1, 1, 1, 1, 1, 0, bench.stream, arguments(at(bench.device(4))), null);
    refused(CUDA_ERROR_INVALID_HANDLE, code, "cuLaunchKernel", "destroyed");
    refused(CUDA_ERROR_INVALID_HANDLE, cuModuleUnload(other), "cuModuleUnload", "destroyed");
  }

  @Test
  void aThreadNeedsTheDevice() throws Exception {
    int[] code = new int[1];
    Thread thread = new Thread(() -> code[0] = cuModuleGetFunction(new CUfunc_st(), module, "places"));
    thread.start();
    thread.join();
    refused(CUDA_ERROR_INVALID_CONTEXT, code[0], "cuModuleGetFunction", "cudaSetDevice");
  }

  @Test
  void severalThreadsLaunchAtOnce() {
    List<CompletableFuture<float[]>> results = List.of(1, 2, 3, 4).stream().map(value -> CompletableFuture.supplyAsync(() -> {
      try (Workbench own = new Workbench()) {
        float[] x = new float[256];
        Arrays.fill(x, value);
        FloatPointer sums = own.device(1);
        FloatPointer device = own.device(x);
        for (int i = 0; i < 50; i++) {
          ok(launch("block_sums", own.stream, 1, 256, at(device), at(sums), new IntPointer(1).put(0, 256)));
          assertArrayEquals(new float[] {256 * value}, own.fetch(sums, 1));
        }
        return own.fetch(sums, 1);
      }
    })).toList();
    results.forEach(CompletableFuture::join);
    assertEquals(List.of(), StandIn.violations());
  }
}
