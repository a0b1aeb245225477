// Both convolutions of LeNet-5, forward, of one sample or two in shared memory. What a thread sums stays in registers, its tile chosen
// so that it multiplies at least ten times for each wavefront that it reads from shared memory.
#pragma once

#include "lenet.cuh"

#define PAIR 2 // samples of a block at a time

// Of both convolutions' forward, with many samples.
struct __align__(16) Forward {
  float weight1[TAPS * TAP1];      // (tap, map)
  float weight2[MAPS1 * CHANNEL2]; // (channel, tap, map)
  union __align__(16) {
    struct {
      float image[PAIR][PADDED * IMAGE_ROW]; // normalised, with zeros around
      float a1[PAIR][MAPS1 * PLANE1];        // (6, 14, 14)
    } in;
    float thirds[PAIR][3 * SIZE2 * 4];       // of conv2's sums
  } of;
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

// Which of conv2's weights a thread brings as its k-th: eight taps of four maps a warp, so that reading and storing both take few sectors
// and banks. False where there is none.
__device__ __forceinline__ bool filter2(int k, int* map, int* tap) {
  const int warp = threadIdx.x / 32;
  const int lane = threadIdx.x % 32;
  const int within = lane / 4 + 8 * k;
  *map = warp % 4 * 4 + lane % 4;
  *tap = warp / 4 * (MAPS1 * TAPS / 2) + within;
  return within < MAPS1 * TAPS / 2;
}

// Begins to read conv2's filters, all at once.
__device__ __forceinline__ void fetch_filters2(float* values, const float* from) {
#pragma unroll
  for (int k = 0; k < OWN2; k++) {
    int map;
    int tap;
    values[k] = filter2(k, &map, &tap) ? from[map * (MAPS1 * TAPS) + tap] : 0;
  }
}

// weight2 (channel, tap, map), from (map, channel, tap)
__device__ __forceinline__ void store_filters2(float* weight2, const float* values) {
#pragma unroll
  for (int k = 0; k < OWN2; k++) {
    int map;
    int tap;
    if (filter2(k, &map, &tap)) {
      weight2[tap / TAPS * CHANNEL2 + tap % TAPS * MAPS2 + map] = values[k];
    }
  }
}

// byte * scale + shift, without an instruction that converts: 2^23 + byte is what the byte makes of the last bits of 2^23.
__device__ __forceinline__ float pixel(int byte, float scale, float shift) {
  return (__int_as_float(0x4B000000 | byte) - 8388608.0f) * scale + shift;
}

// Four pixels a thread. bytes (28, 28), or x where they are floats already
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
    const int first = left ? *(const unsigned short*) (bytes + at) : 0;
    const int second = right ? *(const unsigned short*) (bytes + at + 2) : 0;
    v.x = left ? pixel(first & 255, scale, shift) : 0;
    v.y = left ? pixel(first >> 8, scale, shift) : 0;
    v.z = right ? pixel(second & 255, scale, shift) : 0;
    v.w = right ? pixel(second >> 8, scale, shift) : 0;
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

// COUNT, a multiple of four and two more, from where four lie together.
template <int COUNT>
__device__ __forceinline__ void load_row(float* row, const float* from) {
#pragma unroll
  for (int k = 0; k + 4 <= COUNT; k += 4) {
    const float4 quad = *(const float4*) (from + k);
    row[k] = quad.x;
    row[k + 1] = quad.y;
    row[k + 2] = quad.z;
    row[k + 3] = quad.w;
  }
  load_pairs<2>(row + COUNT - 2, from + COUNT - 2);
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
__device__ __forceinline__ unsigned convolve1(const float* image, const float* weight1, const float* bias, float* a1) {
  unsigned masks = 0;
  const int window = threadIdx.x;
  if (window < AREA1) {
    float sums[MAPS1][4];
#pragma unroll
    for (int k = 0; k < MAPS1; k++) {
      sums[k][0] = sums[k][1] = sums[k][2] = sums[k][3] = bias[k];
    }
    correlate_window<MAPS1>(sums, image + window / SIDE1 * 2 * IMAGE_ROW + window % SIDE1 * 2, IMAGE_ROW, weight1, TAP1);
#pragma unroll
    for (int k = 0; k < MAPS1; k++) {
      unsigned mask;
      a1[k * PLANE1 + window / SIDE1 * ROW1 + window % SIDE1] = pooled(sums[k], &mask);
      masks |= mask << MASK_BITS * k;
    }
  }
  return masks;
}

// a1 to a2 (16, 5, 5): a thread has four maps of a window over half of the channels; its neighbour has the other half
__device__ __forceinline__ void convolve2(const float* a1, const float* weight2, const float* bias, float* a2, unsigned char* mask2) {
  const int half = threadIdx.x % 2;
  const int window = threadIdx.x / 2 % AREA2;
  const int map = threadIdx.x / 2 / AREA2 * 4;
  const bool mine = map < MAPS2;
  float sums[4][4] = {};
  if (mine) {
#pragma unroll 1
    for (int c = half * 3; c < half * 3 + 3; c++) {
      correlate_window<4>(sums, a1 + c * PLANE1 + window / SIDE2 * 2 * ROW1 + window % SIDE2 * 2, ROW1, weight2 + c * CHANNEL2 + map,
          MAPS2);
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

// conv1 with many samples: a thread has all six maps of two windows beside each other, 98 threads a sample. masks: of both
__device__ __forceinline__ void convolve1_pair(Forward& s, const float* bias, unsigned* masks) {
  const int of = threadIdx.x / (AREA1 / 2);
  const int pair = threadIdx.x % (AREA1 / 2);
  if (of >= PAIR) {
    return;
  }
  const int y = pair / (SIDE1 / 2);
  const int x = pair % (SIDE1 / 2);
  const float* patch = s.of.in.image[of] + y * 2 * IMAGE_ROW + x * 4;
  float sums[2][MAPS1][4];
#pragma unroll
  for (int k = 0; k < MAPS1; k++) {
#pragma unroll
    for (int i = 0; i < 4; i++) {
      sums[0][k][i] = sums[1][k][i] = bias[k];
    }
  }
#pragma unroll 1
  for (int u = 0; u < KERNEL; u++) {
    float rows[2][8];
#pragma unroll
    for (int r = 0; r < 2; r++) {
#pragma unroll
      for (int k = 0; k < 8; k += 4) {
        const float4 quad = *(const float4*) (patch + (u + r) * IMAGE_ROW + k);
        rows[r][k] = quad.x;
        rows[r][k + 1] = quad.y;
        rows[r][k + 2] = quad.z;
        rows[r][k + 3] = quad.w;
      }
    }
#pragma unroll
    for (int v = 0; v < KERNEL; v++) {
      const float* from = s.weight1 + (u * KERNEL + v) * TAP1;
      const float4 quad = *(const float4*) from;
      const float2 rest = *(const float2*) (from + 4);
      const float weights[MAPS1] = {quad.x, quad.y, quad.z, quad.w, rest.x, rest.y};
#pragma unroll
      for (int k = 0; k < MAPS1; k++) {
#pragma unroll
        for (int w = 0; w < 2; w++) {
          sums[w][k][0] += weights[k] * rows[0][w * 2 + v];
          sums[w][k][1] += weights[k] * rows[0][w * 2 + v + 1];
          sums[w][k][2] += weights[k] * rows[1][w * 2 + v];
          sums[w][k][3] += weights[k] * rows[1][w * 2 + v + 1];
        }
      }
    }
  }
#pragma unroll
  for (int w = 0; w < 2; w++) {
    masks[w] = 0;
  }
#pragma unroll
  for (int k = 0; k < MAPS1; k++) {
    unsigned mask[2];
    const float2 both = make_float2(pooled(sums[0][k], &mask[0]), pooled(sums[1][k], &mask[1]));
    *(float2*) (s.of.in.a1[of] + k * PLANE1 + y * ROW1 + x * 2) = both;
    masks[0] |= mask[0] << MASK_BITS * k;
    masks[1] |= mask[1] << MASK_BITS * k;
  }
}

// conv2 with many samples: a thread has two maps of a row of five windows over a third of the channels, 120 threads a sample. thirds: the
// sums of each, (3, 16, 25, 4), lie where the images and a1 were
__device__ __forceinline__ void convolve2_pair(Forward& s) {
  constexpr int EACH = 3 * SIDE2 * MAPS2 / 2;
  const int of = threadIdx.x / EACH;
  const int t = threadIdx.x % EACH;
  const int map = t % (MAPS2 / 2) * 2;
  const int y = t / (MAPS2 / 2) % SIDE2;
  const int third = t / (MAPS2 / 2 * SIDE2);
  float sums[2][2][OUT2] = {}; // of each map and row of outputs
  if (of < PAIR) {
#pragma unroll 1
    for (int i = third * 2 * KERNEL; i < (third + 1) * 2 * KERNEL; i++) { // rows of a filter
      const int c = i / KERNEL;
      const int u = i % KERNEL;
      const float* filters = s.weight2 + c * CHANNEL2 + u * KERNEL * MAPS2 + map;
      float2 weights[KERNEL];
#pragma unroll
      for (int v = 0; v < KERNEL; v++) {
        weights[v] = *(const float2*) (filters + v * MAPS2);
      }
#pragma unroll
      for (int r = 0; r < 2; r++) {
        float row[SIDE1]; // read twice: registers for both would cost a block a multiprocessor
        load_row<SIDE1>(row, s.of.in.a1[of] + c * PLANE1 + (y * 2 + u + r) * ROW1);
#pragma unroll
        for (int v = 0; v < KERNEL; v++) {
#pragma unroll
          for (int q = 0; q < OUT2; q++) {
            sums[0][r][q] += weights[v].x * row[q + v];
            sums[1][r][q] += weights[v].y * row[q + v];
          }
        }
      }
    }
  }
  __syncthreads();
  if (of < PAIR) {
#pragma unroll
    for (int k = 0; k < 2; k++) {
      float4* to = (float4*) s.of.thirds[of] + (third * MAPS2 + map + k) * AREA2 + y * SIDE2;
#pragma unroll
      for (int w = 0; w < SIDE2; w++) {
        to[w] = make_float4(sums[k][0][2 * w], sums[k][0][2 * w + 1], sums[k][1][2 * w], sums[k][1][2 * w + 1]);
      }
    }
  }
}

// a2's element i from the three parts of its sums.
__device__ __forceinline__ float pool_thirds(const float* thirds, int i, float bias, unsigned* mask) {
  const float4 a = ((const float4*) thirds)[i];
  const float4 b = ((const float4*) thirds)[SIZE2 + i];
  const float4 c = ((const float4*) thirds)[2 * SIZE2 + i];
  const float sums[4] = {a.x + b.x + c.x + bias, a.y + b.y + c.y + bias, a.z + b.z + c.z + bias, a.w + b.w + c.w + bias};
  return pooled(sums, mask);
}
