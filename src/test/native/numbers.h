// Products of matrices, and what a GPU rounds to inside them.
#pragma once

#include <cstdint>
#include <cstring>

namespace standin {

/** Of the factors of a product; sums are float32 in all of them. */
enum class Rounding { none, tf32, bf16 };

/** To the nearest, ties to even. */
inline float roundTo(Rounding rounding, float x) {
  if (rounding == Rounding::none || x != x) {
    return x;
  }
  uint32_t bits;
  memcpy(&bits, &x, sizeof bits);
  unsigned lost = rounding == Rounding::tf32 ? 13 : 16;  // bits of the mantissa
  bits += (1u << (lost - 1)) - 1 + (bits >> lost & 1);
  bits &= ~0u << lost;
  memcpy(&x, &bits, sizeof bits);
  return x;
}

/** C = alpha op(A) op(B) + beta C, column by column; op(A) is (m, k), op(B) is (k, n). */
struct Gemm {
  bool transA, transB;
  int64_t m, n, k;
  float alpha, beta;
  const float* a;
  int64_t lda;
  const float* b;
  int64_t ldb;
  const float* c;
  int64_t ldc;
  float* d;  // receives C; may be the same
  int64_t ldd;
  Rounding rounding;
  const float* bias = nullptr;  // (m), or not wanted
  bool relu = false;

  void run() const;
};

/** Whether the device is too old for products of that compute type: TF32 and bfloat16 came with 8.0. */
bool withoutTensorCores(int compute);

/** From the first element of a matrix to its last. */
inline size_t matrixBytes(int64_t rows, int64_t columns, int64_t ld) {
  return sizeof(float) * static_cast<size_t>((columns - 1) * ld + rows);
}

}  // namespace standin
