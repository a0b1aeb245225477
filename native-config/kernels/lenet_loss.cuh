// The losses of losses.cuh for one sample by LANES threads of a warp, and their sums.
#pragma once

#include "lenet.cuh"
#include "step.cuh"
#include "sums.cuh"

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

struct LossSums {
  double loss;
  int correct;
};

// The losses of a step's samples to the totals, by one block of SIZE threads, in an order that depends on nothing else.
// ofWarps (SIZE / 32), in shared memory
template <int SIZE>
__device__ __forceinline__ void add_losses(LossSums* ofWarps, const float* losses, const int* corrects, int count, Progress* progress) {
  const int t = threadIdx.x;
  LossSums own = {0, 0};
#pragma unroll 4
  for (int i = t; i < count; i += SIZE) {
    own.loss += losses[i];
    own.correct += corrects[i];
  }
  own = {group_sum<32>(own.loss), group_sum<32>(own.correct)};
  if (t % 32 == 0) {
    ofWarps[t / 32] = own;
  }
  __syncthreads();
  if (t >= 32) {
    return;
  }
  own = ofWarps[t % (SIZE / 32)];
  own = {group_sum<SIZE / 32>(own.loss), group_sum<SIZE / 32>(own.correct)};
  if (t == 0) {
    progress->lossSum += own.loss;
    progress->correct += own.correct;
    progress->steps++;
    if (!isfinite(own.loss) && progress->firstNonFinite == 0) {
      progress->firstNonFinite = progress->steps;
    }
  }
}

// Where the step ends with its losses, the last block to come here does it, and moves the step on. A block has met since it wrote its
// own.
template <int SIZE>
__device__ void finish_losses(LossSums* ofWarps, const float* losses, const int* corrects, int count, Progress* progress) {
  __shared__ bool last;
  if (threadIdx.x == 0) {
    last = last_block(&progress->lossBlocks, gridDim.x);
  }
  __syncthreads();
  if (last) {
    add_losses<SIZE>(ofWarps, losses, corrects, count, progress);
    if (threadIdx.x == 0) {
      progress->step++;
    }
  }
}
