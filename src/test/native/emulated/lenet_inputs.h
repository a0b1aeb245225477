// What one step of LeNet-5 is given, for the programs of its kernels; to be included behind the kernels' source.
#pragma once

#include <memory>

#include "emulated.h"
#include "reference.h"

namespace emulated {
namespace {

/** What a step is given. */
struct Shape {
  int batch, count, classes, kind, blocks;
  bool gathered;  // by another kernel, into x
  bool targets;   // instead of labels
  bool training;  // else only logits and losses
};

int rounded(int length) { return (length + 63) / 64 * 64; }  // as CudaParameters lays out

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
        targets("targets", size * s.classes), x("x", s.batch * 784ul), a2("a2", kept(400)), h1("h1", kept(120)), h2("h2", kept(84)),
        dz1("dz1", kept(120)), dz2("dz2", kept(84)), dz3("dz3", kept(s.classes)), losses("losses", s.batch),
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
    steps[0] = Step{2, s.count, 0, 1, 1, 1, 0, 1.0f / s.count};
    memset(progress, 0, sizeof(Progress));
    draw();
  }

  size_t kept(int floats) const { return s.training ? static_cast<size_t>(s.batch) * floats : 0; }

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

  float scale() const { return 1 / (255 * std); }
  float shift() const { return -mean / std; }
  Saved saved() const { return {a2, h1, h2, dz1, dz2, dz3}; }

  Parameters pointers() const {
    return {net.weight[0], net.bias[0], net.weight[1], net.bias[1], net.weight[2], net.bias[2], net.weight[3], net.bias[3], net.weight[4],
        net.bias[4]};
  }
};

void expectAll(const char* what, const std::vector<double>& wanted, const std::function<double(size_t)>& got) {
  for (size_t i = 0; i < wanted.size(); i++) {
    expect(what, i, got(i), wanted[i], 2e-4);  // fp32, sums of up to 131 samples by 784 terms
  }
}

/** Where the gradients lie in a part and in a slice. */
struct Layout {
  int bias1 = rounded(150), weight2 = bias1 + rounded(6), bias2 = weight2 + rounded(2400), partLength = bias2 + rounded(16);
  int at[6] = {}, sliceLength = 0;

  explicit Layout(int classes) {
    int sizes[] = {48000, 120, 10080, 84, 84 * classes, classes};
    for (int i = 0; i < 6; i++) {
      at[i] = sliceLength;
      sliceLength += rounded(sizes[i]);
    }
  }

  LinearOffsets offsets() const { return {at[0], at[1], at[2], at[3], at[4], at[5]}; }
};

void expectForward(const Inputs& step, const Outcome& wanted, bool logits) {
  const Shape& s = step.s;
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
}

void expectGradients(const Gradients& g, const Layout& layout, const float* parts, int count, const float* sums, int slices) {
  auto ofParts = [&](int offset) {
    return [&, offset](size_t i) {
      double sum = 0;
      for (int part = 0; part < count; part++) {
        sum += parts[part * layout.partLength + offset + i];
      }
      return sum;
    };
  };
  auto ofSlices = [&](int offset) {
    return [&, offset](size_t i) {
      double sum = 0;
      for (int slice = 0; slice < slices; slice++) {
        sum += sums[slice * layout.sliceLength + offset + i];
      }
      return sum;
    };
  };
  expectAll("conv1's weight gradient", g.weight[0], ofParts(0));
  expectAll("conv1's bias gradient", g.bias[0], ofParts(layout.bias1));
  expectAll("conv2's weight gradient", g.weight[1], ofParts(layout.weight2));
  expectAll("conv2's bias gradient", g.bias[1], ofParts(layout.bias2));
  const char* names[] = {"fc1's weight gradient", "fc1's bias gradient", "fc2's weight gradient", "fc2's bias gradient",
      "fc3's weight gradient", "fc3's bias gradient"};
  for (int i = 0; i < 6; i++) {
    expectAll(names[i], i % 2 == 0 ? g.weight[2 + i / 2] : g.bias[2 + i / 2], ofSlices(layout.at[i]));
  }
}

}  // namespace
}  // namespace emulated
