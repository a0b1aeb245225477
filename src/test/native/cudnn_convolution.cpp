// Convolutions of cuDNN: which algorithms there are and what they need, and the calls that run them.

#include "convolution.h"
#include "cudnn.h"

namespace standin {

// ---- algorithms ----

enum class Pass { forward, backwardData, backwardFilter };

struct Algorithm {
  int number;
  bool deterministic;
  bool supported;
};

// In the order in which they are offered: one that is not deterministic comes first, so that a careless choice shows. The last is one
// that cuDNN lists although it does not do it.
static const std::vector<Algorithm>& algorithms(Pass pass) {
  static const std::vector<Algorithm> forward = {{1, true, true}, {0, true, true}, {2, true, true}, {6, true, false}};
  static const std::vector<Algorithm> data = {{0, false, true}, {1, true, true}, {4, true, false}};
  static const std::vector<Algorithm> filter = {{0, false, true}, {3, false, true}, {1, true, true}, {2, true, false}};
  return pass == Pass::forward ? forward : pass == Pass::backwardData ? data : filter;
}

struct Performance {  // the same for all passes
  int algorithm;
  int status;
  float time;  // ms
  size_t memory;
  int determinism;
  int math;
  int reserved[3];
};
static_assert(sizeof(Performance) == 48 && offsetof(Performance, memory) == 16);

static Rounding roundingOf(const Convolution& convolution) {
  bool free = convolution.math != cudnn::fmaMath && control->computeMajor >= 8;  // the default is free to use TF32, which came with 8.0
  return free ? Rounding::tf32 : Rounding::none;
}

/** Sizes of one convolution; x is its input, y its output, whatever the pass. */
struct Problem {
  Tensor x, y;
  Filter w;
  Convolution convolution;
  ConvolutionSize size;

