package org.lenet4j.backend.cpu.gemm;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.lenet4j.backend.cpu.memory.Layout.LANES;

import java.util.Random;
import org.junit.jupiter.api.Test;
import org.lenet4j.backend.cpu.memory.Layout;
import org.lenet4j.data.Shape;
import org.lenet4j.nn.Activation;
import org.lenet4j.nn.Conv2d;

/**
 * The convolution that runs where OpenBLAS copies small matrices, on any processor. With {@code OPENBLAS_CORETYPE=Haswell} the whole
 * contract runs on it.
 */
class PlainConvolutionTest {
  private static final int WEIGHT = 5;

  private final Random random = new Random(1);

  @Test
  void itIsTheSumOfItsProducts() {
    for (int kernel = 1; kernel <= 8; kernel++) { // one group of columns to three, with one, two and three columns
      for (int padding : new int[] {0, kernel - 1}) {
        check(new Conv2d("conv", 2, 3, kernel, padding, Activation.NONE), new Shape(2, 9, 8)); // an odd last channel
      }
    }
    check(new Conv2d("conv", 1, 4, 5, 2, Activation.NONE), new Shape(1, 28, 28)); // several loops of rows
    check(new Conv2d("conv", 1, 2, 3, 0, Activation.NONE), new Shape(1, 4, 200)); // a row is longer than a loop
  }

  private void check(Conv2d spec, Shape input) {
    Layout in = new Layout(input, spec.padding(), 12);
    Layout out = new Layout(spec.output(input), 1, 12 + in.length());
    float[] theta = new float[WEIGHT + spec.outChannels() * (spec.inChannels() * spec.kernelSize() * spec.kernelSize() + 1)];
    float[] memory = new float[12 + in.length() + out.length()];
    int bias = theta.length - spec.outChannels();
    for (int i = 0; i < theta.length; i++) {
      theta[i] = random.nextFloat() - 0.5f;
    }
    PlainConvolution convolution = new PlainConvolution(spec, in, out);
    for (int run = 0; run < 2; run++) { // nothing is left of the run before
      for (int i = 0; i < input.size() * LANES; i++) {
        int element = i / LANES;
        int column = element % input.width();
        int row = element / input.width() % input.height();
        memory[in.at(element / (input.width() * input.height()), row, column) + i % LANES] = random.nextFloat() - 0.5f;
      }
      convolution.forward(memory, theta, WEIGHT, bias);
      compare(spec, in, out, memory, theta, bias);
    }
  }

  /** Every output, and zeros around them. */
  private static void compare(Conv2d spec, Layout in, Layout out, float[] memory, float[] theta, int bias) {
    Shape shape = out.shape();
    String name = spec.toString();
    for (int m = 0; m < shape.channels(); m++) {
      for (int i = -1; i <= shape.height(); i++) {
        for (int j = -1; j <= shape.width(); j++) {
          boolean border = i < 0 || j < 0 || i == shape.height() || j == shape.width();
          for (int lane = 0; lane < LANES; lane++) {
            double expected = border ? 0 : theta[bias + m] + products(spec, in, memory, theta, m, i, j, lane);
            assertEquals(expected, memory[out.at(m, i, j) + lane], 2e-5, name); // 128 products in fp32
          }
        }
      }
    }
  }

  private static double products(Conv2d spec, Layout in, float[] memory, float[] theta, int m, int i, int j, int lane) {
    int kernel = spec.kernelSize();
    double sum = 0;
    for (int c = 0; c < spec.inChannels(); c++) {
      for (int u = 0; u < kernel; u++) {
        for (int v = 0; v < kernel; v++) {
          double w = theta[WEIGHT + ((m * spec.inChannels() + c) * kernel + u) * kernel + v];
          sum += w * memory[in.at(c, i + u - spec.padding(), j + v - spec.padding()) + lane];
        }
      }
    }
    return sum;
  }
}
