// What a GPU leaves open, threads, warps, blocks and streams in whichever order, is drawn from one seed: $LENET4J_STANDIN_SEED, or of the
// clock.
#pragma once

#include <cstdint>
#include <utility>
#include <vector>

namespace standin {

uint64_t seed();
/** The next numbers of the seed; after restartOrder() the same once more. */
uint64_t nextOrder();
void restartOrder();

/** SplitMix64 (Steele, Lea, Flood, OOPSLA 2014). */
class Order {
 public:
  explicit Order(uint64_t from) : state(from) {}

  uint64_t next() {
    uint64_t z = state += 0x9e3779b97f4a7c15;
    z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9;
    z = (z ^ z >> 27) * 0x94d049bb133111eb;
    return z ^ z >> 31;
  }

  unsigned below(unsigned count) { return static_cast<unsigned>((next() >> 32) * count >> 32); }

  /** 0 .. count - 1 in random order. */
  void permute(std::vector<unsigned>& numbers, unsigned count) {
    numbers.resize(count);
    for (unsigned i = 0; i < count; i++) {
      unsigned j = below(i + 1);
      numbers[i] = numbers[j];
      numbers[j] = i;
    }
  }

 private:
  uint64_t state;
};

}  // namespace standin
