#include "reference.h"

#include <algorithm>
#include <cmath>

namespace emulated {

int largest(const std::vector<double>& z) { return static_cast<int>(std::max_element(z.begin(), z.end()) - z.begin()); }

double lossOf(int kind, double smoothing, const std::vector<double>& z, int label, const std::vector<double>& target,
    std::vector<double>& dz) {
  size_t classes = z.size();
  auto oneHot = [&](size_t k) { return static_cast<int>(k) == label ? 1.0 : 0.0; };
  double most = z[static_cast<size_t>(largest(z))], sum = 0, loss = 0;
  for (double value : z) {
    sum += std::exp(value - most);
  }
  dz.assign(classes, 0);
  for (size_t k = 0; k < classes; k++) {
    double n = static_cast<double>(classes);
    if (kind == 0) {
      double q = (1 - smoothing) * oneHot(k) + smoothing / n;
      loss -= q * (z[k] - most - std::log(sum));
      dz[k] = std::exp(z[k] - most) / sum - q;
    } else if (kind == 1) {
      loss += (std::max(z[k], 0.0) - z[k] * oneHot(k) + std::log1p(std::exp(-std::fabs(z[k])))) / n;
      dz[k] = (1 / (1 + std::exp(-z[k])) - oneHot(k)) / n;
    } else {
      double difference = z[k] - (target.empty() ? oneHot(k) : target[k]);
      loss += difference * difference / n;
      dz[k] = 2 * difference / n;
    }
  }
  return loss;
}

/** A convolution 5x5, max-pooling 2x2 and ReLU; y keeps of each window where its maximum was, or -1 if ReLU lets nothing through. */
struct Convolved {
  int maps, side;  // of the pooled planes
  std::vector<double> y;
  std::vector<int> from;  // in the map before pooling, of 2 side x 2 side
};

struct Planes {
  int channels, side, padding;
  const std::vector<double>& values;

  double at(int c, int row, int column) const {
    bool inside = row >= 0 && row < side && column >= 0 && column < side;
    return inside ? values[static_cast<size_t>((c * side + row) * side + column)] : 0;
  }
};

template <class Visit> static void taps(int channels, Visit visit) {
  for (int c = 0; c < channels; c++) {
    for (int u = 0; u < 5; u++) {
      for (int v = 0; v < 5; v++) {
        visit(c, u, v, (c * 5 + u) * 5 + v);
      }
    }
  }
}

static Convolved convolve(const Planes& x, const float* weight, const float* bias, int maps) {
  int out = x.side + 2 * x.padding - 4;
  Convolved result{maps, out / 2, {}, {}};
  for (int k = 0; k < maps; k++) {
    for (int window = 0; window < out / 2 * (out / 2); window++) {
      double most = -INFINITY;
      int best = 0;
      for (int i = 0; i < 4; i++) {
        int row = window / (out / 2) * 2 + i / 2, column = window % (out / 2) * 2 + i % 2;
        double sum = bias[k];
        taps(x.channels, [&](int c, int u, int v, int tap) {
          sum += static_cast<double>(weight[k * x.channels * 25 + tap]) * x.at(c, row + u - x.padding, column + v - x.padding);
        });
        best = sum > most ? row * out + column : best;
        most = std::max(most, sum);
      }
      result.y.push_back(std::max(most, 0.0));
      result.from.push_back(most > 0 ? best : -1);
    }
  }
  return result;
}

static void convolveBack(const Planes& x, const float* weight, const Convolved& y, const std::vector<double>& dy,
    std::vector<double>& dWeight, std::vector<double>& dBias, std::vector<double>* dx) {
  int out = y.side * 2, area = y.side * y.side;
  for (int i = 0; i < y.maps * area; i++) {
    if (y.from[i] < 0) {
      continue;
    }
    int k = i / area, row = y.from[i] / out, column = y.from[i] % out;
    dBias[k] += dy[i];
    taps(x.channels, [&](int c, int u, int v, int tap) {
      int r = row + u - x.padding, q = column + v - x.padding;
      dWeight[k * x.channels * 25 + tap] += dy[i] * x.at(c, r, q);
      if (dx != nullptr) {
        (*dx)[(c * x.side + r) * x.side + q] += dy[i] * weight[k * x.channels * 25 + tap];
      }
    });
  }
}

static std::vector<double> linear(const std::vector<double>& x, const float* weight, const float* bias, int out, bool relu) {
  std::vector<double> y;
  for (int o = 0; o < out; o++) {
    double sum = bias[o];
    for (size_t i = 0; i < x.size(); i++) {
      sum += static_cast<double>(weight[o * x.size() + i]) * x[i];
    }
    y.push_back(relu ? std::max(sum, 0.0) : sum);
  }
  return y;
}

/** Returns the gradient of x, behind the ReLU that gave it. */
static std::vector<double> linearBack(const std::vector<double>& x, const float* weight, const std::vector<double>& dy,
    std::vector<double>& dWeight, std::vector<double>& dBias, bool relu) {
  std::vector<double> dx(x.size());
  for (size_t o = 0; o < dy.size(); o++) {
    dBias[o] += dy[o];
    for (size_t i = 0; i < x.size(); i++) {
      dWeight[o * x.size() + i] += dy[o] * x[i];
      dx[i] += !relu || x[i] > 0 ? dy[o] * weight[o * x.size() + i] : 0;
    }
  }
  return dx;
}

Outcome lenet(const Net& net, const std::vector<Sample>& samples, int kind, double smoothing) {
  const int outs[] = {6, 16, 120, 84, net.classes}, ins[] = {25, 150, 400, 120, 84};
  Outcome outcome;
  Gradients& g = outcome.gradients;
  for (int layer = 0; layer < 5; layer++) {
    g.weight[layer].resize(static_cast<size_t>(outs[layer] * ins[layer]));
    g.bias[layer].resize(static_cast<size_t>(outs[layer]));
  }
  for (const Sample& sample : samples) {
    Planes image{1, 28, 2, sample.x};
    Convolved a1 = convolve(image, net.weight[0], net.bias[0], 6);
    Planes planes{6, 14, 0, a1.y};
    Convolved a2 = convolve(planes, net.weight[1], net.bias[1], 16);
    std::vector<double> h1 = linear(a2.y, net.weight[2], net.bias[2], 120, true), h2 = linear(h1, net.weight[3], net.bias[3], 84, true),
        z = linear(h2, net.weight[4], net.bias[4], net.classes, false), dz;
    outcome.loss += lossOf(kind, smoothing, z, sample.label, sample.target, dz);
    outcome.predictions.push_back(largest(z));
    outcome.correct += sample.target.empty() && largest(z) == sample.label;
    outcome.logits.push_back(z);
    for (double& value : dz) {
      value /= static_cast<double>(samples.size());
    }
    std::vector<double> dh2 = linearBack(h2, net.weight[4], dz, g.weight[4], g.bias[4], true);
    std::vector<double> dh1 = linearBack(h1, net.weight[3], dh2, g.weight[3], g.bias[3], true);
    std::vector<double> da2 = linearBack(a2.y, net.weight[2], dh1, g.weight[2], g.bias[2], false), da1(a1.y.size());
    convolveBack(planes, net.weight[1], a2, da2, g.weight[1], g.bias[1], &da1);
    convolveBack(image, net.weight[0], a1, da1, g.weight[0], g.bias[0], nullptr);
  }
  return outcome;
}

}  // namespace emulated
