// What the host tells each step, and what the steps add up. Both lie in device memory, so a captured step never changes.
#pragma once

// Uploaded before the step runs; 32 bytes, as CudaSteps writes it.
struct Step {
  int first;         // of the epoch's order
  int count;         // samples; the batch's lanes from here on are empty: zero input, zero gradient
  int epoch;         // keys the random numbers
  float rateFactor;  // the schedule's, multiplies every learning rate
  float correction1; // 1 / (1 - beta1^t)
  float correction2; // 1 / sqrt(1 - beta2^t)
  float emaDecay;    // of the average of the parameters
  float scale;       // 1 / samples of the whole batch, of which this step may be a shard
};

// 48 bytes, as CudaSteps reads it.
struct Progress {
  int step;                 // index of the step under way; its last kernel moves it on
  int poisoned;             // not 0 once a parameter is not finite: a library's ReLU may hide that from the loss
  unsigned lossBlocks;      // that have finished, of the kernel under way
  unsigned updateBlocks;
  double lossSum;
  long long correct;
  long long steps;          // since the last download
  long long firstNonFinite; // the first of those, counted from 1, whose loss was not finite; or 0
};

// Whether this block is the last of the grid to come here. What the others wrote before is then visible to it.
// One thread of the block calls it; the counter is 0 again afterwards.
__device__ __forceinline__ bool last_block(unsigned* blocks, unsigned gridSize) {
  __threadfence();
  const bool last = atomicAdd(blocks, 1u) == gridSize - 1;
  if (last) {
    atomicExch(blocks, 0u);
    __threadfence();
  }
  return last;
}
