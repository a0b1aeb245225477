// Runs the grid of a kernel: block after block, a block's threads on fibers that change only at barriers and shuffles. A fiber takes one
// thread after another until one has to wait, so a kernel without barriers is a plain loop on one fiber.
//
// Blocks and threads go forwards in one launch and backwards in the next: a kernel whose result depends on their order gives other bits.

#include <sys/mman.h>

#include <algorithm>
#include <map>

#include "state.h"
#include "cuda_shim.h"

#if !defined(__x86_64__)
#error "the fibers are written for x86-64"
#endif

namespace standin {

thread_local Indices indices;

static std::map<std::string, Kernel>& registry() {
  static std::map<std::string, Kernel> kernels;
  return kernels;
}

void registerKernel(Kernel kernel) { registry()[kernel.name] = std::move(kernel); }

const Kernel* findKernel(const std::string& name) {
  auto found = registry().find(name);
  return found == registry().end() ? nullptr : &found->second;
}

// ---- fibers ----

// Saves what a call must preserve, changes the stack, and returns there. ucontext would make a system call each time.
extern "C" void standinSwitch(void** from, void* to);
asm(R"(
  .text
  .globl standinSwitch
  .hidden standinSwitch
  .type standinSwitch, @function
standinSwitch:
  pushq %rbp
  pushq %rbx
  pushq %r12
  pushq %r13
  pushq %r14
  pushq %r15
  movq %rsp, (%rdi)
  movq %rsi, %rsp
  popq %r15
  popq %r14
  popq %r13
  popq %r12
  popq %rbx
  popq %rbp
  ret
  .size standinSwitch, .-standinSwitch
)");

constexpr unsigned maxThreads = 1024;
constexpr size_t stackBytes = 64 << 10;

/** Of one thread of the host; pages are touched only as they are used. */
struct Stacks {
  char* memory = static_cast<char*>(mmap(nullptr, maxThreads * stackBytes, PROT_READ | PROT_WRITE,
      MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0));

  ~Stacks() { munmap(memory, maxThreads * stackBytes); }

  /** The top of a stack: moved a little, so that not all lie in the same sets of the cache. */
  char* top(unsigned i) const { return memory + (i + 1) * stackBytes - i % 64 * 192; }
};

struct Thread {
  void* stack = nullptr;  // where it waits
  uint32_t posted = 0;
  uint32_t received = 0;
  unsigned from = 0;  // the lane it wants to hear
  unsigned mask = 0;
};

struct Block {
  Block(const Kernel* kernel, void* const* arguments, unsigned size, bool backwards)
      : kernel(kernel), arguments(arguments), size(size), backwards(backwards), threads(size) {}

  const Kernel* kernel;
  void* const* arguments;
  unsigned size;
  bool backwards;  // the order of threads
  unsigned fibers = 0;
  unsigned started = 0;
  unsigned finished = 0;
  unsigned current = 0;
  unsigned awake = 0;  // how many of ready go on already
  void* scheduler = nullptr;  // its stack
  std::string error;
  std::vector<Thread> threads;
  std::vector<unsigned> atBarrier;
  std::vector<unsigned> arrived;  // for each warp, the lanes that wait in a shuffle
  std::vector<unsigned> ready;  // threads that may go on

