// What a linear layer's backward needs besides its two matrix products.

#include "step.cuh"

#define COLUMNS 32
#define ROWS 32

__device__ __forceinline__ float derivative(int activation, float y) { // in the order of org.lenet4j.nn.Activation
  return activation == 1 ? (y > 0 ? 1.0f : 0.0f) : activation == 2 ? 1 - y * y : activation == 3 ? y * (1 - y) : 1.0f;
}

// dz = dy * f'(y), in place, and dbias = the columns' sums, in a fixed order. dz, y (batch, features); dbias (features), or null.
// Blocks of (COLUMNS, ROWS) threads, grid (features / COLUMNS, slices of rows); parts (slices, features); blocks (features / COLUMNS), 0.
extern "C" __global__ __launch_bounds__(1024) void linear_backward(float* dz, const float* y, float* dbias, float* parts, unsigned* blocks,
    int batch, int features, int activation) {
  __shared__ float sums[ROWS][COLUMNS + 1]; // one more: a column's elements lie in different banks
  __shared__ bool last;
  const int column = blockIdx.x * COLUMNS + threadIdx.x;
  const int slice = (batch + gridDim.y - 1) / gridDim.y;
  const int end = min(batch, (int) (blockIdx.y + 1) * slice);
  float sum = 0;
  for (int row = blockIdx.y * slice + threadIdx.y; row < end && column < features; row += ROWS) {
    const size_t at = (size_t) row * features + column;
    float d = dz[at];
    if (activation) {
      d *= derivative(activation, y[at]);
      dz[at] = d;
    }
    sum += d;
  }
  if (!dbias) {
    return;
  }
  sums[threadIdx.y][threadIdx.x] = sum;
  __syncthreads();
  for (int half = ROWS / 2; half > 0; half /= 2) {
    if ((int) threadIdx.y < half) {
      sums[threadIdx.y][threadIdx.x] += sums[threadIdx.y + half][threadIdx.x];
    }
    __syncthreads();
  }
  if (gridDim.y == 1) {
    if (threadIdx.y == 0 && column < features) {
      dbias[column] = sums[0][threadIdx.x];
    }
    return;
  }
  if (threadIdx.y == 0 && column < features) {
    parts[(size_t) blockIdx.y * features + column] = sums[0][threadIdx.x];
    __threadfence();
  }
  __syncthreads();
  if (threadIdx.x == 0 && threadIdx.y == 0) {
    last = last_block(blocks + blockIdx.x, gridDim.y);
  }
  __syncthreads();
  if (last && threadIdx.y == 0 && column < features) {
    float total = 0;
    for (unsigned i = 0; i < gridDim.y; i++) {
      total += parts[(size_t) i * features + column];
    }
    dbias[column] = total;
  }
}
