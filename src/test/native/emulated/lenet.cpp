// LeNet-5's training step: lenet_walk, and lenet_gradients behind it.

#include <memory>

#include "emulated.h"
#include "reference.h"

#define SHARED_SECTION shared_lenet
#include "../cuda_shim.h"
namespace {
#include "lenet.cu"
}

namespace emulated {

/** What a step is given. */
struct Shape {
  int batch, count, classes, kind, blocks;
  bool gathered;  // by another kernel, into x
  bool targets;   // instead of labels
  bool training;  // else only logits and losses
};

static int rounded(int length) { return (length + 63) / 64 * 64; }  // as CudaParameters lays out

struct Inputs {
  static constexpr int outs[] = {6, 16, 120, 84}, ins[] = {25, 150, 400, 120};
  const Shape& s;
  Net net{};
  std::vector<std::unique_ptr<Buffer<float>>> parameters;
  float mean = 0.13f, std = 0.31f, smoothing;
  int size;  // of the data set
  Buffer<unsigned char> images;
  Buffer<int> labels, order, samples, corrects, predictions;
  Buffer<float> targets, x, a2, h1, h2, dz1, dz2, dz3, losses, logits;
  Buffer<Step> steps;
  Buffer<Progress> progress;
  std::vector<Sample> seen;

  explicit Inputs(const Shape& shape)
      : s(shape), smoothing(s.kind == 0 ? 0.1f : 0), size(s.batch + 3), images("images", size * 784ul), labels("labels", size),
        order("order", s.count + 2), samples("samples", s.batch), corrects("corrects", s.batch), predictions("predictions", s.batch),
        targets("targets", size * s.classes), x("x", s.batch * 784ul), a2("a2", saved(400)), h1("h1", saved(120)), h2("h2", saved(84)),
        dz1("dz1", saved(120)), dz2("dz2", saved(84)), dz3("dz3", saved(s.classes)), losses("losses", s.batch),
        logits("logits", s.batch * s.classes), steps("steps", 1), progress("progress", 1) {
    net.classes = s.classes;
    for (int layer = 0; layer < 5; layer++) {
      int out = layer == 4 ? s.classes : outs[layer], in = layer == 4 ? 84 : ins[layer];
      parameters.push_back(std::make_unique<Buffer<float>>("a weight", out * in));
      net.weight[layer] = parameters.back()->normal(1 / std::sqrt(static_cast<float>(in)));
      parameters.push_back(std::make_unique<Buffer<float>>("a bias", out));
      net.bias[layer] = parameters.back()->normal(0.1f);
    }
    images.below(256);
    labels.below(s.classes);
    targets.normal(1);
    order.below(size);
    steps[0] = Step{2, s.count, 0, 1, 1, 1, 0, 0};
    memset(progress, 0, sizeof(Progress));
    draw();
  }

  size_t saved(int floats) const { return s.training ? static_cast<size_t>(s.batch) * floats : 0; }

  void draw() {
    for (int lane = 0; lane < s.count; lane++) {
      int sample = order[2 + lane];
      Sample drawn{{}, labels[sample], {}};
      for (int i = 0; i < 784; i++) {
        float value = (images[sample * 784 + i] / 255.0f - mean) / std + (s.gathered ? 0.01f * i : 0);
        drawn.x.push_back(value);
        x[lane * 784 + i] = s.gathered ? value : NAN;
      }
      if (s.targets) {
        drawn.target.assign(targets + sample * s.classes, targets + (sample + 1) * s.classes);
      }
      samples[lane] = s.gathered ? sample : -1;
      seen.push_back(drawn);
    }
  }

