// Fibers: functions with stacks of their own that change places where they choose to.
#pragma once

#include <cstddef>

namespace standin {

constexpr unsigned maxFibers = 1024;
constexpr size_t stackBytes = (64 << 10) + 7 * 64;  // so that the tops of all stacks do not lie in the same sets of the caches

/** Where a fiber, or the thread of the host that runs fibers, goes on. */
struct Place {
  void* stack = nullptr;
  const void* memory = nullptr;  // of the stack, as far as AddressSanitizer wants to know it
  size_t bytes = 0;
};

/** Of one thread of the host; pages are touched only as they are used. */
class Stacks {
 public:
  Stacks();
  ~Stacks();
  Stacks(const Stacks&) = delete;

  /** Where a new fiber on stack i begins: with that function, which must never return. */
  Place begin(unsigned i, void (*function)()) const;

  char* const memory;
};

/** Keeps here where this one goes on, and goes on there. */
void change(Place& here, Place& there);
/** A new fiber calls it first. */
void arrived(Place& from);
/** The last change of a fiber. */
[[noreturn]] void leave(Place& there);

}  // namespace standin
