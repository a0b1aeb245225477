// Losses, their gradients, and the totals. One thread a sample; sums run in a fixed order.
#include "losses.cuh"
#include "step.cuh"

#define THREADS 128

// Sums the block's losses, and in the grid's last block all of them, into progress.
// lossParts, correctParts (blocks); advance: whether the step ends here
__device__ void add_totals(float loss, int correct, double* lossParts, int* correctParts, Progress* progress, int advance) {
  __shared__ double losses[THREADS];
  __shared__ int corrects[THREADS];
  losses[threadIdx.x] = loss;
  corrects[threadIdx.x] = correct;
  __syncthreads();
  for (int half = THREADS / 2; half > 0; half /= 2) {
    if ((int) threadIdx.x < half) {
      losses[threadIdx.x] += losses[threadIdx.x + half];
      corrects[threadIdx.x] += corrects[threadIdx.x + half];
    }
    __syncthreads();
  }
  if (threadIdx.x != 0) {
    return;
  }
  lossParts[blockIdx.x] = losses[0];
  correctParts[blockIdx.x] = corrects[0];
  if (last_block(&progress->lossBlocks, gridDim.x)) {
    double sum = 0;
    for (unsigned i = 0; i < gridDim.x; i++) {
      sum += lossParts[i];
      progress->correct += correctParts[i];
    }
    progress->lossSum += sum;
    progress->steps++;
    if (!isfinite(sum) && progress->firstNonFinite == 0) {
      progress->firstNonFinite = progress->steps;
    }
    progress->step += advance;
  }
}

// kind: of losses.cuh. z (batch, outputs); dz (batch, outputs), the gradient of the mean
// over the samples of the batch, or null; predictions (batch), or null; samples (batch); labels (size), or null where targets (size,
// outputs) take their place
extern "C" __global__ __launch_bounds__(THREADS) void loss(int kind, float smoothing, const float* z, float* dz, int* predictions,
    const int* samples, const int* labels, const float* targets, const Step* steps, Progress* progress, double* lossParts, int* correctParts,
    int batch, int outputs, int advance) {
  const Step step = steps[progress->step];
  const int lane = blockIdx.x * THREADS + threadIdx.x;
  float value = 0;
  int correct = 0;
  if (lane < step.count) {
    const int sample = samples[lane];
    const float* zs = z + (size_t) lane * outputs;
    float* dzs = dz ? dz + (size_t) lane * outputs : nullptr;
    const int label = labels ? labels[sample] : -1;
    const float scale = step.scale;
    const float* target = targets ? targets + (size_t) sample * outputs : nullptr;
    value = loss_of(kind, smoothing, zs, dzs, outputs, label, target, scale);
    const int best = largest(zs, outputs);
    correct = best == label;
    if (predictions) {
      predictions[lane] = best;
    }
    if (progress->poisoned) {
      value = nanf("");
    }
  } else if (lane < batch && dz) {
    for (int k = 0; k < outputs; k++) {
      dz[(size_t) lane * outputs + k] = 0;
    }
  }
  add_totals(value, correct, lossParts, correctParts, progress, advance);
}
