// Convolutions with stride 1 in plain loops. Planes are laid out with their border, so that a tap of the filter is one offset and a whole
// plane one flat loop; what falls between two rows is computed as well and left out at the end.

#include "convolution.h"

#include <algorithm>
#include <vector>

namespace standin {

/** Planes of (h, w) in planes of (h + 2 border, width), rounded. */
static std::vector<float> bordered(const float* planes, int count, int h, int w, int borderH, int borderW, int width, Rounding rounding) {
  int64_t plane = int64_t{h + 2 * borderH} * width;
  std::vector<float> result(static_cast<size_t>(count * plane));
  for (int i = 0; i < count; i++) {
    for (int row = 0; row < h; row++) {
      const float* from = planes + (int64_t{i} * h + row) * w;
      float* to = &result[i * plane + (row + borderH) * int64_t{width} + borderW];
      for (int column = 0; column < w; column++) {
        to[column] = roundTo(rounding, from[column]);
      }
    }
  }
  return result;
}

struct Tap {
  const float* plane;  // where it begins to read
  float weight;
};

/** sum[i] = all taps' plane[i] * weight, in their order. */
static void addTaps(const std::vector<Tap>& taps, float* sum, int64_t length) {
  std::fill_n(sum, length, 0.0f);
  size_t t = 0;
  for (; t + 4 <= taps.size(); t += 4) {
    const float *a = taps[t].plane, *b = taps[t + 1].plane, *c = taps[t + 2].plane, *d = taps[t + 3].plane;
    float wa = taps[t].weight, wb = taps[t + 1].weight, wc = taps[t + 2].weight, wd = taps[t + 3].weight;
    for (int64_t i = 0; i < length; i++) {
      sum[i] += a[i] * wa + b[i] * wb + c[i] * wc + d[i] * wd;
    }
  }
  for (; t < taps.size(); t++) {
    for (int64_t i = 0; i < length; i++) {
      sum[i] += taps[t].plane[i] * taps[t].weight;
    }
  }
}

void convolve(const ConvolutionSize& size, Rounding rounding, Scale scale, const float* x, const float* w, float* y) {
  int width = size.w + 2 * size.padding;
  int64_t plane = int64_t{size.h + 2 * size.padding} * width;
  int64_t length = int64_t{size.p() - 1} * width + size.q();
  std::vector<float> sum(length);
  std::vector<Tap> taps;
  for (int n = 0; n < size.n; n++) {
    auto input = bordered(x + int64_t{n} * size.c * size.h * size.w, size.c, size.h, size.w, size.padding, size.padding, width, rounding);
    for (int k = 0; k < size.k; k++) {
      taps.clear();
      const float* filter = w + int64_t{k} * size.c * size.r * size.s;
      for (int c = 0; c < size.c; c++) {
        for (int r = 0; r < size.r; r++) {
          for (int s = 0; s < size.s; s++) {
            taps.push_back({&input[c * plane + r * width + s], roundTo(rounding, *filter++)});
          }
        }
      }
      addTaps(taps, sum.data(), length);
      float* out = y + (int64_t{n} * size.k + k) * size.p() * size.q();
      for (int p = 0; p < size.p(); p++) {
        for (int q = 0; q < size.q(); q++) {
          scale.apply(sum[p * int64_t{width} + q], *out++);
        }
      }
    }
  }
}

/** A convolution of dy with the filter turned by 180 degrees. */
void convolveBackwardData(const ConvolutionSize& size, Rounding rounding, Scale scale, bool otherOrder, const float* w, const float* dy,
    float* dx) {
  int borderH = size.r - 1 - size.padding;
  int borderW = size.s - 1 - size.padding;
  int width = size.q() + 2 * borderW;
  int64_t plane = int64_t{size.p() + 2 * borderH} * width;
  int64_t length = int64_t{size.h - 1} * width + size.w;
  std::vector<float> sum(length);
  std::vector<Tap> taps;
  for (int n = 0; n < size.n; n++) {
    auto gradient = bordered(dy + int64_t{n} * size.k * size.p() * size.q(), size.k, size.p(), size.q(), borderH, borderW, width, rounding);
    for (int c = 0; c < size.c; c++) {
      taps.clear();
      for (int k = 0; k < size.k; k++) {
        const float* filter = w + (int64_t{k} * size.c + c) * size.r * size.s;
        for (int r = 0; r < size.r; r++) {
          for (int s = 0; s < size.s; s++) {
            float weight = roundTo(rounding, filter[(size.r - 1 - r) * size.s + size.s - 1 - s]);
            taps.push_back({&gradient[k * plane + r * width + s], weight});
          }
        }
      }
      if (otherOrder) {
        std::reverse(taps.begin(), taps.end());
      }
      addTaps(taps, sum.data(), length);
      float* out = dx + (int64_t{n} * size.c + c) * size.h * size.w;
      for (int h = 0; h < size.h; h++) {
        for (int column = 0; column < size.w; column++) {
          scale.apply(sum[h * int64_t{width} + column], *out++);
        }
      }
    }
  }
}

static float dot(const float* a, const float* b, int64_t length) {
  float sum = 0;
#pragma omp simd reduction(+ : sum)
  for (int64_t i = 0; i < length; i++) {
    sum += a[i] * b[i];
  }
  return sum;
}

void convolveBackwardFilter(const ConvolutionSize& size, Rounding rounding, Scale scale, bool otherOrder, const float* x, const float* dy,
    float* dw) {
  int width = size.w + 2 * size.padding;
  int64_t plane = int64_t{size.h + 2 * size.padding} * width;
  int64_t outPlane = int64_t{size.p()} * width;
  int64_t length = int64_t{size.p() - 1} * width + size.q();
  int64_t half = otherOrder ? length / 2 : 0;  // summed in two halves, the order of rounding is another
  std::vector<float> sum(static_cast<size_t>(size.k) * size.c * size.r * size.s);
  for (int n = 0; n < size.n; n++) {
    auto input = bordered(x + int64_t{n} * size.c * size.h * size.w, size.c, size.h, size.w, size.padding, size.padding, width, rounding);
    auto gradient = bordered(dy + int64_t{n} * size.k * size.p() * size.q(), size.k, size.p(), size.q(), 0, 0, width, rounding);
    float* to = sum.data();
    for (int k = 0; k < size.k; k++) {
      const float* g = &gradient[k * outPlane];
      for (int c = 0; c < size.c; c++) {
        for (int r = 0; r < size.r; r++) {
          for (int s = 0; s < size.s; s++) {
            const float* in = &input[c * plane + r * width + s];
            *to++ += dot(g, in, half) + dot(g + half, in + half, length - half);
          }
        }
      }
    }
  }
  for (size_t i = 0; i < sum.size(); i++) {
    scale.apply(sum[i], dw[i]);
  }
}

}  // namespace standin
