#include "fibers.h"

#include <sys/mman.h>

#include <cstdint>
#include <cstdlib>

#if !defined(__x86_64__)
#error "the fibers are written for x86-64"
#endif

#if defined(__SANITIZE_ADDRESS__)
#include <sanitizer/asan_interface.h>
#endif

namespace standin {

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

Stacks::Stacks()
    : memory(static_cast<char*>(mmap(nullptr, maxFibers * stackBytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE,
          -1, 0))) {}

Stacks::~Stacks() { munmap(memory, maxFibers * stackBytes); }

Place Stacks::begin(unsigned i, void (*function)()) const {
  char* bottom = memory + i * stackBytes;
  char* top = bottom + stackBytes;
#if defined(__SANITIZE_ADDRESS__)
  __asan_unpoison_memory_region(bottom, stackBytes);  // the fiber before it has not returned from its last functions
#endif
  auto* frame = reinterpret_cast<void**>(reinterpret_cast<uintptr_t>(top) & ~uintptr_t{15}) - 2;
  frame[0] = reinterpret_cast<void*>(function);  // the switch returns into it, with the stack aligned as a call leaves it
  return {frame - 6, bottom, stackBytes};
}

#if defined(__SANITIZE_ADDRESS__)

void change(Place& here, Place& there) {
  void* fake = nullptr;
  __sanitizer_start_switch_fiber(&fake, there.memory, there.bytes);
  standinSwitch(&here.stack, there.stack);
  __sanitizer_finish_switch_fiber(fake, nullptr, nullptr);
}

void arrived(Place& from) { __sanitizer_finish_switch_fiber(nullptr, &from.memory, &from.bytes); }

void leave(Place& there) {
  void* unused;
  __sanitizer_start_switch_fiber(nullptr, there.memory, there.bytes);
  standinSwitch(&unused, there.stack);
  abort();
}

#else

void change(Place& here, Place& there) { standinSwitch(&here.stack, there.stack); }

void arrived(Place&) {}

void leave(Place& there) {
  void* unused;
  standinSwitch(&unused, there.stack);
  abort();
}

#endif

}  // namespace standin
