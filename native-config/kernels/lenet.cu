// LeNet-5's training step in two kernels, and the update of optimizer.cu behind them: the whole way of a sample, from its bytes to the
// gradient of what the convolutions put out, is walked by one block whose intermediate results stay in shared memory.
//
// Sizes are LeNet5.create's: image 1x28x28; conv1 5x5, padding 2, to 6x28x28, max-pool to 6x14x14, ReLU; conv2 5x5 to 16x10x10, max-pool to
// 16x5x5, ReLU; fc1 400-120 ReLU, fc2 120-84 ReLU, fc3 84-classes.
#include "losses.cuh"
#include "step.cuh"

#define IMAGE 28
#define PADDED 32 // the image with conv1's border of zeros
#define KERNEL 5
#define TAPS 25
#define MAPS1 6
#define SIDE1 14
#define AREA1 196
#define SIZE1 1176 // MAPS1 * AREA1
#define MAPS2 16
#define SIDE2 5
#define AREA2 25
#define SIZE2 400 // MAPS2 * AREA2
#define WEIGHTS2 2400 // MAPS2 * MAPS1 * TAPS
#define HIDDEN1 120
#define HIDDEN2 84
#define MOST_CLASSES 64
#define DEAD 4 // in a mask, beside the window's place of the maximum 0..3: ReLU lets nothing through

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

// What the second kernel needs of the first; null where only logits or losses are wanted.
struct Saved {
  float* a1;            // (batch, 6, 14, 14), after pooling and ReLU
  unsigned char* mask1; // as a1
  float* a2;            // (batch, 16, 5, 5)
  unsigned char* mask2; // as a2
  float* h1;            // (batch, 120)
  float* h2;            // (batch, 84)
  float* dz1;           // (batch, 120), gradients before the ReLU
  float* dz2;           // (batch, 84)
  float* dz3;           // (batch, classes)
  float* da2;           // (batch, 16, 5, 5), behind the ReLU's derivative
};

// ---- forward, loss, and backward down to conv2's output ----

#define WALK_THREADS 128

// Where a sample's image goes: shared (PADDED, PADDED), normalised, with zeros around.
__device__ __forceinline__ void load_image(float* image, const unsigned char* bytes, const float* x, float mean, float std) {
  for (int i = threadIdx.x; i < PADDED * PADDED; i += blockDim.x) {
    const int row = i / PADDED - 2;
    const int column = i % PADDED - 2;
    const bool inside = row >= 0 && row < IMAGE && column >= 0 && column < IMAGE;
    const int at = row * IMAGE + column;
    image[i] = !inside ? 0 : x ? x[at] : (bytes[at] / 255.0f - mean) / std;
  }
}

// The first largest of a window's four sums, and its place with the mark of a dead ReLU.
__device__ __forceinline__ float pooled(const float* sums, unsigned char* mask) {
  int best = 0;
  for (int k = 1; k < 4; k++) {
    best = sums[k] > sums[best] ? k : best;
  }
  const float value = sums[best];
  *mask = (unsigned char) (value > 0 ? best : best | DEAD);
  return value < 0 ? 0 : value;
}

// sums of (channels) windows of 2x2 outputs: patch (6, 6) is what they see of one input channel; w: weights of the first, `stride` apart
template <int CHANNELS>
__device__ __forceinline__ void correlate_window(float (*sums)[4], const float* patch, const float* w, int stride) {
#pragma unroll
  for (int k = 0; k < CHANNELS; k++) {
#pragma unroll
    for (int u = 0; u < KERNEL; u++) {
#pragma unroll
      for (int v = 0; v < KERNEL; v++) {
        const float weight = w[k * stride + u * KERNEL + v];
        sums[k][0] += weight * patch[u * 6 + v];
        sums[k][1] += weight * patch[u * 6 + v + 1];
        sums[k][2] += weight * patch[(u + 1) * 6 + v];
        sums[k][3] += weight * patch[(u + 1) * 6 + v + 1];
      }
    }
  }
}

