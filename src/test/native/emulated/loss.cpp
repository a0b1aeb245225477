#include "emulated.h"
#include "reference.h"

#define SHARED_SECTION shared_loss
#include "../cuda_shim.h"
namespace {
#include "loss.cu"
}

namespace emulated {

static void losses(int batch, int count, int outputs, int kind, bool withTargets, bool training) {
  shape("batch %d, %d samples, %d outputs, loss %d%s%s", batch, count, outputs, kind, withTargets ? ", targets" : "",
      training ? "" : ", evaluation");
  const int size = batch + 3;
  const float smoothing = kind == 0 ? 0.1f : 0;
  const unsigned blocks = (batch + THREADS - 1) / THREADS;
  Buffer<float> z("z", batch * outputs), dz("dz", training ? batch * outputs : 0), targets("targets", size * outputs);
  Buffer<int> predictions("predictions", batch), samples("samples", batch), labels("labels", size), correctParts("correctParts", blocks);
  Buffer<double> lossParts("lossParts", blocks);
  Buffer<Step> steps("steps", 1);
  Buffer<Progress> progress("progress", 1);
  z.normal(2);
  targets.normal(1);
  labels.below(outputs);
  samples.below(size);
  steps[0] = Step{0, count, 0, 1, 1, 1, 0, 1.0f / count};
  memset(progress, 0, sizeof(Progress));
  LAUNCH(loss, (standin::Dimensions{blocks, 1, 1}), (standin::Dimensions{THREADS, 1, 1}), kind, smoothing, z, dz, predictions, samples,
      labels.onlyIf(!withTargets), targets.onlyIf(withTargets), steps, progress, lossParts, correctParts, batch, outputs, 1);
  double total = 0;
  int correct = 0;
  for (int lane = 0; lane < batch; lane++) {
    std::vector<double> own(z + lane * outputs, z + (lane + 1) * outputs), target, gradient(outputs);
    if (lane < count) {
      int sample = samples[lane];
      if (withTargets) {
        target.assign(targets + sample * outputs, targets + (sample + 1) * outputs);
      }
      total += lossOf(kind, smoothing, own, withTargets ? -1 : labels[sample], target, gradient);
      correct += !withTargets && largest(own) == labels[sample];
      expect("prediction", lane, predictions[lane], largest(own), 0);
    }
    for (int k = 0; training && k < outputs; k++) {
      expect("dz", lane * outputs + k, dz[lane * outputs + k], gradient[k] / count, 1e-6);
    }
  }
  expect("the loss", 0, progress[0].lossSum, total, 1e-5);
  expect("correct", 0, static_cast<double>(progress[0].correct), correct, 0);
  expect("the step", 0, progress[0].step, 1, 0);
  expect("steps", 0, static_cast<double>(progress[0].steps), 1, 0);
  expect("the counter of blocks", 0, progress[0].lossBlocks, 0, 0);
}

static void allLosses(Extent extent) {
  for (int kind = 0; kind < 3; kind++) {
    losses(1, 1, 10, kind, kind == 2, true);
    losses(131, 130, 3, kind, false, true);
    losses(300, 129, 10, kind, kind == 2, kind != 1);
    for (int outputs : {1, 64}) {
      losses(5, extent == Extent::quick ? 4 : 5, outputs, kind, false, true);
    }
  }
}

const std::vector<Case> lossCases = {{"loss", allLosses}};

}  // namespace emulated
