// Losses of one sample and their gradients. z, dz (outputs); dz is the gradient times scale, or null if not wanted.
#pragma once

__device__ __forceinline__ int largest(const float* z, int outputs) {
  int best = 0;
  for (int k = 1; k < outputs; k++) {
    best = z[k] > z[best] ? k : best;
  }
  return best;
}

__device__ __forceinline__ float softmax_cross_entropy(const float* z, float* dz, int outputs, int label, float smoothing, float scale) {
  const float most = z[largest(z, outputs)];
  float sum = 0;
  float total = 0; // of z - most, for the smoothed part
  for (int k = 0; k < outputs; k++) {
    sum += expf(z[k] - most);
    total += z[k] - most;
  }
  const float logSum = logf(sum);
  const float even = smoothing / outputs;
  for (int k = 0; dz && k < outputs; k++) {
    const float q = k == label ? 1 - smoothing + even : even;
    dz[k] = (expf(z[k] - most) / sum - q) * scale;
  }
  return -(1 - smoothing) * (z[label] - most - logSum) - even * (total - outputs * logSum);
}

__device__ __forceinline__ float sigmoid_cross_entropy(const float* z, float* dz, int outputs, int label, float scale) {
  float sum = 0;
  for (int k = 0; k < outputs; k++) {
    const float t = k == label ? 1.0f : 0.0f;
    sum += (z[k] > 0 ? z[k] : 0) - z[k] * t + log1pf(expf(-fabsf(z[k])));
    if (dz) {
      dz[k] = (1 / (1 + expf(-z[k])) - t) / outputs * scale;
    }
  }
  return sum / outputs;
}

__device__ __forceinline__ float squared_error(const float* z, float* dz, int outputs, int label, const float* target, float scale) {
  float sum = 0;
  for (int k = 0; k < outputs; k++) {
    const float difference = z[k] - (target ? target[k] : k == label ? 1.0f : 0.0f);
    sum += difference * difference;
    if (dz) {
      dz[k] = 2 * difference / outputs * scale;
    }
  }
  return sum / outputs;
}

// kind: 0 cross-entropy, 1 binary cross-entropy, 2 mean squared error against target (outputs), or null for the label's one-hot
__device__ __forceinline__ float loss_of(int kind, float smoothing, const float* z, float* dz, int outputs, int label, const float* target,
    float scale) {
  return kind == 0 ? softmax_cross_entropy(z, dz, outputs, label, smoothing, scale)
      : kind == 1 ? sigmoid_cross_entropy(z, dz, outputs, label, scale)
      : squared_error(z, dz, outputs, label, target, scale);
}
