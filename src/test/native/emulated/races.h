// Whether two threads of a kernel touch the same byte, one of them writing, with nothing that orders them.
//
// With -fsanitize=thread g++ calls a function at every access of the kernels; those functions are here, in the place of ThreadSanitizer's
// own, whose threads are those of the host: it took more than 15 minutes and 5 GB for the small kernels, and told of races in the emulator.
// What orders accesses is CUDA's: __syncthreads within a block, __syncwarp within a warp (a shuffle orders nothing), and between blocks an
// atomic behind a __threadfence and before another (PTX ISA, "Memory Consistency Model"). Whoever accesses what is neither device memory,
// nor shared, nor his own stack is reported as well. Of reads it keeps the newest, and the newest of another block.
#pragma once

#include <cstddef>

namespace emulated::races {

/** Device memory. */
void add(const char* name, void* memory, size_t bytes);
void remove(void* memory);
/** Watches from here on, where the program was built for it. */
void begin();

}  // namespace emulated::races
