// The linear layers of LeNet-5 for one sample, by a whole block: weights are read once, straight from memory, many loads at a time.
#pragma once

#include "lenet.cuh"

// Of one sample, in shared memory.
struct __align__(16) Linears {
  float a2[SIZE2];
  float h1[HIDDEN1];
  float h2[HIDDEN2];
  float z[MOST_CLASSES];
  float dz3[MOST_CLASSES];
  float dz2[HIDDEN2];
  float dz1[HIDDEN1];
  float sums[1008]; // (slices, inputs) of transposed: 2 x 400, 7 x 120 or 12 x 84
  unsigned char mask2[SIZE2];
};

__device__ __forceinline__ float dot(float4 a, float4 b) {
  return a.x * b.x + a.y * b.y + (a.z * b.z + a.w * b.w);
}

// Sums each of ROWS values over the warp: lane 32 / ROWS * i ends with the i-th. Half of the values change lanes, then half of those.
template <int ROWS>
__device__ __forceinline__ float fold(float* sums) {
  const int lane = threadIdx.x % 32;
  int distance = 16;
#pragma unroll
  for (int count = ROWS / 2; count > 0; count /= 2) {
    const bool upper = (lane & distance) != 0;
#pragma unroll
    for (int k = 0; k < count; k++) {
      const float other = __shfl_xor_sync(0xFFFFFFFFu, upper ? sums[k] : sums[count + k], distance);
      sums[k] = (upper ? sums[count + k] : sums[k]) + other;
    }
    distance /= 2;
  }
#pragma unroll
  for (; distance > 0; distance /= 2) {
    sums[0] += __shfl_xor_sync(0xFFFFFFFFu, sums[0], distance);
  }
  return sums[0];
}

// y = W x + b, with ReLU if wanted: a warp has ROWS outputs at a time. x, y in shared memory
template <int IN, int ROWS>
__device__ __forceinline__ void linear(const float* weight, const float* bias, const float* x, float* y, int out, bool relu) {
  constexpr int QUADS = IN / 4;
  constexpr int FULL = QUADS / 32;
  constexpr int REST = QUADS % 32;
  constexpr bool TOGETHER = REST * ROWS <= 32; // the rests of all rows in one load
  const int lane = threadIdx.x % 32;
  float4 own[FULL + 1];
#pragma unroll
  for (int k = 0; k < FULL; k++) {
    own[k] = ((const float4*) x)[k * 32 + lane];
  }
  const bool rest = lane < (TOGETHER ? REST * ROWS : REST);
  const int quad = FULL * 32 + (TOGETHER ? lane % REST : rest ? lane : 0);
  own[FULL] = rest ? ((const float4*) x)[quad] : make_float4(0, 0, 0, 0);
#pragma unroll 1
  for (int o = threadIdx.x / 32 * ROWS; o < out; o += WARPS * ROWS) {
    float4 w[ROWS][FULL + 1];
#pragma unroll
    for (int r = 0; r < ROWS; r++) {
      const float4* row = (const float4*) (weight + min(o + r, out - 1) * IN);
#pragma unroll
      for (int k = 0; k < FULL; k++) {
        w[r][k] = row[k * 32 + lane];
      }
      if (!TOGETHER) {
        w[r][FULL] = row[quad];
      }
    }
    const int restRow = TOGETHER ? min(lane / REST, ROWS - 1) : 0;
    if (TOGETHER) {
      w[0][FULL] = ((const float4*) (weight + min(o + restRow, out - 1) * IN))[quad];
    }
    const float b = bias[min(o + lane / (32 / ROWS), out - 1)];
    float sums[ROWS];
    const float restDot = TOGETHER ? dot(w[0][FULL], own[FULL]) : 0;
#pragma unroll
    for (int r = 0; r < ROWS; r++) {
      sums[r] = TOGETHER ? (restRow == r ? restDot : 0) : dot(w[r][FULL], own[FULL]);
#pragma unroll
      for (int k = 0; k < FULL; k++) {
        sums[r] += dot(w[r][k], own[k]);
      }
    }
    const float sum = fold<ROWS>(sums) + b;
    if (lane % (32 / ROWS) == 0 && o + lane / (32 / ROWS) < out) {
      y[o + lane / (32 / ROWS)] = relu && sum < 0 ? 0 : sum;
    }
  }
}

// dx_i = sum_o dy_o W_oi, in SLICES parts over outputs: sums (SLICES, IN). A thread has four inputs, and UNROLL loads at a time; from the
// last output down, for what forward read last may still lie in the first-level cache. WHOLE: out is a multiple of SLICES * UNROLL
template <int IN, int SLICES, int UNROLL, bool WHOLE>
__device__ __forceinline__ void transposed(const float* weight, const float* dy, float* sums, int out) {
  constexpr int QUADS = IN / 4;
  const int quad = threadIdx.x % QUADS;
  const int slice = threadIdx.x / QUADS;
  if (slice >= SLICES) {
    return;
  }
  float4 sum = make_float4(0, 0, 0, 0);
#pragma unroll 1
  for (int o = out - 1 - slice; o >= 0; o -= SLICES * UNROLL) {
    const float4* row = (const float4*) (weight + o * IN) + quad;
    float4 w[UNROLL];
#pragma unroll
    for (int k = 0; k < UNROLL; k++) {
      w[k] = WHOLE || o >= k * SLICES ? row[-k * SLICES * QUADS] : make_float4(0, 0, 0, 0);
    }
#pragma unroll
    for (int k = 0; k < UNROLL; k++) {
      const float d = WHOLE || o >= k * SLICES ? dy[o - k * SLICES] : 0;
      sum.x += d * w[k].x;
      sum.y += d * w[k].y;
      sum.z += d * w[k].z;
      sum.w += d * w[k].w;
    }
  }
  ((float4*) sums)[slice * QUADS + quad] = sum;
}

// Adds up the slices of input i.
template <int IN, int SLICES>
__device__ __forceinline__ float total(const float* sums, int i) {
  float sum = 0;
#pragma unroll
  for (int k = 0; k < SLICES; k++) {
    sum += sums[k * IN + i];
  }
  return sum;
}

// dx = W^T dy behind the ReLU that gave y. All threads of the block.
template <int IN, int SLICES, int UNROLL, bool WHOLE>
__device__ __forceinline__ void backward(const float* weight, const float* dy, const float* y, float* dx, float* sums, int out) {
  transposed<IN, SLICES, UNROLL, WHOLE>(weight, dy, sums, out);
  __syncthreads();
  const int i = threadIdx.x;
  if (i < IN) {
    dx[i] = y[i] > 0 ? total<IN, SLICES>(sums, i) : 0;
  }
  __syncthreads();
}
