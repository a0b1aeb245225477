package org.lenet4j.data;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.lenet4j.data.TestImages.HEIGHT;
import static org.lenet4j.data.TestImages.WIDTH;
import static org.lenet4j.data.TestImages.bytes;
import static org.lenet4j.data.TestImages.little;

import java.awt.image.BufferedImage;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The same picture in every format and kind of pixel is the same picture; what is none is named. */
class ImageFormatsTest {
  private static void assertLetter(byte[] file, double most, String what) throws IOException {
    Picture picture = ImageFile.read(what, file);
    assertEquals(HEIGHT + "x" + WIDTH, picture.height() + "x" + picture.width(), what);
    int[] letter = TestImages.letter();
    for (int i = 0; i < letter.length; i++) {
      assertEquals(letter[i], picture.grey()[i], most, what + " at " + i % WIDTH + ", " + i / WIDTH);
    }
  }

  @Test void everyFormat() throws IOException {
    for (Map.Entry<String, byte[]> file : TestImages.all().entrySet()) {
      assertLetter(file.getValue(), file.getKey().endsWith("jpg") ? 40 : 1e-3, file.getKey()); // float sums of three samples
    }
  }

  @ParameterizedTest @ValueSource(booleans = {false, true})
  void everyPng(boolean interlaced) throws IOException {
    int[] letter = TestImages.letter();
    for (int depth : new int[] {1, 2, 4, 8, 16}) {
      int white = (1 << depth) - 1;
      assertLetter(TestImages.png(letter, HEIGHT, WIDTH, depth, 0, interlaced, v -> new int[] {v > 0 ? white : 0}), 1e-3,
          "grey of " + depth);
      if (depth <= 8) {
        byte[] palette = TestImages.chunk("PLTE", bytes(255, 255, 255, 0, 0, 0));
        assertLetter(TestImages.png(letter, HEIGHT, WIDTH, depth, 3, interlaced, v -> new int[] {v > 0 ? 0 : 1}, palette), 1e-3,
            "palette of " + depth);
        byte[] clear = TestImages.chunk("tRNS", bytes(0)); // the paper is transparent, and black without that
        byte[] black = TestImages.chunk("PLTE", bytes(0, 0, 0, 0, 0, 0));
        assertLetter(TestImages.png(letter, HEIGHT, WIDTH, depth, 3, interlaced, v -> new int[] {v > 0 ? 0 : 1}, black, clear), 1e-3,
            "transparent palette of " + depth);
      }
    }
    assertLetter(TestImages.png(letter, HEIGHT, WIDTH, 8, 2, interlaced, v -> new int[] {v, v, v}), 1e-3, "RGB");
    assertLetter(TestImages.png(letter, HEIGHT, WIDTH, 8, 4, interlaced, v -> new int[] {0, 255 - v}), 1e-3, "grey and alpha");
    assertLetter(TestImages.png(letter, HEIGHT, WIDTH, 8, 6, interlaced, v -> new int[] {0, 0, 0, 255 - v}), 1e-3, "RGB and alpha");
    byte[] key = TestImages.chunk("tRNS", bytes(0, 9, 0, 9, 0, 9));
    assertLetter(TestImages.png(letter, HEIGHT, WIDTH, 8, 0, interlaced, v -> new int[] {v > 0 ? 9 : 0}, key), 1e-3, "a grey as key");
    assertLetter(TestImages.png(letter, HEIGHT, WIDTH, 8, 2, interlaced, v -> v > 0 ? new int[] {9, 9, 9} : new int[] {0, 0, 0}, key),
        1e-3, "a colour as key");
  }

  @ParameterizedTest @CsvSource({"TYPE_BYTE_BINARY", "TYPE_BYTE_GRAY", "TYPE_INT_RGB"})
  void everyBmpOfJavas(String type) throws Exception {
    int code = BufferedImage.class.getField(type).getInt(null);
    assertLetter(TestImages.write("bmp", TestImages.image(code, TestImages.letter(), WIDTH)), 1e-3, type);
  }

  private static byte[] bmp(int height, int bits, int compression, byte[] extra, byte[] pixels) {
    return bytes("BM", little(4, 0), little(4, 0), little(4, 54 + extra.length), little(4, 40), little(4, WIDTH), little(4, height),
        little(2, 1), little(2, bits), little(4, compression), new byte[20], extra, pixels);
  }

