// cublasLt: a product with bias and ReLU in the same kernel.

#include "numbers.h"
#include "state.h"

namespace standin {

struct Lt : Object {};

struct MatmulDesc : Object {
  int compute = cublas::compute32;
  int transA = cublas::opN;
  int transB = cublas::opN;
  int epilogue = cublas::epilogueDefault;
  const float* bias = nullptr;
};

struct Layout : Object {
  int64_t rows, columns, ld;
};

struct Preference : Object {
  uint64_t maxWorkspace = 0;
};

/** What the caller keeps of an algorithm: the stand-in writes into it for which problem it was found. */
struct LtAlgorithm {
  int64_t m, n, k;
  int32_t transA, transB, epilogue, compute;
  uint64_t workspace;  // bytes
  uint64_t unused[2];

  bool fits(const LtAlgorithm& other) const { return memcmp(this, &other, offsetof(LtAlgorithm, workspace)) == 0; }
};
static_assert(sizeof(LtAlgorithm) == 64);

struct HeuristicResult {
  LtAlgorithm algorithm;
  size_t workspace;
  int status;
  float waves;
  int reserved[4];
};
static_assert(sizeof(HeuristicResult) == 96);

API int cublasLtCreate(Handle* handle) {
  Call call(Library::cublas, __func__, Kind::blocks);
  if (call.code == 0) {
    *handle = add("cublasLt handle", std::make_shared<Lt>());
  }
  return call.code;
}

API int cublasLtDestroy(Handle handle) {
  Call call(Library::cublas, __func__, Kind::releases);
  auto handled = find<Lt>(handle);
  if (call.code == 0 && handled && handled->device != currentDevice()) {
    foreign(call, cublas::invalidValue, "the cublasLt handle", handled->device, currentDevice());
  }
  if (!call.refused && !remove<Lt>(handle)) {
    return call.violation(cublas::notInitialized, explain(handle, "cublasLt handle"));
  }
  return call.code;
}

// ---- descriptors ----

API int cublasLtMatmulDescCreate(Handle* desc, int compute, int scaleType) {
  Call call(Library::cublas, __func__, Kind::enqueues);
  if (call.code != 0) {
    return call.code;
  }
  bool known = compute == cublas::compute32 || compute == cublas::compute32Pedantic || compute == cublas::computeFastTf32
      || compute == cublas::computeFastBf16;
  if (!known || scaleType != cublas::real32) {
    return call.violation(cublas::notSupported, text("the stand-in does not compute in type %d with scale %d", compute, scaleType));
  }
  auto made = std::make_shared<MatmulDesc>();
  made->compute = compute;
  *desc = add("matmul descriptor", made);
  return cublas::success;
}

API int cublasLtMatmulDescSetAttribute(Handle handle, int attribute, const void* value, size_t bytes) {
  Call call(Library::cublas, __func__, Kind::enqueues);
  if (call.code != 0) {
    return call.code;
  }
  auto desc = find<MatmulDesc>(handle);
  if (!desc) {
    return call.violation(cublas::invalidValue, explain(handle, "matmul descriptor"));
  }
  bool pointer = attribute == cublas::descBiasPointer;
  if (bytes != (pointer ? sizeof(void*) : sizeof(int32_t))) {
    return call.violation(cublas::invalidValue, text("attribute %d has not %zu bytes", attribute, bytes));
  }
  int32_t number = 0;
  memcpy(&number, value, sizeof number);
  switch (attribute) {
    case cublas::descTransA: desc->transA = number; break;
    case cublas::descTransB: desc->transB = number; break;
    case cublas::descEpilogue: desc->epilogue = number; break;
    case cublas::descBiasPointer: memcpy(&desc->bias, value, sizeof desc->bias); break;
    default: return call.violation(cublas::notSupported, text("the stand-in has no attribute %d", attribute));
  }
  return cublas::success;
}

API int cublasLtMatmulDescDestroy(Handle handle) {
  Call call(Library::cublas, __func__, Kind::releases);
  if (!call.refused && !remove<MatmulDesc>(handle)) {
    return call.violation(cublas::invalidValue, explain(handle, "matmul descriptor"));
  }
  return call.code;
}

API int cublasLtMatrixLayoutCreate(Handle* layout, int type, uint64_t rows, uint64_t columns, int64_t ld) {
  Call call(Library::cublas, __func__, Kind::enqueues);
  if (call.code != 0) {
    return call.code;
  }
  if (type != cublas::real32 || rows == 0 || columns == 0 || ld < static_cast<int64_t>(rows)) {
    return call.violation(cublas::invalidValue, text("type %d, %llu rows, %llu columns, leading dimension %lld", type,
        static_cast<unsigned long long>(rows), static_cast<unsigned long long>(columns), static_cast<long long>(ld)));
  }
  auto made = std::make_shared<Layout>();
  made->rows = static_cast<int64_t>(rows);
  made->columns = static_cast<int64_t>(columns);
  made->ld = ld;
  *layout = add("matrix layout", made);
  return cublas::success;
}

API int cublasLtMatrixLayoutDestroy(Handle handle) {
  Call call(Library::cublas, __func__, Kind::releases);
  if (!call.refused && !remove<Layout>(handle)) {
    return call.violation(cublas::invalidValue, explain(handle, "matrix layout"));
  }
  return call.code;
}

API int cublasLtMatmulPreferenceCreate(Handle* preference) {
  Call call(Library::cublas, __func__, Kind::enqueues);
  if (call.code == 0) {
    *preference = add("matmul preference", std::make_shared<Preference>());
  }
  return call.code;
}

API int cublasLtMatmulPreferenceSetAttribute(Handle handle, int attribute, const void* value, size_t bytes) {
  Call call(Library::cublas, __func__, Kind::enqueues);
  if (call.code != 0) {
    return call.code;
  }
  auto preference = find<Preference>(handle);
  if (!preference || attribute != cublas::prefMaxWorkspace || bytes != sizeof preference->maxWorkspace) {
    return call.violation(cublas::invalidValue,
        preference ? text("attribute %d of %zu bytes", attribute, bytes) : explain(handle, "matmul preference"));
  }
  memcpy(&preference->maxWorkspace, value, bytes);
  return cublas::success;
}

API int cublasLtMatmulPreferenceDestroy(Handle handle) {
  Call call(Library::cublas, __func__, Kind::releases);
  if (!call.refused && !remove<Preference>(handle)) {
    return call.violation(cublas::invalidValue, explain(handle, "matmul preference"));
  }
  return call.code;
}

// ---- products ----

/** The objects of one product, and what is wrong with them. */
struct LtProblem {
  std::shared_ptr<MatmulDesc> desc;
  std::shared_ptr<Layout> a, b, c, d;
  LtAlgorithm algorithm{};
  std::string error;