__device__ __forceinline__ void load_patch(float* patch, const float* from, int row) {
#pragma unroll
  for (int u = 0; u < 6; u++) {
#pragma unroll
    for (int v = 0; v < 6; v++) {
      patch[u * 6 + v] = from[u * row + v];
    }
  }
}

// image (PADDED, PADDED) to a1 (6, 14, 14): a thread has all six maps of a window
__device__ void convolve1(const float* image, const float* weight, const float* bias, float* a1, unsigned char* mask1) {
  for (int window = threadIdx.x; window < AREA1; window += WALK_THREADS) {
    float patch[36];
    load_patch(patch, image + window / SIDE1 * 2 * PADDED + window % SIDE1 * 2, PADDED);
    float sums[MAPS1][4];
#pragma unroll
    for (int k = 0; k < MAPS1; k++) {
      sums[k][0] = sums[k][1] = sums[k][2] = sums[k][3] = bias[k];
    }
    correlate_window<MAPS1>(sums, patch, weight, TAPS);
#pragma unroll
    for (int k = 0; k < MAPS1; k++) {
      unsigned char mask;
      a1[k * AREA1 + window] = pooled(sums[k], &mask);
      if (mask1) {
        mask1[k * AREA1 + window] = mask;
      }
    }
  }
}

// a1 to a2 (16, 5, 5): a thread has four maps of a window
__device__ void convolve2(const float* a1, const float* weight, const float* bias, float* a2, unsigned char* mask2) {
  for (int item = threadIdx.x; item < SIZE2 / 4; item += WALK_THREADS) {
    const int window = item % AREA2;
    const int map = item / AREA2 * 4;
    float sums[4][4];
#pragma unroll
    for (int k = 0; k < 4; k++) {
      sums[k][0] = sums[k][1] = sums[k][2] = sums[k][3] = bias[map + k];
    }
    for (int c = 0; c < MAPS1; c++) {
      float patch[36];
      load_patch(patch, a1 + c * AREA1 + window / SIDE2 * 2 * SIDE1 + window % SIDE2 * 2, SIDE1);
      correlate_window<4>(sums, patch, weight + (map * MAPS1 + c) * TAPS, MAPS1 * TAPS);
    }
#pragma unroll
    for (int k = 0; k < 4; k++) {
      a2[(map + k) * AREA2 + window] = pooled(sums[k], mask2 + (map + k) * AREA2 + window);
    }
  }
}

// y = W x + b, with ReLU if wanted: a warp has one output at a time
__device__ __forceinline__ void linear(const float* weight, const float* bias, const float* x, float* y, int in, int out, bool relu) {
  const int lane = threadIdx.x % 32;
  for (int o = threadIdx.x / 32; o < out; o += WALK_THREADS / 32) {
    float sum = 0;
    for (int i = lane; i < in; i += 32) {
      sum += weight[o * in + i] * x[i];
    }
    for (int half = 16; half > 0; half /= 2) {
      sum += __shfl_down_sync(0xFFFFFFFFu, sum, half);
    }
    if (lane == 0) {
      sum += bias[o];
      y[o] = relu && sum < 0 ? 0 : sum;
    }
  }
}

// dx_i = sum_o dy_o W_oi
__device__ __forceinline__ float transposed(const float* weight, const float* dy, int in, int out, int i) {
  float sum = 0;
  for (int o = 0; o < out; o++) {
    sum += weight[o * in + i] * dy[o];
  }
  return sum;
}

__device__ __forceinline__ void copy(float* to, const float* from, int count) {
  for (int i = threadIdx.x; i < count; i += blockDim.x) {
    to[i] = from[i];
  }
}

