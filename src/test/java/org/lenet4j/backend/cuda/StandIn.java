package org.lenet4j.backend.cuda;

import static org.bytedeco.cuda.global.cudart.CUDART_VERSION;
import static org.bytedeco.cuda.global.cudart.cudaRuntimeGetVersion;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteOrder;
import java.nio.MappedByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.bytedeco.cuda.global.cudart;
import org.bytedeco.javacpp.Loader;
import org.junit.jupiter.api.Assumptions;

/** The switchboard of the stand-in for CUDA: faults to order, settings, what was recorded. Its layout is that of native/control.h. */
final class StandIn {
  /** What a call is to fail with, in its library's own code. After all but the first the context is lost, and every call fails. */
  enum Fault { NONE, OUT_OF_MEMORY, LAUNCH_FAILURE, DEVICE_LOST }

  /** Which call refuses stream capture. */
  enum Refusal { NONE, BEGIN, END, INSTANTIATE }

  /** The CUDA that the bindings are for, 12 or 13: the stand-in says that its driver and its runtime are of version CUDA.0. */
  static final int CUDA = CUDART_VERSION / 1000;

  private static final String FOLDER = System.getenv("LENET4J_STANDIN");
  private static final int NAME_BYTES = 64;
  private static final int LEAKS = 1;
  private static final int COUNTS = 2;
  private static final int RESET = 3;
  private static MappedByteBuffer control;

  private StandIn() {}

  /** Whether this process runs on the stand-in. */
  static boolean isThere() {
    return FOLDER != null && Files.exists(Path.of(FOLDER, "libcudart.so." + CUDA));
  }

  /** Whether a test of this process ran on it. */
  static boolean wasUsed() {
    return control != null;
  }

  /** Skips the test where there is no stand-in; otherwise forgets all that happened before. */
  static void assume() {
    Assumptions.assumeTrue(isThere(), "no stand-in for CUDA: it is built on Linux x86-64 where g++ is found");
    if (control == null) {
      Loader.load(cudart.class); // the stand-in makes the file when it is loaded
      Path file = Path.of(FOLDER, "control-" + ProcessHandle.current().pid());
      try (FileChannel channel = FileChannel.open(file, StandardOpenOption.READ, StandardOpenOption.WRITE)) {
        control = channel.map(FileChannel.MapMode.READ_WRITE, 0, channel.size());
        control.order(ByteOrder.LITTLE_ENDIAN);
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }
    reset();
  }

  /** Forgets all objects, memory, violations, counts and faults; a lost device is back, and settings are as at the start. */
  static void reset() {
    request(RESET);
  }

  // ---- settings ----

  /** At most 16. */
  static void devices(int count) {
    control.putInt(0, count);
  }

  /** As {@code cudaDriverGetVersion}: 13000 is 13.0. */
  static void driverVersion(int version) {
    control.putInt(4, version);
  }

  static void computeCapability(int major, int minor) {
    control.putInt(8, major);
    control.putInt(12, minor);
  }

  /** Of one device, 70 for 7.0. */
  static void computeCapabilityOf(int device, int capability) {
    control.put(232 + device, (byte) capability);
  }

  /** Size of each device's memory. */
  static void memory(long bytes) {
    control.putLong(16, bytes);
  }

  /** Whether cublasLt finds algorithms for products with an epilogue. */
  static void ltEpilogues(boolean found) {
    control.putInt(24, found ? 1 : 0);
  }

  /** What cuDNN's forward algorithm with precomputed indices wants for itself besides what it needs. */
  static void indexBytes(long bytes) {
    control.putLong(216, bytes);
  }

  static void refuseCapture(Refusal by) {
    control.putInt(28, by.ordinal());
  }

  // ---- faults ----

  /** The n-th call from now fails; the first is 1. */
  static void fail(long n, Fault fault) {
    fail("", n, fault);
  }

  /** The n-th call of that name from now fails. */
  static void fail(String call, long n, Fault fault) {
    control.put(48, bytes(call));
    control.putInt(32, fault.ordinal());
    control.putLong(40, n);
  }

  /** The call that the last fault hit, or "". */
  static String failedCall() {
    return text(152, NAME_BYTES);
  }

  /** Whether the last fault hit a thread that captured a stream. */
  static boolean failedInCapture() {
    return control.getInt(148) != 0;
  }

  // ---- what happened ----

  /** Of the order of threads, blocks and streams; {@code LENET4J_STANDIN_SEED} sets it. */
  static long seed() {
    return control.getLong(248);
  }

  /** Calls since the last reset that can fail. */
  static long calls() {
    return control.getLong(112);
  }

  /** Objects alive: allocations, streams, handles, descriptors, modules, graphs. */
  static long objects() {
    return control.getLong(120);
  }

  /** Device memory allocated. */
  static long bytes() {
    return control.getLong(128);
  }

  /** What was done wrong: the call and the reason. */
  static List<String> violations() {
    return text(256, 32768 - 256).lines().toList();
  }

  /** What is alive, a line a kind or allocation. */
  static List<String> leaks() {
    return request(LEAKS).lines().toList();
  }

  /** How often each function was called. */
  static Map<String, Long> counts() {
    Map<String, Long> counts = new HashMap<>();
    request(COUNTS).lines().map(line -> line.split(" ")).forEach(words -> counts.put(words[0], Long.parseLong(words[1])));
    return counts;
  }

  private static String request(int what) {
    control.putInt(36, what);
    cudaRuntimeGetVersion(new int[1]); // answers
    return text(32768, 32768);
  }

  private static byte[] bytes(String name) {
    byte[] bytes = new byte[NAME_BYTES];
    byte[] ascii = name.getBytes(StandardCharsets.US_ASCII);
    System.arraycopy(ascii, 0, bytes, 0, ascii.length);
    return bytes;
  }

  private static String text(int offset, int length) {
    byte[] bytes = new byte[length];
    control.get(offset, bytes);
    int end = 0;
    while (end < length && bytes[end] != 0) {
      end++;
    }
    return new String(bytes, 0, end, StandardCharsets.UTF_8);
  }
}
