package org.lenet4j.backend.cuda;

import static org.bytedeco.cuda.global.cudart.cudaErrorIllegalAddress;
import static org.bytedeco.cuda.global.cudart.cudaErrorInvalidResourceHandle;
import static org.bytedeco.cuda.global.cudart.cudaErrorInvalidValue;
import static org.bytedeco.cuda.global.cudart.cudaErrorMemoryAllocation;
import static org.bytedeco.cuda.global.cudart.cudaFree;
import static org.bytedeco.cuda.global.cudart.cudaFreeHost;
import static org.bytedeco.cuda.global.cudart.cudaMalloc;
import static org.bytedeco.cuda.global.cudart.cudaMallocHost;
import static org.bytedeco.cuda.global.cudart.cudaMemGetInfo;
import static org.bytedeco.cuda.global.cudart.cudaMemcpyAsync;
import static org.bytedeco.cuda.global.cudart.cudaMemcpyDeviceToDevice;
import static org.bytedeco.cuda.global.cudart.cudaMemcpyDeviceToHost;
import static org.bytedeco.cuda.global.cudart.cudaMemcpyHostToDevice;
import static org.bytedeco.cuda.global.cudart.cudaMemsetAsync;
import static org.bytedeco.cuda.global.cudart.cudaStreamSynchronize;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.lenet4j.backend.cuda.Workbench.ok;
import static org.lenet4j.backend.cuda.Workbench.refused;

import java.util.List;
import org.bytedeco.javacpp.FloatPointer;
import org.bytedeco.javacpp.Pointer;
import org.bytedeco.javacpp.SizeTPointer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** What the stand-in makes of memory: each mistake is an error that names the call. */
@Tag("cuda-standin")
class StandInMemoryTest {
  private Workbench bench;

  @BeforeEach
  void open() {
    StandIn.assume();
    bench = new Workbench();
  }

  @AfterEach
  void close() {
    if (bench != null) {
      bench.close();
      assertEquals(List.of(), StandIn.leaks());
      assertEquals(0, StandIn.objects());
      assertEquals(0, StandIn.bytes());
    }
  }

  @Test
  void newMemoryIsNaN() {
    for (float value : bench.fetch(bench.device(3), 3)) {
      assertTrue(Float.isNaN(value));
    }
  }

  @Test
  void copiesThereAndBack() {
    FloatPointer a = bench.device(1f, 2f, 3f);
    FloatPointer b = bench.device(3);
    ok(cudaMemcpyAsync(b, a, 12, cudaMemcpyDeviceToDevice, bench.stream));
    assertArrayEquals(new float[] {1, 2, 3}, bench.fetch(b, 3));
    ok(cudaMemsetAsync(b, 0, 8, bench.stream));
    assertArrayEquals(new float[] {0, 0, 3}, bench.fetch(b, 3));
    assertEquals(List.of(), StandIn.violations());
  }

  @Test
  void aCopyPastTheEndIsRefused() {
    FloatPointer a = bench.device(4);
    try (FloatPointer host = new FloatPointer(5)) {
      int code = cudaMemcpyAsync(a, host, 20, cudaMemcpyHostToDevice, bench.stream);
      refused(cudaErrorInvalidValue, code, "cudaMemcpyAsync", "20", "16");
    }
    refused(cudaErrorInvalidValue, cudaMemsetAsync(a, 0, 17, bench.stream), "cudaMemsetAsync", "17", "16");
    refused(cudaErrorInvalidValue, cudaMemsetAsync(a.getPointer(1), 0, 16, bench.stream), "cudaMemsetAsync", "12 are left");
  }

  @Test
  void hostAndDeviceAreNotMixedUp() {
    FloatPointer a = bench.device(4);
    try (FloatPointer host = new FloatPointer(4)) {
      refused(cudaErrorInvalidValue, cudaMemsetAsync(host, 0, 16, bench.stream), "cudaMemsetAsync", "not device memory");
      refused(cudaErrorInvalidValue, cudaMemcpyAsync(host, a, 16, cudaMemcpyHostToDevice, bench.stream), "cudaMemcpyAsync", "direction");
      refused(cudaErrorInvalidValue, cudaMemcpyAsync(a, a, 16, cudaMemcpyDeviceToHost, bench.stream), "cudaMemcpyAsync", "direction");
    }
    FloatPointer pinned = bench.pinned(4);
    refused(cudaErrorInvalidValue, cudaMemsetAsync(pinned, 0, 16, bench.stream), "cudaMemsetAsync", "pinned");
    int code = cudaMemcpyAsync(a, pinned.getPointer(1), 16, cudaMemcpyHostToDevice, bench.stream);
    refused(cudaErrorInvalidValue, code, "cudaMemcpyAsync", "12 are left of its pinned 16");
  }

  @Test
  void anOverlappingCopyIsRefused() {
    FloatPointer a = bench.device(4);
    int code = cudaMemcpyAsync(a.getPointer(1), a, 12, cudaMemcpyDeviceToDevice, bench.stream);
    refused(cudaErrorInvalidValue, code, "cudaMemcpyAsync", "overlaps");
  }

