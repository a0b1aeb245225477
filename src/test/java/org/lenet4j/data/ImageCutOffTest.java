package org.lenet4j.data;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTimeoutPreemptively;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.lenet4j.data.TestImages.HEIGHT;
import static org.lenet4j.data.TestImages.WIDTH;
import static org.lenet4j.data.TestImages.big;
import static org.lenet4j.data.TestImages.bytes;
import static org.lenet4j.data.TestImages.little;

import java.awt.image.BufferedImage;
import java.io.IOException;
import java.time.Duration;
import java.util.Arrays;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

/** Files that end early, are damaged, or promise more than there is: an error that says so, soon and in little memory. */
class ImageCutOffTest {
  private static String fails(byte[] file) {
    IOException e = assertTimeoutPreemptively(Duration.ofSeconds(30), () -> assertThrows(IOException.class,
        () -> ImageFile.read("the file", file)));
    assertTrue(e.getMessage().startsWith("the file: "), e.getMessage());
    return e.getMessage();
  }

  /** How many bytes of each may be missing because no pixel is in them: marks of the end, check sums, padding. */
  private static final Map<String, Integer> ENDS = Map.of("png", 22, "interlaced.png", 22, "gif", 3, "jpg", 2, "progressive.jpg", 2,
      "bmp", 2, "tif", 0, "lzw.tif", 0, "webp", 0, "pgm", 0);

  @Test void cutOffAnywhere() throws IOException {
    Map<String, byte[]> files = TestImages.all();
    files.remove("text.pgm"); // its last number may be cut
    for (Map.Entry<String, byte[]> file : files.entrySet()) {
      byte[] whole = file.getValue();
      float[] expected = ImageFile.read("whole", whole).grey();
      for (int length = 20; length < whole.length; length += length > whole.length - 40 ? 1 : 13) {
        byte[] cut = Arrays.copyOf(whole, length);
        if (length >= whole.length - ENDS.get(file.getKey())) {
          try {
            assertArrayEquals(expected, ImageFile.read("end", cut).grey(), file.getKey() + " to " + length);
          } catch (IOException e) {
            assertTrue(e.getMessage().contains("cut off"), e.getMessage());
          }
        } else {
          String message = fails(cut);
          assertTrue(message.contains("cut off") || message.contains("not an image") || file.getKey().equals("lzw.tif"),
              file.getKey() + " to " + length + ": " + message);
        }
      }
      assertArrayEquals(expected, ImageFile.read("more", bytes(whole, "and what somebody has added", 0)).grey(), file.getKey());
    }
  }

  private static byte[] photograph(boolean progressive, int type) throws IOException {
    BufferedImage image = new BufferedImage(200, 200, type);
    Random random = new Random(1);
    for (int i = 0; i < 40_000; i++) {
      int v = 128 + (int) (20 * random.nextGaussian());
      image.setRGB(i % 200, i / 200, v * 0x010101);
    }
    return TestImages.jpeg(progressive, image);
  }

  @Test void aPhotographThatIsCutOff() throws IOException {
    for (int type : new int[] {BufferedImage.TYPE_BYTE_GRAY, BufferedImage.TYPE_INT_RGB}) {
      for (boolean progressive : new boolean[] {false, true}) {
        byte[] whole = photograph(progressive, type);
        float[] expected = ImageFile.read("whole", whole).grey();
        for (int percent : new int[] {10, 30, 50, 70, 90, 97, 99}) {
          byte[] cut = Arrays.copyOf(whole, whole.length * percent / 100);
          assertTrue(fails(cut).contains("JPEG, cut off"), percent + " %");
          assertTrue(fails(bytes(cut, 0xFF, 0xD9)).contains(percent == 10 ? "JPEG, " : "JPEG, damaged"), percent + " % and the end's mark: "
              + fails(bytes(cut, 0xFF, 0xD9))); // a tenth ends within the tables
          assertTrue(fails(Arrays.copyOf(cut, whole.length)).contains("JPEG, cut off"), percent + " % and zeros");
        }
        assertArrayEquals(expected, ImageFile.read("no end", Arrays.copyOf(whole, whole.length - 2)).grey());
        assertArrayEquals(expected, ImageFile.read("more", bytes(whole, new byte[100], "x")).grey());
        assertArrayEquals(expected, ImageFile.read("two", bytes(whole, whole)).grey());
      }
    }
  }

