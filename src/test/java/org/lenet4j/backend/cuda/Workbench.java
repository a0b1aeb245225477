package org.lenet4j.backend.cuda;

import static org.bytedeco.cuda.global.cudart.cudaFree;
import static org.bytedeco.cuda.global.cudart.cudaFreeHost;
import static org.bytedeco.cuda.global.cudart.cudaMalloc;
import static org.bytedeco.cuda.global.cudart.cudaMallocHost;
import static org.bytedeco.cuda.global.cudart.cudaMemcpyAsync;
import static org.bytedeco.cuda.global.cudart.cudaMemcpyDeviceToHost;
import static org.bytedeco.cuda.global.cudart.cudaMemcpyHostToDevice;
import static org.bytedeco.cuda.global.cudart.cudaSetDevice;
import static org.bytedeco.cuda.global.cudart.cudaStreamCreateWithFlags;
import static org.bytedeco.cuda.global.cudart.cudaStreamDestroy;
import static org.bytedeco.cuda.global.cudart.cudaStreamNonBlocking;
import static org.bytedeco.cuda.global.cudart.cudaStreamSynchronize;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import org.bytedeco.cuda.cudart.CUstream_st;
import org.bytedeco.javacpp.FloatPointer;
import org.bytedeco.javacpp.Pointer;

/** A stream and some memory for tests that call JavaCPP directly. Closing it leaves nothing behind. */
final class Workbench implements AutoCloseable {
  static final FloatPointer ONE = new FloatPointer(1f);
  static final FloatPointer ZERO = new FloatPointer(0f);

  private final Deque<Runnable> closing = new ArrayDeque<>();
  final CUstream_st stream = new CUstream_st();

  Workbench() {
    ok(cudaSetDevice(0));
    ok(cudaStreamCreateWithFlags(stream, cudaStreamNonBlocking));
    atClose(() -> ok(cudaStreamDestroy(stream)));
  }

  /** What is done last to first when the bench is closed. */
  void atClose(Runnable action) {
    closing.push(action);
  }

  /** Device memory full of NaN. */
  FloatPointer device(int floats) {
    FloatPointer memory = new FloatPointer();
    ok(cudaMalloc(memory, 4L * floats));
    atClose(() -> ok(cudaFree(memory)));
    return memory;
  }

  /** Device memory with these values. */
  FloatPointer device(float... values) {
    FloatPointer memory = device(values.length);
    try (FloatPointer host = new FloatPointer(values)) {
      ok(cudaMemcpyAsync(memory, host, 4L * values.length, cudaMemcpyHostToDevice, stream));
    }
    return memory;
  }

  FloatPointer pinned(int floats) {
    FloatPointer memory = new FloatPointer();
    ok(cudaMallocHost(memory, 4L * floats));
    atClose(() -> ok(cudaFreeHost(memory)));
    return memory.capacity(floats);
  }

  /** Waits for the stream and fetches. */
  float[] fetch(Pointer device, int floats) {
    try (FloatPointer host = new FloatPointer(floats)) {
      ok(cudaMemcpyAsync(host, device, 4L * floats, cudaMemcpyDeviceToHost, stream));
      ok(cudaStreamSynchronize(stream));
      float[] values = new float[floats];
      host.get(values);
      return values;
    }
  }

  static void ok(int code) {
    assertEquals(0, code, () -> StandIn.violations().toString());
  }

  /** The call returned this code, and the violation that it recorded names it and says these words. */
  static void refused(int expected, int code, String call, String... words) {
    assertNotEquals(0, code, "the call was not refused");
    assertEquals(expected, code, () -> StandIn.violations().toString());
    List<String> violations = StandIn.violations();
    String last = violations.isEmpty() ? "" : violations.get(violations.size() - 1);
    assertTrue(last.startsWith(call + ": "), "'" + last + "' does not name " + call);
    for (String word : words) {
      assertTrue(last.contains(word), "'" + last + "' does not say '" + word + "'");
    }
  }

  /** Forgets all that there is, after a fault that no call survives. */
  void abandon() {
    closing.clear();
    StandIn.reset();
  }

  @Override public void close() {
    closing.forEach(Runnable::run);
  }
}
