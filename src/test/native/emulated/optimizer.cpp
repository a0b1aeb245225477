#include "emulated.h"

#define SHARED_SECTION shared_optimizer
#include "../cuda_shim.h"
namespace {
#include "optimizer.cu"
}

namespace emulated {

struct Update {
  int parameters;
  int parts, partLength, slices;  // parts 0: the whole gradient is in slices
  bool adam, decoupled, clip, averaged, anchored;
};

constexpr float momentum = 0.9f, beta2 = 0.999f, epsilon = 1e-8f, clipNorm = 0.5f;

/** Tiles as CudaOptimizer makes them, with a gap behind each second one, where nothing may be written. */
static std::vector<Tile> tilesOf(const Update& s) {
  std::vector<Tile> tiles;
  for (int from = 0; from < s.parameters;) {
    int most = from < s.partLength ? std::min(SUMMED, s.partLength - from) : THREADS;
    int count = std::min(tiles.size() % 2 == 1 ? most - 3 : most, s.parameters - from);
    tiles.push_back({from, count, 0.01f, 0.1f});
    from += std::min(most, s.parameters - from);
  }
  return tiles;
}

static void update(const Update& s) {
  shape("%d parameters, %d parts of %d, %d slices%s%s%s%s", s.parameters, s.parts, s.partLength, s.slices, s.adam ? ", Adam" : ", SGD",
      s.clip ? ", clipped" : "", s.averaged ? ", averaged" : "", s.anchored ? ", anchored" : "");
  const int n = s.parameters, sliceLength = n - s.partLength;
  Buffer<float> theta("theta", n), first("first", n), second("second", s.adam ? n : 0), anchor("anchor", s.anchored ? n : 0),
      pull("pull", s.anchored ? n : 0), average("average", s.averaged ? n : 0), parts("parts", s.parts * s.partLength),
      slices("slices", s.slices * sliceLength);
  for (auto* buffer : {&theta, &first, &anchor, &average, &parts, &slices}) {
    buffer->normal(1);
  }
  pull.fill(0.1f);
  second.fill(0.3f);
  std::vector<Tile> list = tilesOf(s);
  Buffer<Tile> tiles("tiles", list.size());
  memcpy(tiles, list.data(), list.size() * sizeof(Tile));
  Buffer<double> squares("squares", s.clip ? list.size() : 0);
  Buffer<Step> steps("steps", 1);
  Buffer<Progress> progress("progress", 1);
  const Step step{0, 1, 0, 0.7f, 1 / (1 - 0.9f), 1 / std::sqrt(1 - 0.999f), 0.9f, 0};
  steps[0] = step;
  memset(progress, 0, sizeof(Progress));

  std::vector<double> g(n), wantedTheta(theta + 0, theta + n), wantedAverage;
  if (s.averaged) {
    wantedAverage.assign(average + 0, average + n);
  }
  double square = 0;
  for (const Tile& tile : list) {
    for (int i = tile.from; i < tile.from + tile.count; i++) {
      for (int k = 0; k < (i < s.partLength ? s.parts : s.slices); k++) {
        g[i] += i < s.partLength ? parts[k * s.partLength + i] : slices[k * sliceLength + i - s.partLength];
      }
      g[i] += s.anchored ? pull[i] * (static_cast<double>(theta[i]) - anchor[i]) : 0;
      square += g[i] * g[i];
    }
  }
  const double scale = s.clip ? std::min(1.0, clipNorm / (std::sqrt(square) + 1e-6)) : 1;
  for (const Tile& tile : list) {
    const double rate = static_cast<double>(tile.learningRate) * step.rateFactor;
    for (int i = tile.from; i < tile.from + tile.count; i++) {
      double value = theta[i], gradient = g[i] * scale + (s.decoupled ? 0 : tile.weightDecay * value);
      if (s.adam) {
        double m = momentum * first[i] + (1 - momentum) * gradient, v = beta2 * second[i] + (1 - beta2) * gradient * gradient;
        value *= s.decoupled ? 1 - rate * tile.weightDecay : 1;
        value -= rate * step.correction1 * m / (std::sqrt(v) * step.correction2 + epsilon);
      } else {
        double v = momentum * first[i] + gradient;
        value -= rate * (gradient + momentum * v);  // Nesterov
      }
      wantedTheta[i] = value;
      if (s.averaged) {
        wantedAverage[i] += (1 - step.emaDecay) * (value - wantedAverage[i]);
      }
    }
  }

  Flat flat{theta, slices, first, second, anchor, pull, average, parts};
  Parts sums{s.parts, s.partLength, s.slices, sliceLength};
  standin::Dimensions grid{static_cast<unsigned>(list.size()), 1, 1}, block{THREADS, 1, 1};
  if (s.clip) {
    LAUNCH(gradient_squares, grid, block, flat, sums, tiles, squares);
  }
  if (s.adam) {
    LAUNCH(adam, grid, block, flat, sums, tiles, squares, clipNorm, steps, progress, momentum, beta2, epsilon, s.decoupled);
  } else {
    LAUNCH(sgd, grid, block, flat, sums, tiles, squares, clipNorm, steps, progress, momentum, 1);
  }
  for (int i = 0; i < n; i++) {
    expect("a parameter", i, theta[i], wantedTheta[i], 1e-5);
    if (s.averaged) {
      expect("an average", i, average[i], wantedAverage[i], 1e-5);
    }
  }
  expect("the step", 0, progress[0].step, 1, 0);
  expect("the counter of blocks", 0, progress[0].updateBlocks, 0, 0);
  expect("poisoned", 0, progress[0].poisoned, 0, 0);
}

/** A batch in shards: the gradient of each, and their sum. */
static void shards(int count) {
  shape("%d shards", count);
  const Update s{700, 5, 320, 3, false, false, false, false, false};
  const int n = s.parameters, sliceLength = n - s.partLength;
  std::vector<Tile> list = tilesOf(s);
  Buffer<Tile> tiles("tiles", list.size());
  memcpy(tiles, list.data(), list.size() * sizeof(Tile));
  Buffer<float> parts("parts", s.parts * s.partLength), slices("slices", s.slices * sliceLength), to("shards", count * n);
  Buffer<Progress> progress("progress", 1);
  memset(progress, 0, sizeof(Progress));
  std::vector<double> wanted(n);
  for (int shard = 0; shard < count; shard++) {
    parts.normal(1);
    slices.normal(1);
    Flat flat{nullptr, slices, nullptr, nullptr, nullptr, nullptr, nullptr, parts};
    LAUNCH(shard_gradient, (standin::Dimensions{static_cast<unsigned>(list.size()), 1, 1}), (standin::Dimensions{THREADS, 1, 1}), flat,
        (Parts{s.parts, s.partLength, s.slices, sliceLength}), tiles, progress, to + shard * n, shard < count - 1);
    for (int i = 0; i < n; i++) {
      for (int k = 0; k < (i < s.partLength ? s.parts : s.slices); k++) {
        wanted[i] += i < s.partLength ? parts[k * s.partLength + i] : slices[k * sliceLength + i - s.partLength];
      }
    }
  }
  LAUNCH(add_shards, (standin::Dimensions{static_cast<unsigned>(n + THREADS - 1) / THREADS, 1, 1}), (standin::Dimensions{THREADS, 1, 1}),
      to, count, n);
  for (const Tile& tile : list) {
    for (int i = tile.from; i < tile.from + tile.count; i++) {
      expect("a gradient", i, to[i], wanted[i], 1e-5);
    }
  }
  expect("the step", 0, progress[0].step, count - 1, 0);
}

static void allUpdates(Extent extent) {
  update({1000, 3, 500, 3, true, true, true, true, true});
  update({700, 0, 0, 1, false, false, true, true, false});
  update({257, 0, 0, 2, true, false, false, false, false});
  update({3000, 131, 320, 8, false, false, false, true, true});
  shards(1);
  shards(4);
  if (extent == Extent::whole) {
    update({64000, 64, 2752, 16, true, true, true, true, false});
    update({64, 1, 64, 1, false, false, true, false, false});
  }
}

const std::vector<Case> optimizerCases = {{"optimizer", allUpdates}};

}  // namespace emulated
