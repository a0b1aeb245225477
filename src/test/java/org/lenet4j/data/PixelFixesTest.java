package org.lenet4j.data;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.awt.image.BufferedImage;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Random;
import java.util.stream.IntStream;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class PixelFixesTest {
  private static final Dataset DIGITS = SyntheticDigits.create(60, 5);
  private static final PixelFixes INVERT = new PixelFixes(false, 0, false, true);
  private static final PixelFixes SCALE = new PixelFixes(false, 0, true, false);

  @TempDir Path folder;

  private static byte[] apply(PixelFixes fixes, byte... image) {
    return fixes.apply(new Dataset(new Shape(1, 2, 3), image, new int[1], 1)).images();
  }

  /** 1 2 3 above 4 5 6. */
  @Test void turns() {
    byte[] image = {1, 2, 3, 4, 5, 6};
    assertArrayEquals(new byte[] {1, 4, 2, 5, 3, 6}, apply(new PixelFixes(true, 0, false, false), image));
    assertArrayEquals(new byte[] {4, 1, 5, 2, 6, 3}, apply(new PixelFixes(false, 90, false, false), image));
    assertArrayEquals(new byte[] {6, 5, 4, 3, 2, 1}, apply(new PixelFixes(false, 180, false, false), image));
    assertArrayEquals(new byte[] {3, 6, 2, 5, 1, 4}, apply(new PixelFixes(false, 270, false, false), image));
    assertArrayEquals(new byte[] {3, 2, 1, 6, 5, 4}, apply(new PixelFixes(true, 90, false, false), image)); // mirrored
    assertEquals(new Shape(1, 3, 2), new PixelFixes(false, 90, false, false).apply(
        new Dataset(new Shape(1, 2, 3), image, new int[1], 1)).shape());
    assertThrows(IllegalArgumentException.class, () -> new PixelFixes(false, 45, false, false));
  }

  @Test void oneAfterTheOtherIsOne() {
    for (int i = 0; i < 64; i++) {
      PixelFixes first = new PixelFixes(i % 2 == 1, i / 2 % 4 * 90, false, false);
      PixelFixes second = new PixelFixes(i / 8 % 2 == 1, i / 16 * 90, false, true);
      assertArrayEquals(second.apply(first.apply(DIGITS)).images(), first.then(second).apply(DIGITS).images(), first + " " + second);
    }
  }

  @Test void scalesAndInvertsAllPartsAlike() {
    Dataset train = new Dataset(new Shape(1, 1, 2), new byte[] {0, 100}, new int[1], 1);
    Dataset test = new Dataset(new Shape(1, 1, 2), new byte[] {0, 50}, new int[1], 1);
    Splits scaled = SCALE.apply(new Splits(train, test));
    assertArrayEquals(new byte[] {0, (byte) 255}, scaled.train().images());
    assertArrayEquals(new byte[] {0, (byte) 128}, scaled.test().images());
    assertArrayEquals(new byte[] {(byte) 255, (byte) 155}, INVERT.apply(train).images());
  }

  private static Dataset changed(int divisor, boolean invert) {
    byte[] images = DIGITS.images().clone();
    for (int i = 0; i < images.length; i++) {
      int v = (images[i] & 0xFF) / divisor;
      images[i] = (byte) (invert ? 255 / divisor - v : v);
    }
    return new Dataset(DIGITS.shape(), images, DIGITS.labels(), 10);
  }

  @Test void thePixelsAloneSayWhatIsAmiss() {
    assertEquals(PixelFixes.NONE, PixelFixes.suggested(DIGITS));
    assertEquals(INVERT, PixelFixes.suggested(changed(1, true)));
    assertEquals(SCALE, PixelFixes.suggested(changed(2, false)));
    assertEquals(SCALE, PixelFixes.suggested(changed(255, false)));
    assertEquals(new PixelFixes(false, 0, true, true), PixelFixes.suggested(changed(128, true)));
  }

  @Test void faultIsFoundWithManyImagesAsWithFewButEachIsLookedAtBefore() {
    Dataset dim = many(changed(2, false));
    assertEquals(SCALE, PixelFixes.suggested(dim));
    assertEquals(INVERT, PixelFixes.suggested(many(changed(1, true))));
    assertEquals(PixelFixes.NONE, PixelFixes.suggested(many(DIGITS)));
    byte[] images = dim.images();
    images[784 + 400] = (byte) 255; // the second image is not among those that are looked at first
    assertEquals(PixelFixes.NONE, PixelFixes.suggested(new Dataset(dim.shape(), images, dim.labels(), 10)));
  }

  private static Dataset many(Dataset data) {
    return data.subset(IntStream.range(0, 10_000).map(i -> i % data.size()).toArray());
  }

  @Test void otherPicturesAreNotFoundFaultWith() {
    Random random = new Random(1);
    byte[] clothes = new byte[50 * 784]; // bright in the middle up to the border, as Fashion-MNIST is
    byte[] hands = new byte[50 * 784]; // grey everywhere with a gradient, as Sign Language MNIST is
    for (int i = 0; i < clothes.length; i++) {
      int x = i % 28;
      clothes[i] = (byte) (x > 4 && x < 24 ? 120 + random.nextInt(136) : 0);
      hands[i] = (byte) (100 + 4 * x + random.nextInt(40));
    }
    assertEquals(PixelFixes.NONE, PixelFixes.suggested(new Dataset(DIGITS.shape(), clothes, new int[50], 1)));
    assertEquals(PixelFixes.NONE, PixelFixes.suggested(new Dataset(DIGITS.shape(), hands, new int[50], 1)));
    assertEquals(PixelFixes.NONE, PixelFixes.suggested(new Dataset(DIGITS.shape(), new byte[784], new int[1], 1)));
  }

  @Test void picturesAreTurnedButNotInverted() throws IOException {
    for (String name : new String[] {"0", "1"}) {
      Path file = Files.createDirectories(folder.resolve(name)).resolve("a.png");
      BufferedImage image = new BufferedImage(28, 28, BufferedImage.TYPE_BYTE_GRAY);
      for (int p = 0; p < 784; p++) {
        int v = DIGITS.images()[784 * Integer.parseInt(name) + p] & 0xFF;
        image.getRaster().setSample(p % 28, p / 28, 0, v);
      }
      ImageIO.write(image, "png", file.toFile());
    }
    PixelFixes transpose = new PixelFixes(true, 0, false, false);
    assertArrayEquals(transpose.apply(Splits.open(folder.toString()).train()).images(),
        Splits.open(folder.toString(), new Reading().withFixes(transpose)).train().images());
    IOException e = assertThrows(IOException.class, () -> Splits.open(folder.toString(), new Reading().withFixes(INVERT)));
    assertEquals(folder + ": a folder of pictures, which are read in any polarity and brightness; inverting and scaling are for sets of"
        + " prepared images", e.getMessage());
  }

  @Test void smallImagesOfFewValuesAreNotTooFaint() throws IOException {
    byte[] images = new byte[64 * 2];
    for (int y = 1; y < 7; y++) {
      images[8 * y + 3] = images[8 * y + 4] = images[64 + 8 * y + 2] = images[64 + 8 * y + 5] = 1;
    }
    Idx.write(new Dataset(new Shape(1, 8, 8), images, new int[] {1, 0}, 2), folder.resolve("test-images-idx3-ubyte"),
        folder.resolve("test-labels-idx1-ubyte"));
    assertEquals(255, PixelFixes.brightest(Splits.open(folder.toString()).test()));
  }
}
