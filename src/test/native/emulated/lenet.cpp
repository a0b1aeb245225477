// LeNet-5's training step: lenet_walk, and lenet_gradients behind it.

#define SHARED_SECTION shared_lenet
#include "../cuda_shim.h"
namespace {
#include "lenet.cu"
}
#include "lenet_inputs.h"

namespace emulated {

static void step(const Shape& s) {
  shape("batch %d, %d samples, %d classes, loss %d, %d blocks%s%s%s", s.batch, s.count, s.classes, s.kind, s.blocks,
      s.gathered ? ", gathered" : "", s.targets ? ", targets" : "", s.training ? "" : ", evaluation");
  Inputs step(s);
  Layout at(s.classes);
  Buffer<float> parts("parts", s.training ? s.blocks * at.partLength : 0);
  Saved saved = step.saved();
  bool logits = s.count < s.batch;
  LAUNCH(lenet_walk, (standin::Dimensions{static_cast<unsigned>(s.blocks), 1, 1}), (standin::Dimensions{THREADS, 1, 1}), step.pointers(),
      saved, step.images, step.x.onlyIf(s.gathered), step.samples.onlyIf(s.gathered), step.order, step.steps, step.progress,
      step.logits.onlyIf(logits), s.kind, step.smoothing, step.labels.onlyIf(!s.targets), step.targets.onlyIf(s.targets),
      step.predictions, step.losses, step.corrects, s.classes, step.scale(), step.shift(), parts,
      at.partLength, at.bias1, at.weight2, at.bias2);
  Outcome wanted = lenet(step.net, step.seen, s.kind, step.smoothing);
  if (!s.training) {
    expectForward(step, wanted, logits);
    return;
  }

  int slices = std::max(1, std::min(16, s.batch / 16)), share = (s.batch + slices - 1) / slices;  // as FusedTraining
  Buffer<float> sums("slices", slices * at.sliceLength);
  unsigned all = tiles(400, 120) + tiles(120, 84) + tiles(84, s.classes) + 1;
  LAUNCH(lenet_gradients, (standin::Dimensions{all, static_cast<unsigned>(slices), 1}), (standin::Dimensions{THREADS, 1, 1}), saved,
      at.offsets(), sums, at.sliceLength, share, step.steps, step.progress, s.classes, step.losses, step.corrects);
  expectForward(step, wanted, logits);
  expectGradients(wanted.gradients, at, parts, s.blocks, sums, slices);
}

static void trainingSteps(Extent extent) {
  step({1, 1, 10, 0, 1, false, false, true});
  step({5, 3, 64, 1, 4, false, false, true});
  step({5, 5, 3, 2, 2, true, true, true});
  step({5, 4, 1, 0, 4, false, false, false});
  if (extent == Extent::quick) {
    step({33, 32, 10, 0, 8, true, false, true});
    return;
  }
  for (int classes : {1, 3, 10, 64}) {
    for (int batch : {1, 5, 131}) {
      for (int count : {batch, batch - 1}) {
        if (count > 0) {
          step({batch, count, classes, count % 3, std::min(batch, 64), batch == 131, count % 3 == 2 && batch == 5, true});
        }
      }
    }
  }
  step({131, 130, 10, 0, 64, false, false, false});
}

const std::vector<Case> lenetCases = {{"lenet", trainingSteps}};

}  // namespace emulated
