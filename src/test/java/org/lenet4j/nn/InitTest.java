package org.lenet4j.nn;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;

class InitTest {
  private static final LayerSpec.ParameterSpec FC = new Linear("fc", 400, 120, Activation.RELU).parameters().get(0);
  private static final LayerSpec.ParameterSpec FC_BIAS = new Linear("fc", 400, 120, Activation.RELU).parameters().get(1);
  private static final LayerSpec.ParameterSpec CONV = new Conv2d("conv", 6, 16, 5, 0, Activation.RELU).parameters().get(0);

  @Test
  void kaimingIsUniformInOneOverTheRootOfFanIn() {
    assertUniform(Init.KAIMING_UNIFORM.create(FC, 1, 0), 1 / Math.sqrt(400));
    assertUniform(Init.KAIMING_UNIFORM.create(CONV, 1, 0), 1 / Math.sqrt(6 * 25));
    float[] bias = Init.KAIMING_UNIFORM.create(FC_BIAS, 1, 0);
    assertTrue(largest(bias) <= 1 / Math.sqrt(400) && largest(bias) > 0.9 / Math.sqrt(400), "biases too, as PyTorch does");
  }

  @Test
  void xavierIsUniformInTheRootOfSixOverBothFans() {
    assertUniform(Init.XAVIER_UNIFORM.create(FC, 1, 0), Math.sqrt(6.0 / (400 + 120)));
    assertUniform(Init.XAVIER_UNIFORM.create(CONV, 1, 0), Math.sqrt(6.0 / (6 * 25 + 16 * 25)));
    assertEquals(0, largest(Init.XAVIER_UNIFORM.create(FC_BIAS, 1, 0)), "biases are zero");
  }

  @Test
  void seedAndStreamChooseTheNumbers() {
    for (Init init : Init.values()) {
      float[] values = init.create(CONV, 1, 0);
      assertArrayEquals(values, init.create(CONV, 1, 0));
      assertFalse(Arrays.equals(values, init.create(CONV, 2, 0)), "another seed");
      assertFalse(Arrays.equals(values, init.create(CONV, 1L << 32 | 1, 0)), "the seed's upper half counts");
      assertFalse(Arrays.equals(values, init.create(CONV, 1, 1)), "another parameter");
    }
  }

  @Test
  void fansAreThoseOfTheLayer() {
    assertEquals(List.of(400, 120), List.of(FC.fanIn(), FC.fanOut()));
    assertEquals(List.of(6 * 25, 16 * 25), List.of(CONV.fanIn(), CONV.fanOut()));
  }

  /** Inside the bound, and each twentieth of the range has its share: chi-squared with 19 degrees of freedom is above 50 once in 10^4. */
  private static void assertUniform(float[] values, double bound) {
    int[] counts = new int[20];
    for (float value : values) {
      assertTrue(Math.abs(value) <= bound * (1 + 1e-7), value + " is outside " + bound); // 1e-7: rounded to float
      counts[(int) Math.min(19, (value / bound + 1) * 10)]++;
    }
    double expected = values.length / 20.0;
    double chiSquared = Arrays.stream(counts).mapToDouble(count -> (count - expected) * (count - expected) / expected).sum();
    assertTrue(chiSquared < 50, "chi-squared " + chiSquared + ": " + Arrays.toString(counts));
  }

  private static float largest(float[] values) {
    float largest = 0;
    for (float value : values) {
      largest = Math.max(largest, Math.abs(value));
    }
    return largest;
  }
}
