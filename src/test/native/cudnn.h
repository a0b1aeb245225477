// Handles and descriptors of cuDNN, as its calls share them.
#pragma once

#include "numbers.h"
#include "state.h"

namespace standin {

struct Dnn : Object {
  Handle stream = 0;
};

/** float32, packed. */
struct Tensor : Object {
  int n = 0, c = 0, h = 0, w = 0;

  int64_t plane() const { return int64_t{h} * w; }
  int64_t size() const { return n * c * plane(); }
  size_t bytes() const { return static_cast<size_t>(size()) * sizeof(float); }
  bool same(const Tensor& other) const { return n == other.n && c == other.c && h == other.h && w == other.w; }
  std::string shape() const { return text("(%d, %d, %d, %d)", n, c, h, w); }
};

/** (outputs, inputs, height, width). */
struct Filter : Tensor {};

struct Convolution : Object {
  int padding = -1;
  int math = cudnn::defaultMath;
};

struct Pooling : Object {
  int mode = -1;
  int nan = 0;
  int h = 0, w = 0, padH = 0, padW = 0, strideH = 0, strideW = 0;
};

struct Activation : Object {
  int mode = -1;
  int nan = 0;
};

/** The arguments of one call: finds objects and collects what is wrong, so that a call says the first of it and returns its code. */
struct Arguments {
  const Call& call;
  std::string error;
  int code = cudnn::badParam;
  Handle stream = 0;
  Operands operands;

  Arguments(const Call& call, Handle handle);

  /** The descriptor; an empty one where there is none, which is an error. */
  template <class T> T get(Handle handle, const char* kind) {
    auto found = find<T>(handle);
    if (!found) {
      fail(cudnn::badParam, explain(handle, kind));
      return T();
    }
    return *found;
  }

  /** A descriptor that has been set. */
  Tensor tensor(Handle handle, const char* name);
  Filter filter(Handle handle);
  Convolution convolution(Handle handle);
  Pooling pooling(Handle handle);
  Activation activation(Handle handle);
  float scalar(const void* pointer, const char* name);
  void require(bool condition, const std::string& otherwise);
  void fail(int code, const std::string& reason);
  int enqueue(std::function<std::string()> run);
};

}  // namespace standin
