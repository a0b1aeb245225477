// Philox4x32-10 (Salmon et al., SC 2011): the numbers that org.lenet4j.random.Philox draws.
#pragma once

struct Philox {
  unsigned word[4];
};

__device__ __forceinline__ Philox philox(unsigned long long seed, unsigned c0, unsigned c1, unsigned c2, unsigned c3) {
  unsigned k0 = (unsigned) seed;
  unsigned k1 = (unsigned) (seed >> 32);
  for (int round = 0; round < 10; round++) {
    const unsigned long long p0 = 0xD2511F53ull * c0;
    const unsigned long long p1 = 0xCD9E8D57ull * c2;
    c0 = (unsigned) (p1 >> 32) ^ c1 ^ k0;
    c1 = (unsigned) p1;
    c2 = (unsigned) (p0 >> 32) ^ c3 ^ k1;
    c3 = (unsigned) p0;
    k0 += 0x9E3779B9u;
    k1 += 0xBB67AE85u;
  }
  return Philox{{c0, c1, c2, c3}};
}
