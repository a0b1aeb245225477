// Kernels compiled for the CPU: each is registered under its name with the types of its parameters, and runs thread by thread (grid.cpp).
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <mutex>
#include <string>
#include <tuple>
#include <type_traits>
#include <utility>
#include <vector>

struct uint3 {
  unsigned x, y, z;
};

namespace standin {

struct Parameter {
  size_t bytes;
  bool pointer;
};

/** Of all kernels of one source: there is one of each variable, so one block has it at a time. */
struct SharedMemory {
  char* begin;
  char* end;
  std::mutex mutex;
};

struct Kernel {
  const char* name;
  std::vector<Parameter> parameters;
  void (*function)();
  void (*invoke)(void (*function)(), void* const* arguments);  // one thread
  SharedMemory* shared;
};

struct Dimensions {
  unsigned x, y, z;
};

void registerKernel(Kernel kernel);
const Kernel* findKernel(const std::string& name);
/** Runs a whole grid, `thread` once for each of its threads; "" or what went wrong. */
std::string runGrid(const char* kernel, SharedMemory& shared, Dimensions grid, Dimensions block, const std::function<void()>& thread);

template <class... P, size_t... I>
void invokeWith(void (*function)(), void* const* arguments, std::index_sequence<I...>) {
  reinterpret_cast<void (*)(P...)>(function)(*static_cast<std::remove_reference_t<P>*>(arguments[I])...);
}

struct Registration {
  template <class... P> Registration(const char* name, void (*kernel)(P...), SharedMemory& shared) {
    registerKernel({name, {{sizeof(P), std::is_pointer_v<P>}...}, reinterpret_cast<void (*)()>(kernel),
        [](void (*function)(), void* const* arguments) {
          invokeWith<P...>(function, arguments, std::make_index_sequence<sizeof...(P)>());
        }, &shared});
  }
};

// ---- what a thread of a kernel asks for ----

struct Indices {
  uint3 thread, block, blockSize, gridSize;
};
extern thread_local Indices indices;

void barrier();
/** Puts 4 bytes on the board of the warp, waits for all lanes of the mask, returns what lane `from` put there. It orders no memory. */
uint32_t exchange(unsigned mask, uint32_t value, unsigned from);
void warpBarrier(unsigned mask);
void fence();
unsigned lane();
/** The number of the running thread in its block. */
unsigned currentThread();

/** Learns what orders accesses to memory while grids run. There is none in the libraries, only where accesses are watched (emulated/). */
struct Observer {
  virtual ~Observer() = default;
  virtual void gridBegins(const char* kernel, const SharedMemory& shared) = 0;
  virtual void blockBegins(unsigned block) = 0;
  virtual void barrier() = 0;  // all threads of the block have come
  virtual void warpBarrier(unsigned warp) = 0;
  virtual void fence() = 0;
  virtual void beforeAtomic(const void* address, size_t bytes) = 0;
  virtual void afterAtomic(const void* address) = 0;
  virtual void gridEnds() = 0;
};
extern Observer* observer;

/** Memory of the fibers' stacks on this thread of the host. */
std::pair<const char*, const char*> stackMemory();

}  // namespace standin
