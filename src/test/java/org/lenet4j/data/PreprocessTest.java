package org.lenet4j.data;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.awt.AlphaComposite;
import java.awt.BasicStroke;
import java.awt.Color;
import java.awt.Graphics2D;
import java.awt.RenderingHints;
import java.awt.geom.Path2D;
import java.awt.image.BufferedImage;
import java.util.Arrays;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class PreprocessTest {
  private static final byte[] BLANK = new byte[784];

  /** A seven, its box 60 % of the height, off the middle. */
  private static BufferedImage seven(int width, int height, Color ink, Color paper, int type) {
    BufferedImage image = new BufferedImage(width, height, type);
    Graphics2D g = image.createGraphics();
    g.setComposite(AlphaComposite.Src);
    g.setColor(paper);
    g.fillRect(0, 0, width, height);
    g.setRenderingHint(RenderingHints.KEY_ANTIALIASING, RenderingHints.VALUE_ANTIALIAS_ON);
    g.setColor(ink);
    g.setStroke(new BasicStroke(height * 0.06f, BasicStroke.CAP_ROUND, BasicStroke.JOIN_ROUND));
    Path2D path = new Path2D.Float();
    path.moveTo(0.2 * height, 0.2 * height);
    path.lineTo(0.55 * height, 0.2 * height);
    path.lineTo(0.35 * height, 0.8 * height);
    g.draw(path);
    g.dispose();
    return image;
  }

  private static BufferedImage seven(int side) {
    return seven(side, side, Color.BLACK, Color.WHITE, BufferedImage.TYPE_INT_RGB);
  }

  /** Mean absolute difference, 0..255; of the best of nine positions, as the centre moves by whole pixels. */
  private static double difference(byte[] a, byte[] b) {
    double best = 255;
    for (int shift : new int[] {0, -29, -28, -27, -1, 1, 27, 28, 29}) {
      double sum = 0;
      for (int i = 30; i < 784 - 30; i++) {
        sum += Math.abs((a[i + shift] & 0xFF) - (b[i] & 0xFF));
      }
      best = Math.min(best, sum / a.length);
    }
    return best;
  }

  private static void assertFramed(byte[] image) {
    int top = 28;
    int bottom = 0;
    int left = 28;
    int right = 0;
    int peak = 0;
    double mass = 0;
    double x = 0;
    double y = 0;
    for (int i = 0; i < 784; i++) {
      int v = image[i] & 0xFF;
      mass += v;
      x += v * (i % 28 + 0.5);
      y += v * (i / 28 + 0.5);
      peak = Math.max(peak, v);
      if (v > 0) {
        top = Math.min(top, i / 28);
        bottom = Math.max(bottom, i / 28 + 1);
        left = Math.min(left, i % 28);
        right = Math.max(right, i % 28 + 1);
      }
    }
    assertEquals(20, Math.max(bottom - top, right - left));
    assertEquals(14, x / mass, 0.51); // moved by whole pixels
    assertEquals(14, y / mass, 0.51);
    assertTrue(peak >= 250);
  }

  @ParameterizedTest
  @CsvSource({"20, 20", "28, 28", "29, 31", "64, 64", "100, 300", "300, 280", "1000, 1000", "2000, 999"})
  void framesAnySize(int width, int height) {
    int side = Math.min(width, height);
    BufferedImage small = seven(side);
    BufferedImage image = new BufferedImage(width, height, BufferedImage.TYPE_INT_RGB);
    Graphics2D g = image.createGraphics();
    g.setColor(Color.WHITE);
    g.fillRect(0, 0, width, height);
    g.drawImage(small, width - side, height - side, null);
    byte[] digit = Preprocess.digit(image);
    assertFramed(digit);
    assertTrue(difference(digit, Preprocess.digit(seven(280))) < (side < 200 ? 10 : 4)); // small pictures may round to other sides
  }

  @Test void polarityAndShadesDoNotMatter() {
    byte[] expected = Preprocess.digit(seven(200));
    Color[][] pairs = {{Color.WHITE, Color.BLACK}, {Color.BLUE, Color.YELLOW}, {Color.LIGHT_GRAY, Color.WHITE}, {Color.RED, Color.BLACK},
        {new Color(100, 100, 100), new Color(140, 140, 140)}};
    for (Color[] pair : pairs) {
      byte[] digit = Preprocess.digit(seven(200, 200, pair[0], pair[1], BufferedImage.TYPE_INT_RGB));
      assertTrue(difference(digit, expected) < 2, pair[0] + " on " + pair[1] + ": " + difference(digit, expected));
    }
    for (int type : new int[] {BufferedImage.TYPE_BYTE_GRAY, BufferedImage.TYPE_3BYTE_BGR, BufferedImage.TYPE_4BYTE_ABGR_PRE}) {
      assertTrue(difference(Preprocess.digit(seven(200, 200, Color.BLACK, Color.WHITE, type)), expected) < 2);
    }
  }

  /** Of a soft-edged picture, so that greys between ink and paper count. */
  @Test void aGreyFileIsTheSamePictureAsAColouredOne() {
    byte[] one = SyntheticDigits.create(1, 1).images();
    for (int type : new int[] {BufferedImage.TYPE_INT_RGB, BufferedImage.TYPE_BYTE_GRAY, BufferedImage.TYPE_USHORT_GRAY}) {
      BufferedImage image = new BufferedImage(28, 28, type);
      for (int i = 0; i < 784; i++) {
        int v = one[i] & 0xFF;
        for (int band = 0; band < image.getRaster().getNumBands(); band++) {
          image.getRaster().setSample(i % 28, i / 28, band, type == BufferedImage.TYPE_USHORT_GRAY ? v * 257 : v);
        }
      }
      assertArrayEquals(one, Preprocess.digit(image), "type " + type); // framed already, so it comes out as it is
    }
  }

  @Test void transparencyIsWhiteUnlessTheInkIs() {
    byte[] expected = Preprocess.digit(seven(200));
    Color clear = new Color(0, 0, 0, 0);
    for (Color ink : new Color[] {Color.BLACK, Color.WHITE, Color.RED}) {
      byte[] digit = Preprocess.digit(seven(200, 200, ink, clear, BufferedImage.TYPE_INT_ARGB));
      assertTrue(difference(digit, expected) < 2, ink + ": " + difference(digit, expected));
    }
  }

  @Test void unevenLightNoiseAndSpecksAreTolerated() {
    BufferedImage image = seven(200);
    Random random = new Random(1);
    for (int y = 0; y < 200; y++) {
      for (int x = 0; x < 200; x++) {
        int paper = 120 + x / 2 + (int) (random.nextGaussian() * 5); // from 120 at the left to 220
        int v = Math.max(0, Math.min(255, paper * (image.getRGB(x, y) & 0xFF) / 255));
        image.setRGB(x, y, new Color(v, v, v).getRGB());
      }
    }
    for (int i = 0; i < 9; i++) {
      image.setRGB(180 + i % 3, 180 + i / 3, 0); // a blot far from the digit
    }
    byte[] digit = Preprocess.digit(image);
    double difference = difference(digit, Preprocess.digit(seven(200)));
    assertTrue(difference < 6, "difference " + difference);
  }

  @Test void hairLinesComeOutBright() {
    BufferedImage image = new BufferedImage(1000, 1000, BufferedImage.TYPE_BYTE_GRAY);
    Graphics2D g = image.createGraphics();
    g.setColor(Color.WHITE);
    g.drawLine(300, 100, 500, 900);
    g.dispose();
    assertFramed(Preprocess.digit(image));
  }

  @Test void blankPicturesBecomeZero() {
    for (int v : new int[] {0, 1, 128, 255}) {
      byte[] pixels = new byte[50 * 40];
      Arrays.fill(pixels, (byte) v);
      assertArrayEquals(BLANK, Preprocess.digit(pixels, 50, 40));
    }
    assertArrayEquals(BLANK, Preprocess.digit(new byte[1], 1, 1));
    assertArrayEquals(BLANK, Preprocess.digit(new byte[] {9, 9}, 1, 2));
    assertArrayEquals(BLANK, Preprocess.digit(new BufferedImage(30, 30, BufferedImage.TYPE_INT_ARGB)));
    assertArrayEquals(BLANK, Preprocess.digit(new BufferedImage(1, 1, BufferedImage.TYPE_INT_RGB)));
    Random random = new Random(2);
    byte[] noise = new byte[100 * 100];
    for (int i = 0; i < noise.length; i++) {
      noise[i] = (byte) (200 + random.nextGaussian() * 6);
    }
    assertArrayEquals(BLANK, Preprocess.digit(noise, 100, 100));
  }

  @Test void anythingGoesWithoutException() {
    Random random = new Random(3);
    for (int i = 0; i < 2000; i++) {
      int h = 1 + random.nextInt(40);
      int w = 1 + random.nextInt(40);
      byte[] pixels = new byte[h * w];
      random.nextBytes(pixels);
      if (i % 2 == 0) { // mostly paper
        for (int k = 0; k < pixels.length; k++) {
          pixels[k] = random.nextInt(10) > 0 ? (byte) i : pixels[k];
        }
      }
      assertEquals(784, Preprocess.digit(pixels, h, w).length);
    }
  }

  @Test void whatIsFramedAlreadyStaysAsItIs() {
    Dataset digits = SyntheticDigits.create(10, 1);
    byte[] one = Arrays.copyOf(digits.images(), 784);
    assertArrayEquals(one, Preprocess.digit(one, 28, 28));
    assertSame(digits, Preprocess.dataset(digits));
    byte[] moved = new byte[784];
    System.arraycopy(one, 0, moved, 28 * 4, 784 - 28 * 4);
    assertTrue(difference(one, Preprocess.digit(moved, 28, 28)) < 8); // drawn off the centre: moved back
    byte[] inverted = one.clone();
    for (int i = 0; i < 784; i++) {
      inverted[i] = (byte) ~inverted[i];
    }
    assertTrue(difference(one, Preprocess.digit(inverted, 28, 28)) < 8);
  }

  @Test void dataSetsOfOtherSizesAreMapped() {
    byte[] image = new byte[2 * 3 * 400]; // two images, three channels, 20x20: a bar in yellow on blue
    for (int i = 0; i < 2; i++) {
      for (int p = 0; p < 400; p++) {
        boolean ink = p % 20 >= 8 && p % 20 < 11 && p / 20 >= 3 && p / 20 < 17;
        image[i * 1200 + p] = image[i * 1200 + 400 + p] = (byte) (ink ? 255 : 0);
        image[i * 1200 + 800 + p] = (byte) (ink ? 0 : 255);
      }
    }
    Dataset mapped = Preprocess.dataset(new Dataset(new Shape(3, 20, 20), image, new int[] {1, 0}, 2));
    assertEquals(new Shape(1, 28, 28), mapped.shape());
    assertArrayEquals(new int[] {1, 0}, mapped.labels());
    assertFramed(Arrays.copyOf(mapped.images(), 784));
    Dataset regression = Preprocess.dataset(new Dataset(new Shape(1, 20, 20), new byte[400], new float[] {0.5f}, 1));
    assertTrue(regression.isRegression());
    Dataset two = new Dataset(new Shape(2, 5, 5), new byte[50], new int[1], 2);
    assertTrue(assertThrows(IllegalArgumentException.class, () -> Preprocess.dataset(two)).getMessage().contains("neither one channel"));
  }

  @Test void aTightCropTakesItsPolarityFromTheDataSet() {
    byte[] images = new byte[3 * 100];
    for (int p = 0; p < 100; p++) {
      images[p] = images[100 + p] = (byte) (p % 10 == 4 ? 255 : 0); // ones on black
      images[200 + p] = (byte) (p % 10 == 0 ? 0 : 255); // nearly all ink
    }
    byte[] mapped = Preprocess.dataset(new Dataset(new Shape(1, 10, 10), images, new int[3], 2)).images();
    assertEquals(255, mapped[2 * 784 + 14 * 28 + 14] & 0xFF);
  }

  /** A ring that touches all four sides: half of the border is its soft edges, and none of it says what paper is. */
  @Test void inkMayFillTheBorder() {
    byte[] ring = new byte[256];
    for (int i = 0; i < 256; i++) {
      double off = Math.abs(Math.hypot(i % 16 - 7.5, i / 16 - 7.5) - 6.2);
      ring[i] = (byte) Math.max(0, Math.min(255, 255 * (2.2 - off)));
    }
    byte[] digit = Preprocess.digit(ring, 16, 16);
    assertFramed(digit);
    assertEquals(0, digit[14 * 28 + 14]); // its middle
    byte[] inverted = ring.clone();
    for (int i = 0; i < 256; i++) {
      inverted[i] = (byte) ~ring[i];
    }
    byte[] twice = Preprocess.dataset(new Dataset(new Shape(1, 16, 16), ring, new int[1], 2)).images();
    assertArrayEquals(digit, twice);
    assertArrayEquals(digit, Preprocess.digit(inverted, 16, 16));
  }

  @Test void rejectsTheWrongLength() {
    IllegalArgumentException e = assertThrows(IllegalArgumentException.class, () -> Preprocess.digit(new byte[5], 2, 3));
    assertTrue(e.getMessage().contains("an image of 2x3 has 6 pixels, got 5"), e.getMessage());
    assertThrows(IllegalArgumentException.class, () -> Preprocess.digit(new byte[0], 0, 3));
  }
}
