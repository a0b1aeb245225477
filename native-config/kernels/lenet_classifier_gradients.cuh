// The gradients of LeNet-5's linear layers for many samples: products of matrices in registers.
#pragma once

#include "lenet.cuh"

// A block has a tile (OUT, IN) of dW, a thread EDGE x EDGE of its elements, four lying together twice, over every fourth sample: eight
// places of the tile and four samples are a warp's. Sums run in the same order each time.
#define EDGE 8   // elements of dW that a thread has in each direction
#define STAGE 16 // samples in shared memory at a time
#define GROUPS 4 // of samples

// Rows lie so that what a warp reads is in different banks.
template <int OUT, int IN>
struct __align__(16) Staged {
  float d[STAGE][OUT + (OUT % 32 == 0 ? 16 : 0)];
  float v[STAGE][IN + (IN % 32 == 0 ? 16 : 0)];
};

__device__ __forceinline__ void unpack(float* to, const float* from, int apart) {
#pragma unroll
  for (int k = 0; k < EDGE; k += 4) {
    const float4 quad = *(const float4*) (from + k / 4 * apart);
    to[k] = quad.x;
    to[k + 1] = quad.y;
    to[k + 2] = quad.z;
    to[k + 3] = quad.w;
  }
}

// Adds the groups' sums: of its COUNT values a lane gives half to the lane `distance` away, whose sums it takes for the other half.
template <int COUNT>
__device__ __forceinline__ void share_sums(float* sums, int distance) {
  const bool upper = (threadIdx.x & distance) != 0;
#pragma unroll
  for (int k = 0; k < COUNT / 2; k++) {
    const float other = __shfl_xor_sync(0xFFFFFFFFu, upper ? sums[k] : sums[COUNT / 2 + k], distance);
    sums[k] = (upper ? sums[COUNT / 2 + k] : sums[k]) + other;
  }
}

// COUNT quads a thread of the rows from..to of a matrix, its columns first..first + ACROSS; zeros outside. ALIGNED: rows are whole quads
template <int COUNT, int ACROSS, bool ALIGNED>
__device__ __forceinline__ void fetch_rows(float4* own, const float* matrix, int columns, int first, int from, int to) {
#pragma unroll
  for (int k = 0; k < COUNT; k++) {
    const int i = threadIdx.x + k * THREADS;
    const int row = from + i / (ACROSS / 4);
    const int column = first + i % (ACROSS / 4) * 4;
    const float* at = matrix + (size_t) row * columns + column;
    const bool inside = i < STAGE * (ACROSS / 4) && row < to;
    if (ALIGNED) {
      own[k] = inside && column < columns ? *(const float4*) at : make_float4(0, 0, 0, 0);
    } else {
      own[k] = make_float4(inside && column < columns ? at[0] : 0, inside && column + 1 < columns ? at[1] : 0,
          inside && column + 2 < columns ? at[2] : 0, inside && column + 3 < columns ? at[3] : 0);
    }
  }
}

template <int COUNT, int ACROSS>
__device__ __forceinline__ void store_rows(float* to, int row, const float4* own) {
#pragma unroll
  for (int k = 0; k < COUNT; k++) {
    const int i = threadIdx.x + k * THREADS;
    if (i < STAGE * (ACROSS / 4)) {
      *(float4*) (to + i / (ACROSS / 4) * row + i % (ACROSS / 4) * 4) = own[k];
    }
  }
}

// One tile of dW (out, in), and db (out) where it is the first of its row; dz (batch, out), x (batch, in), for the samples from..to
template <int OUT, int IN, bool ALIGNED>
__device__ __forceinline__ void linear_gradient(Staged<OUT, IN>& s, const float* dz, const float* x, float* dw, float* db, int out, int in,
    int tile, int from, int to) {
  constexpr int ACROSS = IN / EDGE;
  constexpr int PER_D = (STAGE * OUT / 4 + THREADS - 1) / THREADS;
  constexpr int PER_V = (STAGE * IN / 4 + THREADS - 1) / THREADS;
  constexpr int ROW_D = sizeof(s.d[0]) / sizeof(float);
  constexpr int ROW_V = sizeof(s.v[0]) / sizeof(float);
  const int across = (in + IN - 1) / IN;
  const int o0 = tile / across * OUT;
  const int i0 = tile % across * IN;
  const int t = threadIdx.x;
  const int unit = t / 32 * (32 / GROUPS) + t % (32 / GROUPS);
  const int group = t % 32 / (32 / GROUPS);
  const bool mine = unit < OUT / EDGE * ACROSS;
  const bool busy = t / 32 * (32 / GROUPS) < OUT / EDGE * ACROSS; // the warp has a place
  const int o = mine ? unit / ACROSS * 4 : 0; // and half of the tile further
  const int i = unit % ACROSS * 4;
  const bool summing = tile % across == 0 && t < OUT;
  float sums[EDGE * EDGE] = {};
  float bias = 0;
  float4 ofD[PER_D];
  float4 ofV[PER_V];
  fetch_rows<PER_D, OUT, ALIGNED>(ofD, dz, out, o0, from, to);
  fetch_rows<PER_V, IN, true>(ofV, x, in, i0, from, to);
#pragma unroll 1
  for (int first = from; first < to; first += STAGE) {
    __syncthreads();
    store_rows<PER_D, OUT>(s.d[0], ROW_D, ofD);
    store_rows<PER_V, IN>(s.v[0], ROW_V, ofV);
    __syncthreads();
    fetch_rows<PER_D, OUT, ALIGNED>(ofD, dz, out, o0, first + STAGE, to);
    fetch_rows<PER_V, IN, true>(ofV, x, in, i0, first + STAGE, to);
#pragma unroll 1
    for (int k = busy ? group : STAGE; k < STAGE; k += GROUPS) {
      float left[EDGE];
      float right[EDGE];
      unpack(left, s.d[k] + o, OUT / 2);
      unpack(right, s.v[k] + i, IN / 2);
#pragma unroll
      for (int p = 0; p < EDGE; p++) {
#pragma unroll
        for (int q = 0; q < EDGE; q++) {
          sums[p * EDGE + q] += left[p] * right[q];
        }
      }
    }
    if (summing) {
#pragma unroll
      for (int k = 0; k < STAGE; k++) {
        bias += s.d[k][t];
      }
    }
  }
  share_sums<EDGE * EDGE>(sums, 16);
  share_sums<EDGE * EDGE / 2>(sums, 8); // the lane has two of the eight rows now
#pragma unroll
  for (int p = 0; p < 2; p++) {
    const int row = o0 + group / 2 * (OUT / 2) + o + group % 2 * 2 + p;
#pragma unroll
    for (int q = 0; q < EDGE; q += 4) {
      const int column = i0 + q / 4 * (IN / 2) + i;
      if (mine && row < out && column < in) {
        const float* from = sums + p * EDGE + q;
        *(float4*) (dw + row * in + column) = make_float4(from[0], from[1], from[2], from[3]);
      }
    }
  }
  if (summing && o0 + t < out) {
    db[o0 + t] = bias;
  }
}