// The sums of the samples' losses, by the last block to come here, in an order that does not depend on the number of blocks.
__device__ void add_losses(const float* losses, const int* corrects, int count, Progress* progress, int advance) {
  __shared__ double lossSums[WALK_THREADS];
  __shared__ int correctSums[WALK_THREADS];
  __shared__ bool last;
  __syncthreads();
  if (threadIdx.x == 0) {
    last = last_block(&progress->lossBlocks, gridDim.x);
  }
  __syncthreads();
  if (!last) {
    return;
  }
  double loss = 0;
  int correct = 0;
  for (int i = threadIdx.x; i < count; i += WALK_THREADS) {
    loss += losses[i];
    correct += corrects[i];
  }
  lossSums[threadIdx.x] = loss;
  correctSums[threadIdx.x] = correct;
  __syncthreads();
  for (int half = WALK_THREADS / 2; half > 0; half /= 2) {
    if ((int) threadIdx.x < half) {
      lossSums[threadIdx.x] += lossSums[threadIdx.x + half];
      correctSums[threadIdx.x] += correctSums[threadIdx.x + half];
    }
    __syncthreads();
  }
  if (threadIdx.x == 0) {
    progress->lossSum += lossSums[0];
    progress->correct += correctSums[0];
    progress->steps++;
    if (!isfinite(lossSums[0]) && progress->firstNonFinite == 0) {
      progress->firstNonFinite = progress->steps;
    }
    progress->step += advance;
  }
}

// images (size, 28, 28), or x (batch, 28, 28) and samples (batch) where another kernel has gathered them; order (epoch) or null; logits
// (batch, classes) or null; losses, corrects (batch), or null if only logits are wanted; the others as in loss.cu
extern "C" __global__ __launch_bounds__(WALK_THREADS) void lenet_walk(Parameters net, Saved saved, const unsigned char* images,
    const float* x, const int* samples, const int* order, const Step* steps, Progress* progress, float* logits, int kind, float smoothing,
    const int* labels, const float* targets, int* predictions, float* losses, int* corrects, int classes, float mean, float std,
    int advance) {
  __shared__ float image[PADDED * PADDED];
  __shared__ float weight1[MAPS1 * TAPS];
  __shared__ float weight2[WEIGHTS2];
  __shared__ float a1[SIZE1];
  __shared__ float a2[SIZE2];
  __shared__ unsigned char mask2[SIZE2];
  __shared__ float h1[HIDDEN1];
  __shared__ float h2[HIDDEN2];
  __shared__ float z[MOST_CLASSES];
  __shared__ float dz1[HIDDEN1];
  __shared__ float dz2[HIDDEN2];
  __shared__ float dz3[MOST_CLASSES];
  const Step step = steps[progress->step];
  copy(weight1, net.conv1Weight, MAPS1 * TAPS);
  copy(weight2, net.conv2Weight, WEIGHTS2);
  for (int lane = blockIdx.x; lane < step.count; lane += gridDim.x) {
    const int sample = samples ? samples[lane] : order ? order[step.first + lane] : step.first + lane;
    load_image(image, images + (size_t) sample * IMAGE * IMAGE, x ? x + (size_t) lane * IMAGE * IMAGE : nullptr, mean, std);
    __syncthreads();
    convolve1(image, weight1, net.conv1Bias, a1, saved.mask1 ? saved.mask1 + (size_t) lane * SIZE1 : nullptr);
    __syncthreads();
    convolve2(a1, weight2, net.conv2Bias, a2, mask2);
    __syncthreads();
    linear(net.fc1Weight, net.fc1Bias, a2, h1, SIZE2, HIDDEN1, true);
    __syncthreads();
    linear(net.fc2Weight, net.fc2Bias, h1, h2, HIDDEN1, HIDDEN2, true);
    __syncthreads();
    linear(net.fc3Weight, net.fc3Bias, h2, z, HIDDEN2, classes, false);
    __syncthreads();
    if (logits) {
      copy(logits + (size_t) lane * classes, z, classes);
    }
    if (losses && threadIdx.x == 0) {
      const int label = labels ? labels[sample] : -1;
      const float* target = targets ? targets + (size_t) sample * classes : nullptr;
      const float value = loss_of(kind, smoothing, z, saved.dz3 ? dz3 : nullptr, classes, label, target, 1.0f / step.count);
      const int best = largest(z, classes);
      losses[lane] = progress->poisoned ? nanf("") : value;
      corrects[lane] = best == label;
      if (predictions) {
        predictions[lane] = best;
      }
    }
    if (saved.dz3) {
      __syncthreads();
      for (int i = threadIdx.x; i < HIDDEN2; i += WALK_THREADS) {
        dz2[i] = h2[i] > 0 ? transposed(net.fc3Weight, dz3, HIDDEN2, classes, i) : 0;
      }
      __syncthreads();
      for (int i = threadIdx.x; i < HIDDEN1; i += WALK_THREADS) {
        dz1[i] = h1[i] > 0 ? transposed(net.fc2Weight, dz2, HIDDEN1, HIDDEN2, i) : 0;
      }
      __syncthreads();
      for (int i = threadIdx.x; i < SIZE2; i += WALK_THREADS) {
        saved.da2[(size_t) lane * SIZE2 + i] = mask2[i] & DEAD ? 0 : transposed(net.fc1Weight, dz1, SIZE2, HIDDEN1, i);
        saved.mask2[(size_t) lane * SIZE2 + i] = mask2[i];
      }
      copy(saved.a1 + (size_t) lane * SIZE1, a1, SIZE1);
      copy(saved.a2 + (size_t) lane * SIZE2, a2, SIZE2);
      copy(saved.h1 + (size_t) lane * HIDDEN1, h1, HIDDEN1);
      copy(saved.h2 + (size_t) lane * HIDDEN2, h2, HIDDEN2);
      copy(saved.dz1 + (size_t) lane * HIDDEN1, dz1, HIDDEN1);
      copy(saved.dz2 + (size_t) lane * HIDDEN2, dz2, HIDDEN2);
      copy(saved.dz3 + (size_t) lane * classes, dz3, classes);
    }
    __syncthreads();
  }
  if (losses) {
    add_losses(losses, corrects, step.count, progress, advance);
  }
}

