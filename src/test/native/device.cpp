// Devices, versions and the names of errors.

#include <map>

#include "state.h"

namespace standin {

struct Description {
  const char* runtime;
  const char* driver;
  const char* text;
};

static Description describe(int code) {
  static const std::map<int, Description> known = {
      {cuda::success,
          {"cudaSuccess", "CUDA_SUCCESS", "no error"}},
      {cuda::invalidValue,
          {"cudaErrorInvalidValue", "CUDA_ERROR_INVALID_VALUE", "invalid argument"}},
      {cuda::memoryAllocation,
          {"cudaErrorMemoryAllocation", "CUDA_ERROR_OUT_OF_MEMORY", "out of memory"}},
      {cuda::initialization,
          {"cudaErrorInitializationError", "CUDA_ERROR_NOT_INITIALIZED", "initialization error"}},
      {cuda::insufficientDriver,
          {"cudaErrorInsufficientDriver", "CUDA_ERROR_STUB_LIBRARY", "CUDA driver version is insufficient for CUDA runtime version"}},
      {cuda::noDevice,
          {"cudaErrorNoDevice", "CUDA_ERROR_NO_DEVICE", "no CUDA-capable device is detected"}},
      {cuda::invalidDevice,
          {"cudaErrorInvalidDevice", "CUDA_ERROR_INVALID_DEVICE", "invalid device ordinal"}},
      {cuda::invalidContext,
          {"cudaErrorDeviceUninitialized", "CUDA_ERROR_INVALID_CONTEXT", "invalid device context"}},
      {cuda::noKernelImage,
          {"cudaErrorNoKernelImageForDevice", "CUDA_ERROR_NO_BINARY_FOR_GPU", "no kernel image is available for execution on the device"}},
      {cuda::eccUncorrectable,
          {"cudaErrorECCUncorrectable", "CUDA_ERROR_ECC_UNCORRECTABLE", "uncorrectable ECC error encountered"}},
      {cuda::invalidPtx,
          {"cudaErrorInvalidPtx", "CUDA_ERROR_INVALID_PTX", "a PTX JIT compilation failed"}},
      {cuda::unsupportedPtxVersion,
          {"cudaErrorUnsupportedPtxVersion", "CUDA_ERROR_UNSUPPORTED_PTX_VERSION", "the provided PTX was compiled with an unsupported toolchain."}},
      {cuda::invalidHandle,
          {"cudaErrorInvalidResourceHandle", "CUDA_ERROR_INVALID_HANDLE", "invalid resource handle"}},
      {cuda::notFound,
          {"cudaErrorSymbolNotFound", "CUDA_ERROR_NOT_FOUND", "named symbol not found"}},
      {cuda::notReady,
          {"cudaErrorNotReady", "CUDA_ERROR_NOT_READY", "device not ready"}},
      {cuda::illegalAddress,
          {"cudaErrorIllegalAddress", "CUDA_ERROR_ILLEGAL_ADDRESS", "an illegal memory access was encountered"}},
      {cuda::launchFailure,
          {"cudaErrorLaunchFailure", "CUDA_ERROR_LAUNCH_FAILED", "unspecified launch failure"}},
      {cuda::captureUnsupported,
          {"cudaErrorStreamCaptureUnsupported", "CUDA_ERROR_STREAM_CAPTURE_UNSUPPORTED", "operation not permitted when stream is capturing"}},
      {cuda::captureInvalidated,
          {"cudaErrorStreamCaptureInvalidated", "CUDA_ERROR_STREAM_CAPTURE_INVALIDATED", "operation failed due to a previous error during capture"}},
      {cuda::captureUnmatched,
          {"cudaErrorStreamCaptureUnmatched", "CUDA_ERROR_STREAM_CAPTURE_UNMATCHED", "capture was not initiated in this stream"}},
      {cuda::captureImplicit,
          {"cudaErrorStreamCaptureImplicit", "CUDA_ERROR_STREAM_CAPTURE_IMPLICIT", "operation would make the legacy stream depend on a capturing blocking stream"}},
      {cuda::captureWrongThread,
          {"cudaErrorStreamCaptureWrongThread", "CUDA_ERROR_STREAM_CAPTURE_WRONG_THREAD", "attempt to terminate a thread-local capture sequence from another thread"}},
  };
  auto found = known.find(code);
  return found == known.end() ? Description{"cudaErrorUnknown", "CUDA_ERROR_UNKNOWN", "unknown error"} : found->second;
}

API const char* cudaGetErrorName(int code) { return describe(code).runtime; }

API const char* cudaGetErrorString(int code) { return describe(code).text; }

API int cudaGetLastError() {
  int code = lastError;
  lastError = cuda::success;
  return code;
}

API int cuGetErrorName(int code, const char** name) {
  *name = describe(code).driver;
  return cuda::success;
}

API int cuGetErrorString(int code, const char** text) {
  *text = describe(code).text;
  return cuda::success;
}

/** Whether there is a device that this runtime can use. */
static int usable() {
  if (control->driverVersion / 1000 < cuda::runtimeVersion / 1000) {
    return cuda::insufficientDriver;
  }
  return control->devices == 0 ? cuda::noDevice : cuda::success;
}

API int cudaGetDeviceCount(int* count) {
  Call call(Library::cudart, __func__, Kind::enqueues);
  if (call.code != 0) {
    return call.code;
  }
  lastError = usable();
  *count = lastError == 0 ? control->devices : 0;
  return lastError;
}

API int cudaSetDevice(int device) {
  Call call(Library::cudart, __func__, Kind::enqueues);
  if (call.code != 0) {
    return call.code;
  }
  if (usable() != 0) {
    return lastError = usable();
  }
  if (device < 0 || device >= control->devices) {
    return call.violation(cuda::invalidDevice, text("there is no device %d", device));
  }
  deviceSet = device;
  return cuda::success;
}

API int cudaDriverGetVersion(int* version) {
  Call call(Library::cudart, __func__, Kind::enqueues);
  *version = control->driverVersion;
  return call.code;
}

API int cudaDeviceGetAttribute(int* value, int attribute, int device) {
  constexpr int maxThreadsPerBlock = 1, sharedMemoryPerBlock = 8, warpSize = 10, multiprocessors = 16, computeMajor = 75, computeMinor = 76;
  Call call(Library::cudart, __func__, Kind::enqueues);
  if (call.code != 0) {
    return call.code;
  }
  if (device < 0 || device >= control->devices) {
    return call.violation(cuda::invalidDevice, text("there is no device %d", device));
  }
  switch (attribute) {
    case maxThreadsPerBlock: *value = 1024; break;
    case sharedMemoryPerBlock: *value = 48 << 10; break;
    case warpSize: *value = 32; break;
    case multiprocessors: *value = 4; break;
    case computeMajor: *value = capabilityOf(device) / 10; break;
    case computeMinor: *value = capabilityOf(device) % 10; break;
    default: return call.violation(cuda::invalidValue, text("the stand-in has no attribute %d", attribute));
  }
  return cuda::success;
}

API int cuInit(unsigned flags) {
  Call call(Library::driver, __func__, Kind::enqueues);
  if (call.code != 0) {
    return call.code;
  }
  return flags == 0 ? usable() : call.violation(cuda::invalidValue, "the flags must be 0");
}

API int cuDeviceGet(int* device, int ordinal) {
  Call call(Library::driver, __func__, Kind::enqueues);
  if (call.code != 0) {
    return call.code;
  }
  if (ordinal < 0 || ordinal >= control->devices) {
    return call.violation(cuda::invalidDevice, text("there is no device %d", ordinal));
  }
  *device = ordinal;
  return cuda::success;
}

API int cuDeviceGetName(char* name, int length, int device) {
  Call call(Library::driver, __func__, Kind::enqueues);
  if (call.code != 0) {
    return call.code;
  }
  if (device < 0 || device >= control->devices) {
    return call.violation(cuda::invalidDevice, text("there is no device %d", device));
  }
  snprintf(name, static_cast<size_t>(length), "lenet4j stand-in (no GPU)");
  return cuda::success;
}

}  // namespace standin
