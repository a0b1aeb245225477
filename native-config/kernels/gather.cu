// Samples of a step: bytes of the data set become normalised, perhaps distorted, inputs. One block a lane of the batch. Which sample a
// lane has is left in samples (batch) for the kernels after it; it is 0 in the lanes that are empty.
#include "philox.cuh"
#include "step.cuh"

// order (epoch), or null for samples as they lie
__device__ __forceinline__ int sample_of(const int* order, const Step& step, int lane) {
  return lane >= step.count ? 0 : order ? order[step.first + lane] : step.first + lane;
}

// images (size, pixels), x (batch, pixels)
extern "C" __global__ void gather(const unsigned char* images, const int* order, const Step* steps, const Progress* progress, float* x,
    int* samples, int pixels, float mean, float std) {
  const Step step = steps[progress->step];
  const int lane = blockIdx.x;
  const int sample = sample_of(order, step, lane);
  if (threadIdx.x == 0) {
    samples[lane] = sample;
  }
  float* out = x + (size_t) lane * pixels;
  if (lane >= step.count) {
    for (int i = threadIdx.x; i < pixels; i += blockDim.x) {
      out[i] = 0;
    }
    return;
  }
  const unsigned char* image = images + (size_t) sample * pixels;
  for (int i = threadIdx.x; i < pixels; i += blockDim.x) {
    out[i] = (image[i] / 255.0f - mean) / std;
  }
}

// The uniform numbers in [-1, 1) that distort each sample: u (batch, numbers), numbers a multiple of 4.
extern "C" __global__ void draw_distortion(const int* order, const Step* steps, const Progress* progress, float* u, int numbers,
    unsigned long long seed) {
  const Step step = steps[progress->step];
  const int lane = blockIdx.x;
  if (lane >= step.count) {
    return;
  }
  const int sample = sample_of(order, step, lane);
  for (int i = threadIdx.x; i < numbers / 4; i += blockDim.x) {
    const Philox block = philox(seed, i, step.epoch, sample, 0xFFFFFFFFu); // Augment.USE
    for (int k = 0; k < 4; k++) {
      u[(size_t) lane * numbers + 4 * i + k] = (block.word[k] >> 8) * 0x1p-23f - 1;
    }
  }
}

__device__ __forceinline__ float spline(int k, float f) {
  const float g = 1 - f;
  return k == 0 ? g * g * g / 6 : k == 1 ? (3 * f * f * f - 6 * f * f + 4) / 6 : k == 2 ? (3 * g * g * g - 6 * g * g + 4) / 6 : f * f * f / 6;
}

// Bilinear, 0 outside the image.
__device__ float bilinear(const unsigned char* image, int height, int width, float x, float y) {
  if (!(x > -1 && x < width && y > -1 && y < height)) {
    return 0;
  }
  const int x0 = (int) floorf(x);
  const int y0 = (int) floorf(y);
  const float fx = x - x0;
  const float fy = y - y0;
  float value = 0;
  for (int dy = 0; dy < 2; dy++) {
    for (int dx = 0; dx < 2; dx++) {
      if (x0 + dx >= 0 && x0 + dx < width && y0 + dy >= 0 && y0 + dy < height) {
        value += image[(y0 + dy) * width + x0 + dx] * (dx ? fx : 1 - fx) * (dy ? fy : 1 - fy);
      }
    }
  }
  return value;
}

// The equations of org.lenet4j.data.Augment. images (size, channels, height, width), x (batch, channels, height, width),
// u (batch, numbers); angles in radians; nodes: of the elastic grid, `spacing` pixels apart, or 0
extern "C" __global__ void gather_distorted(const unsigned char* images, const int* order, const Step* steps, const Progress* progress,
    float* x, int* samples, const float* u, int numbers, int channels, int height, int width, float mean, float std, float shift, float rotation,
    float scale, float shear, float elastic, int columns, float spacing) {
  const Step step = steps[progress->step];
  const int lane = blockIdx.x;
  const int area = height * width;
  const int sample = sample_of(order, step, lane);
  if (threadIdx.x == 0) {
    samples[lane] = sample;
  }
  float* out = x + (size_t) lane * channels * area;
  if (lane >= step.count) {
    for (int i = threadIdx.x; i < channels * area; i += blockDim.x) {
      out[i] = 0;
    }
    return;
  }
  const unsigned char* image = images + (size_t) sample * channels * area;
  const float* r = u + (size_t) lane * numbers;
  const float cosine = cosf(rotation * r[2]);
  const float sine = sinf(rotation * r[2]);
  const float slant = tanf(shear * r[5]);
  const float scaleX = 1 / (1 + scale * r[3]);
  const float scaleY = 1 / (1 + scale * r[4]);
  const float cx = (width - 1) / 2.0f;
  const float cy = (height - 1) / 2.0f;
  for (int pixel = threadIdx.x; pixel < area; pixel += blockDim.x) {
    const int row = pixel / width;
    const int column = pixel % width;
    const float py = (row - cy) * scaleY;
    const float px = (column - cx) * scaleX + slant * py;
    float sx = cx + cosine * px - sine * py + shift * r[0];
    float sy = cy + sine * px + cosine * py + shift * r[1];
    if (columns > 0) {
      const float nodeX = column / spacing;
      const float nodeY = row / spacing;
      for (int j = 0; j < 4; j++) {
        const float* nodes = r + 8 + 2 * (((int) nodeY + j) * columns + (int) nodeX);
        const float weight = elastic * spline(j, nodeY - (int) nodeY);
        for (int k = 0; k < 4; k++) {
          const float w = weight * spline(k, nodeX - (int) nodeX);
          sx += w * nodes[2 * k];
          sy += w * nodes[2 * k + 1];
        }
      }
    }
    for (int c = 0; c < channels; c++) {
      out[c * area + pixel] = (bilinear(image + c * area, height, width, sx, sy) / 255 - mean) / std;
    }
  }
}