// ---- gradients of the parameters ----

#define GRADIENT_THREADS 224
#define OUTPUTS 8    // of a linear layer, in one block
#define INPUTS 200   // the same
#define PLANE2 18    // conv2's output, 10x10, with a border of 4
#define TILE 7       // elements of a row of da1 in one thread

// Where the gradients of the linear layers go.
struct LinearGradients {
  float* fc1Weight;
  float* fc1Bias;
  float* fc2Weight;
  float* fc2Bias;
  float* fc3Weight;
  float* fc3Bias;
};

// dW (out, in) and db (out) of one block's outputs and inputs; dz (batch, out), x (batch, in)
__device__ void linear_gradient(const float* dz, const float* x, float* dw, float* db, int in, int out, int block, int count) {
  const int inputBlocks = (in + INPUTS - 1) / INPUTS;
  const int o = block / inputBlocks * OUTPUTS;
  const int i = block % inputBlocks * INPUTS + threadIdx.x;
  const bool mine = threadIdx.x < INPUTS && i < in;
  float sums[OUTPUTS] = {};
  float bias = 0;
  const bool summing = block % inputBlocks == 0 && threadIdx.x < OUTPUTS && o + (int) threadIdx.x < out;
  for (int lane = 0; lane < count; lane++) {
    const float* d = dz + (size_t) lane * out + o;
    const float value = mine ? x[(size_t) lane * in + i] : 0;
#pragma unroll
    for (int k = 0; k < OUTPUTS; k++) {
      sums[k] += (o + k < out ? d[k] : 0) * value;
    }
    if (summing) {
      bias += d[threadIdx.x];
    }
  }
#pragma unroll
  for (int k = 0; k < OUTPUTS; k++) {
    if (mine && o + k < out) {
      dw[(size_t) (o + k) * in + i] = sums[k];
    }
  }
  if (summing) {
    db[o + threadIdx.x] = bias;
  }
}

__device__ __forceinline__ int linear_blocks(int in, int out) {
  return (in + INPUTS - 1) / INPUTS * ((out + OUTPUTS - 1) / OUTPUTS);
}

struct ConvolutionShared {
  float image[PADDED * PADDED];
  float a1[SIZE1];
  float weight2[WEIGHTS2];
  float g2[SIZE2];                // gradients of conv2's maxima
  unsigned short at2[SIZE2];      // and where in a1 (14, 14) their windows of taps begin
  union {
    float d2[MAPS2 * PLANE2 * PLANE2]; // the same spread out, with borders
    struct {
      float g1[SIZE1];            // gradients of conv1's maxima
      unsigned short at1[SIZE1];  // and where in image their windows of taps begin
    } below;
  } spread;
};

