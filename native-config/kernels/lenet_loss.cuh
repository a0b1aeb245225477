// The losses of losses.cuh for one sample by one warp.
#pragma once

#include "lenet.cuh"

__device__ __forceinline__ float warp_sum(float value) {
#pragma unroll
  for (int distance = 16; distance > 0; distance /= 2) {
    value += __shfl_xor_sync(0xFFFFFFFFu, value, distance);
  }
  return value;
}

// z, dz (outputs), at most 64, in shared memory; dz is the gradient times scale, or null if not wanted; kind as in losses.cuh.
// best: the first largest output
__device__ __forceinline__ float warp_loss(int kind, float smoothing, const float* z, float* dz, int outputs, int label, const float* target,
    float scale, int* best) {
  const int lane = threadIdx.x % 32;
  const float minus = -__int_as_float(0x7f800000);
  float values[2];
  values[0] = lane < outputs ? z[lane] : minus;
  values[1] = lane + 32 < outputs ? z[lane + 32] : minus;
  float most = values[0];
  int at = lane;
  if (values[1] > most) {
    most = values[1];
    at = lane + 32;
  }
#pragma unroll
  for (int distance = 16; distance > 0; distance /= 2) {
    const float otherMost = __shfl_xor_sync(0xFFFFFFFFu, most, distance);
    const int otherAt = __shfl_xor_sync(0xFFFFFFFFu, at, distance);
    const bool other = otherMost > most || (otherMost == most && otherAt < at);
    most = other ? otherMost : most;
    at = other ? otherAt : at;
  }
  *best = __shfl_sync(0xFFFFFFFFu, at, 0); // lanes may differ where an output is NaN
  most = __shfl_sync(0xFFFFFFFFu, most, 0);
  float sum = 0;
  float all = 0;
  float exponentials[2];
#pragma unroll
  for (int i = 0; i < 2; i++) {
    const int k = lane + 32 * i;
    exponentials[i] = 0;
    if (k < outputs) {
      const float t = k == label ? 1.0f : 0.0f;
      const float v = values[i];
      if (kind == 0) {
        exponentials[i] = expf(v - most);
        sum += exponentials[i];
        all += v - most;
      } else if (kind == 1) {
        sum += (v > 0 ? v : 0) - v * t + log1pf(expf(-fabsf(v)));
      } else {
        const float difference = v - (target ? target[k] : t);
        sum += difference * difference;
      }
    }
  }
  sum = warp_sum(sum);
  all = warp_sum(all);
  const float even = smoothing / outputs;
#pragma unroll
  for (int i = 0; i < 2; i++) {
    const int k = lane + 32 * i;
    if (dz && k < outputs) {
      const float t = k == label ? 1.0f : 0.0f;
      const float v = values[i];
      dz[k] = kind == 0 ? (exponentials[i] / sum - ((1 - smoothing) * t + even)) * scale
          : kind == 1 ? (1 / (1 + expf(-v)) - t) / outputs * scale
          : 2 * (v - (target ? target[k] : t)) / outputs * scale;
    }
  }
  if (kind != 0) {
    return sum / outputs;
  }
  const float logSum = logf(sum);
  return -(1 - smoothing) * (z[label] - most - logSum) - even * (all - outputs * logSum);
}
