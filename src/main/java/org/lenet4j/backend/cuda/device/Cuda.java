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
import org.bytedeco.javacpp.BytePointer;
import org.bytedeco.javacpp.PointerPointer;
import org.bytedeco.javacpp.SizeTPointer;
import org.lenet4j.backend.NativeException;

/** The CUDA runtime and driver: their errors, and what is asked of the device itself. */
public final class Cuda {
  private static final int SUCCESS = 0;

  private Cuda() {}

  /** Throws unless a call of the runtime succeeded. */
  public static void check(int code, String call) {
    if (code != SUCCESS) {
      cudaGetLastError(); // or the next call that asks for it would report this one
      throw new NativeException("cuda", call, code, cudaGetErrorName(code).getString() + ", " + cudaGetErrorString(code).getString());
    }
  }

  /** Throws unless a call of the driver succeeded. */
  public static void checkDriver(int code, String call) {
    if (code != SUCCESS) {
      try (PointerPointer<BytePointer> name = new PointerPointer<>(1); PointerPointer<BytePointer> text = new PointerPointer<>(1)) {
        boolean known = cuGetErrorName(code, name) == SUCCESS && cuGetErrorString(code, text) == SUCCESS;
        throw new NativeException("cuda driver", call, code, known
            ? name.get(BytePointer.class).getString() + ", " + text.get(BytePointer.class).getString() : "an unknown error");
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
