package org.lenet4j.peers;

import java.util.Random;

/** LeNet-5 forward in plain loops: the reference that a peer's logits are held against. */
final class PlainLeNet {
  final float[] conv1Weight; // (6, 1, 5, 5)
  final float[] conv1Bias; // (6)
  final float[] conv2Weight; // (16, 6, 5, 5)
  final float[] conv2Bias; // (16)
  final float[] fc1Weight; // (120, 400)
  final float[] fc1Bias; // (120)
  final float[] fc2Weight; // (84, 120)
  final float[] fc2Bias; // (84)
  final float[] fc3Weight; // (10, 84)
  final float[] fc3Bias; // (10)

  /** PyTorch's default initialisation: uniform within 1 / sqrt(fan in). */
  PlainLeNet(long seed) {
    Random random = new Random(seed);
    conv1Weight = uniform(6 * 25, 25, random);
    conv1Bias = uniform(6, 25, random);
    conv2Weight = uniform(16 * 150, 150, random);
    conv2Bias = uniform(16, 150, random);
    fc1Weight = uniform(120 * 400, 400, random);
    fc1Bias = uniform(120, 400, random);
    fc2Weight = uniform(84 * 120, 120, random);
    fc2Bias = uniform(84, 120, random);
    fc3Weight = uniform(10 * 84, 84, random);
    fc3Bias = uniform(10, 84, random);
  }

  private static float[] uniform(int length, int fanIn, Random random) {
    float[] values = new float[length];
    for (int i = 0; i < length; i++) {
      values[i] = (float) ((2 * random.nextDouble() - 1) / Math.sqrt(fanIn));
    }
    return values;
  }

  /**
   * @param x one image, (1, 28, 28), 0 to 1
   * @return the logits, (10)
   */
  float[] forward(float[] x) {
    float[] y1 = relu(maxPool(conv(x, conv1Weight, conv1Bias, 1, 28, 2), 6, 28)); // (6, 14, 14)
    float[] y2 = relu(maxPool(conv(y1, conv2Weight, conv2Bias, 6, 14, 0), 16, 10)); // (16, 5, 5)
    float[] y3 = relu(linear(y2, fc1Weight, fc1Bias)); // (120)
    float[] y4 = relu(linear(y3, fc2Weight, fc2Bias)); // (84)
    return linear(y4, fc3Weight, fc3Bias);
  }

  private static float[] conv(float[] x, float[] weight, float[] bias, int inChannels, int size, int padding) {
    int outSize = size + 2 * padding - 4;
    float[] y = new float[bias.length * outSize * outSize];
    for (int o = 0; o < y.length; o++) {
      int channel = o / (outSize * outSize);
      int top = o / outSize % outSize - padding;
      int left = o % outSize - padding;
      double sum = bias[channel];
      for (int tap = 0; tap < inChannels * 25; tap++) {
        int row = top + tap / 5 % 5;
        int column = left + tap % 5;
        if (row >= 0 && row < size && column >= 0 && column < size) {
          sum += weight[channel * inChannels * 25 + tap] * x[(tap / 25 * size + row) * size + column];
        }
      }
      y[o] = (float) sum;
    }
    return y;
  }

  private static float[] maxPool(float[] x, int channels, int size) {
    int half = size / 2;
    float[] y = new float[channels * half * half];
    for (int o = 0; o < y.length; o++) {
      int i = (o / half) * 2 * size + (o % half) * 2; // rows of all channels follow each other
      y[o] = Math.max(Math.max(x[i], x[i + 1]), Math.max(x[i + size], x[i + size + 1]));
    }
    return y;
  }

  private static float[] relu(float[] x) {
    for (int i = 0; i < x.length; i++) {
      x[i] = Math.max(x[i], 0);
    }
    return x;
  }

  private static float[] linear(float[] x, float[] weight, float[] bias) {
    float[] y = new float[bias.length];
    for (int o = 0; o < y.length; o++) {
      double sum = bias[o];
      for (int i = 0; i < x.length; i++) {
        sum += weight[o * x.length + i] * x[i];
      }
      y[o] = (float) sum;
    }
    return y;
  }
}