  @Test void bmpFromTheTopWithMasksAndRuns() throws IOException {
    byte[] deep = new byte[HEIGHT * (WIDTH * 2 + 2)]; // 5, 6 and 5 bits; rows of whole words
    byte[] with = new byte[HEIGHT * WIDTH * 4];
    byte[] runs = new byte[0];
    byte[] nibbles = new byte[0];
    for (int y = 0; y < HEIGHT; y++) {
      for (int x = 0; x < WIDTH; x++) {
        int v = TestImages.letter()[y * WIDTH + x];
        System.arraycopy(little(2, v > 0 ? 0xFFFF : 0), 0, deep, y * (WIDTH * 2 + 2) + 2 * x, 2);
        System.arraycopy(little(4, v > 0 ? 0xFFFFFFL : 0), 0, with, (y * WIDTH + x) * 4, 4);
        runs = bytes(runs, 1, v > 0 ? 1 : 0);
        nibbles = bytes(nibbles, 1, v > 0 ? 0x10 : 0);
      }
      runs = bytes(runs, 0, 0);
      nibbles = bytes(nibbles, 0, 0);
    }
    byte[] palette = new byte[1024];
    Arrays.fill(palette, 4, 7, (byte) 255);
    assertLetter(bmp(-HEIGHT, 16, 3, bytes(little(4, 0xF800), little(4, 0x7E0), little(4, 0x1F)), deep), 1e-3, "masks");
    assertLetter(bmp(-HEIGHT, 32, 0, new byte[0], with), 1e-3, "32 bits, the fourth byte unused");
    assertLetter(bmp(-HEIGHT, 8, 1, palette, runs), 1e-3, "runs of 8 bits");
    assertLetter(bmp(-HEIGHT, 4, 2, Arrays.copyOf(palette, 64), nibbles), 1e-3, "runs of 4 bits");
  }

  @Test void everyPnm() throws IOException {
    String size = " " + WIDTH + " " + HEIGHT + "\n";
    StringBuilder bits = new StringBuilder();
    StringBuilder colours = new StringBuilder();
    byte[] packed = new byte[0];
    byte[] wide = new byte[0];
    byte[] alpha = new byte[0];
    for (int y = 0; y < HEIGHT; y++) {
      byte[] row = new byte[(WIDTH + 7) / 8];
      for (int x = 0; x < WIDTH; x++) {
        int v = TestImages.letter()[y * WIDTH + x];
        bits.append(v > 0 ? "0" : "1").append(x % 7 == 0 ? " " : "");
        colours.append(v / 17 + " " + v / 17 + "\n" + v / 17 + " ");
        row[x / 8] |= (byte) (v > 0 ? 0 : 0x80 >> x % 8);
        wide = bytes(wide, TestImages.big(2, v > 0 ? 1000 : 0));
        alpha = bytes(alpha, 0, 255 - v);
      }
      packed = bytes(packed, row);
    }
    assertLetter(bytes("P1" + size + "# where it is from\n" + bits), 1e-3, "P1");
    assertLetter(bytes("P4" + size, packed), 1e-3, "P4");
    assertLetter(bytes("P3" + size + "15\n" + colours), 1e-3, "P3");
    assertLetter(bytes("P5" + size + "1000\n", wide), 1e-3, "P5 of two bytes");
    assertLetter(bytes("P7\nWIDTH " + WIDTH + "\nHEIGHT " + HEIGHT + "\nDEPTH 2\nMAXVAL 255\nTUPLTYPE GRAYSCALE_ALPHA\nENDHDR\n",
        alpha), 1e-3, "P7");
  }

  @ParameterizedTest @ValueSource(strings = {"CCITT RLE", "CCITT T.4", "CCITT T.6", "LZW", "ZLib", "PackBits", "Deflate"})
  void everyTiffOfJavas(String compression) throws IOException {
    assertLetter(TestImages.tiffByJava(compression), 1e-3, compression);
  }

  @Test void tiffWithWhiteAsZero() throws IOException {
    byte[] inverted = TestImages.pixels();
    for (int i = 0; i < inverted.length; i++) {
      inverted[i] = (byte) ~inverted[i];
    }
    assertLetter(TestImages.tiff(false, TestImages.greyTags(HEIGHT, WIDTH, 8, 0), inverted), 1e-3, "white is 0");
  }