  @Test
  void freedMemoryIsRecognised() {
    Pointer a = new Pointer();
    ok(cudaMalloc(a, 16));
    ok(cudaFree(a));
    refused(cudaErrorInvalidValue, cudaMemsetAsync(a, 0, 16, bench.stream), "cudaMemsetAsync", "freed");
    refused(cudaErrorInvalidValue, cudaFree(a), "cudaFree", "freed before");
    try (FloatPointer host = new FloatPointer(4)) {
      refused(cudaErrorInvalidValue, cudaFree(host), "cudaFree", "no allocation");
    }
    FloatPointer b = bench.device(4);
    refused(cudaErrorInvalidValue, cudaFree(b.getPointer(1)), "cudaFree", "no allocation");
    refused(cudaErrorInvalidValue, cudaFreeHost(b), "cudaFreeHost", "device memory");
    ok(cudaFree(null)); // as in C
  }

  @Test
  void anEmptyAllocationIsRefused() {
    refused(cudaErrorInvalidValue, cudaMalloc(new Pointer(), 0), "cudaMalloc", "0 bytes");
    refused(cudaErrorInvalidValue, cudaMallocHost(new Pointer(), 0), "cudaMallocHost", "0 bytes");
  }

  @Test
  void memoryRunsOut() {
    StandIn.memory(1000);
    FloatPointer a = bench.device(200);
    assertEquals(cudaErrorMemoryAllocation, cudaMalloc(new Pointer(), 201));
    try (SizeTPointer free = new SizeTPointer(1); SizeTPointer total = new SizeTPointer(1)) {
      ok(cudaMemGetInfo(free, total));
      assertEquals(200, free.get());
      assertEquals(1000, total.get());
    }
    assertEquals(800, StandIn.bytes());
    assertEquals(List.of(), StandIn.violations(), "that is nobody's mistake");
    ok(cudaMemsetAsync(a, 0, 800, bench.stream));
  }

  @Test
  void nothingRunsBeforeASynchronisation() {
    FloatPointer device = bench.device(1);
    FloatPointer pinned = bench.pinned(1).put(0, 1);
    try (FloatPointer pageable = new FloatPointer(1f); FloatPointer result = new FloatPointer(-1f)) {
      ok(cudaMemcpyAsync(device, pinned, 4, cudaMemcpyHostToDevice, bench.stream));
      pinned.put(0, 2); // too early
      ok(cudaMemcpyAsync(result, device, 4, cudaMemcpyDeviceToHost, bench.stream));
      assertEquals(-1, result.get());
      ok(cudaStreamSynchronize(bench.stream));
      assertEquals(2, result.get(), "pinned memory is read when the copy runs");
      ok(cudaMemcpyAsync(device, pageable, 4, cudaMemcpyHostToDevice, bench.stream));
      pageable.put(0, 3);
      assertArrayEquals(new float[] {1}, bench.fetch(device, 1), "pageable memory is read at the call");
    }
  }

  @Test
  void pinnedMemoryIsFreedAfterItsCopies() {
    FloatPointer device = bench.device(1);
    FloatPointer pinned = new FloatPointer();
    ok(cudaMallocHost(pinned, 4));
    pinned.put(0, 5);
    ok(cudaMemcpyAsync(device, pinned, 4, cudaMemcpyHostToDevice, bench.stream));
    ok(cudaFreeHost(pinned)); // waits for the copy, as CUDA does
    assertArrayEquals(new float[] {5}, bench.fetch(device, 1));
  }

  @Test
  void whatIsNotFreedIsNamed() {
    Pointer a = new Pointer();
    Pointer b = new Pointer();
    ok(cudaMalloc(a, 123));
    ok(cudaMallocHost(b, 456));
    assertEquals(List.of("1 x stream", "123 bytes of device memory", "456 bytes of pinned memory").stream().sorted().toList(),
        StandIn.leaks().stream().sorted().toList());
    assertEquals(3, StandIn.objects());
    ok(cudaFree(a));
    ok(cudaFreeHost(b));
  }

  @Test
  void aWriteOutsideAnAllocationIsBlamedOnTheWorkThatRan() {
    FloatPointer a = bench.device(4);
    a.position(4).put(1f); // the stand-in's device memory is host memory: this is what a wrong kernel would do
    ok(cudaMemsetAsync(a.position(0), 0, 16, bench.stream));
    int code = cudaStreamSynchronize(bench.stream);
    refused(cudaErrorIllegalAddress, code, "cudaMemsetAsync", "outside an allocation of 16 bytes");
    bench.abandon();
  }

  @Test
  void theDefaultStreamIsRefused() {
    FloatPointer a = bench.device(4);
    refused(cudaErrorInvalidResourceHandle, cudaMemsetAsync(a, 0, 16, null), "cudaMemsetAsync", "default stream");
    refused(cudaErrorInvalidResourceHandle, cudaStreamSynchronize(null), "cudaStreamSynchronize", "default stream");
  }
}
