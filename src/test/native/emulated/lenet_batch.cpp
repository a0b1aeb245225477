// LeNet-5's training step in large batches: lenet_features, lenet_classifier, lenet_features_backward, lenet_classifier_gradients.

#define SHARED_SECTION shared_lenet_batch
#include "../cuda_shim.h"
namespace {
#include "lenet_batch.cu"
}
#include "lenet_inputs.h"

namespace emulated {

static standin::Dimensions blocks(int x, int y = 1) { return {static_cast<unsigned>(x), static_cast<unsigned>(y), 1}; }

/** blocks: of the convolutions, forward and backward; each has several samples if there are more. */
static void step(const Shape& s) {
  shape("batch %d, %d samples, %d classes, loss %d, %d blocks%s%s%s", s.batch, s.count, s.classes, s.kind, s.blocks,
      s.gathered ? ", gathered" : "", s.targets ? ", targets" : "", s.training ? "" : ", evaluation");
  Inputs step(s);
  Layout at(s.classes);
  Buffer<float> a2("a2", s.batch * 400), a1("a1", step.kept(1176)), da2("da2", step.kept(400));
  Buffer<unsigned> masks1("masks1", step.kept(196));
  Buffer<unsigned char> mask2("mask2", step.kept(400));
  Saved saved = step.saved();
  saved.a2 = a2;
  Features features{a1, masks1, a2, mask2};
  const float* x = step.x.onlyIf(s.gathered);
  const int* samples = step.samples.onlyIf(s.gathered);
  bool logits = s.count < s.batch;
  LAUNCH(lenet_features, blocks(s.blocks), blocks(THREADS), step.pointers(), features, step.images, x, samples, step.order, step.steps,
      step.progress, step.scale(), step.shift());
  LAUNCH(lenet_classifier, blocks((s.batch + TOGETHER - 1) / TOGETHER), blocks(CLASSIFIERS), step.pointers(), saved, da2, samples,
      step.order, step.steps, step.progress, step.logits.onlyIf(logits), s.kind, step.smoothing, step.labels.onlyIf(!s.targets),
      step.targets.onlyIf(s.targets), step.predictions, step.losses, step.corrects, s.classes);
  Outcome wanted = lenet(step.net, step.seen, s.kind, step.smoothing);
  if (!s.training) {
    expectForward(step, wanted, logits);
    return;
  }
  Buffer<float> parts("parts", s.blocks * at.partLength);
  LAUNCH(lenet_features_backward, blocks(s.blocks), blocks(THREADS), step.pointers(), features, da2, step.images, x, samples, step.order,
      step.steps, step.progress, step.scale(), step.shift(), parts, at.partLength, at.bias1, at.weight2, at.bias2);
  int slices = (s.batch + 127) / 128, share = (s.batch + slices - 1) / slices;  // as LeNetBatch
  Buffer<float> sums("slices", slices * at.sliceLength);
  LAUNCH(lenet_classifier_gradients, blocks(TILES1 + TILES2 + (s.classes + 15) / 16 + 1, slices), blocks(THREADS), saved, at.offsets(), sums,
      at.sliceLength, share, step.steps, step.progress, s.classes, step.losses, step.corrects);
  expectForward(step, wanted, logits);
  expectGradients(wanted.gradients, at, parts, s.blocks, sums, slices);
}

static void batches(Extent extent) {
  step({1, 1, 10, 0, 1, false, false, true});
  step({5, 3, 64, 1, 4, false, false, true});
  step({5, 5, 3, 2, 2, true, true, true});
  step({5, 4, 1, 0, 4, false, false, false});
  step({37, 35, 10, 0, 3, true, false, true});
  step({37, 35, 10, 0, 3, true, false, false});
  if (extent == Extent::quick) {
    return;
  }
  for (int classes : {1, 3, 10, 64}) {
    for (int batch : {1, 5, 131}) {
      for (int count : {batch, batch - 1}) {
        if (count > 0) {
          step({batch, count, classes, count % 3, std::min(batch, 16), batch == 131, count % 3 == 2 && batch == 5, true});
        }
      }
    }
  }
  step({131, 130, 10, 0, 16, false, false, false});
}

const std::vector<Case> lenetBatchCases = {{"lenet_batch", batches}};

}  // namespace emulated
