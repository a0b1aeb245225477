package org.lenet4j.data;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.lenet4j.data.TestImages.HEIGHT;
import static org.lenet4j.data.TestImages.WIDTH;
import static org.lenet4j.data.TestImages.bytes;

import java.awt.image.BufferedImage;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ImageFileTest {
  @TempDir Path folder;

  @Test void namesTheFile() {
    Path missing = folder.resolve("missing.png");
    assertEquals(missing + ": no such file", assertThrows(IOException.class, () -> ImageFile.read(missing)).getMessage());
    assertEquals(folder + ": not a file", assertThrows(IOException.class, () -> ImageFile.read(folder)).getMessage());
  }

  @Test void noImageOfJavasIsNamed() {
    IllegalArgumentException e = assertThrows(IllegalArgumentException.class, () -> Preprocess.digit((BufferedImage) null));
    assertTrue(e.getMessage().startsWith("the image is null"), e.getMessage());
  }

  @Test void aFileIsWhatItsBytesSay() throws IOException {
    float[] expected = ImageFile.read("letter", TestImages.png()).grey();
    for (Map.Entry<String, byte[]> file : TestImages.all().entrySet()) {
      Path none = Files.write(folder.resolve("letter"), file.getValue());
      Path wrong = Files.write(folder.resolve("letter.jfif"), file.getValue());
      assertArrayEquals(expected, ImageFile.read(none).grey(), file.getKey().endsWith("jpg") ? 40 : 1e-3f);
      assertArrayEquals(ImageFile.read(none).grey(), ImageFile.read(wrong).grey());
    }
  }

  /** The letter as a camera that is held so keeps it (CIPA DC-008, tag 0x112), which a viewer turns back. */
  private static int[] kept(int orientation) {
    boolean transposed = orientation >= 5;
    int w = transposed ? HEIGHT : WIDTH;
    int[] kept = new int[HEIGHT * WIDTH];
    for (int y = 0; y < HEIGHT; y++) {
      for (int x = 0; x < WIDTH; x++) {
        int top = y;
        int left = x;
        int bottom = HEIGHT - 1 - y;
        int right = WIDTH - 1 - x;
        int[] place = switch (orientation) { // row and column in the file of what is seen at y, x
          case 1 -> new int[] {top, left};
          case 2 -> new int[] {top, right};
          case 3 -> new int[] {bottom, right};
          case 4 -> new int[] {bottom, left};
          case 5 -> new int[] {left, top};
          case 6 -> new int[] {right, top};
          case 7 -> new int[] {right, bottom};
          default -> new int[] {left, bottom};
        };
        kept[place[0] * w + place[1]] = TestImages.letter()[y * WIDTH + x];
      }
    }
    return kept;
  }

  private static byte[] exifSegment(byte[] block) {
    return bytes("Exif", 0, 0, block);
  }

  @ParameterizedTest @ValueSource(ints = {1, 2, 3, 4, 5, 6, 7, 8})
  void everyFormatIsTurnedUpright(int orientation) throws IOException {
    int[] kept = kept(orientation);
    int w = orientation >= 5 ? HEIGHT : WIDTH;
    float[] expected = ImageFile.read("letter", TestImages.png()).grey();
    for (boolean little : new boolean[] {false, true}) {
      byte[] exif = TestImages.exif(little, orientation);
      Map<String, byte[]> files = new TreeMap<>();
      files.put("jpeg", TestImages.withSegment(TestImages.jpeg(false, TestImages.image(BufferedImage.TYPE_BYTE_GRAY, kept, w)), 0xE1,
          exifSegment(exif)));
      files.put("png", TestImages.png(kept, kept.length / w, w, 8, 0, false, v -> new int[] {v}, TestImages.chunk("eXIf", exif)));
      files.put("webp", TestImages.webp(TestImages.vp8x(8, kept.length / w, w), TestImages.vp8l(kept, w), TestImages.riff("EXIF", exif)));
      Map<Integer, Long> tags = TestImages.greyTags(kept.length / w, w, 8, 1);
      tags.put(0x112, (long) orientation);
      byte[] pixels = new byte[kept.length];
      for (int i = 0; i < pixels.length; i++) {
        pixels[i] = (byte) kept[i];
      }
      files.put("tiff", TestImages.tiff(little, tags, pixels));
      for (Map.Entry<String, byte[]> file : files.entrySet()) {
        Picture picture = ImageFile.read(file.getKey(), file.getValue());
        assertEquals(HEIGHT, picture.height());
        assertArrayEquals(expected, picture.grey(), file.getKey().equals("jpeg") ? 40 : 1e-3f, file.getKey());
      }
    }
  }

  @Test void brokenExifSaysNothing() throws IOException {
    byte[] jpeg = TestImages.jpeg();
    float[] expected = ImageFile.read("plain", jpeg).grey();
    byte[] exif = TestImages.exif(false, 6);
    for (int length = 0; length < exif.length - 16; length++) { // before the entry of the orientation is whole
      assertEquals(expected.length, ImageFile.read("cut", TestImages.withSegment(jpeg, 0xE1, exifSegment(Arrays.copyOf(exif, length))))
          .grey().length);
    }
    for (int orientation : new int[] {0, 9, 255}) {
      assertArrayEquals(expected, ImageFile.read("x", TestImages.withSegment(jpeg, 0xE1, exifSegment(TestImages.exif(true, orientation))))
          .grey());
    }
    byte[] far = exif.clone();
    far[4] = 0x7F; // where the directory is
    assertArrayEquals(expected, ImageFile.read("x", TestImages.withSegment(jpeg, 0xE1, exifSegment(far))).grey());
    byte[] many = exif.clone();
    many[8] = (byte) 0xFF; // entries
    ImageFile.read("x", TestImages.withSegment(jpeg, 0xE1, exifSegment(many)));
  }

  private static float[] deep(int white) throws IOException {
    byte[] png = TestImages.png(TestImages.letter(), HEIGHT, WIDTH, 16, 0, false, v -> new int[] {v * white / 255});
    return ImageFile.read("deep", png).grey();
  }

  @Test void sixteenBitsThatHoldFewer() throws IOException {
    float[] expected = ImageFile.read("letter", TestImages.png()).grey();
    for (int white : new int[] {255, 1023, 4095, 16383, 65535}) {
      assertArrayEquals(expected, deep(white), 0.01f, "PNG of " + white);
      byte[] samples = new byte[2 * HEIGHT * WIDTH];
      for (int i = 0; i < HEIGHT * WIDTH; i++) {
        System.arraycopy(TestImages.big(2, TestImages.letter()[i] * white / 255), 0, samples, 2 * i, 2);
      }
      assertArrayEquals(expected, ImageFile.read("x", bytes("P5 " + WIDTH + " " + HEIGHT + " 65535\n", samples)).grey(), 0.01f, "PGM");
      assertArrayEquals(expected, ImageFile.read("x", TestImages.tiff(false, TestImages.greyTags(HEIGHT, WIDTH, 16, 1), samples)).grey(),
          0.01f, "TIFF of " + white);
      byte[] colours = TestImages.png(TestImages.letter(), HEIGHT, WIDTH, 16, 2, false, v -> new int[] {v * white / 255, v * white / 255,
          v * white / 255});
      assertArrayEquals(expected, ImageFile.read("x", colours).grey(), 0.01f, "RGB of " + white);
      byte[] alpha = TestImages.png(TestImages.letter(), HEIGHT, WIDTH, 16, 4, false, v -> new int[] {v * white / 255, 65535});
      assertArrayEquals(expected, ImageFile.read("x", alpha).grey(), 0.01f, "grey and alpha of " + white);
    }
    assertEquals(200 / 257f, deep(51_400)[0] / 257, 0.01, "a real one of 16 bits keeps its levels");
    byte[] mask = TestImages.png(TestImages.letter(), HEIGHT, WIDTH, 8, 0, false, v -> new int[] {v / 255});
    assertArrayEquals(expected, ImageFile.read("a mask of 0 and 1", mask).grey());
  }

  @Test void transparencyThatHidesAll() throws IOException {
    float[] expected = ImageFile.read("letter", TestImages.png()).grey();
    byte[] hidden = TestImages.png(TestImages.letter(), HEIGHT, WIDTH, 8, 4, false, v -> new int[] {v, 0});
    assertArrayEquals(expected, ImageFile.read("grey", hidden).grey());
    byte[] colours = TestImages.png(TestImages.letter(), HEIGHT, WIDTH, 8, 6, false, v -> new int[] {v, v, v, 0});
    assertArrayEquals(expected, ImageFile.read("colours", colours).grey(), 1e-3f);
    byte[] ink = TestImages.png(TestImages.letter(), HEIGHT, WIDTH, 8, 4, false, v -> new int[] {255, 255 - v}); // white on nothing
    float[] drawn = ImageFile.read("white ink", ink).grey();
    assertEquals(255 - expected[6 * WIDTH + 8], drawn[6 * WIDTH + 8]);
    byte[] half = TestImages.png(TestImages.letter(), HEIGHT, WIDTH, 8, 4, false, v -> new int[] {0, v > 0 ? 0 : 128});
    assertEquals(127, ImageFile.read("half", half).grey()[6 * WIDTH + 8], 1e-3);
    BufferedImage image = new BufferedImage(WIDTH, HEIGHT, BufferedImage.TYPE_INT_ARGB);
    for (int i = 0; i < HEIGHT * WIDTH; i++) {
      image.setRGB(i % WIDTH, i / WIDTH, TestImages.letter()[i] * 0x010101);
    }
    assertArrayEquals(expected, Picture.of(image).grey(), 1e-3f);
  }

  private static int[] plain(int value) {
    int[] plain = new int[HEIGHT * WIDTH];
    Arrays.fill(plain, value);
    return plain;
  }

  @Test void theFirstFrameThatIsNotBlank() throws IOException {
    float[] expected = ImageFile.read("letter", TestImages.png()).grey();
    int[] letter = TestImages.indices(TestImages.letter());
    byte[] white = TestImages.gifFrame(0, 0, plain(1), WIDTH, false, -1, 0);
    byte[] black = TestImages.gifFrame(0, 0, plain(0), WIDTH, false, -1, 0);
    byte[] frame = TestImages.gifFrame(0, 0, letter, WIDTH, true, -1, 0);
    assertArrayEquals(expected, ImageFile.read("GIF", TestImages.gif(HEIGHT, WIDTH, white, white, frame)).grey(), 1e-3f);
    byte[] other = TestImages.gifFrame(0, 0, plain(0), WIDTH, false, -1, 0);
    assertArrayEquals(expected, ImageFile.read("GIF", TestImages.gif(HEIGHT, WIDTH, frame, other)).grey(), 1e-3f);
    int[] paperOnly = Arrays.stream(letter).map(v -> v == 0 ? 2 : v).toArray(); // the ink is what the black frame has left
    byte[] drawn = TestImages.gifFrame(0, 0, paperOnly, WIDTH, false, 2, 0);
    assertArrayEquals(expected, ImageFile.read("GIF", TestImages.gif(HEIGHT, WIDTH, black, drawn)).grey(), 1e-3f);
    assertArrayEquals(plainLevels(255), ImageFile.read("blank", TestImages.gif(HEIGHT, WIDTH, white, white)).grey(), 1e-3f);
    byte[] first = TestImages.vp8l(plain(255), WIDTH);
    byte[] second = TestImages.vp8l(TestImages.letter(), WIDTH);
    byte[] webp = TestImages.webp(TestImages.vp8x(2, HEIGHT, WIDTH), TestImages.riff("ANIM", new byte[6]), webpFrame(0, 0, first),
        webpFrame(0, 0, second));
    assertArrayEquals(expected, ImageFile.read("WebP", webp).grey(), 1e-3f);
  }

  private static float[] plainLevels(float value) {
    float[] plain = new float[HEIGHT * WIDTH];
    Arrays.fill(plain, value);
    return plain;
  }

  private static byte[] webpFrame(int left, int top, byte[] chunk) {
    return TestImages.riff("ANMF", bytes(TestImages.little(3, left / 2), TestImages.little(3, top / 2), TestImages.little(3, WIDTH - 1),
        TestImages.little(3, HEIGHT - 1), TestImages.little(3, 100), 2, chunk));
  }

  @Test void aFrameLiesWhereItSays() throws IOException {
    float[] expected = ImageFile.read("letter", TestImages.png()).grey();
    byte[] frame = TestImages.gifFrame(20, 10, TestImages.indices(TestImages.letter()), WIDTH, false, -1, 0);
    byte[] webp = TestImages.webp(TestImages.vp8x(2, 60, 70), TestImages.riff("ANIM", new byte[6]),
        webpFrame(20, 10, TestImages.vp8l(TestImages.letter(), WIDTH)));
    for (byte[] file : new byte[][] {TestImages.gif(60, 70, frame), webp}) {
      Picture picture = ImageFile.read("placed", file);
      assertEquals("60x70", picture.height() + "x" + picture.width());
      for (int y = 0; y < 60; y++) {
        for (int x = 0; x < 70; x++) {
          boolean inside = y >= 10 && y < 10 + HEIGHT && x >= 20 && x < 20 + WIDTH;
          assertEquals(inside ? expected[(y - 10) * WIDTH + x - 20] : 255, picture.grey()[y * 70 + x], 1e-3);
        }
      }
    }
  }

  /** Two pages: their directories are linked, and each has its pixels. */
  @Test void theFirstPageThatIsNotBlank() throws IOException {
    byte[] blank = TestImages.pixels();
    Arrays.fill(blank, (byte) 255);
    byte[] first = TestImages.tiff(true, TestImages.greyTags(HEIGHT, WIDTH, 8, 1), blank);
    Map<Integer, Long> tags = TestImages.greyTags(HEIGHT, WIDTH, 8, 1);
    int link = 8 + 2 + 12 * tags.size();
    byte[] second = TestImages.tiff(true, tags, TestImages.pixels());
    byte[] directory = Arrays.copyOfRange(second, 8, second.length);
    byte[] file = bytes(first, directory);
    System.arraycopy(TestImages.little(4, first.length), 0, file, link, 4);
    int strip = first.length + 2 + 12 * 5 + 8; // the sixth tag is where the pixels are
    System.arraycopy(TestImages.little(4, first.length + link + 4 - 8), 0, file, strip, 4);
    assertArrayEquals(ImageFile.read("letter", TestImages.png()).grey(), ImageFile.read("TIFF", file).grey());
  }
}