  Problem(Arguments& arguments, Handle x, Handle w, Handle convolution, Handle y);
  size_t workspace(Pass pass, int algorithm) const;
};

Problem::Problem(Arguments& arguments, Handle xDesc, Handle wDesc, Handle convolutionDesc, Handle yDesc)
    : x(arguments.tensor(xDesc, "the input's descriptor")), y(arguments.tensor(yDesc, "the output's descriptor")),
      w(arguments.filter(wDesc)), convolution(arguments.convolution(convolutionDesc)),
      size{x.n, x.c, x.h, x.w, w.n, w.h, w.w, convolution.padding} {
  bool fits = x.c == w.c && y.n == x.n && y.c == w.n && y.h == size.p() && y.w == size.q();
  if (!fits) {
    arguments.fail(cudnn::shapeMismatch, "an input of " + x.shape() + ", a filter of " + w.shape()
        + text(" and padding %d make no output of ", convolution.padding) + y.shape());
  }
  arguments.require(convolution.padding < std::min(w.h, w.w), "the stand-in pads by less than the filter's size");
}

/** As each algorithm keeps it: indices, columns, a partial sum for each sample; twice as much where factors are rounded first. */
size_t Problem::workspace(Pass pass, int algorithm) const {
  int64_t floats = 0;
  switch (pass) {
    case Pass::forward:
      floats = algorithm == 1 ? 64 + y.plane() * w.h : algorithm == 2 ? w.c * w.plane() * y.plane() : 0;
      break;
    case Pass::backwardData:
      floats = algorithm == 1 ? x.n * y.plane() : 0;
      break;
    case Pass::backwardFilter:
      floats = algorithm == 1 ? x.n * w.n * w.plane() : algorithm == 3 ? w.size() : 0;
      break;
  }
  size_t more = pass == Pass::forward && algorithm == 1 ? static_cast<size_t>(control->indexBytes) : 0;
  return static_cast<size_t>(floats) * sizeof(float) * (roundingOf(convolution) == Rounding::none ? 1 : 2) + more;
}

/** Found by measuring, or by guessing: time -1. */
static int offer(const Call& call, Pass pass, bool measured, Handle handle, Handle x, Handle w, Handle convolution, Handle y,
    int requested, int* returned, Performance* results) {
  if (call.code != 0) {
    return call.code;
  }
  Arguments arguments(call, handle);
  Problem problem(arguments, x, w, convolution, y);
  arguments.require(requested > 0, "no result was requested");
  if (!arguments.error.empty()) {
    return call.violation(arguments.code, arguments.error);
  }
  int math = roundingOf(problem.convolution) == Rounding::none ? cudnn::fmaMath : cudnn::tensorOpMath;
  *returned = 0;
  for (const Algorithm& algorithm : algorithms(pass)) {
    if (*returned == requested) {
      break;
    }
    bool known = measured && algorithm.supported;
    results[(*returned)++] = {algorithm.number, algorithm.supported ? cudnn::success : cudnn::notSupported,
        known ? 0.01f * static_cast<float>(*returned) : -1, algorithm.supported ? problem.workspace(pass, algorithm.number) : 0,
        algorithm.deterministic, math, {}};
  }
  return cudnn::success;
}

API int cudnnGetConvolutionForwardAlgorithm_v7(Handle handle, Handle x, Handle w, Handle convolution, Handle y, int requested,
    int* returned, Performance* results) {
  Call call(Library::cudnn, __func__, Kind::blocks);
  return offer(call, Pass::forward, false, handle, x, w, convolution, y, requested, returned, results);
}

API int cudnnFindConvolutionForwardAlgorithm(Handle handle, Handle x, Handle w, Handle convolution, Handle y, int requested, int* returned,
    Performance* results) {
  Call call(Library::cudnn, __func__, Kind::blocks);
  return offer(call, Pass::forward, true, handle, x, w, convolution, y, requested, returned, results);
}

API int cudnnGetConvolutionBackwardDataAlgorithm_v7(Handle handle, Handle w, Handle dy, Handle convolution, Handle dx, int requested,
    int* returned, Performance* results) {
  Call call(Library::cudnn, __func__, Kind::blocks);
  return offer(call, Pass::backwardData, false, handle, dx, w, convolution, dy, requested, returned, results);
}

API int cudnnFindConvolutionBackwardDataAlgorithm(Handle handle, Handle w, Handle dy, Handle convolution, Handle dx, int requested,
    int* returned, Performance* results) {
  Call call(Library::cudnn, __func__, Kind::blocks);
  return offer(call, Pass::backwardData, true, handle, dx, w, convolution, dy, requested, returned, results);
}

API int cudnnGetConvolutionBackwardFilterAlgorithm_v7(Handle handle, Handle x, Handle dy, Handle convolution, Handle dw, int requested,
    int* returned, Performance* results) {
  Call call(Library::cudnn, __func__, Kind::blocks);
  return offer(call, Pass::backwardFilter, false, handle, x, dw, convolution, dy, requested, returned, results);
}

API int cudnnFindConvolutionBackwardFilterAlgorithm(Handle handle, Handle x, Handle dy, Handle convolution, Handle dw, int requested,
    int* returned, Performance* results) {
  Call call(Library::cudnn, __func__, Kind::blocks);
  return offer(call, Pass::backwardFilter, true, handle, x, dw, convolution, dy, requested, returned, results);
}

static int maxCount(const Call& call, Handle handle, int* count) {
  if (call.code == 0 && !find<Dnn>(handle)) {
    return call.violation(cudnn::notInitialized, explain(handle, "cuDNN handle"));
  }
  *count = 8;
  return call.code;
}

API int cudnnGetConvolutionForwardAlgorithmMaxCount(Handle handle, int* count) {
  return maxCount(Call(Library::cudnn, __func__, Kind::enqueues), handle, count);
}

API int cudnnGetConvolutionBackwardDataAlgorithmMaxCount(Handle handle, int* count) {
  return maxCount(Call(Library::cudnn, __func__, Kind::enqueues), handle, count);
}

API int cudnnGetConvolutionBackwardFilterAlgorithmMaxCount(Handle handle, int* count) {
  return maxCount(Call(Library::cudnn, __func__, Kind::enqueues), handle, count);
}

/** The algorithm of that number; an error where there is none. */
static Algorithm choose(Arguments& arguments, Pass pass, int number) {
  for (const Algorithm& algorithm : algorithms(pass)) {
    if (algorithm.number == number && algorithm.supported) {
      return algorithm;
    }
  }
  arguments.fail(cudnn::notSupported, text("algorithm %d does not do this convolution", number));
  return {number, true, false};
}

static int workspaceSize(const Call& call, Pass pass, Handle handle, Handle x, Handle w, Handle convolution, Handle y, int number,
    size_t* bytes) {
  if (call.code != 0) {
    return call.code;
  }
  Arguments arguments(call, handle);
  Problem problem(arguments, x, w, convolution, y);
  choose(arguments, pass, number);
  if (!arguments.error.empty()) {
    return call.violation(arguments.code, arguments.error);
  }
  *bytes = problem.workspace(pass, number);
  return cudnn::success;
}

API int cudnnGetConvolutionForwardWorkspaceSize(Handle handle, Handle x, Handle w, Handle convolution, Handle y, int number,
    size_t* bytes) {
  Call call(Library::cudnn, __func__, Kind::blocks);
  return workspaceSize(call, Pass::forward, handle, x, w, convolution, y, number, bytes);
}

API int cudnnGetConvolutionBackwardDataWorkspaceSize(Handle handle, Handle w, Handle dy, Handle convolution, Handle dx, int number,
    size_t* bytes) {
  Call call(Library::cudnn, __func__, Kind::blocks);
  return workspaceSize(call, Pass::backwardData, handle, dx, w, convolution, dy, number, bytes);
}

API int cudnnGetConvolutionBackwardFilterWorkspaceSize(Handle handle, Handle x, Handle dy, Handle convolution, Handle dw, int number,
    size_t* bytes) {
  Call call(Library::cudnn, __func__, Kind::blocks);
  return workspaceSize(call, Pass::backwardFilter, handle, x, dw, convolution, dy, number, bytes);
}

// ---- running them ----

/** Claims the workspace that the algorithm needs; the work leaves it full of NaN, so nobody may keep anything there. */
static std::function<void()> useWorkspace(Arguments& arguments, size_t needed, void* workspace, size_t bytes) {
  if (bytes < needed) {
    arguments.fail(cudnn::sizeInsufficient, text("the algorithm needs a workspace of %zu bytes, got %zu", needed, bytes));
  } else if (needed > 0) {
    arguments.operands.write("the workspace", workspace, needed);
  }
  return [=] {
    if (needed > 0) {
      memset(workspace, 0xff, needed);
    }
  };
}

/** Whether an algorithm that is not deterministic sums the other way round this time. */
static bool otherOrder(const Algorithm& algorithm) {
  static std::atomic<unsigned> runs{0};
  return !algorithm.deterministic && runs++ % 2 == 1;
}

static const float* floats(const void* pointer) { return static_cast<const float*>(pointer); }
static float* floats(void* pointer) { return static_cast<float*>(pointer); }

API int cudnnConvolutionForward(Handle handle, const void* alpha, Handle xDesc, const void* x, Handle wDesc, const void* w,
    Handle convolution, int number, void* workspace, size_t workspaceBytes, const void* beta, Handle yDesc, void* y) {
  Call call(Library::cudnn, __func__, Kind::enqueues);
  if (call.code != 0) {
    return call.code;
  }
  Arguments arguments(call, handle);
  Problem problem(arguments, xDesc, wDesc, convolution, yDesc);
  choose(arguments, Pass::forward, number);
  arguments.operands.read("x", x, problem.x.bytes());
  arguments.operands.read("w", w, problem.w.bytes());
  arguments.operands.write("y", y, problem.y.bytes());
  auto scribble = useWorkspace(arguments, problem.workspace(Pass::forward, number), workspace, workspaceBytes);
  arguments.operands.checkOverlap(false);
  Scale scale{arguments.scalar(alpha, "alpha"), arguments.scalar(beta, "beta")};
  Rounding rounding = roundingOf(problem.convolution);
  return arguments.enqueue([=, size = problem.size] {
    scribble();
    convolve(size, rounding, scale, floats(x), floats(w), floats(y));
    return "";
  });
}

API int cudnnConvolutionBiasActivationForward(Handle handle, const void* alpha1, Handle xDesc, const void* x, Handle wDesc, const void* w,
    Handle convolution, int number, void* workspace, size_t workspaceBytes, const void* alpha2, Handle zDesc, const void* z,
    Handle biasDesc, const void* bias, Handle activationDesc, Handle yDesc, void* y) {
  Call call(Library::cudnn, __func__, Kind::enqueues);
  if (call.code != 0) {
    return call.code;
  }
  Arguments arguments(call, handle);
  Problem problem(arguments, xDesc, wDesc, convolution, yDesc);
  choose(arguments, Pass::forward, number);
  Tensor biasSize = arguments.tensor(biasDesc, "the bias's descriptor");
  Tensor zSize = arguments.tensor(zDesc, "z's descriptor");
  Activation activation = arguments.activation(activationDesc);
  arguments.require(biasSize.n == 1 && biasSize.c == problem.y.c && biasSize.plane() == 1, "a bias of " + biasSize.shape());
  arguments.require(zSize.same(problem.y), "z of " + zSize.shape() + " and y of " + problem.y.shape());
  bool identity = activation.mode == cudnn::identity;
  if (activation.mode != cudnn::relu && !(identity && number == 1)) {  // as cuDNN's documentation has it
    arguments.fail(cudnn::notSupported, "the activation must be ReLU, or none with algorithm 1");
  }
  arguments.operands.read("x", x, problem.x.bytes());
  arguments.operands.read("w", w, problem.w.bytes());
  arguments.operands.read("the bias", bias, biasSize.bytes());
  arguments.operands.write("y", y, problem.y.bytes());
  auto scribble = useWorkspace(arguments, problem.workspace(Pass::forward, number), workspace, workspaceBytes);
  arguments.operands.checkOverlap(false);
  arguments.operands.read("z", z, zSize.bytes());  // may be y
  float addZ = arguments.scalar(alpha2, "alpha2");
  Scale scale{arguments.scalar(alpha1, "alpha1"), 0};
  Rounding rounding = roundingOf(problem.convolution);
  return arguments.enqueue([=, size = problem.size, out = problem.y] {
    std::vector<float> added(addZ == 0 ? 0 : static_cast<size_t>(out.size()));
    for (size_t i = 0; i < added.size(); i++) {
      added[i] = addZ * floats(z)[i];
    }
    scribble();
    convolve(size, rounding, scale, floats(x), floats(w), floats(y));
    for (int64_t i = 0; i < out.size(); i++) {
      float value = floats(y)[i] + floats(bias)[i / out.plane() % out.c] + (added.empty() ? 0 : added[i]);
      floats(y)[i] = !identity && value < 0 ? 0 : value;
    }
    return "";
  });
}

API int cudnnConvolutionBackwardData(Handle handle, const void* alpha, Handle wDesc, const void* w, Handle dyDesc, const void* dy,
    Handle convolution, int number, void* workspace, size_t workspaceBytes, const void* beta, Handle dxDesc, void* dx) {
  Call call(Library::cudnn, __func__, Kind::enqueues);
  if (call.code != 0) {
    return call.code;
  }
  Arguments arguments(call, handle);
  Problem problem(arguments, dxDesc, wDesc, convolution, dyDesc);
  Algorithm algorithm = choose(arguments, Pass::backwardData, number);
  arguments.operands.read("w", w, problem.w.bytes());
  arguments.operands.read("dy", dy, problem.y.bytes());
  arguments.operands.write("dx", dx, problem.x.bytes());
  auto scribble = useWorkspace(arguments, problem.workspace(Pass::backwardData, number), workspace, workspaceBytes);
  arguments.operands.checkOverlap(false);
  Scale scale{arguments.scalar(alpha, "alpha"), arguments.scalar(beta, "beta")};
  Rounding rounding = roundingOf(problem.convolution);
  return arguments.enqueue([=, size = problem.size] {
    scribble();
    convolveBackwardData(size, rounding, scale, otherOrder(algorithm), floats(w), floats(dy), floats(dx));
    return "";
  });
}

API int cudnnConvolutionBackwardFilter(Handle handle, const void* alpha, Handle xDesc, const void* x, Handle dyDesc, const void* dy,
    Handle convolution, int number, void* workspace, size_t workspaceBytes, const void* beta, Handle dwDesc, void* dw) {
  Call call(Library::cudnn, __func__, Kind::enqueues);
  if (call.code != 0) {
    return call.code;
  }
  Arguments arguments(call, handle);
  Problem problem(arguments, xDesc, dwDesc, convolution, dyDesc);
  Algorithm algorithm = choose(arguments, Pass::backwardFilter, number);
  arguments.operands.read("x", x, problem.x.bytes());
  arguments.operands.read("dy", dy, problem.y.bytes());
  arguments.operands.write("dw", dw, problem.w.bytes());
  auto scribble = useWorkspace(arguments, problem.workspace(Pass::backwardFilter, number), workspace, workspaceBytes);
  arguments.operands.checkOverlap(false);
  Scale scale{arguments.scalar(alpha, "alpha"), arguments.scalar(beta, "beta")};
  Rounding rounding = roundingOf(problem.convolution);
  return arguments.enqueue([=, size = problem.size] {
    scribble();
    convolveBackwardFilter(size, rounding, scale, otherOrder(algorithm), floats(x), floats(dy), floats(dw));
    return "";
  });
}

}  // namespace standin