  @Test void aDamagedPngIsSeenByItsSum() throws IOException {
    byte[] noise = new byte[201 * 200];
    new Random(1).nextBytes(noise);
    for (int y = 0; y < 200; y++) {
      noise[201 * y] = 0;
    }
    byte[] png = TestImages.png(200, 200, 8, 0, false, noise);
    ImageFile.read("whole", png);
    png[png.length / 2] ^= 8;
    assertTrue(fails(png).contains("PNG, damaged"));
  }

  private static byte[] pngHeader(long height, long width, int depth, int type, int interlaced) {
    return bytes("\u0089PNG\r\n\u001a\n", TestImages.chunk("IHDR", bytes(big(4, width), big(4, height), depth, type, 0, 0, interlaced)),
        TestImages.chunk("IDAT", bytes(0x78, 0x9C, 3, 0, 0, 0, 0, 1)));
  }

  private static byte[] bmpHeader(int height, int width, int bits, int compression) {
    return bytes("BM", new byte[8], little(4, 54), little(4, 40), little(4, width), little(4, height), little(2, 1), little(2, bits),
        little(4, compression), new byte[20]);
  }

  private static byte[] jpegHeader(int frame, int height, int width, int components) {
    byte[] parts = bytes(0xFF, 0xD8, 0xFF, frame, big(2, 8 + 3 * components), 8, big(2, height), big(2, width), components);
    byte[] scan = bytes(0xFF, 0xDA, big(2, 6 + 2 * components), components);
    for (int i = 1; i <= components; i++) {
      parts = bytes(parts, i, 0x11, 0);
      scan = bytes(scan, i, 0);
    }
    return bytes(parts, scan, 0, frame == 0xC2 ? 0 : 63, 0);
  }

  @Test void sizesThatNobodyHas() {
    Map<String, byte[]> files = new TreeMap<>();
    files.put("wide.png", pngHeader(1, 2_000_000_000, 8, 0, 0));
    files.put("high.png", pngHeader(2_000_000_000, 1, 16, 6, 1));
    files.put("large.png", pngHeader(20_000, 20_000, 1, 0, 0));
    files.put("negative.png", pngHeader(0x80000001L, 0xFFFFFFFFL, 8, 0, 0));
    files.put("none.png", pngHeader(0, 5, 8, 0, 0));
    files.put("large.gif", bytes("GIF89a", new byte[7], ",", new byte[4], little(2, 52_252), little(2, 39_372), 0, 8, 0));
    files.put("screen.gif", bytes("GIF89a", little(2, 65_535), little(2, 65_535), new byte[3], ",", new byte[4], 1, 0, 1, 0, 0, 8, 0));
    files.put("high.bmp", bmpHeader(Integer.MIN_VALUE, 10, 24, 0));
    files.put("wide.bmp", bmpHeader(10, Integer.MAX_VALUE, 1, 0));
    files.put("negative.bmp", bmpHeader(10, -10, 8, 1));
    files.put("large.jpg", jpegHeader(0xC0, 65_500, 65_500, 3));
    files.put("progressive.jpg", jpegHeader(0xC2, 65_500, 65_500, 3));
    files.put("none.jpg", jpegHeader(0xC0, 0, 100, 1));
    files.put("large.tif", TestImages.tiff(true, TestImages.greyTags(60_000, 60_000, 8, 1), new byte[10]));
    files.put("large.pgm", bytes("P5 99999999999999 99999999999999 255\n"));
    files.put("wide.pbm", bytes("P4 2000000000 1\n"));
    files.put("large.pam", bytes("P7\nWIDTH 70000\nHEIGHT 70000\nDEPTH 4\nMAXVAL 65535\nENDHDR\n"));
    files.forEach((name, file) -> assertTrue(fails(file).contains("it says that it has"), name + ": " + fails(file)));
  }

