package org.lenet4j.backend.cuda.device;

import static org.bytedeco.cuda.global.cudart.cuDeviceGet;
import static org.bytedeco.cuda.global.cudart.cuDeviceGetName;
import static org.bytedeco.cuda.global.cudart.cuGetErrorName;
import static org.bytedeco.cuda.global.cudart.cuGetErrorString;
import static org.bytedeco.cuda.global.cudart.cudaDevAttrComputeCapabilityMajor;
import static org.bytedeco.cuda.global.cudart.cudaDevAttrComputeCapabilityMinor;
import static org.bytedeco.cuda.global.cudart.cudaDeviceGetAttribute;
import static org.bytedeco.cuda.global.cudart.cudaGetDeviceCount;
import static org.bytedeco.cuda.global.cudart.cudaGetErrorName;
import static org.bytedeco.cuda.global.cudart.cudaGetErrorString;
import static org.bytedeco.cuda.global.cudart.cudaGetLastError;
import static org.bytedeco.cuda.global.cudart.cudaMemGetInfo;
import static org.bytedeco.cuda.global.cudart.cudaSetDevice;

import java.nio.charset.StandardCharsets;
import java.util.Set;
import org.bytedeco.javacpp.BytePointer;
import org.bytedeco.javacpp.PointerPointer;
import org.bytedeco.javacpp.SizeTPointer;
import org.lenet4j.backend.NativeException;

/** The CUDA runtime and driver: their errors, and what is asked of the device itself. */
public final class Cuda {
  private static final int SUCCESS = 0;

  /**
   * An uncorrectable error of memory, an illegal address, a kernel out of its time, an assertion, a broken stack, an illegal instruction, a
   * misaligned address, a wrong address space, a wrong place in the program, a failed launch. Of all but the first CUDA's reference of
   * cudaError says that further work will return the same error, and the process must be ended. Runtime and driver have the same numbers.
   */
  private static final Set<Integer> LOST = Set.of(214, 700, 702, 710, 714, 715, 716, 717, 718, 719);

  private static volatile NativeException lost; // the first that said so, or null

  private Cuda() {}

  /** Throws unless a call of the runtime succeeded. */
  public static void check(int code, String call) {
    if (code != SUCCESS) {
      cudaGetLastError(); // or the next call that asks for it would report this one
      String meaning = cudaGetErrorName(code).getString() + ", " + cudaGetErrorString(code).getString();
      throw LOST.contains(code) ? lost("cuda", call, code, meaning) : new NativeException("cuda", call, code, meaning);
    }
  }

  /** What every call says once the context is lost: what the first of them has met. */
  private static synchronized NativeException lost(String library, String call, int code, String meaning) {
    if (lost == null) {
      lost = new NativeException(library, call, code, meaning + "; the GPU is lost to this process, with all that it had there: start it"
          + " again");
    }
    return new NativeException(lost);
  }

  /** Whether the GPU is lost to this process: nothing that is tried on it can succeed. */
  public static boolean isLost(NativeException e) {
    return LOST.contains(e.code()) && e.library().startsWith("cuda");
  }

  /** Throws if the GPU is lost: cuBLAS and cuDNN have codes of their own, and say of it only that something failed. */
  static void checkLost(String call) {
    try (SizeTPointer free = new SizeTPointer(1); SizeTPointer total = new SizeTPointer(1)) {
      int code = cudaMemGetInfo(free, total); // which returns what has become of earlier work, too
      if (LOST.contains(code)) {
        check(code, call);
      }
    }
  }

  /** What was lost is back: a device could be opened. */
  static void found() {
    lost = null;
  }

  /** Throws unless a call of the driver succeeded. */
  public static void checkDriver(int code, String call) {
    if (code != SUCCESS) {
      try (PointerPointer<BytePointer> name = new PointerPointer<>(1); PointerPointer<BytePointer> text = new PointerPointer<>(1)) {
        boolean known = cuGetErrorName(code, name) == SUCCESS && cuGetErrorString(code, text) == SUCCESS;
        String meaning = known ? name.get(BytePointer.class).getString() + ", " + text.get(BytePointer.class).getString()
            : "an unknown error";
        throw LOST.contains(code) ? lost("cuda driver", call, code, meaning) : new NativeException("cuda driver", call, code, meaning);
      }
    }
  }

  /**
   * Makes a device that of the calling thread, as CUDA has one a thread: all that is made, launched and freed from then on is for that
   * one. Two places call this and nothing else need: each call of a program begins with it, on whatever thread, and {@link Natives} before
   * they free.
   */
  public static void enter(int device) {
    check(cudaSetDevice(device), "cudaSetDevice");
  }

  /** How many devices CUDA sees. */
  public static int devices() {
    int[] count = new int[1];
    check(cudaGetDeviceCount(count), "cudaGetDeviceCount");
    return count[0];
  }

  /** A device's name, for example {@code NVIDIA H100}. */
  public static String deviceName(int number) {
    int[] device = new int[1];
    byte[] name = new byte[256];
    checkDriver(cuDeviceGet(device, number), "cuDeviceGet");
    checkDriver(cuDeviceGetName(name, name.length, device[0]), "cuDeviceGetName");
    int length = 0;
    while (length < name.length && name[length] != 0) {
      length++;
    }
    return new String(name, 0, length, StandardCharsets.UTF_8);
  }

  /** A device's compute capability, 90 for 9.0. */
  public static int capability(int device) {
    return 10 * attribute(cudaDevAttrComputeCapabilityMajor, device) + attribute(cudaDevAttrComputeCapabilityMinor, device);
  }

  private static int attribute(int which, int device) {
    int[] value = new int[1];
    check(cudaDeviceGetAttribute(value, which, device), "cudaDeviceGetAttribute");
    return value[0];
  }

  /** Bytes that nobody has, of the memory of the calling thread's device. */
  public static long freeMemory() {
    try (SizeTPointer free = new SizeTPointer(1); SizeTPointer total = new SizeTPointer(1)) {
      check(cudaMemGetInfo(free, total), "cudaMemGetInfo");
      return free.get();
    }
  }
}
