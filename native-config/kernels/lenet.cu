// LeNet-5's training step for small batches, in two kernels and the update of optimizer.cu: the whole way of a sample, from its bytes to
// the gradients of the convolutions, is walked by one block whose intermediate results stay in shared memory; the second kernel sums the
// gradients of the linear layers over the samples.
#include "lenet_convolution_backward.cuh"
#include "lenet_linear.cuh"
#include "lenet_loss.cuh"

// Where the linear layers' work lies, that of the convolutions' backward may follow.
union __align__(16) Scratch {
  struct {
    float weight1[TAPS * TAP1];
    Linears linears;
  } forward;
  float parts[4 * SIZE1];      // of a1's gradient
  float dense[MAPS1 * DENSE1]; // the gradient of conv1's output
  float sums[7 * 156 + WEIGHTS2];
  LossSums losses[WARPS];
};

// Behind dz3, down to the gradient of conv2's output.
__device__ __forceinline__ void backward_linears(const Parameters& net, Linears& s, float* d2, int classes) {
  backward<HIDDEN2, 12, 1, false>(net.fc3Weight, s.dz3, s.h2, s.dz2, s.sums, classes);
  backward<HIDDEN1, 7, 12, true>(net.fc2Weight, s.dz2, s.h1, s.dz1, s.sums, HIDDEN2);
  transposed<SIZE2, 2, 12, true>(net.fc1Weight, s.dz1, s.sums, HIDDEN1);
  __syncthreads();
  for (int i = threadIdx.x; i < SIZE2; i += THREADS) {
    const int window = i % AREA2;
    spread(d2 + i / AREA2 * PLANE2 + window / SIDE2 * 2 * ROW2 + window % SIDE2 * 2, ROW2, s.mask2[i], total<SIZE2, 2>(s.sums, i));
  }
}

// Leaves what the gradients of the linear layers need; the warps that have no loss to compute do the first half meanwhile.
__device__ __forceinline__ void save_forward(const Saved& saved, const Linears& s, size_t lane) {
  for (int i = threadIdx.x - 32; i < SIZE2; i += THREADS - 32) {
    saved.a2[lane * SIZE2 + i] = s.a2[i];
  }
  const int i = threadIdx.x - 32;
  if (i < HIDDEN1) {
    saved.h1[lane * HIDDEN1 + i] = s.h1[i];
  } else if (i < HIDDEN1 + HIDDEN2) {
    saved.h2[lane * HIDDEN2 + i - HIDDEN1] = s.h2[i - HIDDEN1];
  }
}

__device__ __forceinline__ void save_backward(const Saved& saved, const Linears& s, size_t lane, int classes) {
  const int i = threadIdx.x;
  if (i < HIDDEN1) {
    saved.dz1[lane * HIDDEN1 + i] = s.dz1[i];
  } else if (i < HIDDEN1 + HIDDEN2) {
    saved.dz2[lane * HIDDEN2 + i - HIDDEN1] = s.dz2[i - HIDDEN1];
  }
  if (i < classes) {
    saved.dz3[lane * classes + i] = s.dz3[i];
  }
}

