package org.lenet4j.data.scan;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;
import org.lenet4j.data.SyntheticDigits;

class StrokeTest {
  private static final int SIDE = Stroke.SIDE;

  /** A bar of 4 columns and 20 rows. */
  private static byte[] bar() {
    byte[] image = new byte[784];
    for (int y = 4; y < 24; y++) {
      for (int x = 12; x < 16; x++) {
        image[y * 28 + x] = (byte) 255;
      }
    }
    return image;
  }

  private static double area(Stroke stroke, float wider) {
    float[] ink = new float[SIDE * SIDE];
    stroke.draw(wider, ink);
    double sum = 0;
    for (float v : ink) {
      assertTrue(v >= 0 && v <= 1);
      sum += v;
    }
    return sum / 9;
  }

  @Test void strokesGetWiderAndThinnerByWhatIsAsked() {
    Stroke stroke = new Stroke();
    stroke.read(bar(), 0, 0, 1);
    assertEquals(2, stroke.halfWidth(), 0.25); // its ends are nearer to an edge than to the middle
    assertEquals(4 * 20, area(stroke, 0), 1);
    assertEquals(3 * 19, area(stroke, -0.5f), 1.5);
    assertEquals(5 * 21, area(stroke, 0.5f), 1.5); // its corners become round
  }

  @Test void slantsAndStretchesAboutTheMiddle() {
    Stroke stroke = new Stroke();
    float[] ink = new float[SIDE * SIDE];
    stroke.read(bar(), 0, 0.3f, 1.25f);
    stroke.draw(0, ink);
    assertEquals(1.25 * 80, area(stroke, 0), 3);
    assertEquals(14 * 3 + 0.3 * 9 * 3, middle(ink, 5 * 3), 1.5); // further up is further to the right
    assertEquals(14 * 3, middle(ink, 14 * 3), 1);
    assertEquals(14 * 3 - 0.3 * 9 * 3, middle(ink, 23 * 3), 1.5);
  }

  private static double middle(float[] ink, int row) {
    double mass = 0;
    double sum = 0;
    for (int x = 0; x < SIDE; x++) {
      mass += ink[row * SIDE + x];
      sum += ink[row * SIDE + x] * (x + 0.5);
    }
    return sum / mass;
  }

  /** Every distance once more, by looking at every pixel. */
  @Test void distancesAreExact() {
    Stroke stroke = new Stroke();
    stroke.read(SyntheticDigits.create(9, 3).images(), 8 * 784, 0.1f, 0.9f);
    float[] ink = new float[SIDE * SIDE];
    stroke.draw(0, ink);
    for (float wider : new float[] {-0.9f, -0.3f, 0.4f, 1.7f}) {
      float[] drawn = new float[SIDE * SIDE];
      stroke.draw(wider, drawn);
      for (int i = 0; i < drawn.length; i += 7) {
        double nearest = Double.MAX_VALUE; // pixel of the other kind
        for (int k = 0; k < ink.length; k++) {
          if (ink[k] >= 0.5f != ink[i] >= 0.5f) {
            nearest = Math.min(nearest, Math.hypot(k / SIDE - i / SIDE, k % SIDE - i % SIDE));
          }
        }
        double distance = (ink[i] >= 0.5f ? nearest - 0.5 : 0.5 - nearest) + wider * Stroke.ZOOM + 0.5;
        assertEquals(Math.max(0, Math.min(1, distance)), drawn[i], 1e-3);
      }
    }
  }

  @Test void anEmptyImageHasNoStrokes() {
    Stroke stroke = new Stroke();
    stroke.read(new byte[784], 0, 0, 1);
    assertEquals(0, stroke.halfWidth());
    assertEquals(0, area(stroke, 2));
  }
}
