// LeNet-5 of LeNet5.create: image 1x28x28; conv1 5x5, padding 2, to 6x28x28, max-pool to 6x14x14, ReLU; conv2 5x5 to 16x10x10, max-pool to
// 16x5x5, ReLU; fc1 400-120 ReLU, fc2 120-84 ReLU, fc3 84-classes.
#pragma once

#define IMAGE 28
#define PADDED 32       // the image with conv1's border of zeros
#define IMAGE_ROW 36    // of it in shared memory: five rows below one another lie in different banks
#define KERNEL 5
#define TAPS 25
#define TAP1 8          // floats of a tap of conv1's filters in shared memory, all six maps
#define MAPS1 6
#define SIDE1 14
#define AREA1 196
#define SIZE1 1176      // MAPS1 * AREA1
#define ROW1 20         // of a1 in shared memory
#define PLANE1 280      // of it: windows below one another and maps lie in different banks
#define DENSE1 788      // conv1's output, 28x28, the same
#define MAPS2 16
#define SIDE2 5
#define OUT2 10         // a side of conv2's output
#define ROW2 12         // of d2 in shared memory: four columns are one load
#define PLANE2 120      // of it
#define AREA2 25
#define SIZE2 400       // MAPS2 * AREA2
#define WEIGHTS2 2400   // MAPS2 * MAPS1 * TAPS
#define CHANNEL2 404    // conv2's filters of one channel in shared memory, 25 taps by 16 maps: channels lie in different banks
#define HIDDEN1 120
#define HIDDEN2 84
#define MOST_CLASSES 64
#define DEAD 4u         // in a mask, beside the window's place of the maximum 0..3: ReLU lets nothing through
#define MASK_BITS 3

#define THREADS 256
#define WARPS 8

struct Parameters {
  const float* conv1Weight; // (6, 1, 5, 5)
  const float* conv1Bias;
  const float* conv2Weight; // (16, 6, 5, 5)
  const float* conv2Bias;
  const float* fc1Weight; // (120, 400)
  const float* fc1Bias;
  const float* fc2Weight; // (84, 120)
  const float* fc2Bias;
  const float* fc3Weight; // (classes, 84)
  const float* fc3Bias;
};

// What the gradients of the linear layers need of each sample; null where only logits or losses are wanted.
struct Saved {
  float* a2;  // (batch, 16, 5, 5), after pooling and ReLU
  float* h1;  // (batch, 120)
  float* h2;  // (batch, 84)
  float* dz1; // (batch, 120), gradients before the ReLU
  float* dz2; // (batch, 84)
  float* dz3; // (batch, classes)
};

// Where in a slice the gradients of the linear layers lie.
struct LinearOffsets {
  int fc1Weight;
  int fc1Bias;
  int fc2Weight;
  int fc2Bias;
  int fc3Weight;
  int fc3Bias;
};

__device__ __forceinline__ void copy(float* to, const float* from, int count) {
  for (int i = threadIdx.x; i < count; i += THREADS) {
    to[i] = from[i];
  }
}
