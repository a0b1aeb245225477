package org.lenet4j.backend.cuda;

import static org.bytedeco.cuda.global.cublas.CUBLAS_STATUS_ALLOC_FAILED;
import static org.bytedeco.cuda.global.cublas.CUBLAS_STATUS_EXECUTION_FAILED;
import static org.bytedeco.cuda.global.cublas.CUBLAS_STATUS_INTERNAL_ERROR;
import static org.bytedeco.cuda.global.cublas.cublasCreate_v2;
import static org.bytedeco.cuda.global.cublas.cublasGetProperty;
import static org.bytedeco.cuda.global.cublas.cublasGetStatusName;
import static org.bytedeco.cuda.global.cudart.CUDA_ERROR_LAUNCH_FAILED;
import static org.bytedeco.cuda.global.cudart.CUDA_ERROR_OUT_OF_MEMORY;
import static org.bytedeco.cuda.global.cudart.cuDeviceGet;
import static org.bytedeco.cuda.global.cudart.cuDeviceGetName;
import static org.bytedeco.cuda.global.cudart.cuGetErrorName;
import static org.bytedeco.cuda.global.cudart.cuInit;
import static org.bytedeco.cuda.global.cudart.cudaDevAttrComputeCapabilityMajor;
import static org.bytedeco.cuda.global.cudart.cudaDevAttrComputeCapabilityMinor;
import static org.bytedeco.cuda.global.cudart.cudaDeviceGetAttribute;
import static org.bytedeco.cuda.global.cudart.cudaDriverGetVersion;
import static org.bytedeco.cuda.global.cudart.cudaErrorECCUncorrectable;
import static org.bytedeco.cuda.global.cudart.cudaErrorInsufficientDriver;
import static org.bytedeco.cuda.global.cudart.cudaErrorInvalidDevice;
import static org.bytedeco.cuda.global.cudart.cudaErrorLaunchFailure;
import static org.bytedeco.cuda.global.cudart.cudaErrorMemoryAllocation;
import static org.bytedeco.cuda.global.cudart.cudaErrorNoDevice;
import static org.bytedeco.cuda.global.cudart.cudaFree;
import static org.bytedeco.cuda.global.cudart.cudaGetDeviceCount;
import static org.bytedeco.cuda.global.cudart.cudaGetErrorName;
import static org.bytedeco.cuda.global.cudart.cudaGetLastError;
import static org.bytedeco.cuda.global.cudart.cudaMalloc;
import static org.bytedeco.cuda.global.cudart.cudaMemsetAsync;
import static org.bytedeco.cuda.global.cudart.cudaSetDevice;
import static org.bytedeco.cuda.global.cudart.cudaStreamCreateWithFlags;
import static org.bytedeco.cuda.global.cudart.cudaStreamDestroy;
import static org.bytedeco.cuda.global.cudart.cudaStreamNonBlocking;
import static org.bytedeco.cuda.global.cudart.cudaStreamSynchronize;
import static org.bytedeco.cuda.global.cudnn.CUDNN_STATUS_EXECUTION_FAILED;
import static org.bytedeco.cuda.global.cudnn.CUDNN_STATUS_INTERNAL_ERROR;
import static org.bytedeco.cuda.global.cudnn.CUDNN_STATUS_INTERNAL_ERROR_DEVICE_ALLOCATION_FAILED;
import static org.bytedeco.cuda.global.cudnn.cudnnCreate;
import static org.bytedeco.cuda.global.cudnn.cudnnGetErrorString;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.lenet4j.backend.cuda.Workbench.ok;
import static org.lenet4j.backend.cuda.Workbench.refused;

import java.util.List;
import org.bytedeco.cuda.cublas.cublasContext;
import org.bytedeco.cuda.cudart.CUstream_st;
import org.bytedeco.cuda.cudnn.cudnnContext;
import org.bytedeco.javacpp.Pointer;
import org.bytedeco.javacpp.PointerPointer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.lenet4j.backend.cuda.StandIn.Fault;
import org.lenet4j.backend.cuda.probe.CudaQuery;

/** Faults to order, devices to choose, and what is counted. */
@Tag("cuda-standin")
@SuppressWarnings("deprecation") // of cuDNN 9
class StandInFaultTest {
  @BeforeEach
  void reset() {
    StandIn.assume();
  }

