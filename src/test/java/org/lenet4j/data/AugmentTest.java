package org.lenet4j.data;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Arrays;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.lenet4j.random.Philox;

class AugmentTest {
  private static final Shape SHAPE = new Shape(1, 28, 28);
  private static final byte[] IMAGES = SyntheticDigits.create(10, 3).images();

  private static float[] apply(Augment augment, byte[] images, int offset, Shape shape, int epoch, int sample) {
    float[] out = new float[shape.size()];
    augment.apply(images, offset, shape, 42, epoch, sample, out, 0, 1);
    return out;
  }

  @Test void noneCopiesTheBytes() {
    float[] out = apply(Augment.NONE, IMAGES, 784, SHAPE, 0, 0);
    for (int i = 0; i < 784; i++) {
      assertEquals(IMAGES[784 + i] & 0xFF, out[i]);
    }
    assertTrue(Augment.NONE.isNone());
    assertFalse(Augment.LIGHT.isNone());
    assertTrue(new Augment(0, 0, 0, 0, 0, 9).isNone());
  }

  @Test void sameKeySameBitsOnEveryThread() {
    float[][] expected = new float[200][];
    for (int i = 0; i < expected.length; i++) {
      expected[i] = apply(Augment.STRONG, IMAGES, 784 * (i % 10), SHAPE, i / 10, i);
    }
    IntStream.range(0, 400).parallel().forEach(k -> {
      int i = k * 7 % 200;
      assertArrayEquals(expected[i], apply(Augment.STRONG, IMAGES, 784 * (i % 10), SHAPE, i / 10, i));
    });
  }

  @Test void otherEpochsSamplesAndSeedsDiffer() {
    float[] a = apply(Augment.STRONG, IMAGES, 0, SHAPE, 1, 5);
    assertFalse(Arrays.equals(a, apply(Augment.STRONG, IMAGES, 0, SHAPE, 2, 5)));
    assertFalse(Arrays.equals(a, apply(Augment.STRONG, IMAGES, 0, SHAPE, 1, 6)));
    float[] b = new float[784];
    Augment.STRONG.apply(IMAGES, 0, SHAPE, 43, 1, 5, b, 0, 1);
    assertFalse(Arrays.equals(a, b));
  }

  @Test void writesWhereItIsTold() {
    float[] out = new float[3 + 2 * 784];
    Arrays.fill(out, -1);
    Augment.STRONG.apply(IMAGES, 784, SHAPE, 42, 1, 5, out, 3, 2);
    float[] expected = apply(Augment.STRONG, IMAGES, 784, SHAPE, 1, 5);
    for (int i = 0; i < 784; i++) {
      assertEquals(expected[i], out[3 + 2 * i]);
    }
    assertEquals(-1, out[0]);
    assertEquals(-1, out[4]);
  }

  @Test void staysWithinBrightness() {
    for (int sample = 0; sample < 500; sample++) {
      for (float v : apply(new Augment(9, 180, 0.5f, 30, 3, 3), IMAGES, 0, SHAPE, 0, sample)) {
        assertTrue(v >= 0 && v <= 255.001f); // bilinear weights sum to 1 within rounding
      }
    }
  }

  /** Every formula of the Javadoc once more, in double and without any of the shortcuts. */
  @Test void followsItsFormulas() {
    Shape shape = new Shape(2, 20, 13);
    byte[] image = new byte[3 + shape.size()];
    for (int i = 0; i < image.length; i++) {
      image[i] = (byte) (i * 37);
    }
    Augment augment = new Augment(2, 20, 0.2f, 10, 1.5f, 3);
    for (int sample = 0; sample < 20; sample++) {
      float[] out = apply(augment, image, 3, shape, 4, sample);
      for (int c = 0, i = 0; c < 2; c++) {
        for (int y = 0; y < 20; y++) {
          for (int x = 0; x < 13; x++, i++) {
            assertEquals(expected(augment, image, 3 + c * 260, 20, 13, 4, sample, x, y), out[i], 0.1); // float positions: 1e-5 * 255 * 20
          }
        }
      }
    }
  }

  private static double u(int epoch, int sample, int index) {
    return (Philox.bits(42, epoch, sample, Augment.USE, index) >>> 8) * 0x1p-23 - 1;
  }