// Without parts, forward alone: to the logits, or to the losses and their sums.
// images (size, 28, 28), or x (batch, 28, 28) and samples (batch) where another kernel has gathered them; order (epoch) or null; a pixel is
// byte * scale + shift; logits (batch, classes) or null; losses, corrects (batch), or null if only logits are wanted; the others as in
// loss.cu. parts (blocks, partLength): the gradients of the convolutions over each block's samples, laid out as the parameters are,
// with the offsets of conv1's bias and of conv2's weight and bias
extern "C" __global__ __launch_bounds__(THREADS, 2) void lenet_walk(Parameters net, Saved saved, const unsigned char* images,
    const float* x, const int* samples, const int* order, const Step* steps, Progress* progress, float* logits, int kind, float smoothing,
    const int* labels, const float* targets, int* predictions, float* losses, int* corrects, int classes, float scale, float shift,
    float* parts, int partLength, int bias1, int weight2, int bias2) {
  __shared__ Convolutions s;
  __shared__ Scratch scratch;
  Linears& linears = scratch.forward.linears;
  float filters2[OWN2];
  fetch_filters2(filters2, net.conv2Weight);
  const Step step = steps[progress->step];
  const int poisoned = progress->poisoned;
  store_filters2(s.weight2, filters2);
  for (int lane = blockIdx.x; lane < step.count; lane += gridDim.x) {
    const int sample = samples ? samples[lane] : order ? order[step.first + lane] : step.first + lane;
    const int label = labels ? labels[sample] : -1;
    load_filters1(scratch.forward.weight1, net.conv1Weight);
    load_image(s.image, images + (size_t) sample * IMAGE * IMAGE, x ? x + (size_t) lane * IMAGE * IMAGE : nullptr, scale, shift);
    __syncthreads();
    const unsigned masks = convolve1(s.image, scratch.forward.weight1, net.conv1Bias, s.a1);
    __syncthreads();
    convolve2(s.a1, s.weight2, net.conv2Bias, linears.a2, linears.mask2);
    __syncthreads();
    linear<SIZE2, 4>(net.fc1Weight, net.fc1Bias, linears.a2, linears.h1, HIDDEN1, true);
    __syncthreads();
    linear<HIDDEN1, 4>(net.fc2Weight, net.fc2Bias, linears.h1, linears.h2, HIDDEN2, true);
    __syncthreads();
    linear<HIDDEN2, 2>(net.fc3Weight, net.fc3Bias, linears.h2, linears.z, classes, false);
    __syncthreads();
    if (logits) {
      copy(logits + (size_t) lane * classes, linears.z, classes);
    }
    if (losses && threadIdx.x < 32) {
      const float* target = targets ? targets + (size_t) sample * classes : nullptr;
      int best;
      const float value = group_loss<32>(kind, smoothing, linears.z, parts ? linears.dz3 : nullptr, classes, label, target,
          step.scale, &best);
      if (threadIdx.x == 0) {
        losses[lane] = poisoned ? nanf("") : value;
        corrects[lane] = best == label;
        if (predictions) {
          predictions[lane] = best;
        }
      }
    } else if (parts) {
      save_forward(saved, linears, lane);
    }
    if (parts) {
      __syncthreads();
      backward_linears(net, linears, s.d2, classes);
      save_backward(saved, linears, lane, classes);
      __syncthreads();
      FilterGradients gradients = {};
      data_gradient(s, scratch.parts);
      filter_gradient2(s, gradients);
      __syncthreads();
      spread1(scratch.parts, masks);
      __syncthreads();
      filter_gradient1(s, scratch.dense, gradients);
      __syncthreads();
      store_filter_gradients(gradients, scratch.sums, parts + (size_t) blockIdx.x * partLength, bias1, weight2, bias2,
          lane == (int) blockIdx.x);
    }
    __syncthreads();
  }
  if (parts && (int) blockIdx.x >= step.count) {
    for (int i = threadIdx.x; i < partLength; i += THREADS) {
      parts[(size_t) blockIdx.x * partLength + i] = 0;
    }
  }
  if (losses && !parts) {
    finish_losses<THREADS>(scratch.losses, losses, corrects, step.count, progress);
  }
}

// ---- gradients of the linear layers ----

#define TILE_OUT 40
#define TILE_IN 80
#define TOGETHER 16 // samples in shared memory at a time
#define OWN 4      // a thread has OWN x OWN elements of dW

struct __align__(16) Staged {
  float d[TOGETHER][TILE_OUT];
  float v[TOGETHER][TILE_IN];
};

