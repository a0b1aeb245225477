#include "emulated.h"

#define SHARED_SECTION shared_dropout
#include "../cuda_shim.h"
namespace {
#include "dropout.cu"
}

namespace emulated {

static void drop(int batch, int elements, float rate) {
  shape("batch %d, %d elements, rate %g", batch, elements, rate);
  Buffer<float> from("from", batch * elements), to("to", batch * elements), back("back", batch * elements);
  Buffer<int> samples("samples", batch);
  Buffer<Step> steps("steps", 1);
  Buffer<Progress> progress("progress", 1);
  samples.below(1000);
  from.normal(1);
  steps[0] = Step{0, batch, 3, 1, 1, 1, 0, 0};
  memset(progress, 0, sizeof(Progress));
  standin::Dimensions grid{static_cast<unsigned>(batch), 1, 1}, block{128, 1, 1};
  LAUNCH(dropout, grid, block, from, to, samples, steps, progress, elements, 9, 2, rate);
  LAUNCH(dropout, grid, block, to, back, samples, steps, progress, elements, 9, 2, rate);  // the same mask
  size_t kept = 0;
  for (size_t i = 0; i < to.size; i++) {
    bool keeps = to[i] != 0;
    kept += keeps;
    expect("a value", i, to[i], keeps ? from[i] / (1.0 - rate) : 0, 1e-6);
    expect("a value behind the mask twice", i, back[i], keeps ? to[i] / (1.0 - rate) : 0, 1e-6);
  }
  double n = static_cast<double>(to.size);
  expect("the share that is kept", 0, kept / n, 1 - rate, 5 * std::sqrt(rate * (1 - rate) / n));
}

static void allDropout(Extent) {
  for (int elements : {7, 130, 784}) {
    drop(1, elements, 0.5f);
    drop(5, elements, 0.2f);
  }
  drop(131, 84, 0.5f);
}

const std::vector<Case> dropoutCases = {{"dropout", allDropout}};

}  // namespace emulated
