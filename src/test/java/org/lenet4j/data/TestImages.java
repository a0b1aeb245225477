package org.lenet4j.data;

import java.awt.image.BufferedImage;
import java.io.ByteArrayOutputStream;
import java.io.Closeable;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.zip.CRC32;
import java.util.zip.Deflater;
import java.util.zip.DeflaterOutputStream;
import javax.imageio.IIOImage;
import javax.imageio.ImageIO;
import javax.imageio.ImageWriteParam;
import javax.imageio.ImageWriter;

/** Image files written by hand, where Java cannot write them or would not write them so. */
final class TestImages {
  static final int HEIGHT = 37;
  static final int WIDTH = 29;

  private TestImages() {}

  /** An F, black on white, which looks different in each of the eight orientations; {@code (HEIGHT, WIDTH)}, 0 or 255. */
  static int[] letter() {
    int[] grey = new int[HEIGHT * WIDTH];
    Arrays.fill(grey, 255);
    for (int y = 5; y < 32; y++) {
      for (int x = 7; x < 24; x++) {
        boolean ink = x < 11 || y < 9 || y >= 17 && y < 20 && x < 19;
        grey[y * WIDTH + x] = ink ? 0 : 255;
      }
    }
    return grey;
  }

  static byte[] bytes(Object... parts) {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    for (Object part : parts) {
      if (part instanceof byte[] bytes) {
        out.writeBytes(bytes);
      } else if (part instanceof String text) {
        out.writeBytes(text.getBytes(StandardCharsets.ISO_8859_1));
      } else {
        out.write((Integer) part);
      }
    }
    return out.toByteArray();
  }

  static byte[] little(int size, long value) {
    byte[] bytes = new byte[size];
    for (int i = 0; i < size; i++) {
      bytes[i] = (byte) (value >> 8 * i);
    }
    return bytes;
  }

  static byte[] big(int size, long value) {
    byte[] bytes = new byte[size];
    for (int i = 0; i < size; i++) {
      bytes[size - 1 - i] = (byte) (value >> 8 * i);
    }
    return bytes;
  }

  // ---- PNG

  static byte[] chunk(String name, byte[] content) {
    CRC32 sum = new CRC32();
    sum.update(bytes(name, content));
    return bytes(big(4, content.length), name, content, big(4, sum.getValue()));
  }

  static byte[] png(int height, int width, int depth, int type, boolean interlaced, byte[] rows, byte[]... chunks) {
    ByteArrayOutputStream data = new ByteArrayOutputStream();
    Deflater deflater = new Deflater();
    try (DeflaterOutputStream out = new DeflaterOutputStream(data, deflater)) {
      out.write(rows);
    } catch (IOException e) {
      throw new AssertionError(e);
    }
    deflater.end();
    byte[] all = data.toByteArray();
    int half = all.length / 2; // in two chunks, as files have more than one
    return bytes("\u0089PNG\r\n\u001a\n", chunk("IHDR", bytes(big(4, width), big(4, height), depth, type, 0, 0, interlaced ? 1 : 0)),
        bytes((Object[]) chunks), chunk("IDAT", Arrays.copyOf(all, half)), chunk("IDAT", Arrays.copyOfRange(all, half, all.length)),
        chunk("IEND", new byte[0]));
  }

  /** What a pixel's samples are. */
  interface Samples {
    int[] of(int grey);
  }

  /** Of {@code (height, width)} greys, each row with another filter. */
  static byte[] png(int[] grey, int height, int width, int depth, int type, boolean interlaced, Samples samples, byte[]... chunks) {
    int[][] passes = {{0, 0, 8, 8}, {0, 4, 8, 8}, {4, 0, 8, 4}, {0, 2, 4, 4}, {2, 0, 4, 2}, {0, 1, 2, 2}, {1, 0, 2, 1}};
    ByteArrayOutputStream rows = new ByteArrayOutputStream();
    int pixel = Math.max(1, samples.of(0).length * depth / 8);
    for (int[] pass : interlaced ? passes : new int[][] {{0, 0, 1, 1}}) {
      byte[] above = null;
      for (int y = pass[0]; y < height && pass[1] < width; y += pass[2]) {
        ByteArrayOutputStream row = new ByteArrayOutputStream();
        int bits = 0;
        int count = 0;
        for (int x = pass[1]; x < width; x += pass[3]) {
          for (int sample : samples.of(grey[y * width + x])) {
            bits = bits << depth | sample;
            for (count += depth; count >= 8; count -= 8) {
              row.write(bits >> count - 8);
            }
            bits &= 0xFF;
          }
        }
        if (count > 0) {
          row.write(bits << 8 - count);
        }
        byte[] raw = row.toByteArray();
        rows.write(y % 5);
        rows.writeBytes(filtered(raw, above == null ? new byte[raw.length] : above, pixel, y % 5));
        above = raw;
      }
    }
    return png(height, width, depth, type, interlaced, rows.toByteArray(), chunks);
  }

