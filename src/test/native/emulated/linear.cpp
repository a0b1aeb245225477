#include "emulated.h"

#define SHARED_SECTION shared_linear
#include "../cuda_shim.h"
namespace {
#include "linear.cu"
}

namespace emulated {

static double derivativeOf(int activation, double y) {
  return activation == 1 ? y > 0 : activation == 2 ? 1 - y * y : activation == 3 ? y * (1 - y) : 1;
}

static void backward(int batch, int features, int activation, bool bias) {
  const int slices = std::max(1, std::min(64, batch / 256));  // as CublasLinear
  const unsigned tiles = (features + COLUMNS - 1) / COLUMNS;
  shape("batch %d, %d features, activation %d, %d slices%s", batch, features, activation, slices, bias ? "" : ", no bias");
  Buffer<float> dz("dz", batch * features), y("y", activation == 0 ? 0 : batch * features), dbias("dbias", bias ? features : 0),
      parts("parts", slices * features);
  Buffer<unsigned> blocks("blocks", tiles);
  blocks.fill(0);
  y.normal(1);
  for (int launch = 0; launch < 2; launch++) {  // the counters are there again
    dz.normal(1);
    std::vector<double> wanted(dz.size), sums(features);
    for (size_t i = 0; i < dz.size; i++) {
      wanted[i] = dz[i] * (activation == 0 ? 1 : derivativeOf(activation, y[i]));
      sums[i % features] += wanted[i];
    }
    LAUNCH(linear_backward, (standin::Dimensions{tiles, static_cast<unsigned>(slices), 1}), (standin::Dimensions{COLUMNS, ROWS, 1}), dz, y,
        dbias, parts, blocks, batch, features, activation);
    for (size_t i = 0; i < dz.size; i++) {
      expect("dz", i, dz[i], wanted[i], 1e-6);
    }
    for (int i = 0; bias && i < features; i++) {
      expect("dbias", i, dbias[i], sums[i], 1e-4);  // sums of a thousand terms
    }
    for (unsigned i = 0; i < tiles; i++) {
      expect("the counter of blocks", i, blocks[i], 0, 0);
    }
  }
}

static void allBackward(Extent extent) {
  backward(1, 10, 0, true);
  backward(5, 64, 3, true);
  backward(131, 33, 1, true);
  backward(40, 33, 2, false);
  backward(600, 10, 2, true);
  if (extent == Extent::whole) {
    backward(131, 120, 1, true);
    backward(600, 84, 2, true);
    backward(1030, 33, 3, true);
    backward(131, 1, 0, true);
    backward(131, 3, 0, true);
  }
}

const std::vector<Case> linearCases = {{"linear_backward", allBackward}};

}  // namespace emulated
