package org.lenet4j.backend.cpu.vector;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.lenet4j.backend.cpu.memory.Layout.LANES;

import java.util.Random;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.lenet4j.backend.cpu.memory.Layout;
import org.lenet4j.backend.cpu.memory.MemoryPlan;
import org.lenet4j.backend.cpu.memory.Scratch;
import org.lenet4j.data.Shape;

/** The outputs and the choices are those of the plain sums in double precision, as exactly as docs/architecture.md says. */
class WinogradTest {
  private static final double ERROR = 6e-7; // root mean square, to that of the outputs

  @ParameterizedTest
  @CsvSource({"16, 14, 14", "1, 6, 7", "9, 9, 12", "20, 13, 6"}) // LeNet-5's; a single window; blocks that are not full
  void outputsAndChoicesAreThoseOfPlainSums(int channels, int height, int width) {
    MemoryPlan plan = new MemoryPlan(false);
    Layout in = plan.layout(new Shape(6, height, width), 0);
    Layout out = plan.layout(new Shape(channels, (height - 4) / 2, (width - 4) / 2), 1);
    int windows = out.shape().height() * out.shape().width();
    int choice = plan.reserve(channels * windows * LANES);
    Winograd winograd = new Winograd(in, out, plan);
    float[] memory = new Scratch(0, plan, 1, 1).memory;
    Random random = new Random(channels);
    for (int i = 0; i < in.length(); i++) {
      memory[in.start() + i] = (float) Math.max(0, random.nextGaussian());
    }
    float[] w = new float[channels * 150];
    float[] bias = new float[channels];
    for (int i = 0; i < w.length; i++) {
      w[i] = (random.nextFloat() - 0.5f) / 6;
    }
    for (int m = 0; m < channels; m++) {
      bias[m] = (random.nextFloat() - 0.5f) / 6;
    }
    winograd.load(w, 0);
    winograd.forward(memory, bias, Float.NEGATIVE_INFINITY, choice);
    double squares = 0;
    double errors = 0;
    for (int m = 0; m < channels; m++) {
      for (int i = 0; i < windows * LANES; i++) {
        int row = i / LANES / out.shape().width();
        int column = i / LANES % out.shape().width();
        double[] z = new double[4];
        int largest = 0;
        for (int k = 0; k < 4; k++) {
          z[k] = bias[m] + sum(memory, in, w, m * 150, 2 * row + k / 2, 2 * column + k % 2, i % LANES);
          largest = z[k] > z[largest] ? k : largest;
        }
        double error = memory[out.at(m, row, column) + i % LANES] - z[largest];
        squares += z[largest] * z[largest];
        errors += error * error;
        int chosen = (int) memory[choice + m * windows * LANES + i];
        assertEquals(z[largest], z[chosen], 1e-5, "output " + chosen + " of channel " + m + ", window " + i / LANES);
      }
    }
    double error = Math.sqrt(errors / squares);
    assertTrue(error < ERROR, error + " of the outputs' size");
  }

  private static double sum(float[] memory, Layout in, float[] w, int filter, int i, int j, int lane) {
    double sum = 0;
    for (int t = 0; t < 150; t++) {
      sum += (double) w[filter + t] * memory[in.at(t / 25, i + t / 5 % 5, j + t % 5) + lane];
    }
    return sum;
  }
}