  private static byte[] filtered(byte[] raw, byte[] above, int pixel, int filter) {
    byte[] out = new byte[raw.length];
    for (int i = 0; i < raw.length; i++) {
      int a = i < pixel ? 0 : raw[i - pixel] & 0xFF;
      int b = above[i] & 0xFF;
      int c = i < pixel ? 0 : above[i - pixel] & 0xFF;
      int p = a + b - c;
      int paeth = Math.abs(p - a) <= Math.abs(p - b) && Math.abs(p - a) <= Math.abs(p - c) ? a : Math.abs(p - b) <= Math.abs(p - c) ? b : c;
      out[i] = (byte) (raw[i] - new int[] {0, a, b, (a + b) / 2, paeth}[filter]);
    }
    return out;
  }

  static byte[] png(byte[]... chunks) {
    return png(letter(), HEIGHT, WIDTH, 8, 0, false, v -> new int[] {v}, chunks);
  }

  // ---- GIF, with codes of nine bits alone

  /** A frame of black (index 0), white (1) and whatever is transparent. */
  static byte[] gifFrame(int left, int top, int[] indices, int width, boolean interlaced, int transparent, int disposal) {
    int height = indices.length / width;
    ByteArrayOutputStream codes = new ByteArrayOutputStream();
    long bits = 0;
    int count = 0;
    int since = 0;
    for (int i = -1; i <= indices.length; i++) {
      int row = i / width;
      if (interlaced && i >= 0 && i < indices.length) {
        row = interlacedRow(row, height);
      }
      boolean clear = i == -1 || since == 200;
      int[] written = i == indices.length ? new int[] {257} : i == -1 ? new int[] {256}
          : clear ? new int[] {256, indices[row * width + i % width]} : new int[] {indices[row * width + i % width]};
      since = clear ? 1 : since + 1;
      for (int code : written) {
        bits |= (long) code << count;
        for (count += 9; count >= 8; count -= 8) {
          codes.write((int) bits);
          bits >>= 8;
        }
      }
    }
    codes.write((int) bits);
    byte[] all = codes.toByteArray();
    ByteArrayOutputStream blocks = new ByteArrayOutputStream();
    for (int at = 0; at < all.length; at += 255) {
      int length = Math.min(255, all.length - at);
      blocks.write(length);
      blocks.write(all, at, length);
    }
    return bytes("!", 0xF9, 4, disposal << 2 | (transparent >= 0 ? 1 : 0), little(2, 5), Math.max(0, transparent), 0, ",", little(2, left),
        little(2, top), little(2, width), little(2, height), interlaced ? 0x40 : 0, 8, blocks.toByteArray(), 0);
  }

  private static int interlacedRow(int index, int height) {
    int n = 0;
    for (int[] pass : new int[][] {{0, 8}, {4, 8}, {2, 4}, {1, 2}}) {
      for (int y = pass[0]; y < height; y += pass[1]) {
        if (n++ == index) {
          return y;
        }
      }
    }
    throw new AssertionError();
  }

  static byte[] gif(int height, int width, byte[]... frames) {
    return bytes("GIF89a", little(2, width), little(2, height), 0x80, 0, 0, 0, 0, 0, 255, 255, 255, bytes((Object[]) frames), ";");
  }

  static int[] indices(int[] grey) {
    return Arrays.stream(grey).map(v -> v > 0 ? 1 : 0).toArray();
  }

