#pragma once

// The sum over LANES neighbouring threads of a warp, a power of two, in each of them and always in the same order. All of the warp come.
template <int LANES, class T>
__device__ __forceinline__ T group_sum(T value) {
#pragma unroll
  for (int distance = LANES / 2; distance > 0; distance /= 2) {
    value += __shfl_xor_sync(0xFFFFFFFFu, value, distance);
  }
  return value;
}
