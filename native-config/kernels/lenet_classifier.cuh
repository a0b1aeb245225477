// The linear layers of LeNet-5 for many samples, by a whole block: products of matrices in registers, with the weights through shared
// memory once a block. Sums run over a sample's own values alone, in an order that depends on nothing else.
#pragma once

#include "lenet.cuh"

#define CLASSIFIERS 512 // threads of a block
#define TOGETHER 32     // samples of a block
#define ROW_A2 68       // floats from sample to sample in shared memory, and from row to row of a piece of fc1: in different banks
#define ROW_H1 124
#define ROW_H2 84
#define ROW_Z 68
#define DEPTH1 64       // inputs of fc1 in a piece of its weights
#define REST1 16        // in the last one
#define DEPTH2 40       // of fc2
#define BACK1 20        // outputs of fc1 in a piece of its weights backward
#define BACK2 28        // of fc2

// Of the samples of a block.
struct __align__(16) Classified {
  float h1[TOGETHER * ROW_H1]; // then dz1
  union __align__(16) {
    struct {
      float h2[TOGETHER * ROW_H2]; // then dz2
      float z[TOGETHER * ROW_Z];   // then dz3
      union __align__(16) {
        float fc2[HIDDEN2 * DEPTH2];
        float fc2Back[BACK2 * HIDDEN1];
      };
    } upper;
    float fc1Back[BACK1 * SIZE2];
  } of;
};

// While fc1 is computed: a piece of its weights and of the samples.
struct __align__(16) Piece1 {
  float weight[HIDDEN1 * ROW_A2];
  float x[TOGETHER * ROW_A2];
};

// A thread's part of a matrix (rows, ACROSS) whose rows lie `row` floats apart, COUNT quads at most; zeros behind it. All loads at once.
template <int COUNT, int ACROSS>
__device__ __forceinline__ void fetch(float4* own, const float* from, int row, int rows) {
  constexpr int STEP = CLASSIFIERS / (ACROSS / 4); // rows of all threads together
  const int first = threadIdx.x / (ACROSS / 4);
  from += first * row + threadIdx.x % (ACROSS / 4) * 4;
#pragma unroll
  for (int k = 0; k < COUNT; k++) {
    own[k] = first < STEP && first + k * STEP < rows ? *(const float4*) (from + k * STEP * row) : make_float4(0, 0, 0, 0);
  }
}

template <int COUNT, int ACROSS>
__device__ __forceinline__ void store(float* to, const float4* own, int row, int rows) {
  constexpr int STEP = CLASSIFIERS / (ACROSS / 4);
  const int first = threadIdx.x / (ACROSS / 4);
  to += first * row + threadIdx.x % (ACROSS / 4) * 4;
#pragma unroll
  for (int k = 0; k < COUNT; k++) {
    if (first < STEP && first + k * STEP < rows) {
      *(float4*) (to + k * STEP * row) = own[k];
    }
  }
}

__device__ __forceinline__ void add_products(float* sum, float4 a, float4 b) {
  *sum += a.x * b.x;
  *sum += a.y * b.y;
  *sum += a.z * b.z;
  *sum += a.w * b.w;
}

// Adds x W^T over `depth` inputs: the thread's samples are `first`, first + STEP_X, .., its outputs the rows own, own + STEP_W, ..
template <int SAMPLES, int STEP_X, int OUTPUTS, int STEP_W, int UNROLL = 1>
__device__ __forceinline__ void multiply(float (*sums)[OUTPUTS], const float* x, int rowX, const float* weight, int rowW, int depth) {
#pragma unroll UNROLL
  for (int k = 0; k < depth; k += 4) {
    float4 a[SAMPLES];
#pragma unroll
    for (int p = 0; p < SAMPLES; p++) {
      a[p] = *(const float4*) (x + p * STEP_X * rowX + k);
    }
#pragma unroll
    for (int q = 0; q < OUTPUTS; q++) {
      const float4 w = *(const float4*) (weight + q * STEP_W * rowW + k);
#pragma unroll
      for (int p = 0; p < SAMPLES; p++) {
        add_products(&sums[p][q], a[p], w);
      }
    }
  }
}

// Adds dy W over `depth` outputs: the thread's samples as above, its four inputs lie together.
template <int SAMPLES, int STEP_X>
__device__ __forceinline__ void multiply_back(float4* sums, const float* dy, int rowX, const float* weight, int rowW, int depth) {
#pragma unroll 1
  for (int k = 0; k < depth; k += 4) {
    float4 w[4];
#pragma unroll
    for (int j = 0; j < 4; j++) {
      w[j] = *(const float4*) (weight + (k + j) * rowW);
    }
#pragma unroll
    for (int p = 0; p < SAMPLES; p++) {
      const float4 d = *(const float4*) (dy + p * STEP_X * rowX + k);
      const float own[4] = {d.x, d.y, d.z, d.w};
#pragma unroll
      for (int j = 0; j < 4; j++) {
        sums[p].x += own[j] * w[j].x;
        sums[p].y += own[j] * w[j].y;
        sums[p].z += own[j] * w[j].z;
        sums[p].w += own[j] * w[j].w;
      }
    }
  }
}

