// Convolutions with stride 1 in plain loops.
#pragma once

#include "numbers.h"

namespace standin {

/** x is (n, c, h, w), the filter (k, c, r, s), y (n, k, p, q). */
struct ConvolutionSize {
  int n, c, h, w, k, r, s, padding;

  int p() const { return h + 2 * padding - r + 1; }
  int q() const { return w + 2 * padding - s + 1; }
};

/** result = alpha * what was computed + beta * what was there. */
struct Scale {
  float alpha, beta;

  void apply(float computed, float& result) const { result = alpha * computed + (beta == 0 ? 0 : beta * result); }
};

void convolve(const ConvolutionSize& size, Rounding rounding, Scale scale, const float* x, const float* w, float* y);
void convolveBackwardData(const ConvolutionSize& size, Rounding rounding, Scale scale, bool otherOrder, const float* w, const float* dy,
    float* dx);
void convolveBackwardFilter(const ConvolutionSize& size, Rounding rounding, Scale scale, bool otherOrder, const float* x, const float* dy,
    float* dw);

}  // namespace standin
