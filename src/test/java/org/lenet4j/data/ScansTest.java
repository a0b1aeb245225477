package org.lenet4j.data;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Arrays;
import java.util.HashSet;
import java.util.Set;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.lenet4j.data.scan.Scan;

@Tag("slow")
class ScansTest {
  private static final Dataset DIGITS = SyntheticDigits.create(1500, 3);

  @Test void sameSeedSameBytesWhateverTheCount() {
    byte[] scans = Scans.of(DIGITS, 7).images();
    assertArrayEquals(scans, Scans.of(DIGITS, 7).images());
    assertArrayEquals(Arrays.copyOf(scans, 33 * 784), Scans.of(DIGITS.head(33), 7).images());
    assertFalse(Arrays.equals(scans, Scans.of(DIGITS, 8).images()));
  }

  @Test void labelsStayAndTheOriginalsToo() {
    byte[] before = DIGITS.images().clone();
    Dataset scans = Scans.of(DIGITS, 1);
    assertArrayEquals(before, DIGITS.images());
    assertArrayEquals(DIGITS.labels(), scans.labels());
    assertEquals(DIGITS.shape(), scans.shape());
    assertEquals(10, scans.classes());
  }

  /** What a picture that a user brings would be: a box of 20, ink up to white. */
  @Test void theyAreFramedAsAnyPicture() {
    Dataset scans = Scans.of(DIGITS, 2);
    int framed = 0;
    for (int i = 0; i < scans.size(); i++) {
      byte[] image = scans.image(i);
      int top = 28;
      int bottom = 0;
      int left = 28;
      int right = 0;
      int brightest = 0;
      for (int p = 0; p < 784; p++) {
        if (image[p] != 0) {
          top = Math.min(top, p / 28);
          bottom = Math.max(bottom, p / 28 + 1);
          left = Math.min(left, p % 28);
          right = Math.max(right, p % 28 + 1);
        }
        brightest = Math.max(brightest, image[p] & 0xFF);
      }
      framed += Math.max(bottom - top, right - left) <= 20 && brightest == 255 ? 1 : 0;
    }
    assertTrue(framed > 0.95 * scans.size(), framed + " of " + scans.size());
  }

  @Test void strokesAreThinnerAndThicker() {
    double[] before = ink(DIGITS);
    double[] after = ink(Scans.of(DIGITS, 4));
    int thin = 0;
    int thick = 0;
    for (int i = 0; i < before.length; i++) {
      thin += after[i] < 0.75 * before[i] ? 1 : 0;
      thick += after[i] > 1.33 * before[i] ? 1 : 0;
    }
    assertTrue(thin > 150, thin + " thin"); // a tenth
    assertTrue(thick > 150, thick + " thick");
  }

  private static double[] ink(Dataset data) {
    double[] ink = new double[data.size()];
    for (int i = 0; i < data.images().length; i++) {
      ink[i / 784] += data.images()[i] & 0xFF;
    }
    return ink;
  }

  /** The shares that {@link Scan} promises, within three deviations of 1,500 draws. */
  @Test void someAreLowInResolutionAndSomeBlackAndWhite() {
    Scan scan = new Scan();
    int small = 0;
    int binary = 0;
    for (int i = 0; i < DIGITS.size(); i++) {
      assertTrue(scan.make(DIGITS.images(), i * 784, 5, i));
      float[] pixels = scan.pixels();
      assertEquals(scan.height() * scan.width(), pixels.length);
      Set<Float> levels = new HashSet<>();
      for (float pixel : pixels) {
        assertTrue(pixel >= 0 && pixel <= 255);
        levels.add(pixel);
      }
      small += Math.max(scan.height(), scan.width()) < 60 ? 1 : 0;
      binary += levels.size() == 2 ? 1 : 0;
    }
    assertEquals(0.65, small / 1500.0, 0.04);
    assertTrue(binary > 0.1 * 1500 && binary < 0.6 * 0.35 * 1500 + 60, binary + " black and white"); // those without noise
  }

  @Test void anImageWithoutInkStaysAsItIs() {
    Dataset blank = new Dataset(new Shape(1, 28, 28), new byte[784], new int[1], 10);
    assertArrayEquals(new byte[784], Scans.of(blank, 1).images());
  }

  @Test void takesDigitsAlone() {
    Dataset small = new Dataset(new Shape(1, 16, 16), new byte[256], new int[1], 10);
    assertTrue(assertThrows(IllegalArgumentException.class, () -> Scans.of(small, 1)).getMessage().contains("1x16x16"));
    Dataset targets = new Dataset(new Shape(1, 28, 28), new byte[784], new float[1], 1);
    assertTrue(assertThrows(IllegalArgumentException.class, () -> Scans.of(targets, 1)).getMessage().contains("real-valued targets"));
  }
}
