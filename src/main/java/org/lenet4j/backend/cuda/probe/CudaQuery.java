package org.lenet4j.backend.cuda.probe;

import static org.bytedeco.cuda.global.cudart.cudaDevAttrComputeCapabilityMajor;
import static org.bytedeco.cuda.global.cudart.cudaDevAttrComputeCapabilityMinor;
import static org.bytedeco.cuda.global.cudart.cudaDeviceGetAttribute;
import static org.bytedeco.cuda.global.cudart.cudaDriverGetVersion;
import static org.bytedeco.cuda.global.cudart.cudaErrorInsufficientDriver;
import static org.bytedeco.cuda.global.cudart.cudaErrorNoDevice;
import static org.bytedeco.cuda.global.cudart.cudaErrorStubLibrary;
import static org.bytedeco.cuda.global.cudart.cudaGetDeviceCount;
import static org.bytedeco.cuda.global.cudart.cudaGetErrorString;
import static org.bytedeco.cuda.global.cudart.cudaRuntimeGetVersion;
import static org.bytedeco.cuda.global.cudnn.cudnnGetVersion;

/** Asks the loaded CUDA runtime what there is. None of these calls makes a context, which takes 200 ms and memory on the device. */
public final class CudaQuery {
  /** The least: our kernels are compiled for compute_75, a Turing of 2018. CUDA 13 takes nothing older either. */
  static final int LEAST_CAPABILITY = 75;

  private static final int BLACKWELL = 100;
  private static final int FIRST_CUDNN_FOR_BLACKWELL = 90_700;

  private CudaQuery() {}

  /** How many devices there are; 0 if CUDA cannot be asked. */
  public static int count() {
    int[] count = new int[1];
    return cudaGetDeviceCount(count) == 0 ? count[0] : 0;
  }

  /** Why a device cannot be used, or null if it can. */
  public static String whyNot(int device) {
    int[] count = new int[1];
    int code = cudaGetDeviceCount(count);
    int[] served = new int[1];
    if (isStub(code, code == cudaErrorInsufficientDriver && cudaDriverGetVersion(served) == 0 ? served[0] : -1)) {
      return "the libcuda.so.1 that was found is a stub of the driver, not the driver: take its folder out of LD_LIBRARY_PATH, or"
          + " install the driver";
    }
    if (code == cudaErrorInsufficientDriver) {
      return "the driver is too old: it is for CUDA " + driver() + ", the CUDA runtime found is " + runtime() + "; update the driver";
    }
    if (code == cudaErrorNoDevice || code == 0 && count[0] == 0) {
      return "there is a driver but no NVIDIA device" + visible();
    }
    if (code != 0) {
      return failed("cudaGetDeviceCount", code);
    }
    if (device >= count[0]) {
      return "there is no device " + device + ", " + (count[0] == 1 ? "only cuda:0" : "only cuda:0 to cuda:" + (count[0] - 1)) + visible();
    }
    int capability = capability(device);
    return capability < 0 ? failed("cudaDeviceGetAttribute", -capability) : tooLow(capability / 10, capability % 10);
  }

  /** The toolkit's stub says it with a code; an older one that it serves version 0. */
  public static boolean isStub(int code, int served) {
    return code == cudaErrorStubLibrary || code == cudaErrorInsufficientDriver && served == 0;
  }

  /** That of a device, 90 for 9.0; if it cannot be asked, the runtime's code for why, negative. */
  static int capability(int device) {
    int[] major = new int[1];
    int[] minor = new int[1];
    int code = cudaDeviceGetAttribute(major, cudaDevAttrComputeCapabilityMajor, device);
    code = code == 0 ? cudaDeviceGetAttribute(minor, cudaDevAttrComputeCapabilityMinor, device) : code;
    return code == 0 ? 10 * major[0] + minor[0] : -code;
  }

  /** Why cuBLAS and cuDNN cannot be used on a device of some compute capability, 90 for 9.0; null if they can. */
  public static String whyNotCudnn(int capability) {
    String reason = CudaLibraries.whyNotCudnn();
    return reason == null ? tooNew(capability, cudnnGetVersion()) : reason;
  }

  /** cuDNN 9.5's header ends at compute capability 9.0, and the cuBLAS of its time, 12.6, does too; 9.7 and 12.8 came with Blackwell. */
  public static String tooNew(int capability, long cudnn) {
    return capability < BLACKWELL || cudnn >= FIRST_CUDNN_FOR_BLACKWELL ? null : "cuDNN " + CudaInfo.cudnn(cudnn)
        + " is older than the device, whose compute capability is " + capability / 10 + "." + capability % 10
        + ": it takes cuDNN 9.7 and CUDA 12.8, or newer ones";
  }

  private static String visible() {
    String visible = System.getenv("CUDA_VISIBLE_DEVICES");
    return visible == null ? "" : " (CUDA_VISIBLE_DEVICES is '" + visible + "')";
  }

  public static String tooLow(int major, int minor) {
    return 10 * major + minor >= LEAST_CAPABILITY ? null : "the device has compute capability " + major + "." + minor + ", the least is "
        + LEAST_CAPABILITY / 10 + "." + LEAST_CAPABILITY % 10;
  }

  private static String failed(String call, int code) {
    return call + " failed with " + code + ": " + cudaGetErrorString(code).getString();
  }

  /** The newest CUDA that the driver can serve. */
  public static String driver() {
    int[] version = new int[1];
    return cudaDriverGetVersion(version) == 0 ? version(version[0]) : "unknown";
  }

  /** The CUDA that the runtime's library is of. */
  static String runtime() {
    int[] version = new int[1];
    return cudaRuntimeGetVersion(version) == 0 ? version(version[0]) : "unknown";
  }

  /** 13010 is 13.1. */
  public static String version(int number) {
    return number / 1000 + "." + number % 1000 / 10;
  }
}
