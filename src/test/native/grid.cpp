// Runs the grid of a kernel: block after block, a block's threads on fibers that change only at barriers and shuffles. A fiber takes one
// thread after another until one has to wait, so a kernel without barriers is a plain loop on one fiber.
//
// Blocks, warps and threads come in random order, anew after each barrier and shuffle, and shared memory is full of NaN before each block:
// a kernel that lacks a barrier gives other numbers.

#include <algorithm>
#include <cstdarg>
#include <cstdio>
#include <map>

#include "fibers.h"
#include "kernels.h"
#include "order.h"

namespace standin {

thread_local Indices indices;
Observer* observer = nullptr;

static std::map<std::string, Kernel>& registry() {
  static std::map<std::string, Kernel> kernels;
  return kernels;
}

void registerKernel(Kernel kernel) { registry()[kernel.name] = std::move(kernel); }

const Kernel* findKernel(const std::string& name) {
  auto found = registry().find(name);
  return found == registry().end() ? nullptr : &found->second;
}

__attribute__((format(printf, 2, 3))) static std::string wrong(const char* kernel, const char* format, ...) {
  char buffer[256];
  va_list arguments;
  va_start(arguments, format);
  vsnprintf(buffer, sizeof buffer, format, arguments);
  va_end(arguments);
  return std::string(kernel) + ": " + buffer;
}

struct Thread {
  uint3 index;
  Place place;  // where it waits
  unsigned fiber = 0;
  bool orders = false;  // it waits for its warp at a barrier, not in a shuffle
  uint32_t posted = 0;
  uint32_t received = 0;
  unsigned from = 0;  // the lane it wants to hear
  unsigned mask = 0;
};

struct Block {
  Block(const char* kernel, const std::function<void()>& body, uint3 dimensions, uint64_t order)
      : kernel(kernel), body(body), size(dimensions.x * dimensions.y * dimensions.z), order(order), threads(size) {
    for (unsigned i = 0; i < size; i++) {
      threads[i].index = {i % dimensions.x, i / dimensions.x % dimensions.y, i / (dimensions.x * dimensions.y)};
    }
  }

  const char* kernel;
  const std::function<void()>& body;
  unsigned size;
  Order order;
  unsigned fibers = 0;
  unsigned finished = 0;
  unsigned current = 0;
  unsigned onFiber = 0;
  Place scheduler;
  std::string error;
  std::vector<Thread> threads;
  std::vector<unsigned> fresh;  // threads that have not begun
  std::vector<unsigned> ready;  // threads that may go on
  std::vector<unsigned> atBarrier;
  std::vector<unsigned> arrived;  // for each warp, the lanes that wait in a shuffle

