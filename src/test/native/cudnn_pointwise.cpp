// cuDNN's sums and functions of single elements: bias, bias gradient, activations.

#include <cmath>

#include "convolution.h"
#include "cudnn.h"

namespace standin {

static const float* floats(const void* pointer) { return static_cast<const float*>(pointer); }
static float* floats(void* pointer) { return static_cast<float*>(pointer); }

API int cudnnAddTensor(Handle handle, const void* alpha, Handle aDesc, const void* a, const void* beta, Handle cDesc, void* c) {
  Call call(Library::cudnn, __func__, Kind::enqueues);
  if (call.code != 0) {
    return call.code;
  }
  Arguments arguments(call, handle);
  Tensor added = arguments.tensor(aDesc, "A's descriptor");
  Tensor out = arguments.tensor(cDesc, "C's descriptor");
  bool fits = (added.n == out.n || added.n == 1) && (added.c == out.c || added.c == 1) && (added.h == out.h || added.h == 1)
      && (added.w == out.w || added.w == 1);
  arguments.require(fits, "a sum of " + added.shape() + " and " + out.shape());
  arguments.operands.read("A", a, added.bytes());
  arguments.operands.write("C", c, out.bytes());
  arguments.operands.checkOverlap(true);
  Scale scale{arguments.scalar(alpha, "alpha"), arguments.scalar(beta, "beta")};
  return arguments.enqueue([=] {
    float* to = floats(c);
    for (int n = 0; n < out.n; n++) {
      for (int channel = 0; channel < out.c; channel++) {
        for (int h = 0; h < out.h; h++) {
          int64_t row = ((int64_t{added.n == 1 ? 0 : n} * added.c + (added.c == 1 ? 0 : channel)) * added.h + (added.h == 1 ? 0 : h)) * added.w;
          for (int w = 0; w < out.w; w++) {
            scale.apply(floats(a)[row + (added.w == 1 ? 0 : w)], *to++);
          }
        }
      }
    }
    return "";
  });
}

API int cudnnConvolutionBackwardBias(Handle handle, const void* alpha, Handle dyDesc, const void* dy, const void* beta, Handle dbDesc,
    void* db) {
  Call call(Library::cudnn, __func__, Kind::enqueues);
  if (call.code != 0) {
    return call.code;
  }
  Arguments arguments(call, handle);
  Tensor in = arguments.tensor(dyDesc, "dy's descriptor");
  Tensor out = arguments.tensor(dbDesc, "db's descriptor");
  arguments.require(out.n == 1 && out.c == in.c && out.plane() == 1, "a bias of " + out.shape() + " for " + in.shape());
  arguments.operands.read("dy", dy, in.bytes());
  arguments.operands.write("db", db, out.bytes());
  arguments.operands.checkOverlap(false);
  Scale scale{arguments.scalar(alpha, "alpha"), arguments.scalar(beta, "beta")};
  return arguments.enqueue([=] {
    for (int c = 0; c < in.c; c++) {
      float sum = 0;
      for (int n = 0; n < in.n; n++) {
        const float* plane = floats(dy) + (int64_t{n} * in.c + c) * in.plane();
        for (int64_t i = 0; i < in.plane(); i++) {
          sum += plane[i];
        }
      }
      scale.apply(sum, floats(db)[c]);
    }
    return "";
  });
}

// ---- activations ----

static float activate(const Activation& activation, float x) {
  switch (activation.mode) {
    case cudnn::sigmoid: return 1 / (1 + std::exp(-x));
    case cudnn::tanh: return std::tanh(x);
    case cudnn::relu: return x > 0 || (x != x && activation.nan == cudnn::propagateNan) ? x : 0;
    default: return x;
  }
}

API int cudnnActivationForward(Handle handle, Handle activationDesc, const void* alpha, Handle xDesc, const void* x, const void* beta,
    Handle yDesc, void* y) {
  Call call(Library::cudnn, __func__, Kind::enqueues);
  if (call.code != 0) {
    return call.code;
  }
  Arguments arguments(call, handle);
  Activation activation = arguments.activation(activationDesc);
  Tensor in = arguments.tensor(xDesc, "x's descriptor");
  Tensor out = arguments.tensor(yDesc, "y's descriptor");
  arguments.require(in.same(out), "x of " + in.shape() + " and y of " + out.shape());
  arguments.require(activation.mode != cudnn::identity, "there is nothing to do");
  arguments.operands.read("x", x, in.bytes());
  arguments.operands.write("y", y, out.bytes());
  arguments.operands.checkOverlap(true);
  Scale scale{arguments.scalar(alpha, "alpha"), arguments.scalar(beta, "beta")};
  return arguments.enqueue([=] {
    for (int64_t i = 0; i < in.size(); i++) {
      scale.apply(activate(activation, floats(x)[i]), floats(y)[i]);
    }
    return "";
  });
}

/** dx from y or x, whichever cuDNN uses. */
static float slope(const Activation& activation, float x, float y) {
  switch (activation.mode) {
    case cudnn::sigmoid: return y * (1 - y);
    case cudnn::tanh: return 1 - y * y;
    default: return x > 0 ? 1 : 0;
  }
}

API int cudnnActivationBackward(Handle handle, Handle activationDesc, const void* alpha, Handle yDesc, const void* y, Handle dyDesc,
    const void* dy, Handle xDesc, const void* x, const void* beta, Handle dxDesc, void* dx) {
  Call call(Library::cudnn, __func__, Kind::enqueues);
  if (call.code != 0) {
    return call.code;
  }
  Arguments arguments(call, handle);
  Activation activation = arguments.activation(activationDesc);
  Tensor in = arguments.tensor(xDesc, "x's descriptor");
  bool same = in.same(arguments.tensor(yDesc, "y's descriptor")) && in.same(arguments.tensor(dyDesc, "dy's descriptor"))
      && in.same(arguments.tensor(dxDesc, "dx's descriptor"));
  arguments.require(same, "x, y, dx and dy have different shapes");
  arguments.require(activation.mode != cudnn::identity, "there is nothing to do");
  arguments.operands.read("dy", dy, in.bytes());
  arguments.operands.write("dx", dx, in.bytes());
  arguments.operands.checkOverlap(true);
  arguments.operands.read("y", y, in.bytes());
  arguments.operands.read("x", x, in.bytes());
  Scale scale{arguments.scalar(alpha, "alpha"), arguments.scalar(beta, "beta")};
  return arguments.enqueue([=] {
    for (int64_t i = 0; i < in.size(); i++) {
      scale.apply(floats(dy)[i] * slope(activation, floats(x)[i], floats(y)[i]), floats(dx)[i]);
    }
    return "";
  });
}

}  // namespace standin
