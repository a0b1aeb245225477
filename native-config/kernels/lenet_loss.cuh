// The losses of losses.cuh for one sample by LANES threads of a warp, and their sums.
#pragma once

#include "lenet.cuh"
#include "step.cuh"

template <int LANES>
__device__ __forceinline__ float group_sum(float value) {
#pragma unroll
  for (int distance = LANES / 2; distance > 0; distance /= 2) {
    value += __shfl_xor_sync(0xFFFFFFFFu, value, distance);
  }
  return value;
}

// z, dz (outputs), at most MOST_CLASSES, in shared memory; dz is the gradient times scale, or null if not wanted, and may be z; kind as in
// losses.cuh. best: the first largest output. All threads of the warp, each LANES of them with a sample
template <int LANES>
__device__ __forceinline__ float group_loss(int kind, float smoothing, const float* z, float* dz, int outputs, int label,
    const float* target, float scale, int* best) {
  constexpr int OWN = MOST_CLASSES / LANES;
  const int lane = threadIdx.x % LANES;
  const int leader = threadIdx.x % 32 - lane;
  const float ofLabel = kind == 0 ? z[label] : 0;
  float values[OWN];
  float most = -__int_as_float(0x7f800000);
  int at = lane;
#pragma unroll
  for (int i = 0; i < OWN; i++) {
    const int k = lane + LANES * i;
    values[i] = k < outputs ? z[k] : -__int_as_float(0x7f800000);
    if (i == 0 || values[i] > most) {
      most = values[i];
      at = k;
    }
  }
#pragma unroll
  for (int distance = LANES / 2; distance > 0; distance /= 2) {
    const float otherMost = __shfl_xor_sync(0xFFFFFFFFu, most, distance);
    const int otherAt = __shfl_xor_sync(0xFFFFFFFFu, at, distance);
    const bool other = otherMost > most || (otherMost == most && otherAt < at);
    most = other ? otherMost : most;
    at = other ? otherAt : at;
  }
  *best = __shfl_sync(0xFFFFFFFFu, at, leader); // lanes may differ where an output is NaN
  most = __shfl_sync(0xFFFFFFFFu, most, leader);
  float sum = 0;
  float all = 0;
  float exponentials[OWN];
#pragma unroll
  for (int i = 0; i < OWN; i++) {
    const int k = lane + LANES * i;
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
  sum = group_sum<LANES>(sum);
  all = group_sum<LANES>(all);
  const float even = smoothing / outputs;
  __syncwarp(); // all have read z
#pragma unroll
  for (int i = 0; i < OWN; i++) {
    const int k = lane + LANES * i;
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
  return -(1 - smoothing) * (ofLabel - most - logSum) - even * (all - outputs * logSum);
}

template <int SIZE> // of the block
struct LossTotals {
  double losses[SIZE];
  int corrects[SIZE];
};

// The sums of the samples' losses, by the last block to come here, in an order that does not depend on the number of blocks.
template <int SIZE>
__device__ void add_losses(LossTotals<SIZE>& totals, const float* losses, const int* corrects, int count, Progress* progress, int advance) {
  __shared__ bool last;
  __syncthreads();
  const int t = threadIdx.x;
  if (t == 0) {
    last = last_block(&progress->lossBlocks, gridDim.x);
  }
  __syncthreads();
  if (!last) {
    return;
  }
  double loss = 0;
  int correct = 0;
  for (int i = t; i < count; i += SIZE) {
    loss += losses[i];
    correct += corrects[i];
  }
  totals.losses[t] = loss;
  totals.corrects[t] = correct;
  __syncthreads();
  for (int half = SIZE / 2; half > 0; half /= 2) {
    if (t < half) {
      totals.losses[t] += totals.losses[t + half];
      totals.corrects[t] += totals.corrects[t + half];
    }
    __syncthreads();
  }
  if (t == 0) {
    const double sum = totals.losses[0];
    progress->lossSum += sum;
    progress->correct += totals.corrects[0];
    progress->steps++;
    if (!isfinite(sum) && progress->firstNonFinite == 0) {
      progress->firstNonFinite = progress->steps;
    }
    progress->step += advance;
  }
}