  static byte[] gif() {
    return gif(HEIGHT, WIDTH, gifFrame(0, 0, indices(letter()), WIDTH, false, -1, 0));
  }

  // ---- TIFF and Exif

  /** A directory of these tags, each with one value of 16 or 32 bits; data lie where 0x111 (strip offsets) says, behind it. */
  static byte[] tiff(boolean little, Map<Integer, Long> tags, byte[] data) {
    Map<Integer, Long> sorted = new TreeMap<>(tags);
    ByteBuffer out = ByteBuffer.allocate(8 + 2 + 12 * sorted.size() + 4 + data.length);
    out.order(little ? ByteOrder.LITTLE_ENDIAN : ByteOrder.BIG_ENDIAN);
    out.put(bytes(little ? "II" : "MM")).putShort((short) 42).putInt(8).putShort((short) sorted.size());
    sorted.forEach((tag, value) -> {
      boolean isLong = value > 0xFFFF || tag == 0x111;
      out.putShort(tag.shortValue()).putShort((short) (isLong ? 4 : 3)).putInt(1);
      if (isLong) {
        out.putInt((int) (tag == 0x111 && value == 0 ? out.capacity() - data.length : value));
      } else {
        out.putShort(value.shortValue()).putShort((short) 0);
      }
    });
    return out.putInt(0).put(data).array();
  }

  static byte[] exif(boolean little, int orientation) {
    return tiff(little, Map.of(0x10F, 1L, 0x112, (long) orientation, 0x213, 1L), new byte[0]);
  }

  static Map<Integer, Long> greyTags(int height, int width, int bits, int photometric) {
    Map<Integer, Long> tags = new TreeMap<>(Map.of(256, (long) width, 257, (long) height, 258, (long) bits, 259, 1L, 262,
        (long) photometric, 0x111, 0L, 277, 1L, 278, (long) height, 279, (long) (width * bits + 7) / 8 * height));
    return tags;
  }

  static byte[] tiff() {
    byte[] pixels = new byte[HEIGHT * WIDTH];
    for (int i = 0; i < pixels.length; i++) {
      pixels[i] = (byte) letter()[i];
    }
    return tiff(true, greyTags(HEIGHT, WIDTH, 8, 1), pixels);
  }

  // ---- WebP without loss (RFC 9649, section 3), of black and white alone

  private static final class Bits {
    private final ByteArrayOutputStream out = new ByteArrayOutputStream();
    private int bits;
    private int count;

    void put(int value, int size) {
      for (int i = 0; i < size; i++) {
        bits |= (value >> i & 1) << count;
        if (++count == 8) {
          out.write(bits);
          bits = 0;
          count = 0;
        }
      }
    }
  }

  static byte[] riff(String name, byte[] content) {
    return bytes(name, little(4, content.length), content, new byte[content.length % 2]);
  }

  static byte[] vp8l(int[] grey, int width) {
    Bits bits = new Bits();
    bits.put(0x2F, 8);
    bits.put(width - 1, 14);
    bits.put(grey.length / width - 1, 14);
    bits.put(0, 1 + 3 + 1 + 1 + 1); // no alpha, version, transforms, cache or other codes
    for (int code = 0; code < 5; code++) { // green, red, blue: 0 or 255; alpha: 255; distance: 0
      boolean two = code < 3;
      bits.put(1, 1);
      bits.put(two ? 1 : 0, 1);
      bits.put(1, 1);
      bits.put(code == 3 ? 255 : 0, 8);
      if (two) {
        bits.put(255, 8);
      }
    }
    for (int v : grey) {
      bits.put(v > 0 ? 7 : 0, 3);
    }
    bits.put(0, 7);
    return riff("VP8L", bits.out.toByteArray());
  }

  static byte[] webp(byte[]... chunks) {
    byte[] all = bytes((Object[]) chunks);
    return bytes("RIFF", little(4, all.length + 4), "WEBP", all);
  }

  static byte[] vp8x(int flags, int height, int width) {
    return riff("VP8X", bytes(little(4, flags), little(3, width - 1), little(3, height - 1)));
  }

  // ---- by Java

