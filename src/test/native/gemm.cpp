// Matrix products in plain loops.

#include "numbers.h"

#include <vector>

namespace standin {

/** op(A) as k columns of m rounded values. */
static std::vector<float> packed(const Gemm& gemm) {
  std::vector<float> columns(static_cast<size_t>(gemm.m * gemm.k));
  for (int64_t l = 0; l < gemm.k; l++) {
    for (int64_t i = 0; i < gemm.m; i++) {
      columns[l * gemm.m + i] = roundTo(gemm.rounding, gemm.transA ? gemm.a[i * gemm.lda + l] : gemm.a[l * gemm.lda + i]);
    }
  }
  return columns;
}

void Gemm::run() const {
  std::vector<float> columns = packed(*this);
  std::vector<float> sum(m);
  auto factor = [&](int64_t l, int64_t j) { return roundTo(rounding, transB ? b[l * ldb + j] : b[j * ldb + l]); };
  for (int64_t j = 0; j < n; j++) {
    sum.assign(m, 0);
    float* s = sum.data();
    int64_t l = 0;
    for (; l + 4 <= k; l += 4) {
      const float* a0 = &columns[l * m];
      const float *a1 = a0 + m, *a2 = a1 + m, *a3 = a2 + m;
      float b0 = factor(l, j), b1 = factor(l + 1, j), b2 = factor(l + 2, j), b3 = factor(l + 3, j);
      for (int64_t i = 0; i < m; i++) {
        s[i] += a0[i] * b0 + a1[i] * b1 + a2[i] * b2 + a3[i] * b3;
      }
    }
    for (; l < k; l++) {
      float b0 = factor(l, j);
      for (int64_t i = 0; i < m; i++) {
        s[i] += columns[l * m + i] * b0;
      }
    }
    for (int64_t i = 0; i < m; i++) {
      float value = alpha * s[i] + (beta == 0 ? 0 : beta * c[j * ldc + i]) + (bias == nullptr ? 0 : bias[i]);
      d[j * ldd + i] = relu && value < 0 ? 0 : value;
    }
  }
}

}  // namespace standin