__device__ __forceinline__ int place(unsigned char mask, int window, int side, int row) {
  return (window / side * 2 + (mask >> 1 & 1)) * row + window % side * 2 + (mask & 1);
}

// The gradient of a1 in one row's tile: sums over conv2's maps and taps.
__device__ __forceinline__ void data_gradient(const ConvolutionShared& s, int c, int y, int x0, float* sums) {
#pragma unroll
  for (int k = 0; k < TILE; k++) {
    sums[k] = 0;
  }
  for (int m = 0; m < MAPS2; m++) {
    const float* w = s.weight2 + (m * MAPS1 + c) * TAPS;
#pragma unroll
    for (int u = 0; u < KERNEL; u++) {
      float row[TILE + KERNEL - 1];
      const float* from = s.spread.d2 + (m * PLANE2 + y + 4 - u) * PLANE2 + x0;
#pragma unroll
      for (int k = 0; k < TILE + KERNEL - 1; k++) {
        row[k] = from[k];
      }
#pragma unroll
      for (int v = 0; v < KERNEL; v++) {
#pragma unroll
        for (int k = 0; k < TILE; k++) {
          sums[k] += w[u * KERNEL + v] * row[k + 4 - v];
        }
      }
    }
  }
}

// Both convolutions' filter and bias gradients over this block's samples: part (partLength), laid out as the parameters are; the offsets
// are those of conv1's bias and conv2's weight and bias.
__device__ void convolution_gradient(const Parameters& net, const Saved& saved, const unsigned char* images, const float* x,
    const int* samples, const int* order, const Step& step, float* part, int bias1, int weight2, int bias2, int blocks, float mean, float std) {
  __shared__ ConvolutionShared s;
  const int t = threadIdx.x;
  float dw2[TAPS] = {}; // of map t / 6 and input t % 6, for t < 96
  float db2 = 0;        // of map t - 96, for 96 <= t < 112
  float dw1 = 0;        // of map t / 25 and tap t % 25, for t < 150
  float db1 = 0;        // of map t - 150, for 150 <= t < 156
  copy(s.weight2, net.conv2Weight, WEIGHTS2);
  for (int lane = blockIdx.x; lane < step.count; lane += blocks) {
    const int sample = samples ? samples[lane] : order ? order[step.first + lane] : step.first + lane;
    load_image(s.image, images + (size_t) sample * IMAGE * IMAGE, x ? x + (size_t) lane * IMAGE * IMAGE : nullptr, mean, std);
    copy(s.a1, saved.a1 + (size_t) lane * SIZE1, SIZE1);
    for (int i = t; i < MAPS2 * PLANE2 * PLANE2; i += GRADIENT_THREADS) {
      s.spread.d2[i] = 0;
    }
    __syncthreads();
    for (int i = t; i < SIZE2; i += GRADIENT_THREADS) {
      const unsigned char mask = saved.mask2[(size_t) lane * SIZE2 + i];
      const float g = saved.da2[(size_t) lane * SIZE2 + i];
      s.g2[i] = g;
      s.at2[i] = (unsigned short) place(mask, i % AREA2, SIDE2, SIDE1);
      s.spread.d2[i / AREA2 * PLANE2 * PLANE2 + 4 * PLANE2 + 4 + place(mask, i % AREA2, SIDE2, PLANE2)] = g;
    }
    __syncthreads();
    if (t < MAPS2 * MAPS1) {
      const float* plane = s.a1 + t % MAPS1 * AREA1;
      for (int window = 0; window < AREA2; window++) {
        const float g = s.g2[t / MAPS1 * AREA2 + window];
        const float* from = plane + s.at2[t / MAPS1 * AREA2 + window];
#pragma unroll
        for (int u = 0; u < KERNEL; u++) {
#pragma unroll
          for (int v = 0; v < KERNEL; v++) {
            dw2[u * KERNEL + v] += g * from[u * SIDE1 + v];
          }
        }
      }
    } else if (t < MAPS2 * MAPS1 + MAPS2) {
      for (int window = 0; window < AREA2; window++) {
        db2 += s.g2[(t - MAPS2 * MAPS1) * AREA2 + window];
      }
    }
    const int c = t / (2 * SIDE1);
    const int y = t % (2 * SIDE1) / 2;
    const int x0 = t % 2 * TILE;
    float da1[TILE];
    if (c < MAPS1) {
      data_gradient(s, c, y, x0, da1);
    }
    __syncthreads(); // d2 has been read
    if (c < MAPS1) {
      for (int k = 0; k < TILE; k++) {
        const int window = y * SIDE1 + x0 + k;
        const unsigned char mask = saved.mask1[(size_t) lane * SIZE1 + c * AREA1 + window];
        s.spread.below.g1[c * AREA1 + window] = mask & DEAD ? 0 : da1[k];
        s.spread.below.at1[c * AREA1 + window] = (unsigned short) place(mask, window, SIDE1, PADDED);
      }
    }
    __syncthreads();
    if (t < MAPS1 * TAPS) {
      const float* g = s.spread.below.g1 + t / TAPS * AREA1;
      const unsigned short* at = s.spread.below.at1 + t / TAPS * AREA1;
      const float* from = s.image + t % TAPS / KERNEL * PADDED + t % KERNEL;
      for (int window = 0; window < AREA1; window++) {
        dw1 += g[window] * from[at[window]];
      }
    } else if (t < MAPS1 * TAPS + MAPS1) {
      for (int window = 0; window < AREA1; window++) {
        db1 += s.spread.below.g1[(t - MAPS1 * TAPS) * AREA1 + window];
      }
    }
    __syncthreads();
  }
  if (t < MAPS1 * TAPS) {
    part[t] = dw1;
  } else if (t < MAPS1 * TAPS + MAPS1) {
    part[bias1 + t - MAPS1 * TAPS] = db1;
  }
  if (t < MAPS2 * MAPS1) {
#pragma unroll
    for (int k = 0; k < TAPS; k++) {
      part[weight2 + t * TAPS + k] = dw2[k];
    }
  } else if (t < MAPS2 * MAPS1 + MAPS2) {
    part[bias2 + t - MAPS2 * MAPS1] = db2;
  }
}

