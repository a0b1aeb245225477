// The gradients of both convolutions of LeNet-5 for one sample, from and to shared memory; the filters' stay in registers.
#pragma once

#include "lenet_convolution.cuh"

struct __align__(16) Convolutions {
  float image[PADDED * IMAGE_ROW];       // normalised, with zeros around
  float weight2[MAPS1 * CHANNEL2];       // (channel, tap, map)
  float a1[MAPS1 * PLANE1];              // (6, 14, 14)
  float d2[MAPS2 * PLANE2];              // (16, 10, 12), the gradient of conv2's output before pooling; two columns are not used
};

// What one thread has of the filters' gradients.
struct FilterGradients {
  float weight1[KERNEL];    // a row of a filter, over four rows of outputs: t < 210; a bias in the first: 210 <= t < 252
  float weight2[4][KERNEL]; // a row of four filters, over half of the rows of outputs: t < 240; a bias in the first: 240 <= t
};

// A window's gradient goes to the place of its maximum, zero to the other three.
__device__ __forceinline__ void spread(float* dense, int row, unsigned mask, float g) {
  *(float2*) dense = make_float2(mask == 0 ? g : 0, mask == 1 ? g : 0);
  *(float2*) (dense + row) = make_float2(mask == 2 ? g : 0, mask == 3 ? g : 0);
}

// Writes one row of a part of a1's gradient, (14).
__device__ __forceinline__ void store_row1(float* to, const float* sums) {
#pragma unroll
  for (int k = 0; k < SIDE1; k += 2) {
    *(float2*) (to + k) = make_float2(sums[k], sums[k + 1]);
  }
}

// The gradient of a1 in four parts, (4, 6, 14, 14): sums over conv2's taps and four of its maps. Row y gets filter row u of output row
// y - u; rows y and y + 10 together see each output row once, so a thread has the two and no zeros outside.
__device__ __forceinline__ void data_gradient(const Convolutions& s, float* parts) {
  constexpr int PAIRS = KERNEL - 1;           // rows y that are computed with y + 10; they come first, for they take another way
  constexpr int SINGLE = OUT2 - PAIRS;
  const int t = threadIdx.x - 4 * PAIRS * MAPS1;
  const int c = threadIdx.x % MAPS1;
  const int y = t < 0 ? threadIdx.x / MAPS1 % PAIRS : PAIRS + t / MAPS1 % SINGLE;
  const int group = t < 0 ? threadIdx.x / (MAPS1 * PAIRS) : t / (MAPS1 * SINGLE);
  if (group >= 4) {
    return;
  }
  float* to = parts + group * SIZE1 + c * AREA1;
  float sums[SIDE1] = {};
#pragma unroll 1
  for (int u = 0; u < KERNEL; u++) {
    if (u == y + 1) { // from here on the row below
      store_row1(to + y * SIDE1, sums);
#pragma unroll
      for (int k = 0; k < SIDE1; k++) {
        sums[k] = 0;
      }
    }
    const int r = y - u < 0 ? y - u + OUT2 : y - u;
    float weights[KERNEL][4];
#pragma unroll
    for (int v = 0; v < KERNEL; v++) {
      const float4 quad = *(const float4*) (s.weight2 + c * CHANNEL2 + (u * KERNEL + v) * MAPS2 + group * 4);
      weights[v][0] = quad.x;
      weights[v][1] = quad.y;
      weights[v][2] = quad.z;
      weights[v][3] = quad.w;
    }
#pragma unroll
    for (int m = 0; m < 4; m++) {
      float row[OUT2];
      load_row<OUT2>(row, s.d2 + (group * 4 + m) * PLANE2 + r * ROW2);
#pragma unroll
      for (int v = 0; v < KERNEL; v++) {
#pragma unroll
        for (int q = 0; q < OUT2; q++) {
          sums[q + v] += weights[v][m] * row[q];
        }
      }
    }
  }
  store_row1(to + (y < KERNEL - 1 ? y + OUT2 : y) * SIDE1, sums);
}

// conv2's filters: a thread has the same row of four of them, over five rows of outputs; and a bias
__device__ __forceinline__ void filter_gradient2(const Convolutions& s, FilterGradients& sums) {
  const int t = threadIdx.x;
  if (t < 240) {
    const int half = t % 2;
    const int c = t / 2 % MAPS1;
    const int u = t / (2 * MAPS1) % KERNEL;
    const int m = t / (2 * MAPS1 * KERNEL) * 4;
#pragma unroll 1
    for (int r = half * 5; r < half * 5 + 5; r++) {
      float x[SIDE1];
      load_row<SIDE1>(x, s.a1 + c * PLANE1 + (r + u) * ROW1);
#pragma unroll
      for (int k = 0; k < 4; k++) {
        float g[OUT2];
        load_row<OUT2>(g, s.d2 + (m + k) * PLANE2 + r * ROW2);
#pragma unroll
        for (int v = 0; v < KERNEL; v++) {
#pragma unroll
          for (int q = 0; q < OUT2; q++) {
            sums.weight2[k][v] += g[q] * x[q + v];
          }
        }
      }
    }
  } else {
    const float* g = s.d2 + (t - 240) * PLANE2;
    for (int r = 0; r < OUT2; r++) {
      float row[OUT2];
      load_row<OUT2>(row, g + r * ROW2);
      sums.weight2[0][0] += ((row[0] + row[1]) + (row[2] + row[3])) + ((row[4] + row[5]) + (row[6] + row[7])) + (row[8] + row[9]);
    }
  }
}

