// Both convolutions of LeNet-5 for one sample in shared memory, forward and backward. What a thread sums stays in registers, its tile chosen
// so that it multiplies at least ten times for each wavefront that it reads from shared memory.
#pragma once

#include "lenet.cuh"

struct __align__(16) Convolutions {
  float image[PADDED * IMAGE_ROW];       // normalised, with zeros around
  float weight2[MAPS1 * TAPS * TAP2];    // (channel, tap, map)
  float a1[MAPS1 * PLANE1];              // (6, 14, 14)
  float d2[MAPS2 * PLANE2];              // (16, 10, 10), the gradient of conv2's output before pooling
};

// What one thread has of the filters' gradients.
struct FilterGradients {
  float weight1[KERNEL];    // a row of a filter, over four rows of outputs: t < 210
  float bias1;              // 210 <= t < 252
  float weight2[4][KERNEL]; // a row of four filters, over half of the rows of outputs: t < 240
  float bias2;              // 240 <= t
};

// The first largest of a window's four sums, its place with the mark of a dead ReLU; without an array, for that would be local memory.
__device__ __forceinline__ float pooled(const float* sums, unsigned* mask) {
  float value = sums[0];
  unsigned best = 0;
#pragma unroll
  for (unsigned k = 1; k < 4; k++) {
    const bool larger = sums[k] > value;
    value = larger ? sums[k] : value;
    best = larger ? k : best;
  }
  *mask = value > 0 ? best : best | DEAD;
  return value < 0 ? 0 : value;
}

// weight1 (tap, map), from (map, tap)
__device__ __forceinline__ void load_filters1(float* weight1, const float* from) {
  const int i = threadIdx.x;
  if (i < MAPS1 * TAPS) {
    weight1[i % TAPS * TAP1 + i / TAPS] = from[i];
  }
}

#define OWN2 10 // weights of conv2 that a thread brings, at most

// Begins to read conv2's filters, all at once.
__device__ __forceinline__ void fetch_filters2(float* values, const float* from) {
#pragma unroll
  for (int k = 0; k < OWN2; k++) {
    const int i = threadIdx.x + k * THREADS;
    values[k] = i < WEIGHTS2 ? from[i] : 0;
  }
}

// weight2 (channel, tap, map), from (map, channel, tap)
__device__ __forceinline__ void store_filters2(float* weight2, const float* values) {
#pragma unroll
  for (int k = 0; k < OWN2; k++) {
    const int i = threadIdx.x + k * THREADS;
    if (i < WEIGHTS2) {
      weight2[i % (MAPS1 * TAPS) * TAP2 + i / (MAPS1 * TAPS)] = values[k];
    }
  }
}

// Four pixels a thread; value = byte * scale + shift.
__device__ __forceinline__ void load_image(float* image, const unsigned char* bytes, const float* x, float scale, float shift) {
  const int row = threadIdx.x / (PADDED / 4); // THREADS are the image's quads
  const int quad = threadIdx.x % (PADDED / 4);
  const int at = (row - 2) * IMAGE + quad * 4 - 2;
  const bool inside = row >= 2 && row < IMAGE + 2;
  const bool left = inside && quad > 0;                // its first two pixels are
  const bool right = inside && quad < PADDED / 4 - 1;  // and its last two
  float4 v = make_float4(0, 0, 0, 0);
  if (x) {
    v = make_float4(left ? x[at] : 0, left ? x[at + 1] : 0, right ? x[at + 2] : 0, right ? x[at + 3] : 0);
  } else {
    const unsigned char a = left ? bytes[at] : 0;
    const unsigned char b = left ? bytes[at + 1] : 0;
    const unsigned char c = right ? bytes[at + 2] : 0;
    const unsigned char d = right ? bytes[at + 3] : 0;
    v.x = left ? a * scale + shift : 0;
    v.y = left ? b * scale + shift : 0;
    v.z = right ? c * scale + shift : 0;
    v.w = right ? d * scale + shift : 0;
  }
  *(float4*) (image + row * IMAGE_ROW + quad * 4) = v;
}

template <int COUNT>
__device__ __forceinline__ void load_pairs(float* row, const float* from) {
#pragma unroll
  for (int k = 0; k < COUNT; k += 2) {
    const float2 pair = *(const float2*) (from + k);
    row[k] = pair.x;
    row[k + 1] = pair.y;
  }
}

// Adds to the four sums of a window of 2x2 outputs of each map what they see of one input channel: patch (6, 6), its rows `row` apart;
// filters (tap, map), the taps `tap` apart.
template <int MAPS>
__device__ __forceinline__ void correlate_window(float (*sums)[4], const float* patch, int row, const float* filters, int tap) {
  float upper[6];
  float lower[6];
  load_pairs<6>(lower, patch);
#pragma unroll
  for (int u = 0; u < KERNEL; u++) {
#pragma unroll
    for (int v = 0; v < 6; v++) {
      upper[v] = lower[v];
    }
    load_pairs<6>(lower, patch + (u + 1) * row);
#pragma unroll
    for (int v = 0; v < KERNEL; v++) {
      float weights[MAPS];
      const float* from = filters + (u * KERNEL + v) * tap;
      const float4 quad = *(const float4*) from;
      weights[0] = quad.x;
      weights[1] = quad.y;
      weights[2] = quad.z;
      weights[3] = quad.w;
      if (MAPS == 6) {
        const float2 pair = *(const float2*) (from + 4);
        weights[MAPS - 2] = pair.x;
        weights[MAPS - 1] = pair.y;
      }
#pragma unroll
      for (int k = 0; k < MAPS; k++) {
        sums[k][0] += weights[k] * upper[v];
        sums[k][1] += weights[k] * upper[v + 1];
        sums[k][2] += weights[k] * lower[v];
        sums[k][3] += weights[k] * lower[v + 1];
      }
    }
  }
}

