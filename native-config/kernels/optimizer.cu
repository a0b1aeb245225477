// The update of all trained parameters in one kernel over the flat buffer. Frozen ranges have no tiles.
#include "step.cuh"
#include "sums.cuh"

#define THREADS 256
#define SUMMED 16 // parameters of a tile whose gradient is in many parts: sixteen threads sum one

// One block's part of the parameters: of one layer, so of one group.
struct Tile {
  int from;
  int count; // at most THREADS, or SUMMED where `from` lies in the parts
  float learningRate;
  float weightDecay;
};

// The flat buffers, each (parameters); what is not wanted is null.
struct Flat {
  float* theta;
  const float* slices; // (sliceCount, parameters - partLength): the gradient of what follows the parts, in slices to be summed
  float* first;        // momentum buffer, or Adam's first moment
  float* second;       // Adam's second moment
  const float* anchor; // the values that `pull` draws the parameters to
  const float* pull;   // strength times weight of the anchor's penalty
  float* average;      // exponential moving average of theta
  const float* parts;  // (count, length): the gradient of the first `length` parameters, in parts that are still to be summed
};

struct Parts {
  int count;
  int length;
  int sliceCount;
  int sliceLength;
};

template <int UNROLL>
__device__ __forceinline__ float strided_sum(const float* from, int first, int count, int step, int length) {
  float sums[UNROLL] = {};
  int i = first;
  for (; i + (UNROLL - 1) * step < count; i += UNROLL * step) {
#pragma unroll
    for (int k = 0; k < UNROLL; k++) {
      sums[k] += from[(size_t) (i + k * step) * length];
    }
  }
  for (int k = 0; i < count; i += step, k++) {
    sums[0] += from[(size_t) i * length];
  }
  float sum = 0;
#pragma unroll
  for (int k = 0; k < UNROLL; k++) {
    sum += sums[k];
  }
  return sum;
}

// Gradient of the loss and of the anchor's penalty, pull / 2 (theta - anchor)^2, of this thread's parameter of the tile. Every thread of
// the block comes here. Sums run in a fixed order.
__device__ __forceinline__ float gradient_of(const Flat& flat, const Parts& parts, const Tile& tile) {
  __shared__ float sums[THREADS];
  const int t = threadIdx.x;
  const int i = tile.from + t;
  const bool mine = t < tile.count;
  float g = 0;
  if (tile.from < parts.length) {
    const int own = t % SUMMED;
    sums[t] = own < tile.count ? strided_sum<8>(flat.parts + tile.from + own, t / SUMMED, parts.count, THREADS / SUMMED, parts.length) : 0;
    __syncthreads();
    if (mine) {
#pragma unroll
      for (int k = 0; k < THREADS / SUMMED; k++) {
        g += sums[own + k * SUMMED];
      }
    }
  } else if (mine) {
    g = strided_sum<8>(flat.slices + i - parts.length, 0, parts.sliceCount, 1, parts.sliceLength);
  }
  return mine && flat.pull ? g + flat.pull[i] * (flat.theta[i] - flat.anchor[i]) : g;
}

// The block's sum of one value a thread, the same in every thread, in a fixed order; once in a kernel.
__device__ __forceinline__ double block_sum(double value) {
  __shared__ double sums[THREADS];
  const int t = threadIdx.x;
  sums[t] = value;
  __syncthreads();
  if (t < 32) {
    double sum = 0;
#pragma unroll
    for (int k = 0; k < THREADS; k += 32) {
      sum += sums[t + k];
    }
    sum = group_sum<32>(sum);
    if (t == 0) {
      sums[0] = sum;
    }
  }
  __syncthreads();
  return sums[0];
}

__device__ __forceinline__ void end_step(Progress* progress) {
  __syncthreads();
  if (threadIdx.x == 0 && last_block(&progress->updateBlocks, gridDim.x)) {
    progress->step++;
  }
}

// The gradient of a batch's shard: to (parameters); flat without pull. advance: whether another shard follows here, a step of its own.
extern "C" __global__ __launch_bounds__(THREADS) void shard_gradient(Flat flat, Parts parts, const Tile* tiles, Progress* progress,
    float* to, int advance) {
  const Tile tile = tiles[blockIdx.x];
  const float gradient = gradient_of(flat, parts, tile);
  if ((int) threadIdx.x < tile.count) {
    to[tile.from + threadIdx.x] = gradient;
  }
  if (advance) {
    end_step(progress);
  }
}

