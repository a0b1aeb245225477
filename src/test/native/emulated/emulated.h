// What the programs of the kernels share: exact-sized memory, random numbers, launches, and what is expected of the results.
//
// A source of kernels has a file of the same name here, which includes it and has a function that launches a kernel with one shape and
// holds the result against a reference, and one that calls it with all shapes. A new kernel: write the two, and name the second in the
// file's cases; a new source: also name its cases in main.cpp, and the file in emulated.sh, which builds all under the sanitizers.
#pragma once

#include <cmath>
#include <cstdlib>
#include <cstring>
#include <random>
#include <string>
#include <vector>

#include "../kernels.h"

namespace emulated {

/** Shapes: those of every run, or all that are asked for. */
enum class Extent { quick, whole };

struct Case {
  const char* name;
  void (*run)(Extent extent);
};

extern const std::vector<Case> lenetCases, lenetBatchCases, lossCases, linearCases, optimizerCases, gatherCases, dropoutCases;

/** The same for each case whichever others run. */
extern std::mt19937 random;

void launch(const char* kernel, standin::SharedMemory& shared, standin::Dimensions grid, standin::Dimensions block,
    const std::function<void()>& thread);

// All that a kernel of this source needs: its arguments are evaluated by each of its threads, out of sight of whoever watches accesses.
#define LAUNCH(kernel, grid, block, ...) \
  emulated::launch(#kernel, sharedMemory, grid, block, [&]() __attribute__((no_sanitize("thread"))) { kernel(__VA_ARGS__); })

/** Names the shape under test in what is reported. */
__attribute__((format(printf, 1, 2))) void shape(const char* format, ...);
void expect(const char* what, size_t index, double got, double wanted, double tolerance);
__attribute__((format(printf, 1, 2))) void report(const char* format, ...);

/** Device memory of exactly that many elements, full of NaN; null if there are none. */
void* allocate(const char* name, size_t bytes);
void release(void* memory);

template <class T> class Buffer {
 public:
  Buffer(const char* name, size_t size) : size(size), data(static_cast<T*>(allocate(name, size * sizeof(T)))) {}
  ~Buffer() { release(data); }
  Buffer(const Buffer&) = delete;

  operator T*() const { return data; }
  T* onlyIf(bool wanted) const { return wanted ? data : nullptr; }

  void fill(T value) const {
    for (size_t i = 0; i < size; i++) {
      data[i] = value;
    }
  }

  Buffer& normal(float deviation) {
    std::normal_distribution<float> distribution(0, deviation);
    for (size_t i = 0; i < size; i++) {
      data[i] = static_cast<T>(distribution(random));
    }
    return *this;
  }

  /** 0 .. limit - 1 */
  Buffer& below(unsigned limit) {
    for (size_t i = 0; i < size; i++) {
      data[i] = static_cast<T>(random() % limit);
    }
    return *this;
  }

  const size_t size;

 private:
  T* const data;
};

}  // namespace emulated