  static BufferedImage image(int type, int[] grey, int width) {
    BufferedImage image = new BufferedImage(width, grey.length / width, type);
    for (int i = 0; i < grey.length; i++) {
      int v = grey[i];
      if (type == BufferedImage.TYPE_BYTE_GRAY) {
        image.getRaster().setSample(i % width, i / width, 0, v);
      } else {
        image.setRGB(i % width, i / width, 0xFF000000 | v * 0x010101);
      }
    }
    return image;
  }

  static byte[] write(String format, BufferedImage image) throws IOException {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    if (!ImageIO.write(image, format, out)) {
      throw new IOException("no writer for " + format);
    }
    return out.toByteArray();
  }

  static byte[] jpeg(boolean progressive, BufferedImage image) throws IOException {
    Iterator<ImageWriter> writers = ImageIO.getImageWritersByFormatName("jpeg");
    ImageWriter writer = writers.next();
    ImageWriteParam param = writer.getDefaultWriteParam();
    param.setProgressiveMode(progressive ? ImageWriteParam.MODE_DEFAULT : ImageWriteParam.MODE_DISABLED);
    param.setCompressionMode(ImageWriteParam.MODE_EXPLICIT);
    param.setCompressionQuality(0.95f);
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    writer.setOutput(ImageIO.createImageOutputStream(out));
    writer.write(null, new IIOImage(image, null, null), param);
    ((Closeable) writer.getOutput()).close();
    writer.dispose();
    return out.toByteArray();
  }

  static byte[] jpeg() throws IOException {
    return jpeg(false, image(BufferedImage.TYPE_BYTE_GRAY, letter(), WIDTH));
  }

  /** A segment behind the first marker. */
  static byte[] withSegment(byte[] jpeg, int marker, byte[] content) {
    return bytes(Arrays.copyOf(jpeg, 2), 0xFF, marker, big(2, content.length + 2), content, Arrays.copyOfRange(jpeg, 2, jpeg.length));
  }

  /** The letter in a file of every format. */
  static Map<String, byte[]> all() throws IOException {
    Map<String, byte[]> all = new TreeMap<>();
    all.put("png", png());
    all.put("interlaced.png", png(letter(), HEIGHT, WIDTH, 16, 6, true, v -> new int[] {257 * v, 257 * v, 257 * v, 65535}));
    all.put("gif", gif());
    all.put("jpg", jpeg());
    all.put("progressive.jpg", jpeg(true, image(BufferedImage.TYPE_INT_RGB, letter(), WIDTH)));
    all.put("bmp", write("bmp", image(BufferedImage.TYPE_INT_RGB, letter(), WIDTH)));
    all.put("tif", tiff());
    all.put("lzw.tif", tiffByJava("LZW"));
    all.put("webp", webp(vp8l(letter(), WIDTH)));
    all.put("pgm", bytes("P5\n# a comment\n" + WIDTH + " " + HEIGHT + "\n255\n", pixels()));
    all.put("text.pgm", bytes("P2 " + WIDTH + " " + HEIGHT + " 255\n" + String.join(" ", Arrays.stream(letter()).mapToObj(
        Integer::toString).toList()) + "\n"));
    return all;
  }

  static byte[] pixels() {
    byte[] pixels = new byte[HEIGHT * WIDTH];
    for (int i = 0; i < pixels.length; i++) {
      pixels[i] = (byte) letter()[i];
    }
    return pixels;
  }

  static byte[] tiffByJava(String compression) throws IOException {
    ImageWriter writer = ImageIO.getImageWritersByFormatName("tiff").next();
    ImageWriteParam param = writer.getDefaultWriteParam();
    param.setCompressionMode(ImageWriteParam.MODE_EXPLICIT);
    param.setCompressionType(compression);
    boolean isFax = List.of("CCITT T.4", "CCITT T.6", "CCITT RLE").contains(compression);
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    writer.setOutput(ImageIO.createImageOutputStream(out));
    int type = isFax ? BufferedImage.TYPE_BYTE_BINARY : BufferedImage.TYPE_BYTE_GRAY;
    writer.write(null, new IIOImage(image(type, letter(), WIDTH), null, null), param);
    ((Closeable) writer.getOutput()).close();
    writer.dispose();
    return out.toByteArray();
  }
}