// The first `blocks` blocks have samples each and leave parts (blocks, partLength) of the convolutions' gradients; the others have outputs
// of linear layers each, over all samples. Everything is summed in a fixed order.
extern "C" __global__ __launch_bounds__(GRADIENT_THREADS) void lenet_gradients(Parameters net, Saved saved, LinearGradients gradients,
    float* parts, int partLength, int bias1, int weight2, int bias2, int blocks, const unsigned char* images, const float* x,
    const int* samples, const int* order, const Step* steps, const Progress* progress, int classes, float mean, float std) {
  const Step step = steps[progress->step];
  if ((int) blockIdx.x < blocks) {
    convolution_gradient(net, saved, images, x, samples, order, step, parts + (size_t) blockIdx.x * partLength, bias1, weight2, bias2, blocks,
        mean, std);
    return;
  }
  int block = blockIdx.x - blocks;
  if (block < linear_blocks(SIZE2, HIDDEN1)) {
    linear_gradient(saved.dz1, saved.a2, gradients.fc1Weight, gradients.fc1Bias, SIZE2, HIDDEN1, block, step.count);
    return;
  }
  block -= linear_blocks(SIZE2, HIDDEN1);
  if (block < linear_blocks(HIDDEN1, HIDDEN2)) {
    linear_gradient(saved.dz2, saved.h1, gradients.fc2Weight, gradients.fc2Bias, HIDDEN1, HIDDEN2, block, step.count);
    return;
  }
  block -= linear_blocks(HIDDEN1, HIDDEN2);
  linear_gradient(saved.dz3, saved.h2, gradients.fc3Weight, gradients.fc3Bias, HIDDEN2, classes, block, step.count);
}
