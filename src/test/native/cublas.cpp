// cuBLAS: single-precision matrix products.

#include <algorithm>

#include "numbers.h"
#include "state.h"

namespace standin {

struct Blas : Object {
  Handle stream = 0;
  void* workspace = nullptr;  // the caller's; null: cuBLAS would allocate its own
  size_t workspaceBytes = 0;
  int mathMode = cublas::defaultMath;
};

API int cublasCreate_v2(Handle* handle) {
  Call call(Library::cublas, __func__, Kind::blocks);
  if (call.code == 0) {
    *handle = add("cuBLAS handle", std::make_shared<Blas>());
  }
  return call.code;
}

API int cublasDestroy_v2(Handle handle) {
  Call call(Library::cublas, __func__, Kind::releases);
  auto handled = find<Blas>(handle);
  if (call.code == 0 && handled && handled->device != currentDevice()) {
    foreign(call, cublas::invalidValue, "the cuBLAS handle", handled->device, currentDevice());
  }
  if (!call.refused && !remove<Blas>(handle)) {
    return call.violation(cublas::notInitialized, explain(handle, "cuBLAS handle"));
  }
  return call.code;
}

API int cublasGetVersion_v2(Handle handle, int* version) {
  Call call(Library::cublas, __func__, Kind::enqueues);
  if (call.code == 0 && !find<Blas>(handle)) {
    return call.violation(cublas::notInitialized, explain(handle, "cuBLAS handle"));
  }
  *version = 10 * cuda::runtimeVersion;
  return call.code;
}

API int cublasGetProperty(int which, int* value) {
  const int version[] = {cuda::runtimeVersion / 1000, 0, 0};
  Call call(Library::cublas, __func__, Kind::enqueues);
  if (call.code == 0 && (which < 0 || which > 2)) {
    return call.violation(cublas::invalidValue, text("there is no property %d", which));
  }
  *value = call.code == 0 ? version[which] : 0;
  return call.code;
}

API int cublasSetStream_v2(Handle handle, Handle stream) {
  Call call(Library::cublas, __func__, Kind::enqueues);
  if (call.code != 0) {
    return call.code;
  }
  auto blas = find<Blas>(handle);
  if (!blas || !find<Stream>(stream)) {
    return blas ? call.violation(cublas::invalidValue, explain(stream, "stream"))
                : call.violation(cublas::notInitialized, explain(handle, "cuBLAS handle"));
  }
  if (int owner = find<Stream>(stream)->device; owner != blas->device) {
    return foreign(call, cublas::invalidValue, "the stream", owner, blas->device);
  }
  blas->stream = stream;
  blas->workspace = nullptr;  // as cuBLAS does: the workspace is set after the stream
  return cublas::success;
}

API int cublasSetWorkspace_v2(Handle handle, void* workspace, size_t bytes) {
  Call call(Library::cublas, __func__, Kind::enqueues);
  if (call.code != 0) {
    return call.code;
  }
  auto blas = find<Blas>(handle);
  if (!blas) {
    return call.violation(cublas::notInitialized, explain(handle, "cuBLAS handle"));
  }
  std::string reason = deviceRangeError("the workspace", workspace, bytes);
  if (!reason.empty() || reinterpret_cast<uintptr_t>(workspace) % 256 != 0) {
    return call.violation(cublas::invalidValue, reason.empty() ? "the workspace does not begin at a multiple of 256" : reason);
  }
  if (int owner = deviceOf(workspace); owner != blas->device) {
    return foreign(call, cublas::invalidValue, "the workspace", owner, blas->device);
  }
  blas->workspace = workspace;
  blas->workspaceBytes = bytes;
  return cublas::success;
}

API int cublasSetMathMode(Handle handle, int mode) {
  Call call(Library::cublas, __func__, Kind::enqueues);
  if (call.code != 0) {
    return call.code;
  }
  auto blas = find<Blas>(handle);
  if (!blas) {
    return call.violation(cublas::notInitialized, explain(handle, "cuBLAS handle"));
  }
  if (mode != cublas::defaultMath && mode != cublas::pedanticMath && mode != cublas::tf32Math) {
    return call.violation(cublas::invalidValue, text("unknown mode %d", mode));
  }
  if (mode == cublas::tf32Math && control->computeMajor < 8) {
    return call.violation(cublas::archMismatch, text("TF32 needs compute capability 8.0, this is %d.%d", control->computeMajor,
        control->computeMinor));
  }
  blas->mathMode = mode;
  return cublas::success;
}

/** What is wrong with sizes and leading dimensions, or "". */
static std::string wrongShape(int transA, int transB, int m, int n, int k, int lda, int ldb, int ldc) {
  if ((transA != cublas::opN && transA != cublas::opT) || (transB != cublas::opN && transB != cublas::opT)) {
    return "unknown transposition";
  }
  if (m < 1 || n < 1 || k < 1) {
    return text("a product of %d x %d x %d", m, n, k);
  }
  int rowsA = transA == cublas::opN ? m : k;
  int rowsB = transB == cublas::opN ? k : n;
  if (lda < rowsA || ldb < rowsB || ldc < m) {
    return text("leading dimensions %d, %d, %d below the rows %d, %d, %d", lda, ldb, ldc, rowsA, rowsB, m);
  }
  return "";
}

bool withoutTensorCores(int compute) {
  return (compute == cublas::computeFastTf32 || compute == cublas::computeFastBf16) && control->computeMajor < 8;
}

static int product(const Call& call, Handle handle, Gemm gemm, int transA, int transB, const float* alpha, const float* beta) {
  auto blas = find<Blas>(handle);
  if (!blas) {
    return call.violation(cublas::notInitialized, explain(handle, "cuBLAS handle"));
  }
  std::string reason = wrongShape(transA, transB, static_cast<int>(gemm.m), static_cast<int>(gemm.n), static_cast<int>(gemm.k),
      static_cast<int>(gemm.lda), static_cast<int>(gemm.ldb), static_cast<int>(gemm.ldc));
  if (reason.empty() && (alpha == nullptr || beta == nullptr || isDevice(alpha) || isDevice(beta))) {
    reason = "alpha and beta must be on the host";
  }
  if (reason.empty() && blas->stream == 0) {
    reason = "the handle has no stream";
  }
  if (reason.empty() && blas->workspace == nullptr && capturing()) {
    reason = "captured without a workspace: set it after the stream";
  }
  if (!reason.empty()) {
    return call.violation(cublas::invalidValue, reason);
  }
  gemm.transA = transA == cublas::opT;
  gemm.transB = transB == cublas::opT;
  gemm.alpha = *alpha;
  gemm.beta = *beta;
  Operands operands;
  operands.read("A", gemm.a, matrixBytes(gemm.transA ? gemm.k : gemm.m, gemm.transA ? gemm.m : gemm.k, gemm.lda));
  operands.read("B", gemm.b, matrixBytes(gemm.transB ? gemm.n : gemm.k, gemm.transB ? gemm.k : gemm.n, gemm.ldb));
  operands.write("C", gemm.d, matrixBytes(gemm.m, gemm.n, gemm.ldc));
  if (blas->workspace != nullptr) {
    operands.write("the workspace", blas->workspace, blas->workspaceBytes);
  }
  operands.checkOverlap(false);
  void* workspace = blas->workspace;
  size_t bytes = blas->workspaceBytes;
  return enqueue(call, blas->stream, operands, [=] {
    if (workspace != nullptr) {
      memset(workspace, 0xff, std::min(bytes, size_t{4096}));  // it is cuBLAS's to use: nobody may keep anything there
    }
    gemm.run();
    return "";
  });
}

API int cublasSgemm_v2(Handle handle, int transA, int transB, int m, int n, int k, const float* alpha, const float* a, int lda,
    const float* b, int ldb, const float* beta, float* c, int ldc) {
  Call call(Library::cublas, __func__, Kind::enqueues);
  if (call.code != 0) {
    return call.code;
  }
  auto blas = find<Blas>(handle);
  Rounding rounding = blas && blas->mathMode == cublas::tf32Math ? Rounding::tf32 : Rounding::none;
  return product(call, handle, {false, false, m, n, k, 0, 0, a, lda, b, ldb, c, ldc, c, ldc, rounding}, transA, transB, alpha, beta);
}

API int cublasGemmEx(Handle handle, int transA, int transB, int m, int n, int k, const void* alpha, const void* a, int typeA, int lda,
    const void* b, int typeB, int ldb, const void* beta, void* c, int typeC, int ldc, int compute, int) {
  Call call(Library::cublas, __func__, Kind::enqueues);
  if (call.code != 0) {
    return call.code;
  }
  if (typeA != cublas::real32 || typeB != cublas::real32 || typeC != cublas::real32) {
    return call.violation(cublas::notSupported, "the stand-in multiplies float32 only");
  }
  if (withoutTensorCores(compute)) {  // a GPU may also compute in float32, which is not what was asked for
    return call.violation(cublas::archMismatch, text("compute type %d needs compute capability 8.0, this is %d.%d", compute,
        control->computeMajor, control->computeMinor));
  }
  auto blas = find<Blas>(handle);
  Rounding rounding = Rounding::none;
  switch (compute) {
    case cublas::compute32: rounding = blas && blas->mathMode == cublas::tf32Math ? Rounding::tf32 : Rounding::none; break;
    case cublas::compute32Pedantic: break;
    case cublas::computeFastTf32: rounding = Rounding::tf32; break;
    case cublas::computeFastBf16: rounding = Rounding::bf16; break;
    default: return call.violation(cublas::notSupported, text("the stand-in does not compute in type %d", compute));
  }
  auto* out = static_cast<float*>(c);
  return product(call, handle,
      {false, false, m, n, k, 0, 0, static_cast<const float*>(a), lda, static_cast<const float*>(b), ldb, out, ldc, out, ldc, rounding},
      transA, transB, static_cast<const float*>(alpha), static_cast<const float*>(beta));
}

struct Status {
  int code;
  const char* name;
  const char* text;
};

static Status describe(int code) {
  static const Status known[] = {
      {cublas::success, "CUBLAS_STATUS_SUCCESS", "success"},
      {cublas::notInitialized, "CUBLAS_STATUS_NOT_INITIALIZED", "the library was not initialized"},
      {cublas::allocFailed, "CUBLAS_STATUS_ALLOC_FAILED", "the resource allocation failed"},
      {cublas::invalidValue, "CUBLAS_STATUS_INVALID_VALUE", "an unsupported value or parameter was passed to the function"},
      {cublas::archMismatch, "CUBLAS_STATUS_ARCH_MISMATCH", "the function needs a feature that the GPU lacks"},
      {cublas::executionFailed, "CUBLAS_STATUS_EXECUTION_FAILED", "the function failed to launch on the GPU"},
      {cublas::internalError, "CUBLAS_STATUS_INTERNAL_ERROR", "an internal operation failed"},
      {cublas::notSupported, "CUBLAS_STATUS_NOT_SUPPORTED", "the functionality is not supported"},
  };
  for (const Status& status : known) {
    if (status.code == code) {
      return status;
    }
  }
  return {code, "unknown", "unknown status"};
}

API const char* cublasGetStatusName(int code) { return describe(code).name; }

API const char* cublasGetStatusString(int code) { return describe(code).text; }

}  // namespace standin
