// LeNet-5 and its losses in double precision, in plain loops.
#pragma once

#include <vector>

namespace emulated {

struct Sample {
  std::vector<double> x;  // (28, 28), normalised
  int label;
  std::vector<double> target;  // (classes), or empty for the label's one-hot
};

struct Net {
  const float* weight[5];  // conv1 (6, 1, 5, 5), conv2 (16, 6, 5, 5), fc1 (120, 400), fc2 (84, 120), fc3 (classes, 84)
  const float* bias[5];
  int classes;
};

/** Of the mean loss over samples. */
struct Gradients {
  std::vector<double> weight[5], bias[5];
};

struct Outcome {
  std::vector<std::vector<double>> logits;
  std::vector<int> predictions;
  double loss = 0;  // the sum
  int correct = 0;
  Gradients gradients;
};

/** kind: as in losses.cuh. dz: the gradient of the loss */
double lossOf(int kind, double smoothing, const std::vector<double>& z, int label, const std::vector<double>& target,
    std::vector<double>& dz);
int largest(const std::vector<double>& z);
Outcome lenet(const Net& net, const std::vector<Sample>& samples, int kind, double smoothing);

}  // namespace emulated
