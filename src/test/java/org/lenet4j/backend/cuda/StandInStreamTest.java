package org.lenet4j.backend.cuda;

import static org.bytedeco.cuda.global.cudart.cudaErrorInvalidResourceHandle;
import static org.bytedeco.cuda.global.cudart.cudaErrorInvalidValue;
import static org.bytedeco.cuda.global.cudart.cudaErrorNotReady;
import static org.bytedeco.cuda.global.cudart.cudaErrorStreamCaptureImplicit;
import static org.bytedeco.cuda.global.cudart.cudaErrorStreamCaptureInvalidated;
import static org.bytedeco.cuda.global.cudart.cudaErrorStreamCaptureUnmatched;
import static org.bytedeco.cuda.global.cudart.cudaErrorStreamCaptureUnsupported;
import static org.bytedeco.cuda.global.cudart.cudaErrorStreamCaptureWrongThread;
import static org.bytedeco.cuda.global.cudart.cudaEventCreate;
import static org.bytedeco.cuda.global.cudart.cudaEventDestroy;
import static org.bytedeco.cuda.global.cudart.cudaEventElapsedTime;
import static org.bytedeco.cuda.global.cudart.cudaEventRecord;
import static org.bytedeco.cuda.global.cudart.cudaEventSynchronize;
import static org.bytedeco.cuda.global.cudart.cudaFree;
import static org.bytedeco.cuda.global.cudart.cudaGraphDestroy;
import static org.bytedeco.cuda.global.cudart.cudaGraphExecDestroy;
import static org.bytedeco.cuda.global.cudart.cudaGraphGetNodes;
import static org.bytedeco.cuda.global.cudart.cudaGraphInstantiate;
import static org.bytedeco.cuda.global.cudart.cudaGraphLaunch;
import static org.bytedeco.cuda.global.cudart.cudaMalloc;
import static org.bytedeco.cuda.global.cudart.cudaMemcpyAsync;
import static org.bytedeco.cuda.global.cudart.cudaMemcpyDeviceToDevice;
import static org.bytedeco.cuda.global.cudart.cudaMemcpyHostToDevice;
import static org.bytedeco.cuda.global.cudart.cudaMemsetAsync;
import static org.bytedeco.cuda.global.cudart.cudaStreamBeginCapture;
import static org.bytedeco.cuda.global.cudart.cudaStreamCaptureModeGlobal;
import static org.bytedeco.cuda.global.cudart.cudaStreamCaptureModeThreadLocal;
import static org.bytedeco.cuda.global.cudart.cudaStreamCreateWithFlags;
import static org.bytedeco.cuda.global.cudart.cudaStreamDestroy;
import static org.bytedeco.cuda.global.cudart.cudaStreamEndCapture;
import static org.bytedeco.cuda.global.cudart.cudaStreamNonBlocking;
import static org.bytedeco.cuda.global.cudart.cudaStreamSynchronize;
import static org.bytedeco.cuda.global.cudart.cudaStreamWaitEvent;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.lenet4j.backend.cuda.Workbench.ok;
import static org.lenet4j.backend.cuda.Workbench.refused;