  @AfterEach
  void nothingIsLeft() {
    if (StandIn.isThere()) {
      assertEquals(List.of(), StandIn.leaks());
    }
  }

  @Test
  void theNthCallFailsAndOnlyThat() {
    StandIn.fail(3, Fault.OUT_OF_MEMORY);
    ok(cudaSetDevice(0));
    ok(cudaSetDevice(0));
    assertEquals(cudaErrorMemoryAllocation, cudaSetDevice(0));
    assertEquals("cudaSetDevice", StandIn.failedCall());
    assertEquals(cudaErrorMemoryAllocation, cudaGetLastError());
    assertEquals(0, cudaGetLastError());
    ok(cudaSetDevice(0));
    assertEquals(4, StandIn.calls());
    assertEquals(4L, StandIn.counts().get("cudaSetDevice"));
    assertEquals(List.of(), StandIn.violations(), "a fault is nobody's mistake");
  }

  @Test
  void theNthCallOfANameFails() {
    StandIn.fail("cudaMalloc", 2, Fault.OUT_OF_MEMORY);
    Pointer first = new Pointer();
    ok(cudaSetDevice(0));
    ok(cudaMalloc(first, 16));
    ok(cudaSetDevice(0));
    assertEquals(cudaErrorMemoryAllocation, cudaMalloc(new Pointer(), 16));
    ok(cudaFree(first));
  }

  @Test
  void eachLibraryHasItsOwnCodes() {
    Fault[] faults = {Fault.OUT_OF_MEMORY, Fault.LAUNCH_FAILURE};
    int[] driver = {CUDA_ERROR_OUT_OF_MEMORY, CUDA_ERROR_LAUNCH_FAILED};
    int[] blas = {CUBLAS_STATUS_ALLOC_FAILED, CUBLAS_STATUS_EXECUTION_FAILED};
    int[] dnn = {CUDNN_STATUS_INTERNAL_ERROR_DEVICE_ALLOCATION_FAILED, CUDNN_STATUS_EXECUTION_FAILED};
    for (int i = 0; i < 2; i++) {
      StandIn.reset();
      StandIn.fail(1, faults[i]);
      assertEquals(driver[i], cuInit(0));
      StandIn.reset();
      StandIn.fail(1, faults[i]);
      assertEquals(blas[i], cublasCreate_v2(new cublasContext()));
      StandIn.reset();
      StandIn.fail(1, faults[i]);
      assertEquals(dnn[i], cudnnCreate(new cudnnContext()));
    }
  }

  @Test
  void aLostDeviceStaysLostUntilTheReset() {
    Workbench bench = new Workbench();
    Pointer memory = bench.device(4);
    StandIn.fail("cudaMemsetAsync", 1, Fault.DEVICE_LOST);
    assertEquals(cudaErrorECCUncorrectable, cudaMemsetAsync(memory, 0, 16, bench.stream));
    assertEquals(cudaErrorECCUncorrectable, cudaStreamSynchronize(bench.stream));
    assertEquals(CUBLAS_STATUS_INTERNAL_ERROR, cublasCreate_v2(new cublasContext()));
    assertEquals(CUDNN_STATUS_INTERNAL_ERROR, cudnnCreate(new cudnnContext()));
    assertEquals(2, StandIn.objects());
    assertEquals(cudaErrorECCUncorrectable, cudaFree(memory));
    assertEquals(cudaErrorECCUncorrectable, cudaStreamDestroy(bench.stream));
    assertEquals(0, StandIn.objects(), "what is freed is freed all the same");
    StandIn.reset();
    new Workbench().close();
  }

  @Test
  void afterAFailedLaunchEveryCallSaysTheSame() {
    Workbench bench = new Workbench();
    Pointer memory = bench.device(4);
    StandIn.fail("cudaMemsetAsync", 1, Fault.LAUNCH_FAILURE);
    assertEquals(cudaErrorLaunchFailure, cudaMemsetAsync(memory, 0, 16, bench.stream));
    assertEquals(cudaErrorLaunchFailure, cudaMalloc(new Pointer(), 16));
    assertEquals(CUDA_ERROR_LAUNCH_FAILED, cuInit(0));
    assertEquals(CUBLAS_STATUS_EXECUTION_FAILED, cublasCreate_v2(new cublasContext()));
    assertEquals(CUDNN_STATUS_EXECUTION_FAILED, cudnnCreate(new cudnnContext()));
    assertEquals(cudaErrorLaunchFailure, cudaStreamSynchronize(bench.stream));
    bench.abandon();
  }