  std::string run();
  void startFiber();
  void resume(unsigned thread);
  void stepAside();
  void deliver(unsigned warp, unsigned mask);
};

static thread_local Block* running = nullptr;

static void setThread(unsigned thread) {
  running->current = thread;
  const uint3& size = indices.blockSize;
  indices.thread = {thread % size.x, thread / size.x % size.y, thread / (size.x * size.y)};
}

static void fiber() {
  Block& block = *running;
  while (block.started < block.size) {
    unsigned next = block.started++;
    setThread(block.backwards ? block.size - 1 - next : next);
    block.kernel->invoke(block.kernel->function, block.arguments);
    block.finished++;
  }
  void* unused;
  standinSwitch(&unused, block.scheduler);
}

std::string Block::run() {
  fibers = started = finished = awake = 0;
  atBarrier.clear();
  ready.clear();
  arrived.assign((size + 31) / 32, 0);
  while (finished < size) {
    if (started < size) {
      startFiber();
    } else if (awake < ready.size()) {
      resume(ready[awake++]);
    } else {
      return text("%s: %u threads of a block wait for others that never come, %zu of them at __syncthreads", kernel->name,
          size - finished, atBarrier.size());
    }
  }
  return error;
}

void Block::startFiber() {
  static thread_local Stacks stacks;
  auto* frame = reinterpret_cast<void**>(reinterpret_cast<uintptr_t>(stacks.top(fibers++)) & ~uintptr_t{15}) - 2;
  frame[0] = reinterpret_cast<void*>(fiber);  // the switch returns into it, with the stack aligned as a call leaves it
  standinSwitch(&scheduler, frame - 6);
}

void Block::resume(unsigned thread) {
  setThread(thread);
  standinSwitch(&scheduler, threads[thread].stack);
}

void Block::stepAside() { standinSwitch(&threads[current].stack, scheduler); }

void barrier() {
  Block& block = *running;
  if (block.atBarrier.size() + 1 < block.size) {
    block.atBarrier.push_back(block.current);
    block.stepAside();
    return;
  }
  block.ready.erase(block.ready.begin(), block.ready.begin() + block.awake);
  block.awake = 0;
  block.ready.insert(block.ready.end(), block.atBarrier.begin(), block.atBarrier.end());
  block.atBarrier.clear();
}

unsigned lane() { return running->current % 32; }

uint32_t exchange(unsigned mask, uint32_t value, unsigned from) {
  Block& block = *running;
  unsigned warp = block.current / 32;
  unsigned lanes = std::min(32u, block.size - warp * 32);
  mask &= lanes == 32 ? ~0u : (1u << lanes) - 1;
  Thread& self = block.threads[block.current];
  self.posted = value;
  self.from = from;
  self.mask = mask;
  block.arrived[warp] |= 1u << lane();
  if ((mask >> lane() & 1) == 0) {
    block.error = text("%s: a lane shuffles that its own mask does not name", block.kernel->name);
  }
  if ((block.arrived[warp] & mask) == mask) {
    block.deliver(warp, mask);
  } else {
    block.stepAside();
  }
  return self.received;
}

void Block::deliver(unsigned warp, unsigned mask) {
  for (unsigned i = 0; i < 32; i++) {
    if ((mask >> i & 1) == 0) {
      continue;
    }
    Thread& thread = threads[warp * 32 + i];
    if (thread.mask != mask) {
      error = text("%s: lanes of a warp shuffle with different masks", kernel->name);
    }
    bool named = thread.from < 32 && (mask >> thread.from & 1) != 0;
    thread.received = named ? threads[warp * 32 + thread.from].posted : 0xffffffff;  // undefined on a GPU, NaN here
    if (warp * 32 + i != current) {
      ready.push_back(warp * 32 + i);
    }
  }
  arrived[warp] &= ~mask;
}

// ---- grids ----

std::string runGrid(const Kernel& kernel, Dimensions grid, Dimensions size, void* const* arguments) {
  static std::atomic<unsigned> launches{0};
  bool backwards = launches++ % 2 == 1;
  Block block(&kernel, arguments, size.x * size.y * size.z, backwards);
  running = &block;
  indices.blockSize = {size.x, size.y, size.z};
  indices.gridSize = {grid.x, grid.y, grid.z};
  uint64_t blocks = uint64_t{grid.x} * grid.y * grid.z;
  for (uint64_t i = 0; i < blocks; i++) {
    uint64_t index = backwards ? blocks - 1 - i : i;
    indices.block = {static_cast<unsigned>(index % grid.x), static_cast<unsigned>(index / grid.x % grid.y),
        static_cast<unsigned>(index / (uint64_t{grid.x} * grid.y))};
    std::string error = block.run();
    if (!error.empty()) {
      return error;
    }
  }
  return "";
}

}  // namespace standin