// image to a1: a thread has all six maps of a window, and keeps their masks, MASK_BITS each
__device__ __forceinline__ unsigned convolve1(Convolutions& s, const float* weight1, const float* bias) {
  unsigned masks = 0;
  const int window = threadIdx.x;
  if (window < AREA1) {
    float sums[MAPS1][4];
#pragma unroll
    for (int k = 0; k < MAPS1; k++) {
      sums[k][0] = sums[k][1] = sums[k][2] = sums[k][3] = bias[k];
    }
    correlate_window<MAPS1>(sums, s.image + window / SIDE1 * 2 * IMAGE_ROW + window % SIDE1 * 2, IMAGE_ROW, weight1, TAP1);
#pragma unroll
    for (int k = 0; k < MAPS1; k++) {
      unsigned mask;
      s.a1[k * PLANE1 + window / SIDE1 * ROW1 + window % SIDE1] = pooled(sums[k], &mask);
      masks |= mask << MASK_BITS * k;
    }
  }
  return masks;
}

// a1 to a2 (16, 5, 5): a thread has four maps of a window over half of the channels; its neighbour has the other half
__device__ __forceinline__ void convolve2(const Convolutions& s, const float* bias, float* a2, unsigned char* mask2) {
  const int half = threadIdx.x % 2;
  const int window = threadIdx.x / 2 % AREA2;
  const int map = threadIdx.x / 2 / AREA2 * 4;
  const bool mine = map < MAPS2;
  float sums[4][4] = {};
  if (mine) {
#pragma unroll 1
    for (int c = half * 3; c < half * 3 + 3; c++) {
      correlate_window<4>(sums, s.a1 + c * PLANE1 + window / SIDE2 * 2 * ROW1 + window % SIDE2 * 2, ROW1, s.weight2 + c * TAPS * TAP2 + map,
          TAP2);
    }
  }
#pragma unroll
  for (int k = 0; k < 2; k++) {
    const int m = map + half * 2 + k;
    const float b = mine ? bias[m] : 0;
    float both[4];
#pragma unroll
    for (int i = 0; i < 4; i++) {
      const float other = __shfl_xor_sync(0xFFFFFFFFu, half ? sums[k][i] : sums[2 + k][i], 1);
      both[i] = (half ? sums[2 + k][i] : sums[k][i]) + other + b;
    }
    if (mine) {
      unsigned mask;
      a2[m * AREA2 + window] = pooled(both, &mask);
      mask2[m * AREA2 + window] = (unsigned char) mask;
    }
  }
}

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
  const int c = threadIdx.x % MAPS1;
  const int y = threadIdx.x / MAPS1 % OUT2;
  const int group = threadIdx.x / (MAPS1 * OUT2);
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
      const float4 quad = *(const float4*) (s.weight2 + (c * TAPS + u * KERNEL + v) * TAP2 + group * 4);
      weights[v][0] = quad.x;
      weights[v][1] = quad.y;
      weights[v][2] = quad.z;
      weights[v][3] = quad.w;
    }
#pragma unroll
    for (int m = 0; m < 4; m++) {
      float row[OUT2];
      load_pairs<OUT2>(row, s.d2 + (group * 4 + m) * PLANE2 + r * OUT2);
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
      const float* from = s.a1 + c * PLANE1 + (r + u) * ROW1;
#pragma unroll
      for (int k = 0; k < 12; k += 4) {
        const float4 quad = *(const float4*) (from + k);
        x[k] = quad.x;
        x[k + 1] = quad.y;
        x[k + 2] = quad.z;
        x[k + 3] = quad.w;
      }
      load_pairs<2>(x + 12, from + 12);
#pragma unroll
      for (int k = 0; k < 4; k++) {
        float g[OUT2];
        load_pairs<OUT2>(g, s.d2 + (m + k) * PLANE2 + r * OUT2);
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
      load_pairs<OUT2>(row, g + r * OUT2);
      sums.bias2 += ((row[0] + row[1]) + (row[2] + row[3])) + ((row[4] + row[5]) + (row[6] + row[7])) + (row[8] + row[9]);
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
      sums.bias1 += (d.x + d.y) + (d.z + d.w);
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

// Of one sample: begins part, or adds to it, laid out as the parameters are; the offsets are those of conv1's bias and conv2's weight and bias.
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
    part[bias2 + t - 240] = own.bias2 + (begins ? 0 : part[bias2 + t - 240]);
  }
  if (t < 210) {
#pragma unroll
    for (int v = 0; v < KERNEL; v++) {
      sums[t / 30 * 156 + t % MAPS1 * TAPS + t / MAPS1 % KERNEL * KERNEL + v] = own.weight1[v];
    }
  } else if (t < 252) {
    sums[(t - 210) / MAPS1 * 156 + 150 + (t - 210) % MAPS1] = own.bias1;
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