// h1 = relu(W a2 + b): a quarter of the threads has a quarter of the inputs, a thread 8 samples by 4 outputs. a2 (samples, 400)
__device__ __forceinline__ void classify1(const float* weight, const float* bias, const float* a2, int samples, Piece1& piece, float* h1) {
  const int t = threadIdx.x;
  const int quarter = t / (CLASSIFIERS / 4);
  const int s = t % 4;                      // and every fourth sample
  const int o = t % (CLASSIFIERS / 4) / 4;  // and every 30th output
  const bool mine = o < HIDDEN1 / 4;
  float sums[8][4] = {};
  float4 ofW[4];
  float4 ofX[1];
  const float* x = piece.x + s * ROW_A2;
  const float* w = piece.weight + o * ROW_A2;
  fetch<4, DEPTH1>(ofW, weight, SIZE2, HIDDEN1);
  fetch<1, DEPTH1>(ofX, a2, SIZE2, samples);
#pragma unroll 1
  for (int next = DEPTH1; next < SIZE2; next += DEPTH1) {
    __syncthreads();
    store<4, DEPTH1>(piece.weight, ofW, ROW_A2, HIDDEN1);
    store<1, DEPTH1>(piece.x, ofX, ROW_A2, TOGETHER);
    __syncthreads();
    if (next + DEPTH1 <= SIZE2) {
      fetch<4, DEPTH1>(ofW, weight + next, SIZE2, HIDDEN1);
      fetch<1, DEPTH1>(ofX, a2 + next, SIZE2, samples);
    }
    if (mine) {
      multiply<8, 4, 4, HIDDEN1 / 4>(sums, x + quarter * (DEPTH1 / 4), ROW_A2, w + quarter * (DEPTH1 / 4), ROW_A2, DEPTH1 / 4);
    }
  }
  fetch<1, REST1>(ofW, weight + SIZE2 - REST1, SIZE2, HIDDEN1);
  fetch<1, REST1>(ofX, a2 + SIZE2 - REST1, SIZE2, samples);
  __syncthreads();
  store<1, REST1>(piece.weight, ofW, ROW_A2, HIDDEN1);
  store<1, REST1>(piece.x, ofX, ROW_A2, TOGETHER);
  __syncthreads();
  if (mine) {
    multiply<8, 4, 4, HIDDEN1 / 4>(sums, x + quarter * (REST1 / 4), ROW_A2, w + quarter * (REST1 / 4), ROW_A2, REST1 / 4);
  }
  __syncthreads(); // h1 lies where the piece was
#pragma unroll 1
  for (int turn = 0; turn < 4; turn++) {
    if (turn == quarter && mine) {
#pragma unroll
      for (int q = 0; q < 4; q++) {
        const int output = o + q * (HIDDEN1 / 4);
        const float b = turn == 0 ? bias[output] : 0;
#pragma unroll
        for (int p = 0; p < 8; p++) {
          float* to = h1 + (s + 4 * p) * ROW_H1 + output;
          const float sum = (turn == 0 ? b : *to) + sums[p][q];
          *to = turn == 3 && sum < 0 ? 0 : sum;
        }
      }
    }
    __syncthreads();
  }
}

// h2 = relu(W h1 + b): a thread has 4 samples by 2 outputs.
__device__ __forceinline__ void classify2(const float* weight, const float* bias, const float* h1, float* piece, float* h2) {
  const int t = threadIdx.x;
  const int s = t % 8;
  const int o = t / 8;
  const bool mine = o < HIDDEN2 / 2;
  float sums[4][2] = {};
  float4 own[2];
  fetch<2, DEPTH2>(own, weight, HIDDEN1, HIDDEN2);
#pragma unroll 1
  for (int first = 0; first < HIDDEN1; first += DEPTH2) {
    __syncthreads();
    store<2, DEPTH2>(piece, own, DEPTH2, HIDDEN2);
    __syncthreads();
    if (first + DEPTH2 < HIDDEN1) {
      fetch<2, DEPTH2>(own, weight + first + DEPTH2, HIDDEN1, HIDDEN2);
    }
    if (mine) {
      multiply<4, 8, 2, HIDDEN2 / 2>(sums, h1 + s * ROW_H1 + first, ROW_H1, piece + o * DEPTH2, DEPTH2, DEPTH2);
    }
  }
  if (mine) {
#pragma unroll
    for (int q = 0; q < 2; q++) {
      const int output = o + q * (HIDDEN2 / 2);
      const float b = bias[output];
#pragma unroll
      for (int p = 0; p < 4; p++) {
        const float sum = sums[p][q] + b;
        h2[(s + 8 * p) * ROW_H2 + output] = sum < 0 ? 0 : sum;
      }
    }
  }
}

