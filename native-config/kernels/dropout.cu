// Inverted dropout, forward and backward alike: the mask is a function of (seed, epoch, sample, layer, element).
#include "philox.cuh"
#include "step.cuh"

// from, to (batch, elements); samples (batch); layer: 1 + its index in the model. One block a lane.
extern "C" __global__ void dropout(const float* from, float* to, const int* samples, const Step* steps, const Progress* progress,
    int elements, unsigned long long seed, int layer, float rate) {
  const int epoch = steps[progress->step].epoch;
  const int lane = blockIdx.x;
  const int sample = samples[lane];
  const float keep = 1 / (1 - rate);
  for (int i = 4 * threadIdx.x; i < elements; i += 4 * blockDim.x) {
    const Philox block = philox(seed, i / 4, epoch, sample, layer);
    for (int k = 0; k < 4 && i + k < elements; k++) {
      const float uniform = (block.word[k] >> 8) * 0x1p-24f;
      const size_t at = (size_t) lane * elements + i + k;
      to[at] = uniform >= rate ? from[at] * keep : 0;
    }
  }
}