  private static double expected(Augment a, byte[] image, int offset, int height, int width, int epoch, int sample, int x, int y) {
    double cx = (width - 1) / 2.0;
    double cy = (height - 1) / 2.0;
    double angle = Math.toRadians(a.rotation() * u(epoch, sample, 2));
    double px = (x - cx) / (1 + a.scale() * u(epoch, sample, 3));
    double py = (y - cy) / (1 + a.scale() * u(epoch, sample, 4));
    px += Math.tan(Math.toRadians(a.shear() * u(epoch, sample, 5))) * py;
    double sx = cx + Math.cos(angle) * px - Math.sin(angle) * py + a.shift() * u(epoch, sample, 0);
    double sy = cy + Math.sin(angle) * px + Math.cos(angle) * py + a.shift() * u(epoch, sample, 1);
    double h = Math.sqrt(3) * a.sigma();
    int columns = (int) ((width - 1) / h) + 4;
    double[] wx = weights(x / h);
    double[] wy = weights(y / h);
    for (int row = 0; row < 4; row++) {
      for (int column = 0; column < 4; column++) {
        int n = ((int) (y / h) + row) * columns + (int) (x / h) + column;
        sx += a.elastic() * 3.6133 * wy[row] * wx[column] * u(epoch, sample, 8 + 2 * n);
        sy += a.elastic() * 3.6133 * wy[row] * wx[column] * u(epoch, sample, 9 + 2 * n);
      }
    }
    int x0 = (int) Math.floor(sx);
    int y0 = (int) Math.floor(sy);
    double sum = 0;
    for (int py0 = y0; py0 <= y0 + 1; py0++) {
      for (int px0 = x0; px0 <= x0 + 1; px0++) {
        if (py0 >= 0 && py0 < height && px0 >= 0 && px0 < width) {
          sum += (1 - Math.abs(sx - px0)) * (1 - Math.abs(sy - py0)) * (image[offset + py0 * width + px0] & 0xFF);
        }
      }
    }
    return sum;
  }

  private static double[] weights(double position) {
    double f = position - Math.floor(position);
    return new double[] {Math.pow(1 - f, 3) / 6, (3 * f * f * f - 6 * f * f + 4) / 6, (-3 * f * f * f + 3 * f * f + 3 * f + 1) / 6,
        f * f * f / 6};
  }

  @Test void elasticIsTheRootMeanSquareOfTheDisplacement() {
    // On a ramp the brightness tells the position: out - in is 4 times the displacement in x.
    Shape shape = new Shape(1, 60, 60);
    byte[] ramp = new byte[3600];
    for (int i = 0; i < 3600; i++) {
      ramp[i] = (byte) (4 * (i % 60));
    }
    double squares = 0;
    int n = 0;
    Augment augment = new Augment(0, 0, 0, 0, 1.5f, 4);
    for (int sample = 0; sample < 400; sample++) {
      float[] out = apply(augment, ramp, 0, shape, 0, sample);
      for (int y = 10; y < 50; y++) {
        for (int x = 10; x < 50; x++, n++) {
          double d = (out[y * 60 + x] - 4 * x) / 4;
          squares += d * d;
        }
      }
    }
    assertEquals(1.5, Math.sqrt(squares / n), 0.05);
  }

  @Test void parsesWordsAndLists() {
    assertSame(Augment.NONE, Augment.parse("none"));
    assertSame(Augment.LIGHT, Augment.parse(" Light "));
    assertSame(Augment.STRONG, Augment.parse("strong"));
    assertEquals(new Augment(2, 10, 0.1f, 5, 1.4f, 6), Augment.parse("shift=2,rotation=10, scale=0.1,shear=5,elastic=1.4:6"));
    assertEquals(new Augment(0, 0, 0, 0, 2, 4), Augment.parse("elastic=2"));
  }

  @ParameterizedTest
  @CsvSource(delimiter = '|', value = {
      "heavy                | do not understand 'heavy'; use none, light, strong, or a list such as shift=2",
      "''                   | do not understand ''",
      "shift=2,             | do not understand ''",
      "shift                | do not understand 'shift'",
      "shift=1=2            | do not understand 'shift=1=2'",
      "shift=1,shift=2      | shift is given twice",
      "shift=two            | 'two' in 'shift=two' is not a number",
      "elastic=1:           | '' in 'elastic=1:' is not a number",
      "shift=-1             | shift must be between 0 and",
      "rotation=NaN         | rotation must be between 0 and 180",
      "rotation=200         | rotation must be between 0 and 180",
      "scale=1              | scale must be between 0 and 0.9",
      "elastic=1:0.5        | elastic's sigma must be 1 or more",
  })
  void saysWhatItDoesNotUnderstand(String text, String message) {
    IllegalArgumentException e = assertThrows(IllegalArgumentException.class, () -> Augment.parse(text));
    assertTrue(e.getMessage().startsWith("augmentation: ") && e.getMessage().contains(message), e.getMessage());
  }
}