import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import org.bytedeco.cuda.cudart.CUevent_st;
import org.bytedeco.cuda.cudart.CUgraphExec_st;
import org.bytedeco.cuda.cudart.CUgraph_st;
import org.bytedeco.cuda.cudart.CUstream_st;
import org.bytedeco.javacpp.FloatPointer;
import org.bytedeco.javacpp.Pointer;
import org.bytedeco.javacpp.SizeTPointer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** Streams, capture, graphs and events of the stand-in. */
@Tag("cuda-standin")
class StandInStreamTest {
  private static final int THREAD = cudaStreamCaptureModeThreadLocal;
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
    }
  }

  private CUstream_st secondStream() {
    CUstream_st other = new CUstream_st();
    ok(cudaStreamCreateWithFlags(other, cudaStreamNonBlocking));
    bench.atClose(() -> ok(cudaStreamDestroy(other)));
    return other;
  }

  @Test
  void aGraphReplaysWhatWasCaptured() {
    FloatPointer a = bench.device(1f);
    FloatPointer b = bench.device(1);
    ok(cudaStreamBeginCapture(bench.stream, THREAD));
    ok(cudaMemcpyAsync(b, a, 4, cudaMemcpyDeviceToDevice, bench.stream));
    ok(cudaMemsetAsync(a, 0, 4, bench.stream));
    CUgraph_st graph = new CUgraph_st();
    ok(cudaStreamEndCapture(bench.stream, graph));
    assertTrue(Float.isNaN(bench.fetch(b, 1)[0]), "captured work does not run");
    try (SizeTPointer count = new SizeTPointer(1)) {
      ok(cudaGraphGetNodes(graph, null, count));
      assertEquals(2, count.get());
    }
    CUgraphExec_st exec = new CUgraphExec_st();
    ok(cudaGraphInstantiate(exec, graph, 0));
    ok(cudaGraphDestroy(graph));
    ok(cudaGraphLaunch(exec, bench.stream));
    assertArrayEquals(new float[] {1}, bench.fetch(b, 1));
    ok(cudaGraphLaunch(exec, bench.stream));
    assertArrayEquals(new float[] {0}, bench.fetch(b, 1), "the second time the source is 0");
    assertEquals(List.of(), StandIn.violations());
    ok(cudaGraphExecDestroy(exec));
    refused(cudaErrorInvalidResourceHandle, cudaGraphLaunch(exec, bench.stream), "cudaGraphLaunch", "destroyed");
    refused(cudaErrorInvalidValue, cudaGraphDestroy(graph), "cudaGraphDestroy", "destroyed");
  }

  @Test
  void aGraphWhoseMemoryIsGoneIsRefused() {
    Pointer a = new Pointer();
    ok(cudaMalloc(a, 4));
    ok(cudaStreamBeginCapture(bench.stream, THREAD));
    ok(cudaMemsetAsync(a, 0, 4, bench.stream));
    CUgraph_st graph = new CUgraph_st();
    ok(cudaStreamEndCapture(bench.stream, graph));
    CUgraphExec_st exec = new CUgraphExec_st();
    ok(cudaGraphInstantiate(exec, graph, 0));
    ok(cudaFree(a));
    refused(cudaErrorInvalidValue, cudaGraphLaunch(exec, bench.stream), "cudaGraphLaunch", "cudaMemsetAsync", "freed");
    ok(cudaGraphDestroy(graph));
    ok(cudaGraphExecDestroy(exec));
  }

  @Test
  void nothingIsAllocatedFreedOrAwaitedInACapture() {
    FloatPointer a = bench.device(4);
    CUgraph_st graph = new CUgraph_st();
    ok(cudaStreamBeginCapture(bench.stream, THREAD));
    refused(cudaErrorStreamCaptureUnsupported, cudaMalloc(new Pointer(), 4), "cudaMalloc", "captures");
    assertEquals(cudaErrorStreamCaptureInvalidated, cudaStreamEndCapture(bench.stream, graph));
    ok(cudaStreamBeginCapture(bench.stream, THREAD));
    refused(cudaErrorStreamCaptureUnsupported, cudaFree(a), "cudaFree", "captures");
    assertEquals(cudaErrorStreamCaptureInvalidated, cudaStreamEndCapture(bench.stream, graph));
    ok(cudaStreamBeginCapture(bench.stream, THREAD));
    refused(cudaErrorStreamCaptureUnsupported, cudaStreamSynchronize(bench.stream), "cudaStreamSynchronize", "captures");
    assertEquals(cudaErrorStreamCaptureInvalidated, cudaStreamEndCapture(bench.stream, graph));
    ok(cudaMemsetAsync(a, 0, 16, bench.stream)); // it was not freed
  }

  @Test
  void otherThreadsMayAllocateWhileOneCaptures() {
    ok(cudaStreamBeginCapture(bench.stream, THREAD));
    Pointer a = new Pointer();
    ok(CompletableFuture.supplyAsync(() -> cudaMalloc(a, 4)).join());
    int code = CompletableFuture.supplyAsync(() -> cudaMemsetAsync(a, 0, 4, bench.stream)).join();
    refused(cudaErrorStreamCaptureWrongThread, code, "cudaMemsetAsync", "another thread");
    CUgraph_st graph = new CUgraph_st();
    ok(cudaStreamEndCapture(bench.stream, graph));
    ok(cudaGraphDestroy(graph));
    ok(cudaFree(a));
  }

  @Test
  void anotherStreamInACaptureIsRefused() {
    FloatPointer a = bench.device(4);
    CUstream_st other = secondStream();
    ok(cudaStreamBeginCapture(bench.stream, THREAD));
    refused(cudaErrorStreamCaptureImplicit, cudaMemsetAsync(a, 0, 16, other), "cudaMemsetAsync", "another stream");
    assertEquals(cudaErrorStreamCaptureInvalidated, cudaStreamEndCapture(bench.stream, new CUgraph_st()));
  }

  @Test
  void aCapturedCopyNeedsPinnedMemory() {
    FloatPointer a = bench.device(1);
    FloatPointer pinned = bench.pinned(1);
    ok(cudaStreamBeginCapture(bench.stream, THREAD));
    ok(cudaMemcpyAsync(a, pinned, 4, cudaMemcpyHostToDevice, bench.stream));
    try (FloatPointer pageable = new FloatPointer(1)) {
      int code = cudaMemcpyAsync(a, pageable, 4, cudaMemcpyHostToDevice, bench.stream);
      refused(cudaErrorInvalidValue, code, "cudaMemcpyAsync", "pinned");
    }
    CUgraph_st graph = new CUgraph_st();
    ok(cudaStreamEndCapture(bench.stream, graph));
    ok(cudaGraphDestroy(graph));
  }

  @Test
  void captureBeginsAndEndsInPairs() {
    CUgraph_st graph = new CUgraph_st();
    refused(cudaErrorStreamCaptureUnmatched, cudaStreamEndCapture(bench.stream, graph), "cudaStreamEndCapture", "not being captured");
    int code = cudaStreamBeginCapture(bench.stream, cudaStreamCaptureModeGlobal);
    refused(cudaErrorInvalidValue, code, "cudaStreamBeginCapture", "thread-local");
    refused(cudaErrorInvalidResourceHandle, cudaStreamBeginCapture(null, THREAD), "cudaStreamBeginCapture", "default stream");
  }

  @Test
  void aStreamThatWaitsForTheDefaultStreamIsRefused() {
    refused(cudaErrorInvalidValue, cudaStreamCreateWithFlags(new CUstream_st(), 0), "cudaStreamCreateWithFlags", "default stream");
  }

  @Test
  void refusedCapturesSayThatTheyAreNotSupported() {
    CUgraph_st graph = new CUgraph_st();
    StandIn.refuseCapture(StandIn.Refusal.BEGIN);
    assertEquals(cudaErrorStreamCaptureUnsupported, cudaStreamBeginCapture(bench.stream, THREAD));
    StandIn.refuseCapture(StandIn.Refusal.END);
    ok(cudaStreamBeginCapture(bench.stream, THREAD));
    assertEquals(cudaErrorStreamCaptureInvalidated, cudaStreamEndCapture(bench.stream, graph));
    StandIn.refuseCapture(StandIn.Refusal.INSTANTIATE);
    ok(cudaStreamBeginCapture(bench.stream, THREAD));
    ok(cudaStreamEndCapture(bench.stream, graph));
    assertEquals(cudaErrorStreamCaptureUnsupported, cudaGraphInstantiate(new CUgraphExec_st(), graph, 0));
    ok(cudaGraphDestroy(graph));
    assertEquals(List.of(), StandIn.violations());
  }

  @Test
  void aDestroyedStreamIsRecognised() {
    CUstream_st other = new CUstream_st();
    ok(cudaStreamCreateWithFlags(other, cudaStreamNonBlocking));
    ok(cudaStreamDestroy(other));
    refused(cudaErrorInvalidResourceHandle, cudaStreamSynchronize(other), "cudaStreamSynchronize", "destroyed");
    refused(cudaErrorInvalidResourceHandle, cudaStreamDestroy(other), "cudaStreamDestroy", "destroyed");
  }

  @Test
  void eventsMeasureWhatRan() {
    FloatPointer a = bench.device(4);
    CUevent_st before = new CUevent_st();
    CUevent_st after = new CUevent_st();
    ok(cudaEventCreate(before));
    ok(cudaEventCreate(after));
    float[] milliseconds = {-1};
    ok(cudaEventRecord(before, bench.stream));
    ok(cudaMemsetAsync(a, 0, 16, bench.stream));
    ok(cudaEventRecord(after, bench.stream));
    refused(cudaErrorNotReady, cudaEventElapsedTime(milliseconds, before, after), "cudaEventElapsedTime", "waited");
    ok(cudaEventSynchronize(after));
    ok(cudaEventElapsedTime(milliseconds, before, after));
    assertTrue(milliseconds[0] >= 0);
    ok(cudaEventDestroy(before));
    ok(cudaEventDestroy(after));
    refused(cudaErrorInvalidResourceHandle, cudaEventDestroy(after), "cudaEventDestroy", "destroyed");
  }

  /** What x holds after one stream wrote 1 and another, later, 2. */
  private float lastOfTwo(CUstream_st other, CUevent_st between) {
    FloatPointer x = bench.device(1);
    FloatPointer one = bench.device(1f);
    FloatPointer two = bench.device(2f);
    ok(cudaStreamSynchronize(bench.stream)); // uploaded
    ok(cudaMemcpyAsync(x, one, 4, cudaMemcpyDeviceToDevice, bench.stream));
    if (between != null) {
      ok(cudaEventRecord(between, bench.stream));
      ok(cudaStreamWaitEvent(other, between, 0));
    }
    ok(cudaMemcpyAsync(x, two, 4, cudaMemcpyDeviceToDevice, other));
    ok(cudaStreamSynchronize(bench.stream));
    ok(cudaStreamSynchronize(other));
    return bench.fetch(x, 1)[0];
  }

  @Test
  void streamsRunAtTheSameTime() {
    CUstream_st other = secondStream();
    Set<Float> seen = new HashSet<>();
    for (int i = 0; i < 64 && seen.size() < 2; i++) {
      seen.add(lastOfTwo(other, null));
    }
    assertEquals(Set.of(1f, 2f), seen, "nothing says which of the two comes first");
    assertEquals(List.of(), StandIn.violations());
  }

  @Test
  void aStreamWaitsForAnEventOfAnother() {
    CUstream_st other = secondStream();
    CUevent_st between = new CUevent_st();
    ok(cudaEventCreate(between));
    for (int i = 0; i < 64; i++) {
      assertEquals(2f, lastOfTwo(other, between));
    }
    ok(cudaEventDestroy(between));
    refused(cudaErrorInvalidResourceHandle, cudaStreamWaitEvent(other, between, 0), "cudaStreamWaitEvent", "destroyed");
  }

  @Test
  void streamsOfSeveralThreadsDoNotDisturbEachOther() {
    List<CompletableFuture<float[]>> results = List.of(1f, 2f, 3f, 4f).stream().map(value -> CompletableFuture.supplyAsync(() -> {
      try (Workbench own = new Workbench()) {
        FloatPointer a = own.device(value, value);
        FloatPointer b = own.device(2);
        for (int i = 0; i < 200; i++) {
          ok(cudaMemcpyAsync(b, a, 8, cudaMemcpyDeviceToDevice, own.stream));
          ok(cudaMemcpyAsync(a, b, 8, cudaMemcpyDeviceToDevice, own.stream));
          assertArrayEquals(new float[] {value, value}, own.fetch(a, 2));
        }
        return own.fetch(b, 2);
      }
    })).toList();
    for (int i = 0; i < 4; i++) {
      assertArrayEquals(new float[] {i + 1, i + 1}, results.get(i).join());
    }
    assertEquals(List.of(), StandIn.violations());
  }
}
