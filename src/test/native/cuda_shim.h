// What CUDA C++ has and C++ has not, as far as our kernels use it: included before each kernel source.
//
// A block's threads run one after another on the thread that waits for the stream; at a barrier or shuffle a thread steps aside for the
// others (grid.cpp). Shared memory is static, so one block of a source runs at a time; it lies in a section of its own, SHARED_SECTION,
// which is full of NaN before each block.
#pragma once

#include <cmath>
#include <cstdint>
#include <cstring>

#include "kernels.h"

#define __global__
#define __device__
#define __host__
#define __forceinline__ inline __attribute__((always_inline))
#define __launch_bounds__(...)
#define STANDIN_TEXT(name) #name
#define STANDIN_TEXT_OF(name) STANDIN_TEXT(name)
#define STANDIN_JOIN(a, b) a##b
#define STANDIN_JOINED(a, b) STANDIN_JOIN(a, b)
#define __shared__ static __attribute__((section(STANDIN_TEXT_OF(SHARED_SECTION))))
#define __constant__ static const
#define __align__(n) alignas(n)

// The linker defines both where a source has shared memory.
extern "C" {
extern char STANDIN_JOINED(__start_, SHARED_SECTION)[] __attribute__((weak, visibility("hidden")));
extern char STANDIN_JOINED(__stop_, SHARED_SECTION)[] __attribute__((weak, visibility("hidden")));
}
static standin::SharedMemory sharedMemory{STANDIN_JOINED(__start_, SHARED_SECTION), STANDIN_JOINED(__stop_, SHARED_SECTION), {}};

struct alignas(8) float2 {
  float x, y;
};
struct alignas(16) float4 {
  float x, y, z, w;
};
struct alignas(16) uint4 {
  unsigned x, y, z, w;
};
static inline float2 make_float2(float x, float y) { return {x, y}; }
static inline float4 make_float4(float x, float y, float z, float w) { return {x, y, z, w}; }
static inline uint4 make_uint4(unsigned x, unsigned y, unsigned z, unsigned w) { return {x, y, z, w}; }

#define threadIdx (standin::indices.thread)
#define blockIdx (standin::indices.block)
#define blockDim (standin::indices.blockSize)
#define gridDim (standin::indices.gridSize)
constexpr int warpSize = 32;

static inline void __syncthreads() { standin::barrier(); }
static inline void __syncwarp(unsigned mask = 0xffffffffu) { standin::warpBarrier(mask); }
static inline void __threadfence() { standin::fence(); }

template <class T> static inline T standinShuffle(unsigned mask, T value, unsigned from) {
  static_assert(sizeof(T) % 4 == 0);
  uint32_t bits[sizeof(T) / 4];
  memcpy(bits, &value, sizeof value);
  for (uint32_t& word : bits) {
    word = standin::exchange(mask, word, from);
  }
  memcpy(&value, bits, sizeof value);
  return value;
}
template <class T> static inline T __shfl_sync(unsigned mask, T value, int from) {
  return standinShuffle(mask, value, static_cast<unsigned>(from) % 32);
}
template <class T> static inline T __shfl_down_sync(unsigned mask, T value, unsigned delta, int width = 32) {
  unsigned lane = standin::lane();
  bool inside = lane % static_cast<unsigned>(width) + delta < static_cast<unsigned>(width);
  return standinShuffle(mask, value, inside ? lane + delta : lane);
}
template <class T> static inline T __shfl_xor_sync(unsigned mask, T value, int laneMask, int width = 32) {
  unsigned lane = standin::lane();
  unsigned from = lane ^ static_cast<unsigned>(laneMask);
  return standinShuffle(mask, value, from / static_cast<unsigned>(width) == lane / static_cast<unsigned>(width) ? from : lane);
}

// Programs on other streams may run on other threads of the host, so that these are atomic there, too. What the compiler inserts to watch
// accesses stays out of them: the observer is told of an atomic.
template <class T, class Bits, class Change>
__attribute__((noinline, no_sanitize("thread"))) static T standinAtomic(T* address, Change change) {
  static_assert(sizeof(T) == sizeof(Bits));
  if (standin::observer != nullptr) {
    standin::observer->beforeAtomic(address, sizeof(T));
  }
  auto* bits = reinterpret_cast<Bits*>(address);
  Bits old = __atomic_load_n(bits, __ATOMIC_RELAXED);
  Bits changed;
  T before;
  do {
    memcpy(&before, &old, sizeof old);
    T after = change(before);
    memcpy(&changed, &after, sizeof changed);
  } while (!__atomic_compare_exchange_n(bits, &old, changed, true, __ATOMIC_RELAXED, __ATOMIC_RELAXED));
  if (standin::observer != nullptr) {
    standin::observer->afterAtomic(address);
  }
  return before;
}
template <class T> using StandinBits = std::conditional_t<sizeof(T) == 8, uint64_t, uint32_t>;
#define STANDIN_ATOMIC(name, result) \
  template <class T> static inline T name(T* address, std::common_type_t<T> value) { \
    return standinAtomic<T, StandinBits<T>>(address, [value](T old) { return result; }); \
  }
STANDIN_ATOMIC(atomicAdd, static_cast<T>(old + value))
STANDIN_ATOMIC(atomicMin, value < old ? value : old)
STANDIN_ATOMIC(atomicMax, old < value ? value : old)
STANDIN_ATOMIC(atomicExch, (static_cast<void>(old), value))

using std::isfinite;
using std::isinf;
using std::isnan;
template <class T> static inline T min(T a, T b) { return b < a ? b : a; }
template <class T> static inline T max(T a, T b) { return a < b ? b : a; }
static inline float min(float a, float b) { return fminf(a, b); }
static inline float max(float a, float b) { return fmaxf(a, b); }
template <class T> static inline T __ldg(const T* address) { return *address; }
static inline float rsqrtf(float x) { return 1 / sqrtf(x); }
#define __expf expf  // glibc has functions of these names, which it does not offer
#define __logf logf
static inline float __fdividef(float x, float y) { return x / y; }
static inline float __fmaf_rn(float x, float y, float z) { return fmaf(x, y, z); }
static inline float __int2float_rn(int x) { return static_cast<float>(x); }
static inline float __uint2float_rn(unsigned x) { return static_cast<float>(x); }
static inline int __float2int_rn(float x) { return static_cast<int>(rintf(x)); }
static inline int __float2int_rd(float x) { return static_cast<int>(floorf(x)); }
static inline unsigned __umulhi(unsigned a, unsigned b) { return static_cast<unsigned>(static_cast<uint64_t>(a) * b >> 32); }
static inline int __float_as_int(float x) {
  int bits;
  memcpy(&bits, &x, 4);
  return bits;
}
static inline float __int_as_float(int bits) {
  float x;
  memcpy(&x, &bits, 4);
  return x;
}
static inline unsigned __float_as_uint(float x) { return static_cast<unsigned>(__float_as_int(x)); }
static inline float __uint_as_float(unsigned bits) { return __int_as_float(static_cast<int>(bits)); }

// Products and sums that nvcc must not fuse, and a compiler of C++ must not either.
static inline float __fmul_rn(float x, float y) {
  volatile float product = x * y;
  return product;
}
static inline float __fadd_rn(float x, float y) {
  volatile float sum = x + y;
  return sum;
}
static inline float __fsub_rn(float x, float y) {
  volatile float difference = x - y;
  return difference;
}
static inline float __fdiv_rn(float x, float y) { return x / y; }
static inline float __fsqrt_rn(float x) { return sqrtf(x); }
