// What CUDA C++ has and C++ has not, as far as our kernels use it: included before each kernel source.
//
// A block's threads run one after another on the thread that waits for the stream; at a barrier or shuffle a thread steps aside for the
// others (grid.cpp). So shared memory is memory of the host's thread.
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
#define __shared__ static thread_local
#define __constant__ static const
#define __align__(n) alignas(n)

struct uint3 {
  unsigned x, y, z;
};
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

namespace standin {
/** Of the running thread. */
struct Indices {
  uint3 thread, block, blockSize, gridSize;
};
extern thread_local Indices indices;

void barrier();
/** Puts 4 bytes on the board of the warp, waits for all lanes of the mask, returns what lane `from` put there. */
uint32_t exchange(unsigned mask, uint32_t value, unsigned from);
unsigned lane();
}  // namespace standin

#define threadIdx (standin::indices.thread)
#define blockIdx (standin::indices.block)
#define blockDim (standin::indices.blockSize)
#define gridDim (standin::indices.gridSize)
constexpr int warpSize = 32;

static inline void __syncthreads() { standin::barrier(); }
static inline void __syncwarp(unsigned mask = 0xffffffffu) { standin::exchange(mask, 0, standin::lane()); }
static inline void __threadfence() {}

template <class T> static inline T standinShuffle(unsigned mask, T value, unsigned from) {
  static_assert(sizeof(T) == 4);
  uint32_t bits;
  memcpy(&bits, &value, 4);
  bits = standin::exchange(mask, bits, from);
  memcpy(&value, &bits, 4);
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

// Programs on other streams may run on other threads of the host, so that these are atomic there, too.
static inline int atomicAdd(int* address, int value) { return __atomic_fetch_add(address, value, __ATOMIC_RELAXED); }
static inline unsigned atomicAdd(unsigned* address, unsigned value) { return __atomic_fetch_add(address, value, __ATOMIC_RELAXED); }
static inline unsigned long long atomicAdd(unsigned long long* address, unsigned long long value) {
  return __atomic_fetch_add(address, value, __ATOMIC_RELAXED);
}
template <class F, class Bits> static inline F standinAtomicAdd(F* address, F value) {
  auto* bits = reinterpret_cast<Bits*>(address);
  Bits old = __atomic_load_n(bits, __ATOMIC_RELAXED);
  Bits sum;
  F before;
  do {
    memcpy(&before, &old, sizeof old);
    F after = before + value;
    memcpy(&sum, &after, sizeof sum);
  } while (!__atomic_compare_exchange_n(bits, &old, sum, true, __ATOMIC_RELAXED, __ATOMIC_RELAXED));
  return before;
}
static inline float atomicAdd(float* address, float value) { return standinAtomicAdd<float, uint32_t>(address, value); }
static inline double atomicAdd(double* address, double value) { return standinAtomicAdd<double, uint64_t>(address, value); }
template <class T, class Choose> static inline T standinAtomicChoose(T* address, T value, Choose choose) {
  T old = __atomic_load_n(address, __ATOMIC_RELAXED);
  while (!__atomic_compare_exchange_n(address, &old, choose(old, value), true, __ATOMIC_RELAXED, __ATOMIC_RELAXED)) {
  }
  return old;
}
template <class T> static inline T atomicMin(T* address, T value) {
  return standinAtomicChoose(address, value, [](T a, T b) { return b < a ? b : a; });
}
template <class T> static inline T atomicMax(T* address, T value) {
  return standinAtomicChoose(address, value, [](T a, T b) { return a < b ? b : a; });
}

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
