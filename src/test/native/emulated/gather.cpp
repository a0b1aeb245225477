#include "emulated.h"

#define SHARED_SECTION shared_gather
#include "../cuda_shim.h"
namespace {
#include "gather.cu"
}

namespace emulated {

struct Distortion {
  float shift, rotation, scale, shear, elastic, spacing;  // angles in radians; spacing 0: no elastic grid
};

/** Images, and a step that takes some of them. */
struct Batch {
  const int batch, count, channels, height, width, size, pixels;
  Buffer<unsigned char> images;
  Buffer<int> order, samples;
  Buffer<float> x;
  Buffer<Step> steps;
  Buffer<Progress> progress;

  Batch(int batch, int count, int channels, int height, int width)
      : batch(batch), count(count), channels(channels), height(height), width(width), size(batch + 2), pixels(channels * height * width),
        images("images", size * pixels), order("order", count + 1), samples("samples", batch), x("x", batch * pixels), steps("steps", 1),
        progress("progress", 1) {
    images.below(256);
    order.below(size);
    steps[0] = Step{1, count, 3, 1, 1, 1, 0, 0};
    memset(progress, 0, sizeof(Progress));
  }

  double pixel(int sample, int channel, int row, int column) const {
    bool inside = row >= 0 && row < height && column >= 0 && column < width;
    return inside ? images[sample * pixels + (channel * height + row) * width + column] : 0;
  }
};

constexpr float mean = 0.1f, deviation = 0.3f;

static void plain(int batch, int count, int channels, int height, int width) {
  shape("batch %d, %d samples of %dx%dx%d", batch, count, channels, height, width);
  Batch b(batch, count, channels, height, width);
  LAUNCH(gather, (standin::Dimensions{static_cast<unsigned>(batch), 1, 1}), (standin::Dimensions{256, 1, 1}), b.images, b.order, b.steps,
      b.progress, b.x, b.samples, b.pixels, mean, deviation);
  for (int i = 0; i < batch * b.pixels; i++) {
    int lane = i / b.pixels, sample = lane < count ? b.order[1 + lane] : 0;
    double value = (b.images[sample * b.pixels + i % b.pixels] / 255.0 - mean) / deviation;
    expect("x", i, b.x[i], lane < count ? value : 0, 1e-5);
    expect("a sample", lane, b.samples[lane], sample, 0);
  }
}

/** A cubic B-spline's four weights at f in [0, 1). */
static double spline(int k, double f) {
  double t = std::fabs(f + 1 - k);
  return t < 1 ? 2.0 / 3 - t * t + t * t * t / 2 : t < 2 ? (2 - t) * (2 - t) * (2 - t) / 6 : 0;
}

static void distorted(int batch, int count, int channels, int height, int width, const Distortion& d) {
  shape("batch %d, %d samples of %dx%dx%d, grid %g", batch, count, channels, height, width, d.spacing);
  Batch b(batch, count, channels, height, width);
  auto nodes = [&](int length) { return d.spacing > 0 ? static_cast<int>((length - 1) / d.spacing) + 4 : 0; };  // as CudaInput
  const int columns = nodes(width), numbers = (8 + 2 * columns * nodes(height) + 3) / 4 * 4;
  Buffer<float> u("u", batch * numbers);
  standin::Dimensions grid{static_cast<unsigned>(batch), 1, 1};
  LAUNCH(draw_distortion, grid, (standin::Dimensions{64, 1, 1}), b.order, b.steps, b.progress, u, numbers, 42);
  for (int i = 0; i < count * numbers; i++) {
    expect("a drawn number", i, u[i], 0, 1);
  }
  LAUNCH(gather_distorted, grid, (standin::Dimensions{256, 1, 1}), b.images, b.order, b.steps, b.progress, b.x, b.samples, u, numbers,
      channels, height, width, mean, deviation, d.shift, d.rotation, d.scale, d.shear, d.elastic, columns, d.spacing);
  for (int i = 0; i < batch * b.pixels; i++) {
    int lane = i / b.pixels, channel = i / (height * width) % channels, row = i / width % height, column = i % width;
    if (lane >= count) {
      expect("x", i, b.x[i], 0, 0);
      continue;
    }
    const float* r = u + lane * numbers;
    double cx = (width - 1) / 2.0, cy = (height - 1) / 2.0, angle = d.rotation * r[2];
    double py = (row - cy) / (1 + d.scale * r[4]), px = (column - cx) / (1 + d.scale * r[3]) + std::tan(d.shear * r[5]) * py;
    double sx = cx + std::cos(angle) * px - std::sin(angle) * py + d.shift * r[0];
    double sy = cy + std::sin(angle) * px + std::cos(angle) * py + d.shift * r[1];
    for (int k = 0; k < 16 && columns > 0; k++) {
      double nodeX = static_cast<double>(column) / d.spacing, nodeY = static_cast<double>(row) / d.spacing;
      int left = static_cast<int>(column / d.spacing), top = static_cast<int>(row / d.spacing);
      double w = d.elastic * spline(k / 4, nodeY - top) * spline(k % 4, nodeX - left);
      sx += w * r[8 + 2 * ((top + k / 4) * columns + left + k % 4)];
      sy += w * r[8 + 2 * ((top + k / 4) * columns + left + k % 4) + 1];
    }
    int x0 = static_cast<int>(std::floor(sx)), y0 = static_cast<int>(std::floor(sy)), sample = b.order[1 + lane];
    double fx = sx - x0, fy = sy - y0;
    double value = (1 - fy) * ((1 - fx) * b.pixel(sample, channel, y0, x0) + fx * b.pixel(sample, channel, y0, x0 + 1))
        + fy * ((1 - fx) * b.pixel(sample, channel, y0 + 1, x0) + fx * b.pixel(sample, channel, y0 + 1, x0 + 1));
    expect("x", i, b.x[i], (value / 255 - mean) / deviation, 5e-4);  // places in fp32, neighbours up to 255 apart
  }
}

static void allGathers(Extent) {
  for (int batch : {1, 5, 131}) {
    plain(batch, batch, 1, 28, 28);
  }
  plain(5, 3, 3, 7, 5);
}

static void allDistortions(Extent extent) {
  distorted(1, 1, 3, 32, 32, {2, 0.2f, 0.15f, 0.1f, 0, 0});
  distorted(5, 3, 1, 28, 28, {2, 0.2f, 0.15f, 0.1f, 5, 6.928f});
  distorted(3, 2, 1, 7, 5, {1, 0.2f, 0.15f, 0.1f, 3, 1.7320508f});
  for (float spacing : {4.5f, 9.0f, 13.5f}) {
    distorted(extent == Extent::quick ? 2 : 131, 2, 1, 32, 17, {2, 0.2f, 0.15f, 0.1f, 5, spacing});
  }
}

const std::vector<Case> gatherCases = {{"gather", allGathers}, {"gather_distorted", allDistortions}};

}  // namespace emulated
