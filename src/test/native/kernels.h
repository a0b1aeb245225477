// Kernels compiled for the CPU: each is registered under its name with the types of its parameters.
#pragma once

#include <cstddef>
#include <string>
#include <tuple>
#include <type_traits>
#include <utility>
#include <vector>

namespace standin {

struct Parameter {
  size_t bytes;
  bool pointer;
};

struct Kernel {
  const char* name;
  std::vector<Parameter> parameters;
  void (*function)();
  void (*invoke)(void (*function)(), void* const* arguments);  // one thread
};

struct Dimensions {
  unsigned x, y, z;
};

void registerKernel(Kernel kernel);
const Kernel* findKernel(const std::string& name);
/** Runs a whole grid; "" or what went wrong. */
std::string runGrid(const Kernel& kernel, Dimensions grid, Dimensions block, void* const* arguments);

template <class... P, size_t... I>
void invokeWith(void (*function)(), void* const* arguments, std::index_sequence<I...>) {
  reinterpret_cast<void (*)(P...)>(function)(*static_cast<std::remove_reference_t<P>*>(arguments[I])...);
}

struct Registration {
  template <class... P> Registration(const char* name, void (*kernel)(P...)) {
    registerKernel({name, {{sizeof(P), std::is_pointer_v<P>}...}, reinterpret_cast<void (*)()>(kernel),
        [](void (*function)(), void* const* arguments) {
          invokeWith<P...>(function, arguments, std::make_index_sequence<sizeof...(P)>());
        }});
  }
};

}  // namespace standin