  /** Sizes that are allowed, and nothing or nearly nothing behind them. */
  @Test void promisesOfMuch() {
    Map<String, byte[]> files = new TreeMap<>();
    files.put("png", pngHeader(15_000, 15_000, 16, 6, 0));
    files.put("interlaced.png", pngHeader(15_000, 15_000, 16, 6, 1));
    files.put("gif", bytes("GIF89a", little(2, 15_000), little(2, 15_000), 0x80, 0, 0, new byte[6], ",", new byte[4], little(2, 15_000),
        little(2, 15_000), 0, 8, 1, 0, 0));
    files.put("bmp", bmpHeader(15_000, 15_000, 32, 0));
    files.put("jpg", jpegHeader(0xC0, 15_000, 15_000, 3));
    files.put("progressive.jpg", jpegHeader(0xC2, 15_000, 15_000, 1));
    files.put("tif", TestImages.tiff(true, TestImages.greyTags(15_000, 15_000, 8, 1), new byte[10]));
    files.put("pgm", bytes("P5 15000 15000 255\n"));
    files.put("webp", bytes("RIFF", little(4, 100_000), "WEBP", "VP8L", little(4, 99_980), new byte[30]));
    Map<Integer, Long> tiled = TestImages.greyTags(20, 20, 8, 1);
    tiled.put(322, 1_000_000L);
    tiled.put(323, 1_000_000L);
    files.put("tiles.tif", TestImages.tiff(true, tiled, new byte[400]));
    files.put("long chunk.png", bytes("\u0089PNG\r\n\u001a\n", TestImages.chunk("IHDR", bytes(big(4, 9), big(4, 9), 8, 0, 0, 0, 0)),
        0x7F, 0xFF, 0xFF, 0xFF, "zTXt", new byte[10]));
    long start = System.nanoTime();
    files.values().forEach(ImageCutOffTest::fails);
    assertTrue(System.nanoTime() - start < 60e9);
  }

  /** 400 MB of nothing in 400 kB: beside the picture it is not even unpacked. */
  @Test void aBombBesideThePicture() throws IOException {
    byte[] zeros = TestImages.png(1, 1, 8, 0, false, new byte[50_000_000]);
    byte[] data = Arrays.copyOfRange(zeros, 41, zeros.length - 16);
    byte[] png = TestImages.png(TestImages.chunk("iCCP", bytes("a", 0, 0, data)), TestImages.chunk("zTXt", bytes("a", 0, 0, data)));
    assertArrayEquals(ImageFile.read("plain", TestImages.png()).grey(), ImageFile.read("profile", png).grey());
    assertEquals(1, ImageFile.read("behind the only row", zeros).grey().length);
  }

  @Test void aBlankAnimationEnds() throws IOException {
    byte[] frame = TestImages.gifFrame(0, 0, new int[] {1}, 1, false, -1, 0);
    byte[][] frames = new byte[20_000][];
    Arrays.fill(frames, frame);
    byte[] file = TestImages.gif(5_000, 5_000, frames);
    assertTimeoutPreemptively(Duration.ofSeconds(60), () -> ImageFile.read("blank", file));
  }

  /** Its means are right, and all of it never is in memory: 36 megapixels as Java's pictures would be 144 MB. */
  @Test void aLargePictureIsAveraged() throws IOException {
    int side = 6_000;
    byte[] rows = new byte[side * (1 + side / 8)];
    for (int y = 0; y < side; y++) {
      Arrays.fill(rows, y * (1 + side / 8) + 1, (y + 1) * (1 + side / 8), (byte) (y < 300 ? 0 : 0xAA)); // black, and every other pixel
    }
    Picture picture = ImageFile.read("large", TestImages.png(side, side, 1, 0, false, rows));
    assertEquals(261, picture.width()); // 23 pixels each
    assertEquals(0, picture.grey()[0]);
    assertEquals(127.5, picture.grey()[picture.grey().length / 2], 6);
    assertEquals(HEIGHT * WIDTH, ImageFile.read("small", TestImages.png()).grey().length);
  }
}