// shards (count, length), count a power of two: the first becomes the sum of all, added up as the tree ((0 + 1) + (2 + 3)) + ...
extern "C" __global__ __launch_bounds__(THREADS) void add_shards(float* shards, int count, int length) {
  const int i = blockIdx.x * THREADS + threadIdx.x;
  if (i >= length) {
    return;
  }
  for (int width = 1; width < count; width *= 2) {
    for (int shard = 0; shard < count; shard += 2 * width) {
      shards[(size_t) shard * length + i] += shards[(size_t) (shard + width) * length + i];
    }
  }
}

// squares (tiles): each tile's part of the squared norm of the gradient
extern "C" __global__ __launch_bounds__(THREADS) void gradient_squares(Flat flat, Parts parts, const Tile* tiles,
    double* squares) {
  const Tile tile = tiles[blockIdx.x];
  const double g = gradient_of(flat, parts, tile);
  const double sum = block_sum(g * g);
  if (threadIdx.x == 0) {
    squares[blockIdx.x] = sum;
  }
}

// As torch.nn.utils.clip_grad_norm_. squares (tiles), or null for no clipping
__device__ __forceinline__ float gradient_scale(const double* squares, float clipNorm) {
  if (!squares) {
    return 1;
  }
  double sum = 0;
  for (int i = threadIdx.x; i < (int) gridDim.x; i += THREADS) {
    sum += squares[i];
  }
  return (float) fmin(1.0, clipNorm / (sqrt(block_sum(sum)) + 1e-6));
}

__device__ __forceinline__ void keep(const Flat& flat, int i, float theta, const Step& step, Progress* progress) {
  flat.theta[i] = theta;
  if (flat.average) {
    flat.average[i] += (1 - step.emaDecay) * (theta - flat.average[i]);
  }
  if (!isfinite(theta)) {
    progress->poisoned = 1; // every thread that comes here writes the same
  }
}

extern "C" __global__ __launch_bounds__(THREADS) void sgd(Flat flat, Parts parts, const Tile* tiles,
    const double* squares, float clipNorm, const Step* steps, Progress* progress, float momentum, int nesterov) {
  const Tile tile = tiles[blockIdx.x];
  const Step step = steps[progress->step];
  const float scale = gradient_scale(squares, clipNorm);
  const float gradient = gradient_of(flat, parts, tile);
  if ((int) threadIdx.x < tile.count) {
    const int i = tile.from + threadIdx.x;
    float theta = flat.theta[i];
    float g = gradient * scale + tile.weightDecay * theta;
    if (flat.first) {
      const float v = momentum * flat.first[i] + g; // the buffer begins at zero, so the first step sets v = g
      flat.first[i] = v;
      g = nesterov ? g + momentum * v : v;
    }
    keep(flat, i, theta - tile.learningRate * step.rateFactor * g, step, progress);
  }
  end_step(progress);
}

// decoupled: AdamW's decay of the parameters instead of Adam's inside the gradient
extern "C" __global__ __launch_bounds__(THREADS) void adam(Flat flat, Parts parts, const Tile* tiles,
    const double* squares, float clipNorm, const Step* steps, Progress* progress, float beta1, float beta2, float epsilon, int decoupled) {
  const Tile tile = tiles[blockIdx.x];
  const Step step = steps[progress->step];
  const float scale = gradient_scale(squares, clipNorm);
  const float gradient = gradient_of(flat, parts, tile);
  if ((int) threadIdx.x < tile.count) {
    const int i = tile.from + threadIdx.x;
    const float rate = tile.learningRate * step.rateFactor;
    float theta = flat.theta[i];
    float g = gradient * scale;
    if (!decoupled) {
      g += tile.weightDecay * theta;
    }
    const float m = beta1 * flat.first[i] + (1 - beta1) * g;
    const float v = beta2 * flat.second[i] + (1 - beta2) * g * g;
    flat.first[i] = m;
    flat.second[i] = v;
    if (decoupled) {
      theta *= 1 - rate * tile.weightDecay;
    }
    keep(flat, i, theta - rate * step.correction1 * m / (sqrtf(v) * step.correction2 + epsilon), step, progress);
  }
  end_step(progress);
}