  /** Some are kept as red, green and blue, or as inks. */
  @Test void jpegOfOtherColours() throws IOException {
    BufferedImage image = TestImages.image(BufferedImage.TYPE_INT_RGB, TestImages.letter(), WIDTH);
    byte[] yCbCr = TestImages.jpeg(false, image);
    assertLetter(yCbCr, 40, "Y, Cb, Cr");
    byte[] grey = TestImages.jpeg();
    Picture expected = ImageFile.read("grey", grey);
    byte[] rgb = inPlanes(grey, 3, 0);
    assertArrayEquals(expected.grey(), ImageFile.read("RGB", rgb).grey(), 1e-3f);
    byte[] inks = inPlanes(grey, 4, 0); // upside down, as Adobe writes them: each 255 where the paper is
    Picture black = ImageFile.read("CMYK", inks);
    for (int i = 0; i < expected.grey().length; i++) {
      assertEquals(expected.grey()[i] * expected.grey()[i] / 255, black.grey()[i], 1e-2);
    }
  }

  /** The same grey for each component, by scans of their own, with Adobe's word that they are no Y, Cb, Cr. */
  private static byte[] inPlanes(byte[] grey, int components, int transform) {
    int at = 2;
    byte[] out = bytes(0xFF, 0xD8, 0xFF, 0xEE, TestImages.big(2, 14), "Adobe", 0, 100, 0, 0, 0, 0, transform);
    while (at < grey.length) {
      int code = grey[at + 1] & 0xFF;
      int length = (grey[at + 2] & 0xFF) << 8 | grey[at + 3] & 0xFF;
      if (code == 0xC0) {
        byte[] frame = bytes(0xFF, 0xC0, TestImages.big(2, 8 + 3 * components), Arrays.copyOfRange(grey, at + 4, at + 9), components);
        for (int i = 1; i <= components; i++) {
          frame = bytes(frame, i, 0x11, 0);
        }
        out = bytes(out, frame);
      } else if (code == 0xDA) {
        byte[] data = Arrays.copyOfRange(grey, at + 2 + length, grey.length - 2);
        for (int i = 1; i <= components; i++) {
          out = bytes(out, 0xFF, 0xDA, TestImages.big(2, 8), 1, i, 0, 0, 63, 0, data);
        }
        return bytes(out, 0xFF, 0xD9);
      } else if (code != 0xE0) {
        out = bytes(out, Arrays.copyOfRange(grey, at, at + 2 + length));
      }
      at += 2 + length;
    }
    throw new AssertionError("no scan");
  }

  @Test void fromAStream() throws IOException {
    assertArrayEquals(ImageFile.read("a", TestImages.png()).grey(), ImageFile.read("b", new ByteArrayInputStream(TestImages.png())).grey());
  }

  private static void assertRefused(byte[] file, String message) {
    IOException e = assertThrows(IOException.class, () -> ImageFile.read("x.png", file));
    assertTrue(e.getMessage().startsWith("x.png: not an image") && e.getMessage().contains(message), e.getMessage());
  }

  @Test void whatIsNoImageIsNamed() {
    assertRefused(new byte[0], "but empty");
    assertRefused(bytes("this is no image"), "but text; expected PNG, JPEG, GIF, BMP, TIFF, WebP or PNM");
    assertRefused("日本語".getBytes(StandardCharsets.UTF_8), "but text");
    assertRefused(bytes("version https://git-lfs.github.com/spec/v1\noid sha256:00\nsize 1\n"), "git lfs pull");
    assertRefused(bytes("\u00EF\u00BB\u00BF<!DOCTYPE html><title>404</title>"), "it is a web page");
    assertRefused(bytes("<?xml version='1.0'?>\n<svg xmlns='x'/>"), "it is SVG");
    assertRefused(bytes("<svg/>"), "it is SVG");
    assertRefused(bytes(0, 0, 0, 24, "ftypheic", new byte[20]), "it is HEIC, as phones keep photographs; save it as JPEG or PNG");
    assertRefused(bytes(0, 0, 0, 24, "ftypmif1", 0, 0, 0, 0, "mif1avif"), "it is AVIF");
    assertRefused(bytes(0, 0, 0, 24, "ftypavif", new byte[20]), "it is AVIF");
    assertRefused(bytes(0, 0, 0, 24, "ftypisom", new byte[20]), "it is a video");
    assertRefused(bytes("%PDF-1.7"), "it is PDF; export the page as PNG");
    assertRefused(bytes("PK", 3, 4, 0), "it is ZIP; unpack it");
    assertRefused(bytes(0x1F, 0x8B, 8), "it is gzip");
    assertRefused(bytes(0xFF, 0x0A, 0, 0), "it is JPEG XL");
    assertRefused(bytes(0, 0, 8, 3, new byte[12]), "it is IDX");
    assertRefused(bytes("BMW is no picture, nor is this sentence"), "but text");
    assertRefused(bytes("P5 is what this is called"), "");
    assertRefused(bytes(1, 2, 3, 4), "expected PNG");
  }
}
