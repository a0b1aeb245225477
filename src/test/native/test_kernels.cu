// Kernels for the tests of the stand-in itself. Their PTX is src/test/resources/org/lenet4j/backend/cuda/test_kernels.ptx, made by
//   nvcc -ptx -arch=compute_75 test_kernels.cu

// sums (gridDim.x): each block's sum of its part of x (n), by shuffles and shared memory.
extern "C" __global__ void __launch_bounds__(256) block_sums(const float* __restrict__ x, float* sums, int n) {
  __shared__ float parts[8];
  int i = blockIdx.x * blockDim.x + threadIdx.x;
  float sum = i < n ? x[i] : 0;
  for (int delta = 16; delta > 0; delta /= 2) {
    sum += __shfl_down_sync(0xffffffffu, sum, delta);
  }
  if (threadIdx.x % 32 == 0) {
    parts[threadIdx.x / 32] = sum;
  }
  __syncthreads();
  if (threadIdx.x == 0) {
    for (int warp = 1; warp < (int) blockDim.x / 32; warp++) {
      sum += parts[warp];
    }
    sums[blockIdx.x] = sum;
  }
}

// y (threads) = the thread's own number plus that of the lane with another last bit, three times over.
extern "C" __global__ void swap_lanes(int* y) {
  int value = threadIdx.x;
  for (int round = 0; round < 3; round++) {
    value = threadIdx.x + __shfl_xor_sync(0xffffffffu, value, 1);
  }
  y[threadIdx.x] = value;
}

// y (all threads of all blocks): where in the grid each thread is.
extern "C" __global__ void places(int* y) {
  int block = (blockIdx.z * gridDim.y + blockIdx.y) * gridDim.x + blockIdx.x;
  int thread = (threadIdx.z * blockDim.y + threadIdx.y) * blockDim.x + threadIdx.x;
  y[block * blockDim.x * blockDim.y * blockDim.z + thread] = block * 1000 + thread;
}

extern "C" __global__ void count_threads(int* count, float* sum) {
  atomicAdd(count, 1);
  atomicAdd(sum, 0.5f);
}

// order (threads): who came first; not the same in each launch.
extern "C" __global__ void arrivals(int* count, int* order) {
  order[atomicAdd(count, 1)] = blockIdx.x * blockDim.x + threadIdx.x;
}

extern "C" __global__ void write_past_the_end(float* x, int n) { x[n] = 1; }

extern "C" __global__ void some_wait(float* x) {
  if (threadIdx.x % 2 == 0) {
    __syncthreads();
  }
  x[threadIdx.x] = 1;
}

extern "C" __global__ void wrong_masks(float* x) {
  x[threadIdx.x] = __shfl_down_sync(threadIdx.x == 0 ? 0xffffffffu : 0xfffffffeu, 1.0f, 1);
}
