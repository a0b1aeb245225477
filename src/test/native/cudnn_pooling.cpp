// cuDNN's pooling, forward and backward.

#include <algorithm>
#include <cmath>
#include <limits>

#include "convolution.h"
#include "cudnn.h"

namespace standin {

static const float* floats(const void* pointer) { return static_cast<const float*>(pointer); }
static float* floats(void* pointer) { return static_cast<float*>(pointer); }

static bool takesMaximum(const Pooling& pooling) {
  return pooling.mode == cudnn::poolMax || pooling.mode == cudnn::poolMaxDeterministic;
}

/** The part of a window that lies in the plane. */
struct Window {
  int top, bottom, left, right;

  Window(const Pooling& pooling, const Tensor& x, int row, int column)
      : top(std::max(0, row * pooling.strideH - pooling.padH)),
        bottom(std::min(x.h, row * pooling.strideH - pooling.padH + pooling.h)),
        left(std::max(0, column * pooling.strideW - pooling.padW)),
        right(std::min(x.w, column * pooling.strideW - pooling.padW + pooling.w)) {}

  /** What an average divides by. */
  float count(const Pooling& pooling) const {
    return static_cast<float>(pooling.mode == cudnn::poolAverageIncludePadding ? pooling.h * pooling.w : (bottom - top) * (right - left));
  }
};

/** The largest element: of equal ones the first in row order. */
static int64_t maximum(const Pooling& pooling, const Window& window, const float* plane, int width) {
  int64_t best = int64_t{window.top} * width + window.left;
  for (int row = window.top; row < window.bottom; row++) {
    for (int column = window.left; column < window.right; column++) {
      int64_t i = int64_t{row} * width + column;
      bool nan = pooling.nan == cudnn::propagateNan ? std::isnan(plane[i]) && !std::isnan(plane[best]) : std::isnan(plane[best]);
      best = plane[i] > plane[best] || nan ? i : best;
    }
  }
  return best;
}

static float pooled(const Pooling& pooling, const Window& window, const float* plane, int width) {
  if (takesMaximum(pooling)) {
    return plane[maximum(pooling, window, plane, width)];
  }
  float sum = 0;
  for (int row = window.top; row < window.bottom; row++) {
    for (int column = window.left; column < window.right; column++) {
      sum += plane[int64_t{row} * width + column];
    }
  }
  return sum / window.count(pooling);
}

static void requireShapes(Arguments& arguments, const Pooling& pooling, const Tensor& x, const Tensor& y) {
  if (!arguments.error.empty()) {
    return;
  }
  int h = 1 + (x.h + 2 * pooling.padH - pooling.h) / pooling.strideH;
  int w = 1 + (x.w + 2 * pooling.padW - pooling.w) / pooling.strideW;
  bool fits = x.h + 2 * pooling.padH >= pooling.h && x.w + 2 * pooling.padW >= pooling.w && y.n == x.n && y.c == x.c && y.h == h && y.w == w;
  arguments.require(fits, "pooling " + x.shape() + text(" gives planes of %dx%d, not ", h, w) + y.shape());
}

API int cudnnPoolingForward(Handle handle, Handle poolingDesc, const void* alpha, Handle xDesc, const void* x, const void* beta,
    Handle yDesc, void* y) {
  Call call(Library::cudnn, __func__, Kind::enqueues);
  if (call.code != 0) {
    return call.code;
  }
  Arguments arguments(call, handle);
  Pooling pooling = arguments.pooling(poolingDesc);
  Tensor in = arguments.tensor(xDesc, "x's descriptor");
  Tensor out = arguments.tensor(yDesc, "y's descriptor");
  requireShapes(arguments, pooling, in, out);
  arguments.operands.read("x", x, in.bytes());
  arguments.operands.write("y", y, out.bytes());
  arguments.operands.checkOverlap(false);
  Scale scale{arguments.scalar(alpha, "alpha"), arguments.scalar(beta, "beta")};
  return arguments.enqueue([=] {
    float* to = floats(y);
    for (int i = 0; i < in.n * in.c; i++) {
      const float* plane = floats(x) + i * in.plane();
      for (int row = 0; row < out.h; row++) {
        for (int column = 0; column < out.w; column++) {
          scale.apply(pooled(pooling, Window(pooling, in, row, column), plane, in.w), *to++);
        }
      }
    }
    return "";
  });
}

/** Adds the gradient of one output to its inputs; "" or what is wrong with y. */
static std::string spread(const Pooling& pooling, const Window& window, const float* plane, int width, float y, float dy, float* gradient) {
  if (takesMaximum(pooling)) {
    int64_t best = maximum(pooling, window, plane, width);
    gradient[best] += dy;
    return plane[best] == y || std::isnan(y) ? "" : text("y is %g where the pooling of x is %g", y, plane[best]);
  }
  for (int row = window.top; row < window.bottom; row++) {
    for (int column = window.left; column < window.right; column++) {
      gradient[int64_t{row} * width + column] += dy / window.count(pooling);
    }
  }
  return "";
}

API int cudnnPoolingBackward(Handle handle, Handle poolingDesc, const void* alpha, Handle yDesc, const void* y, Handle dyDesc,
    const void* dy, Handle xDesc, const void* x, const void* beta, Handle dxDesc, void* dx) {
  static std::atomic<unsigned> runs{0};
  Call call(Library::cudnn, __func__, Kind::enqueues);
  if (call.code != 0) {
    return call.code;
  }
  Arguments arguments(call, handle);
  Pooling pooling = arguments.pooling(poolingDesc);
  Tensor in = arguments.tensor(xDesc, "x's descriptor");
  Tensor out = arguments.tensor(yDesc, "y's descriptor");
  requireShapes(arguments, pooling, in, out);
  arguments.require(in.same(arguments.tensor(dxDesc, "dx's descriptor")), "x and dx have different shapes");
  arguments.require(out.same(arguments.tensor(dyDesc, "dy's descriptor")), "y and dy have different shapes");
  arguments.operands.read("y", y, out.bytes());
  arguments.operands.read("dy", dy, out.bytes());
  arguments.operands.read("x", x, in.bytes());
  arguments.operands.write("dx", dx, in.bytes());
  arguments.operands.checkOverlap(false);
  Scale scale{arguments.scalar(alpha, "alpha"), arguments.scalar(beta, "beta")};
  return arguments.enqueue([=]() -> std::string {
    // Plain MAX is not deterministic on a GPU: here every other run is wrong in the last bit.
    bool otherBits = pooling.mode == cudnn::poolMax && runs++ % 2 == 1;
    std::vector<float> gradient(static_cast<size_t>(in.plane()));
    const float* from = floats(dy);
    const float* result = floats(y);
    for (int i = 0; i < in.n * in.c; i++) {
      std::fill(gradient.begin(), gradient.end(), 0.0f);
      for (int row = 0; row < out.h; row++) {
        for (int column = 0; column < out.w; column++) {
          std::string error = spread(pooling, Window(pooling, in, row, column), floats(x) + i * in.plane(), in.w, *result++, *from++,
              gradient.data());
          if (!error.empty()) {
            return error;
          }
        }
      }
      for (int64_t j = 0; j < in.plane(); j++) {
        float value = otherBits ? std::nextafter(gradient[j], std::numeric_limits<float>::infinity()) : gradient[j];
        scale.apply(gradient[j] == 0 ? 0 : value, floats(dx)[i * in.plane() + j]);
      }
    }
    return "";
  });
}

}  // namespace standin