// z = W h2 + b: few enough weights to be read from memory.
__device__ __forceinline__ void classify3(const float* weight, const float* bias, const float* h2, float* z, int classes) {
  __syncthreads();
  for (int i = threadIdx.x; i < TOGETHER * classes; i += CLASSIFIERS) {
    const int s = i % TOGETHER;
    const int o = i / TOGETHER;
    float sums[1][1] = {};
    multiply<1, 1, 1, 1, 7>(sums, h2 + s * ROW_H2, ROW_H2, weight + o * HIDDEN2, HIDDEN2, HIDDEN2);
    z[s * ROW_Z + o] = sums[0][0] + bias[o];
  }
  __syncthreads();
}

// dz2 in the place of h2. dz3 (samples, classes)
__device__ __forceinline__ void classify_back3(const float* weight, const float* dz3, float* h2, int classes) {
  const int s = threadIdx.x % 16;
  const int i = threadIdx.x / 16 * 4;
  if (i < HIDDEN2) {
    float4 sums[2] = {};
#pragma unroll 5
    for (int o = 0; o < classes; o++) {
      const float4 w = *(const float4*) (weight + o * HIDDEN2 + i);
#pragma unroll
      for (int p = 0; p < 2; p++) {
        const float d = dz3[(s + 16 * p) * ROW_Z + o];
        sums[p].x += d * w.x;
        sums[p].y += d * w.y;
        sums[p].z += d * w.z;
        sums[p].w += d * w.w;
      }
    }
#pragma unroll
    for (int p = 0; p < 2; p++) {
      float4* to = (float4*) (h2 + (s + 16 * p) * ROW_H2 + i);
      const float4 h = *to;
      *to = make_float4(h.x > 0 ? sums[p].x : 0, h.y > 0 ? sums[p].y : 0, h.z > 0 ? sums[p].z : 0, h.w > 0 ? sums[p].w : 0);
    }
  }
}

// W^T dy over OUT outputs: a thread has SAMPLES samples, s and every STEP-th, by the four inputs from i on. PIECE: outputs in a piece of the
// weights, of which a thread brings COUNT quads
template <int OUT, int IN, int PIECE, int COUNT, int SAMPLES, int STEP>
__device__ __forceinline__ void product_back(float4* sums, const float* weight, const float* dy, int rowX, float* piece, int s, int i) {
  float4 own[COUNT];
  fetch<COUNT, IN>(own, weight, IN, PIECE);
#pragma unroll 1
  for (int first = 0; first < OUT; first += PIECE) {
    __syncthreads();
    store<COUNT, IN>(piece, own, IN, PIECE);
    __syncthreads();
    if (first + PIECE < OUT) {
      fetch<COUNT, IN>(own, weight + (first + PIECE) * IN, IN, PIECE);
    }
    if (i < IN) {
      multiply_back<SAMPLES, STEP>(sums, dy + s * rowX + first, rowX, piece + i, IN, PIECE);
    }
  }
}

// dz1 in the place of h1.
__device__ __forceinline__ void classify_back2(const float* weight, const float* dz2, float* piece, float* h1) {
  const int s = threadIdx.x % 16;
  const int i = threadIdx.x / 16 * 4;
  float4 sums[2] = {};
  product_back<HIDDEN2, HIDDEN1, BACK2, 2, 2, 16>(sums, weight, dz2, ROW_H2, piece, s, i);
  if (i < HIDDEN1) {
#pragma unroll
    for (int p = 0; p < 2; p++) {
      float4* to = (float4*) (h1 + (s + 16 * p) * ROW_H1 + i);
      const float4 h = *to;
      const float4 d = sums[p];
      *to = make_float4(h.x > 0 ? d.x : 0, h.y > 0 ? d.y : 0, h.z > 0 ? d.z : 0, h.w > 0 ? d.w : 0);
    }
  }
}

// da2 (samples, 400), before the ReLU's zeros.
__device__ __forceinline__ void classify_back1(const float* weight, const float* dz1, float* piece, float* da2, int samples) {
  const int s = threadIdx.x % 4;
  const int i = threadIdx.x / 4 * 4;
  float4 sums[8] = {};
  product_back<HIDDEN1, SIZE2, BACK1, 4, 8, 4>(sums, weight, dz1, ROW_H1, piece, s, i);
  if (i < SIZE2) {
#pragma unroll
    for (int p = 0; p < 8; p++) {
      if (s + 4 * p < samples) {
        *(float4*) (da2 + (size_t) (s + 4 * p) * SIZE2 + i) = sums[p];
      }
    }
  }
}

// (samples, length) from shared memory.
__device__ __forceinline__ void save(float* to, const float* from, int row, int length, int samples) {
  for (int i = threadIdx.x; i < samples * length; i += CLASSIFIERS) {
    to[i] = from[i / length * row + i % length];
  }
}