  @Test
  void aFreeThatFailsHasFreed() {
    Pointer memory = new Pointer();
    ok(cudaMalloc(memory, 16));
    StandIn.fail(1, Fault.LAUNCH_FAILURE);
    assertEquals(cudaErrorLaunchFailure, cudaFree(memory));
    assertEquals(0, StandIn.objects());
  }

  @Test
  void theResetForgetsWhatWasLeft() {
    Pointer memory = new Pointer();
    ok(cudaMalloc(memory, 16));
    CUstream_st stream = new CUstream_st();
    ok(cudaStreamCreateWithFlags(stream, cudaStreamNonBlocking));
    cudaStreamSynchronize(null);
    assertEquals(1, StandIn.violations().size());
    StandIn.reset();
    assertEquals(0, StandIn.objects());
    assertEquals(0, StandIn.bytes());
    assertEquals(0, StandIn.calls());
    assertEquals(List.of(), StandIn.violations());
    assertTrue(cudaFree(memory) != 0, "it is gone");
  }

  @Test
  void devicesDriversAndCapabilitiesCanBeChosen() {
    int[] value = new int[1];
    ok(cudaGetDeviceCount(value));
    assertEquals(1, value[0]);
    assertEquals(null, CudaQuery.whyNot(0));
    refused(cudaErrorInvalidDevice, cudaSetDevice(1), "cudaSetDevice", "no device 1");

    StandIn.devices(0);
    assertEquals(cudaErrorNoDevice, cudaGetDeviceCount(value));
    assertEquals(cudaErrorNoDevice, cudaSetDevice(0));
    assertTrue(CudaQuery.whyNot(0).contains("no NVIDIA device"), CudaQuery.whyNot(0));

    StandIn.devices(1);
    int before = StandIn.CUDA - 1;
    StandIn.driverVersion(1000 * before + 80);
    assertEquals(cudaErrorInsufficientDriver, cudaGetDeviceCount(value));
    ok(cudaDriverGetVersion(value));
    assertEquals(1000 * before + 80, value[0]);
    assertTrue(CudaQuery.whyNot(0).contains(before + ".8") && CudaQuery.whyNot(0).contains(StandIn.CUDA + ".0"), CudaQuery.whyNot(0));

    StandIn.driverVersion(1000 * StandIn.CUDA);
    StandIn.computeCapability(7, 0);
    ok(cudaDeviceGetAttribute(value, cudaDevAttrComputeCapabilityMajor, 0));
    assertEquals(7, value[0]);
    ok(cudaDeviceGetAttribute(value, cudaDevAttrComputeCapabilityMinor, 0));
    assertEquals(0, value[0]);
    assertTrue(CudaQuery.whyNot(0).contains("7.0") && CudaQuery.whyNot(0).contains("7.5"), CudaQuery.whyNot(0));
  }

  @Test
  void itsNameSaysWhatItIs() {
    int[] device = new int[1];
    byte[] name = new byte[64];
    ok(cuDeviceGet(device, 0));
    ok(cuDeviceGetName(name, name.length, device[0]));
    assertEquals("lenet4j stand-in (no GPU)", new String(name).trim());
  }

  @Test
  void errorsHaveNames() {
    assertEquals("cudaErrorMemoryAllocation", cudaGetErrorName(cudaErrorMemoryAllocation).getString());
    assertEquals("CUBLAS_STATUS_ALLOC_FAILED", cublasGetStatusName(CUBLAS_STATUS_ALLOC_FAILED).getString());
    assertEquals("CUDNN_STATUS_EXECUTION_FAILED", cudnnGetErrorString(CUDNN_STATUS_EXECUTION_FAILED).getString());
    try (PointerPointer<Pointer> name = new PointerPointer<>(1)) {
      ok(cuGetErrorName(CUDA_ERROR_OUT_OF_MEMORY, name));
      assertEquals("CUDA_ERROR_OUT_OF_MEMORY", name.getString(0));
    }
    int[] major = new int[1];
    ok(cublasGetProperty(0, major));
    assertEquals(StandIn.CUDA, major[0]);
  }
}
