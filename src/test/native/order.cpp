#include "order.h"

#include <atomic>
#include <chrono>
#include <cstdlib>

namespace standin {

static std::atomic<uint64_t> drawn{0};

uint64_t seed() {
  static const uint64_t chosen = [] {
    const char* wanted = getenv("LENET4J_STANDIN_SEED");
    return wanted != nullptr ? strtoull(wanted, nullptr, 10)
                             : static_cast<uint64_t>(std::chrono::system_clock::now().time_since_epoch().count()) % 1000000;
  }();
  return chosen;
}

uint64_t nextOrder() { return Order(seed() + (drawn++ << 32)).next(); }

void restartOrder() { drawn = 0; }

}  // namespace standin
