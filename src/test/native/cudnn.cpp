// cuDNN: handles, descriptors, and the names of its errors.

#include "cudnn.h"

#include <algorithm>

namespace standin {

// ---- arguments ----

Arguments::Arguments(const Call& call, Handle handle) : call(call) {
  auto dnn = find<Dnn>(handle);
  if (!dnn) {
    fail(cudnn::notInitialized, explain(handle, "cuDNN handle"));
  } else if (dnn->stream == 0) {
    fail(cudnn::streamMismatch, "the handle has no stream");
  } else {
    stream = dnn->stream;
  }
}

Tensor Arguments::tensor(Handle handle, const char* name) {
  auto found = get<Tensor>(handle, "tensor descriptor");
  require(found.n > 0, text("%s was never set", name));
  return found;
}

Filter Arguments::filter(Handle handle) {
  auto found = get<Filter>(handle, "filter descriptor");
  require(found.n > 0, "the filter descriptor was never set");
  return found;
}

Convolution Arguments::convolution(Handle handle) {
  auto found = get<Convolution>(handle, "convolution descriptor");
  require(found.padding >= 0, "the convolution descriptor was never set");
  return found;
}

Pooling Arguments::pooling(Handle handle) {
  auto found = get<Pooling>(handle, "pooling descriptor");
  require(found.mode >= 0, "the pooling descriptor was never set");
  return found;
}

Activation Arguments::activation(Handle handle) {
  auto found = get<Activation>(handle, "activation descriptor");
  require(found.mode >= 0, "the activation descriptor was never set");
  return found;
}

float Arguments::scalar(const void* pointer, const char* name) {
  if (pointer == nullptr || isDevice(pointer)) {
    fail(cudnn::badParam, text("%s must be on the host", name));
    return 0;
  }
  return *static_cast<const float*>(pointer);
}

void Arguments::require(bool condition, const std::string& otherwise) {
  if (!condition) {
    fail(cudnn::badParam, otherwise);
  }
}

void Arguments::fail(int code, const std::string& reason) {
  if (error.empty()) {
    error = reason;
    this->code = code;
  }
}

int Arguments::enqueue(std::function<std::string()> run) {
  return error.empty() ? standin::enqueue(call, stream, std::move(operands), std::move(run)) : call.violation(code, error);
}

// ---- handles ----

API int cudnnCreate(Handle* handle) {
  Call call(Library::cudnn, __func__, Kind::blocks);
  if (call.code == 0) {
    *handle = add("cuDNN handle", std::make_shared<Dnn>());
  }
  return call.code;
}

API int cudnnDestroy(Handle handle) {
  Call call(Library::cudnn, __func__, Kind::releases);
  auto handled = find<Dnn>(handle);
  if (call.code == 0 && handled && handled->device != currentDevice()) {
    foreign(call, cudnn::badParam, "the cuDNN handle", handled->device, currentDevice());
  }
  if (!call.refused && !remove<Dnn>(handle)) {
    return call.violation(cudnn::notInitialized, explain(handle, "cuDNN handle"));
  }
  return call.code;
}

API int cudnnSetStream(Handle handle, Handle stream) {
  Call call(Library::cudnn, __func__, Kind::enqueues);
  if (call.code != 0) {
    return call.code;
  }
  auto dnn = find<Dnn>(handle);
  if (!dnn || !find<Stream>(stream)) {
    return dnn ? call.violation(cudnn::badParam, explain(stream, "stream"))
               : call.violation(cudnn::notInitialized, explain(handle, "cuDNN handle"));
  }
  if (int owner = find<Stream>(stream)->device; owner != dnn->device) {
    return foreign(call, cudnn::streamMismatch, "the stream", owner, dnn->device);
  }
  dnn->stream = stream;
  return cudnn::success;
}

API size_t cudnnGetVersion() { return cudnn::version; }

API const char* cudnnGetErrorString(int code) {
  switch (code) {
    case cudnn::success: return "CUDNN_STATUS_SUCCESS";
    case cudnn::notInitialized: return "CUDNN_STATUS_NOT_INITIALIZED";
    case cudnn::badParam: return "CUDNN_STATUS_BAD_PARAM";
    case cudnn::nullPointer: return "CUDNN_STATUS_BAD_PARAM_NULL_POINTER";
    case cudnn::sizeInsufficient: return "CUDNN_STATUS_BAD_PARAM_SIZE_INSUFFICIENT";
    case cudnn::streamMismatch: return "CUDNN_STATUS_BAD_PARAM_STREAM_MISMATCH";
    case cudnn::shapeMismatch: return "CUDNN_STATUS_BAD_PARAM_SHAPE_MISMATCH";
    case cudnn::notSupported: return "CUDNN_STATUS_NOT_SUPPORTED";
    case cudnn::internalError: return "CUDNN_STATUS_INTERNAL_ERROR";
    case cudnn::deviceAllocFailed: return "CUDNN_STATUS_INTERNAL_ERROR_DEVICE_ALLOCATION_FAILED";
    case cudnn::executionFailed: return "CUDNN_STATUS_EXECUTION_FAILED";
    default: return "CUDNN_UNKNOWN_STATUS";
  }
}

API void cudnnGetLastErrorString(char* message, size_t bytes) {
  snprintf(message, bytes, "%s", lastReason.c_str());
  lastReason.clear();
}

// ---- descriptors ----

template <class T> static int create(const Call& call, Handle* descriptor, const char* kind) {
  if (call.code == 0) {
    *descriptor = add(kind, std::make_shared<T>());
  }
  return call.code;
}

template <class T> static int destroy(const Call& call, Handle descriptor, const char* kind) {
  if (!call.refused && !remove<T>(descriptor)) {
    return call.violation(cudnn::badParam, explain(descriptor, kind));
  }
  return call.code;
}

API int cudnnCreateTensorDescriptor(Handle* descriptor) {
  return create<Tensor>(Call(Library::cudnn, __func__, Kind::enqueues), descriptor, "tensor descriptor");
}

API int cudnnDestroyTensorDescriptor(Handle descriptor) {
  return destroy<Tensor>(Call(Library::cudnn, __func__, Kind::releases), descriptor, "tensor descriptor");
}

API int cudnnCreateFilterDescriptor(Handle* descriptor) {
  return create<Filter>(Call(Library::cudnn, __func__, Kind::enqueues), descriptor, "filter descriptor");
}

API int cudnnDestroyFilterDescriptor(Handle descriptor) {
  return destroy<Filter>(Call(Library::cudnn, __func__, Kind::releases), descriptor, "filter descriptor");
}

API int cudnnCreateConvolutionDescriptor(Handle* descriptor) {
  return create<Convolution>(Call(Library::cudnn, __func__, Kind::enqueues), descriptor, "convolution descriptor");
}

API int cudnnDestroyConvolutionDescriptor(Handle descriptor) {
  return destroy<Convolution>(Call(Library::cudnn, __func__, Kind::releases), descriptor, "convolution descriptor");
}

API int cudnnCreatePoolingDescriptor(Handle* descriptor) {
  return create<Pooling>(Call(Library::cudnn, __func__, Kind::enqueues), descriptor, "pooling descriptor");
}

API int cudnnDestroyPoolingDescriptor(Handle descriptor) {
  return destroy<Pooling>(Call(Library::cudnn, __func__, Kind::releases), descriptor, "pooling descriptor");
}

API int cudnnCreateActivationDescriptor(Handle* descriptor) {
  return create<Activation>(Call(Library::cudnn, __func__, Kind::enqueues), descriptor, "activation descriptor");
}

API int cudnnDestroyActivationDescriptor(Handle descriptor) {
  return destroy<Activation>(Call(Library::cudnn, __func__, Kind::releases), descriptor, "activation descriptor");
}

static int setTensor(const Call& call, Tensor* tensor, const std::string& missing, int format, int type, int n, int c, int h, int w) {
  if (call.code != 0) {
    return call.code;
  }
  if (tensor == nullptr) {
    return call.violation(cudnn::badParam, missing);
  }
  if (format != cudnn::nchw || type != cudnn::dataFloat) {
    return call.violation(cudnn::notSupported, "the stand-in takes float32 in NCHW only");
  }
  if (std::min({n, c, h, w}) < 1 || int64_t{n} * c * h * w > int64_t{1} << 31) {
    return call.violation(cudnn::badParam, text("shape (%d, %d, %d, %d)", n, c, h, w));
  }
  tensor->n = n;
  tensor->c = c;
  tensor->h = h;
  tensor->w = w;
  return cudnn::success;
}

API int cudnnSetTensor4dDescriptor(Handle descriptor, int format, int type, int n, int c, int h, int w) {
  Call call(Library::cudnn, __func__, Kind::enqueues);
  return setTensor(call, find<Tensor>(descriptor).get(), explain(descriptor, "tensor descriptor"), format, type, n, c, h, w);
}

API int cudnnSetFilter4dDescriptor(Handle descriptor, int type, int format, int k, int c, int h, int w) {
  Call call(Library::cudnn, __func__, Kind::enqueues);
  return setTensor(call, find<Filter>(descriptor).get(), explain(descriptor, "filter descriptor"), format, type, k, c, h, w);
}

API int cudnnSetConvolution2dDescriptor(Handle descriptor, int padH, int padW, int strideH, int strideW, int dilationH, int dilationW,
    int mode, int compute) {
  Call call(Library::cudnn, __func__, Kind::enqueues);
  if (call.code != 0) {
    return call.code;
  }
  auto convolution = find<Convolution>(descriptor);
  if (!convolution || padH < 0) {
    return call.violation(cudnn::badParam, convolution ? "a negative padding" : explain(descriptor, "convolution descriptor"));
  }
  if (padH != padW || strideH != 1 || strideW != 1 || dilationH != 1 || dilationW != 1 || mode != cudnn::crossCorrelation
      || compute != cudnn::dataFloat) {
    return call.violation(cudnn::notSupported, "the stand-in correlates in float32 with stride 1, dilation 1 and the same padding all around");
  }
  convolution->padding = padH;
  return cudnn::success;
}

API int cudnnSetConvolutionMathType(Handle descriptor, int math) {
  Call call(Library::cudnn, __func__, Kind::enqueues);
  if (call.code != 0) {
    return call.code;
  }
  auto convolution = find<Convolution>(descriptor);
  if (!convolution || math < cudnn::defaultMath || math > cudnn::fmaMath) {
    return call.violation(cudnn::badParam, convolution ? text("math type %d", math) : explain(descriptor, "convolution descriptor"));
  }
  convolution->math = math;
  return cudnn::success;
}

API int cudnnSetPooling2dDescriptor(Handle descriptor, int mode, int nan, int h, int w, int padH, int padW, int strideH, int strideW) {
  Call call(Library::cudnn, __func__, Kind::enqueues);
  if (call.code != 0) {
    return call.code;
  }
  auto pooling = find<Pooling>(descriptor);
  if (!pooling) {
    return call.violation(cudnn::badParam, explain(descriptor, "pooling descriptor"));
  }
  if (mode < 0 || mode > cudnn::poolMaxDeterministic || h < 1 || w < 1 || strideH < 1 || strideW < 1 || padH < 0 || padW < 0
      || padH >= h || padW >= w) {
    return call.violation(cudnn::badParam, text("mode %d, window %dx%d, padding %dx%d, stride %dx%d", mode, h, w, padH, padW, strideH,
        strideW));
  }
  pooling->mode = mode;
  pooling->nan = nan;
  pooling->h = h;
  pooling->w = w;
  pooling->padH = padH;
  pooling->padW = padW;
  pooling->strideH = strideH;
  pooling->strideW = strideW;
  return cudnn::success;
}

API int cudnnSetActivationDescriptor(Handle descriptor, int mode, int nan, double) {
  Call call(Library::cudnn, __func__, Kind::enqueues);
  if (call.code != 0) {
    return call.code;
  }
  auto activation = find<Activation>(descriptor);
  if (!activation) {
    return call.violation(cudnn::badParam, explain(descriptor, "activation descriptor"));
  }
  if (mode != cudnn::sigmoid && mode != cudnn::relu && mode != cudnn::tanh && mode != cudnn::identity) {
    return call.violation(cudnn::notSupported, text("the stand-in has no activation %d", mode));
  }
  activation->mode = mode;
  activation->nan = nan;
  return cudnn::success;
}

}  // namespace standin