// One tile of dW (out, in), and db (out) where it is the first of its row; dz (batch, out), x (batch, in), for the samples from..to
template <int IN>
__device__ __forceinline__ void linear_gradient(const float* dz, const float* x, float* dw, float* db, int out, int tile, int from,
    int to) {
  __shared__ Staged s;
  constexpr int PER_D = (TOGETHER * TILE_OUT + THREADS - 1) / THREADS;
  constexpr int PER_V = (TOGETHER * TILE_IN + THREADS - 1) / THREADS;
  constexpr int across = (IN + TILE_IN - 1) / TILE_IN;
  const int o0 = tile / across * TILE_OUT;
  const int i0 = tile % across * TILE_IN;
  const int t = threadIdx.x;
  const int o = t / (TILE_IN / OWN) * OWN;
  const int i = t % (TILE_IN / OWN) * OWN;
  const bool mine = o < TILE_OUT;
  const bool summing = tile % across == 0 && t < TILE_OUT;
  float sums[OWN][OWN] = {};
  float bias = 0;
  for (int first = from; first < to; first += TOGETHER) {
    float ofD[PER_D]; // all loads at once
    float ofV[PER_V];
#pragma unroll
    for (int k = 0; k < PER_D; k++) {
      const int row = (t + k * THREADS) / TILE_OUT;
      const int at = o0 + (t + k * THREADS) % TILE_OUT;
      ofD[k] = row < TOGETHER && first + row < to && at < out ? dz[(first + row) * out + at] : 0;
    }
#pragma unroll
    for (int k = 0; k < PER_V; k++) {
      const int row = (t + k * THREADS) / TILE_IN;
      const int at = i0 + (t + k * THREADS) % TILE_IN;
      ofV[k] = row < TOGETHER && first + row < to && at < IN ? x[(first + row) * IN + at] : 0;
    }
    __syncthreads();
#pragma unroll
    for (int k = 0; k < PER_D; k++) {
      if (t + k * THREADS < TOGETHER * TILE_OUT) {
        (&s.d[0][0])[t + k * THREADS] = ofD[k];
      }
    }
#pragma unroll
    for (int k = 0; k < PER_V; k++) {
      if (t + k * THREADS < TOGETHER * TILE_IN) {
        (&s.v[0][0])[t + k * THREADS] = ofV[k];
      }
    }
    __syncthreads();
    if (mine) {
#pragma unroll
      for (int k = 0; k < TOGETHER; k++) {
        const float4 a = *(const float4*) (s.d[k] + o);
        const float4 b = *(const float4*) (s.v[k] + i);
        const float left[OWN] = {a.x, a.y, a.z, a.w};
        const float right[OWN] = {b.x, b.y, b.z, b.w};
#pragma unroll
        for (int p = 0; p < OWN; p++) {
#pragma unroll
          for (int q = 0; q < OWN; q++) {
            sums[p][q] += left[p] * right[q];
          }
        }
      }
    }
    if (summing) {
#pragma unroll
      for (int k = 0; k < TOGETHER; k++) {
        bias += s.d[k][t];
      }
    }
  }
  if (mine && i0 + i < IN) { // IN is a multiple of OWN
#pragma unroll
    for (int p = 0; p < OWN; p++) {
      if (o0 + o + p < out) {
        *(float4*) (dw + (o0 + o + p) * IN + i0 + i) = make_float4(sums[p][0], sums[p][1], sums[p][2], sums[p][3]);
      }
    }
  }
  if (summing && o0 + t < out) {
    db[o0 + t] = bias;
  }
}

__device__ __forceinline__ int tiles(int in, int out) {
  return (in + TILE_IN - 1) / TILE_IN * ((out + TILE_OUT - 1) / TILE_OUT);
}

// slices (gridDim.y, sliceLength): each has the gradients over `share` samples, laid out as the parameters are. The first of the blocks
// behind the tiles sums what lenet_walk has left in losses, corrects (batch).
extern "C" __global__ __launch_bounds__(THREADS) void lenet_gradients(Saved saved, LinearOffsets at, float* slices, int sliceLength,
    int share, const Step* steps, Progress* progress, int classes, const float* losses, const int* corrects) {
  __shared__ LossSums ofWarps[WARPS];
  const int count = steps[progress->step].count;
  const int from = min((int) blockIdx.y * share, count);
  const int to = min(from + share, count);
  float* slice = slices + (size_t) blockIdx.y * sliceLength;
  int tile = blockIdx.x;
  if (tile < tiles(SIZE2, HIDDEN1)) {
    linear_gradient<SIZE2>(saved.dz1, saved.a2, slice + at.fc1Weight, slice + at.fc1Bias, HIDDEN1, tile, from, to);
    return;
  }
  tile -= tiles(SIZE2, HIDDEN1);
  if (tile < tiles(HIDDEN1, HIDDEN2)) {
    linear_gradient<HIDDEN1>(saved.dz2, saved.h1, slice + at.fc2Weight, slice + at.fc2Bias, HIDDEN2, tile, from, to);
    return;
  }
  tile -= tiles(HIDDEN1, HIDDEN2);
  if (tile < tiles(HIDDEN2, classes)) {
    linear_gradient<HIDDEN2>(saved.dz3, saved.h2, slice + at.fc3Weight, slice + at.fc3Bias, classes, tile, from, to);
  } else if (blockIdx.y == 0) {
    add_losses<THREADS>(ofWarps, losses, corrects, count, progress);
  }
}