  LtProblem(Handle lt, Handle desc, Handle a, Handle b, Handle c, Handle d);
};

LtProblem::LtProblem(Handle lt, Handle descHandle, Handle aHandle, Handle bHandle, Handle cHandle, Handle dHandle)
    : desc(find<MatmulDesc>(descHandle)), a(find<Layout>(aHandle)), b(find<Layout>(bHandle)), c(find<Layout>(cHandle)),
      d(find<Layout>(dHandle)) {
  if (!find<Lt>(lt)) {
    error = explain(lt, "cublasLt handle");
    return;
  }
  if (!desc) {
    error = explain(descHandle, "matmul descriptor");
    return;
  }
  Handle missing = !a ? aHandle : !b ? bHandle : !c ? cHandle : dHandle;
  if (!a || !b || !c || !d) {
    error = explain(missing, "matrix layout");
    return;
  }
  int64_t m = desc->transA == cublas::opN ? a->rows : a->columns;
  int64_t k = desc->transA == cublas::opN ? a->columns : a->rows;
  int64_t kOfB = desc->transB == cublas::opN ? b->rows : b->columns;
  int64_t n = desc->transB == cublas::opN ? b->columns : b->rows;
  if (k != kOfB || d->rows != m || d->columns != n || c->rows != m || c->columns != n) {
    error = text("(%lld, %lld) times (%lld, %lld) is not (%lld, %lld)", static_cast<long long>(m), static_cast<long long>(k),
        static_cast<long long>(kOfB), static_cast<long long>(n), static_cast<long long>(d->rows), static_cast<long long>(d->columns));
  }
  bool known = desc->epilogue == cublas::epilogueDefault || desc->epilogue == cublas::epilogueRelu
      || desc->epilogue == cublas::epilogueBias || desc->epilogue == cublas::epilogueReluBias;
  if (!known && error.empty()) {
    error = text("the stand-in has no epilogue %d", desc->epilogue);
  }
  algorithm = {m, n, k, desc->transA, desc->transB, desc->epilogue, desc->compute, 0, {0, 0}};
}

/** An algorithm that was found without CUBLASLT_MATMUL_PREF_MIN_ALIGNMENT_* may load as if all began at multiples of 256 bytes. */
static std::string misaligned(const void* a, const void* b, const void* c, const void* d, const void* workspace) {
  for (const void* pointer : {a, b, c, d, workspace}) {
    if (reinterpret_cast<uintptr_t>(pointer) % 256 != 0) {
      return "a matrix or the workspace does not begin at a multiple of 256";
    }
  }
  return "";
}

API int cublasLtMatmulAlgoGetHeuristic(Handle lt, Handle desc, Handle a, Handle b, Handle c, Handle d, Handle preferenceHandle,
    int requested, HeuristicResult* results, int* found) {
  Call call(Library::cublas, __func__, Kind::blocks);
  if (call.code != 0) {
    return call.code;
  }
  LtProblem problem(lt, desc, a, b, c, d);
  auto preference = find<Preference>(preferenceHandle);
  if (!preference || !problem.error.empty() || requested < 1) {
    return call.violation(cublas::invalidValue, !problem.error.empty() ? problem.error
        : preference ? "no result was requested" : explain(preferenceHandle, "matmul preference"));
  }
  *found = 0;
  if (withoutTensorCores(problem.desc->compute)) {
    return cublas::notSupported;
  }
  if (control->ltEpilogues == 0 && problem.desc->epilogue != cublas::epilogueDefault) {
    return cublas::notSupported;  // what cublasLt says when it finds nothing
  }
  uint64_t split = static_cast<uint64_t>(problem.algorithm.m * problem.algorithm.n) * sizeof(float) * 2;  // two partial sums
  for (uint64_t workspace : {split, uint64_t{0}}) {
    if (workspace <= preference->maxWorkspace && *found < requested) {
      problem.algorithm.workspace = workspace;
      results[(*found)++] = {problem.algorithm, workspace, cublas::success, 1, {}};
    }
  }
  return cublas::success;
}

static Rounding roundingOf(int compute) {
  return compute == cublas::computeFastTf32 ? Rounding::tf32 : compute == cublas::computeFastBf16 ? Rounding::bf16 : Rounding::none;
}

API int cublasLtMatmul(Handle lt, Handle descHandle, const void* alpha, const void* a, Handle aLayout, const void* b, Handle bLayout,
    const void* beta, const void* c, Handle cLayout, void* d, Handle dLayout, const LtAlgorithm* algorithm, void* workspace,
    size_t workspaceBytes, Handle stream) {
  Call call(Library::cublas, __func__, Kind::enqueues);
  if (call.code != 0) {
    return call.code;
  }
  LtProblem problem(lt, descHandle, aLayout, bLayout, cLayout, dLayout);
  std::string reason = problem.error;
  if (reason.empty() && (algorithm == nullptr || !algorithm->fits(problem.algorithm))) {
    reason = algorithm == nullptr ? "no algorithm: it would be searched at each call" : "the algorithm was found for another problem";
  }
  if (reason.empty() && workspaceBytes < algorithm->workspace) {
    reason = text("the algorithm needs a workspace of %llu bytes, got %zu", static_cast<unsigned long long>(algorithm->workspace),
        workspaceBytes);
  }
  if (reason.empty() && (alpha == nullptr || beta == nullptr || isDevice(alpha) || isDevice(beta))) {
    reason = "alpha and beta must be on the host";
  }
  reason = reason.empty() ? misaligned(a, b, c, d, workspace) : reason;
  if (!reason.empty()) {
    return call.violation(cublas::invalidValue, reason);
  }
  if (int owner = find<Lt>(lt)->device; owner != currentDevice()) {
    return foreign(call, cublas::invalidValue, "the cublasLt handle", owner, currentDevice());
  }
  const LtAlgorithm& size = problem.algorithm;
  Gemm gemm{size.transA == cublas::opT, size.transB == cublas::opT, size.m, size.n, size.k, *static_cast<const float*>(alpha),
      *static_cast<const float*>(beta), static_cast<const float*>(a), problem.a->ld, static_cast<const float*>(b), problem.b->ld,
      static_cast<const float*>(c), problem.c->ld, static_cast<float*>(d), problem.d->ld, roundingOf(size.compute)};
  gemm.relu = (size.epilogue & cublas::epilogueRelu) != 0;
  gemm.bias = (size.epilogue & cublas::epilogueBias) != 0 ? problem.desc->bias : nullptr;
  Operands operands;
  operands.read("A", a, matrixBytes(problem.a->rows, problem.a->columns, gemm.lda));
  operands.read("B", b, matrixBytes(problem.b->rows, problem.b->columns, gemm.ldb));
  if (gemm.beta != 0) {
    operands.read("C", c, matrixBytes(size.m, size.n, gemm.ldc));
  }
  operands.write("D", d, matrixBytes(size.m, size.n, gemm.ldd));
  if ((size.epilogue & cublas::epilogueBias) != 0) {
    operands.read("the bias", gemm.bias, static_cast<size_t>(size.m) * sizeof(float));
  }
  size_t needed = algorithm->workspace;
  if (needed > 0) {
    operands.write("the workspace", workspace, needed);
  }
  operands.checkOverlap(c == d);
  return enqueue(call, stream, operands, [=] {
    if (needed > 0) {
      memset(workspace, 0xff, needed);
    }
    gemm.run();
    return "";
  });
}

}  // namespace standin