  Parameters pointers() const {
    return {net.weight[0], net.bias[0], net.weight[1], net.bias[1], net.weight[2], net.bias[2], net.weight[3], net.bias[3], net.weight[4],
        net.bias[4]};
  }
};

static void expectAll(const char* what, const std::vector<double>& wanted, const std::function<double(size_t)>& got) {
  for (size_t i = 0; i < wanted.size(); i++) {
    expect(what, i, got(i), wanted[i], 2e-4);  // fp32, sums of up to 131 samples by 784 terms
  }
}

static void step(const Shape& s) {
  shape("batch %d, %d samples, %d classes, loss %d, %d blocks%s%s%s", s.batch, s.count, s.classes, s.kind, s.blocks,
      s.gathered ? ", gathered" : "", s.targets ? ", targets" : "", s.training ? "" : ", evaluation");
  Inputs step(s);
  const int bias1 = rounded(150), weight2 = bias1 + rounded(6), bias2 = weight2 + rounded(2400), partLength = bias2 + rounded(16);
  Buffer<float> parts("parts", s.training ? s.blocks * partLength : 0);
  Saved saved{step.a2, step.h1, step.h2, step.dz1, step.dz2, step.dz3};
  float scale = 1 / (255 * step.std), shift = -step.mean / step.std;
  bool logits = s.count < s.batch;
  LAUNCH(lenet_walk, (standin::Dimensions{static_cast<unsigned>(s.blocks), 1, 1}), (standin::Dimensions{THREADS, 1, 1}), step.pointers(),
      saved, step.images, step.x.onlyIf(s.gathered), step.samples.onlyIf(s.gathered), step.order, step.steps, step.progress,
      step.logits.onlyIf(logits), s.kind, step.smoothing, step.labels.onlyIf(!s.targets), step.targets.onlyIf(s.targets),
      step.predictions, step.losses, step.corrects, s.classes, scale, shift, s.training ? 0 : 1, parts, partLength, bias1, weight2, bias2);
  Outcome wanted = lenet(step.net, step.seen, s.kind, step.smoothing);
  const Progress& progress = step.progress[0];
  expect("the loss", 0, progress.lossSum, wanted.loss, 1e-4);
  expect("correct", 0, static_cast<double>(progress.correct), wanted.correct, 0);
  expect("the counter of blocks", 0, progress.lossBlocks, 0, 0);
  expect("the step", 0, progress.step, s.training ? 0 : 1, 0);
  expect("steps", 0, static_cast<double>(progress.steps), 1, 0);
  for (int lane = 0; lane < s.count; lane++) {
    expect("prediction", lane, step.predictions[lane], wanted.predictions[lane], 0);
    for (int k = 0; logits && k < s.classes; k++) {
      expect("logit", lane * s.classes + k, step.logits[lane * s.classes + k], wanted.logits[lane][k], 1e-4);
    }
  }
  if (!s.training) {
    return;
  }

  int slices = std::max(1, std::min(16, s.batch / 16)), share = (s.batch + slices - 1) / slices;  // as FusedTraining
  int at[6] = {}, sizes[6] = {48000, 120, 10080, 84, 84 * s.classes, s.classes}, length = 0;
  for (int i = 0; i < 6; i++) {
    at[i] = length;
    length += rounded(sizes[i]);
  }
  Buffer<float> sums("slices", slices * length);
  unsigned all = tiles(400, 120) + tiles(120, 84) + tiles(84, s.classes);
  LAUNCH(lenet_gradients, (standin::Dimensions{all, static_cast<unsigned>(slices), 1}), (standin::Dimensions{THREADS, 1, 1}), saved,
      LinearOffsets{at[0], at[1], at[2], at[3], at[4], at[5]}, sums, length, share, step.steps, step.progress, s.classes);
  auto ofParts = [&](int offset) {
    return [&, offset](size_t i) {
      double sum = 0;
      for (int part = 0; part < s.blocks; part++) {
        sum += parts[part * partLength + offset + i];
      }
      return sum;
    };
  };
  auto ofSlices = [&](int offset) {
    return [&, offset](size_t i) {
      double sum = 0;
      for (int slice = 0; slice < slices; slice++) {
        sum += sums[slice * length + offset + i];
      }
      return sum;
    };
  };
  const Gradients& g = wanted.gradients;
  expectAll("conv1's weight gradient", g.weight[0], ofParts(0));
  expectAll("conv1's bias gradient", g.bias[0], ofParts(bias1));
  expectAll("conv2's weight gradient", g.weight[1], ofParts(weight2));
  expectAll("conv2's bias gradient", g.bias[1], ofParts(bias2));
  const char* names[] = {"fc1's weight gradient", "fc1's bias gradient", "fc2's weight gradient", "fc2's bias gradient",
      "fc3's weight gradient", "fc3's bias gradient"};
  for (int i = 0; i < 6; i++) {
    expectAll(names[i], i % 2 == 0 ? g.weight[2 + i / 2] : g.bias[2 + i / 2], ofSlices(at[i]));
  }
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