// conv1's filters: a thread has a row of one, over four rows of outputs; and a bias. dense (6, 28, 28)
__device__ __forceinline__ void filter_gradient1(const Convolutions& s, const float* dense, FilterGradients& sums) {
  const int t = threadIdx.x;
  if (t < 210) {
    const int k = t % MAPS1;
    const int u = t / MAPS1 % KERNEL;
    const int first = t / (MAPS1 * KERNEL) * 4;
#pragma unroll 2
    for (int r = first; r < first + 4; r++) {
      const float* g = dense + k * DENSE1 + r * IMAGE;
      const float* x = s.image + (r + u) * IMAGE_ROW;
      float4 next = *(const float4*) x;
#pragma unroll
      for (int q = 0; q < IMAGE; q += 4) {
        const float4 d = *(const float4*) (g + q);
        const float4 now = next;
        next = *(const float4*) (x + q + 4);
        const float seen[8] = {now.x, now.y, now.z, now.w, next.x, next.y, next.z, next.w};
#pragma unroll
        for (int v = 0; v < KERNEL; v++) {
          sums.weight1[v] += d.x * seen[v];
          sums.weight1[v] += d.y * seen[v + 1];
          sums.weight1[v] += d.z * seen[v + 2];
          sums.weight1[v] += d.w * seen[v + 3];
        }
      }
    }
  } else if (t < 252) {
    const float4* g = (const float4*) (dense + (t - 210) % MAPS1 * DENSE1 + (t - 210) / MAPS1 * 4 * IMAGE);
#pragma unroll 4
    for (int i = 0; i < IMAGE; i++) { // four rows of seven quads
      const float4 d = g[i];
      sums.weight1[0] += (d.x + d.y) + (d.z + d.w);
    }
  }
}

// The gradient of conv1's output, (6, 28, 28), in the place of the parts of a1's. masks: what convolve1 gave this thread
__device__ __forceinline__ void spread1(float* parts, unsigned masks) {
  const int window = threadIdx.x;
  float g[MAPS1];
  if (window < AREA1) {
#pragma unroll
    for (int k = 0; k < MAPS1; k++) {
      const float* from = parts + k * AREA1 + window;
      g[k] = (from[0] + from[SIZE1]) + (from[2 * SIZE1] + from[3 * SIZE1]);
    }
  }
  __syncthreads();
  if (window < AREA1) {
#pragma unroll
    for (int k = 0; k < MAPS1; k++) {
      spread(parts + k * DENSE1 + window / SIDE1 * 2 * IMAGE + window % SIDE1 * 2, IMAGE, masks >> MASK_BITS * k & 7, g[k]);
    }
  }
}

// Begins part, or adds to it, laid out as the parameters are; the offsets are those of conv1's bias and conv2's weight and bias.
// sums: room for 7 * 156 + 2400 values
__device__ __forceinline__ void store_filter_gradients(const FilterGradients& own, float* sums, float* part, int bias1, int weight2,
    int bias2, bool begins) {
  const int t = threadIdx.x;
  float* filters2 = sums + 7 * 156;
#pragma unroll
  for (int k = 0; k < 4; k++) {
#pragma unroll
    for (int v = 0; v < KERNEL; v++) {
      const float both = own.weight2[k][v] + __shfl_xor_sync(0xFFFFFFFFu, own.weight2[k][v], 1);
      if (t < 240 && t % 2 == 0) {
        const int m = t / (2 * MAPS1 * KERNEL) * 4 + k;
        filters2[(m * MAPS1 + t / 2 % MAPS1) * TAPS + t / (2 * MAPS1) % KERNEL * KERNEL + v] = both;
      }
    }
  }
  if (t >= 240) {
    part[bias2 + t - 240] = own.weight2[0][0] + (begins ? 0 : part[bias2 + t - 240]);
  }
  if (t < 210) {
#pragma unroll
    for (int v = 0; v < KERNEL; v++) {
      sums[t / 30 * 156 + t % MAPS1 * TAPS + t / MAPS1 % KERNEL * KERNEL + v] = own.weight1[v];
    }
  } else if (t < 252) {
    sums[(t - 210) / MAPS1 * 156 + 150 + (t - 210) % MAPS1] = own.weight1[0];
  }
  __syncthreads();
#pragma unroll
  for (int k = 0; k < OWN2; k++) {
    const int i = t + k * THREADS;
    if (i < WEIGHTS2) {
      part[weight2 + i] = filters2[i] + (begins ? 0 : part[weight2 + i]);
    }
  }
  if (t < 156) {
    float sum = 0;
#pragma unroll
    for (int slice = 0; slice < 7; slice++) {
      sum += sums[slice * 156 + t];
    }
    float* to = part + (t < 150 ? t : bias1 + t - 150);
    *to = sum + (begins ? 0 : *to);
  }
}