  std::string run();
  void startFiber();
  Place& next();
  void stepAside();
  void deliver(unsigned warp, unsigned mask);
};

static thread_local Block* running = nullptr;

static const Stacks& stacks() {
  static thread_local Stacks own;
  return own;
}

std::pair<const char*, const char*> stackMemory() { return {stacks().memory, stacks().memory + maxFibers * stackBytes}; }

static void setThread(Block& block, unsigned thread) {
  block.current = thread;
  indices.thread = block.threads[thread].index;
}

static void fiber() {
  Block& block = *running;
  arrived(block.scheduler);
  while (!block.fresh.empty()) {
    setThread(block, block.fresh.back());
    block.fresh.pop_back();
    block.body();
    block.finished++;
  }
  leave(block.scheduler);
}

std::string Block::run() {
  fibers = finished = 0;
  atBarrier.clear();
  ready.clear();
  arrived.assign((size + 31) / 32, 0);
  order.permute(fresh, size);
  while (finished < size) {
    if (fresh.empty() && ready.empty()) {
      return wrong(kernel, "%u threads of a block wait for others that never come, %zu of them at __syncthreads", size - finished,
          atBarrier.size());
    }
    if (order.below(static_cast<unsigned>(fresh.size() + ready.size())) < fresh.size()) {
      startFiber();
    } else {
      change(scheduler, next());
    }
  }
  return error;
}

void Block::startFiber() {
  onFiber = fibers++;
  Place begin = stacks().begin(onFiber, fiber);
  change(scheduler, begin);
}

/** Takes one of the threads that may go on. */
Place& Block::next() {
  unsigned chosen = order.below(static_cast<unsigned>(ready.size()));
  unsigned number = ready[chosen];
  ready[chosen] = ready.back();
  ready.pop_back();
  setThread(*this, number);
  Thread& thread = threads[number];
  onFiber = thread.fiber;
  return thread.place;
}

void Block::stepAside() {
  Thread& thread = threads[current];
  thread.fiber = onFiber;
  thread.place.memory = stacks().memory + onFiber * stackBytes;
  thread.place.bytes = stackBytes;
  Place& place = ready.empty() || !fresh.empty() ? scheduler : next();
  if (&place != &thread.place) {
    change(thread.place, place);
  }
}

void barrier() {
  Block& block = *running;
  block.atBarrier.push_back(block.current);
  if (block.atBarrier.size() == block.size) {
    if (observer != nullptr) {
      observer->barrier();
    }
    block.ready.swap(block.atBarrier);
  }
  block.stepAside();
}

unsigned lane() { return running->current % 32; }

unsigned currentThread() { return running->current; }

void fence() {
  if (observer != nullptr) {
    observer->fence();
  }
}

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
    block.error = wrong(block.kernel, "a lane shuffles that its own mask does not name");
  }
  if ((block.arrived[warp] & mask) == mask) {
    block.deliver(warp, mask);
  }
  block.stepAside();
  return self.received;
}

void Block::deliver(unsigned warp, unsigned mask) {
  for (unsigned i = 0; i < 32; i++) {
    if ((mask >> i & 1) == 0) {
      continue;
    }
    Thread& thread = threads[warp * 32 + i];
    if (thread.mask != mask) {
      error = wrong(kernel, "lanes of a warp shuffle with different masks");
    }
    bool named = thread.from < 32 && (mask >> thread.from & 1) != 0;
    thread.received = named ? threads[warp * 32 + thread.from].posted : 0xffffffff;  // undefined on a GPU, NaN here
    ready.push_back(warp * 32 + i);
  }
  arrived[warp] &= ~mask;
  if (observer != nullptr && threads[current].orders) {
    observer->warpBarrier(warp);
  }
}

void warpBarrier(unsigned mask) {
  Thread& self = running->threads[running->current];
  self.orders = true;
  exchange(mask, 0, lane());
  self.orders = false;
}

// ---- grids ----

/** AddressSanitizer has strips between the variables, which are overwritten as well, so it must not know. */
__attribute__((no_sanitize("address"))) static void poison(const SharedMemory& shared) {
#if defined(__SANITIZE_ADDRESS__)
  for (volatile char* at = shared.begin; at != shared.end; at++) {
    *at = '\xff';
  }
#else
  std::fill(shared.begin, shared.end, '\xff');
#endif
}

std::string runGrid(const char* kernel, SharedMemory& shared, Dimensions grid, Dimensions size, const std::function<void()>& thread) {
  std::lock_guard<std::mutex> lock(shared.mutex);
  Block block(kernel, thread, {size.x, size.y, size.z}, nextOrder());
  running = &block;
  indices.blockSize = {size.x, size.y, size.z};
  indices.gridSize = {grid.x, grid.y, grid.z};
  std::vector<unsigned> blocks;
  block.order.permute(blocks, grid.x * grid.y * grid.z);
  if (observer != nullptr) {
    observer->gridBegins(kernel, shared);
  }
  std::string error;
  for (size_t i = 0; i < blocks.size() && error.empty(); i++) {
    indices.block = {blocks[i] % grid.x, blocks[i] / grid.x % grid.y, blocks[i] / (grid.x * grid.y)};
    poison(shared);
    if (observer != nullptr) {
      observer->blockBegins(blocks[i]);
    }
    error = block.run();
  }
  if (observer != nullptr) {
    observer->gridEnds();
  }
  return error;
}

}  // namespace standin
