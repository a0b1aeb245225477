package org.lenet4j.data.image;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.zip.DataFormatException;
import java.util.zip.Inflater;
import org.lenet4j.data.photo.Grey;
import org.lenet4j.data.photo.Levels;

/**
 * PNG (W3C, "Portable Network Graphics Specification", third edition), row by row. Java's own reader takes longer to load than the answer
 * takes, keeps the whole picture, and does not look at the sum of its bytes.
 */
final class Png {
  private static final int SIGNATURE = 8;
  private static final int GREY = 0; // types of colour
  private static final int RGB = 2;
  private static final int PALETTE = 3;
  private static final int GREY_ALPHA = 4;
  private static final int RGB_ALPHA = 6;
  private static final int[] SAMPLES = {1, 0, 3, 1, 2, 0, 4}; // a pixel, by type
  private static final String[] DEPTHS = {"1 2 4 8 16", "", "8 16", "1 2 4 8", "8 16", "", "8 16"};
  private static final int[][] PASSES = {{0, 0, 8, 8}, {0, 4, 8, 8}, {4, 0, 8, 4}, {0, 2, 4, 4}, {2, 0, 4, 2}, {0, 1, 2, 2}, {1, 0, 2, 1}};
  private static final int[][] ONE_PASS = {{0, 0, 1, 1}}; // first row and column, their distances

  private final ByteBuffer file;
  private int height;
  private int width;
  private int depth;
  private int type;
  private boolean interlaced;
  private int orientation = 1;
  private byte[] palette = new byte[0]; // red, green, blue
  private byte[] transparency; // of tRNS, or null
  private int chunk; // of image data: where it ends
  private float largest; // sample
  private final Inflater inflater = new Inflater();

  private Png(ByteBuffer file) {
    this.file = file;
  }

  static Levels read(ByteBuffer file, Budget budget) throws IOException {
    Png png = new Png(file);
    try {
      png.readHeader(budget);
      Levels levels = png.readRows();
      return levels.turned(png.orientation);
    } catch (DataFormatException e) {
      throw new IOException("damaged: " + e.getMessage(), e);
    } finally {
      png.inflater.end();
    }
  }

  /** Up to the image data, and beyond it for the orientation, which may come after them. */
  private void readHeader(Budget budget) throws IOException {
    file.position(SIGNATURE);
    int data = 0; // where they begin
    while (file.remaining() >= 8) {
      int start = file.position();
      long length = file.getInt() & 0xFFFFFFFFL;
      String name = name(file.getInt());
      if (start == SIGNATURE && !name.equals("IHDR")) {
        throw new IOException("damaged: it begins with " + name);
      }
      if (name.equals("IDAT") && data == 0) {
        data = start;
      }
      if (length > file.remaining()) {
        break;
      }
      int next = (int) Math.min(file.limit(), file.position() + length + 4); // behind the check sum
      switch (name) {
        case "IHDR" -> readSize(budget);
        case "PLTE" -> palette = bytes((int) Math.min(length, 768));
        case "tRNS" -> transparency = bytes((int) Math.min(length, 256));
        case "eXIf" -> orientation = TiffTags.orientation(file.slice(file.position(), (int) length));
        default -> { }
      }
      if (name.equals("IEND")) {
        break;
      }
      file.position(next);
    }
    if (data == 0) {
      throw new IOException("cut off: there are no image data in it");
    }
    if (type == PALETTE && palette.length < 3) {
      throw new IOException("damaged: its palette is missing");
    }
    file.position(data);
    chunk = data;
  }

  private static String name(int code) {
    StringBuilder name = new StringBuilder();
    for (int shift = 24; shift >= 0; shift -= 8) {
      char c = (char) (code >> shift & 0xFF);
      name.append(c > ' ' && c < 127 ? c : '?');
    }
    return name.toString();
  }

  private byte[] bytes(int length) {
    byte[] bytes = new byte[length];
    file.get(bytes);
    return bytes;
  }

  private void readSize(Budget budget) throws IOException {
    width = file.getInt();
    height = file.getInt();
    depth = file.get();
    type = file.get();
    file.getShort(); // methods of compression and of filtering: there is one of each
    interlaced = file.get() != 0;
    if (type < 0 || type >= SAMPLES.length || !Arrays.asList(DEPTHS[type].split(" ")).contains(Integer.toString(depth))) {
      throw new IOException("damaged: its type of colour is " + type + " with " + depth + " bits");
    }
    budget.take(height, width);
  }

  private Levels readRows() throws IOException, DataFormatException {
    boolean alpha = type == GREY_ALPHA || type == RGB_ALPHA || transparency != null;
    Grey grey = new Grey(height, width, alpha);
    float[] levels = new float[width];
    float[] alphas = alpha ? new float[width] : null;
    int pixelBits = SAMPLES[type] * depth;
    byte[] row = new byte[1 + (width * pixelBits + 7) / 8]; // with the filter's number before it
    byte[] above = new byte[row.length];
    for (int[] pass : interlaced ? PASSES : ONE_PASS) {
      int columns = (width - pass[1] + pass[3] - 1) / pass[3];
      if (columns > 0) {
        int length = 1 + (columns * pixelBits + 7) / 8;
        Arrays.fill(above, (byte) 0);
        for (int y = pass[0]; y < height; y += pass[2]) {
          inflate(row, length, y);
          unfilter(row, above, length, Math.max(1, pixelBits / 8));
          levels(row, columns, levels, alphas);
          grey.add(y, pass[1], pass[3], columns, levels, alphas);
          byte[] swapped = above;
          above = row;
          row = swapped;
        }
      }
    }
    inflater.inflate(new byte[1]); // to the end: the sum over all bytes is checked there
    boolean isMask = depth == 8 && type != PALETTE && largest == 1; // 0 and 1, as programs write masks
    return grey.levels(type == PALETTE || depth == 8 && !isMask ? 255 : depth == 16 ? Grey.white(largest) : isMask ? 1 : (1 << depth) - 1);
  }

  private void inflate(byte[] row, int length, int y) throws IOException, DataFormatException {
    for (int have = 0; have < length;) {
      int more = inflater.inflate(row, have, length - have);
      have += more;
      if (more == 0 && (inflater.finished() || inflater.needsDictionary() || !nextData())) {
        throw new IOException((inflater.finished() ? "damaged: its data end" : "cut off: it ends") + " before row " + y + " of " + height);
      }
    }
  }

  /** Gives the next chunk of image data to the inflater, or what there is of it. */
  private boolean nextData() {
    while (file.limit() - chunk >= 8) {
      long length = file.getInt(chunk) & 0xFFFFFFFFL;
      boolean isData = name(file.getInt(chunk + 4)).equals("IDAT");
      int begin = chunk + 8;
      int end = (int) Math.min(file.limit(), begin + length);
      chunk = (int) Math.min(file.limit(), end + 4L);
      if (!isData) {
        return false; // they follow each other
      }
      if (end > begin) {
        inflater.setInput(file.slice(begin, end - begin));
        return true;
      }
    }
    return false;
  }

  /** Section 9 of the specification. */
  private static void unfilter(byte[] row, byte[] above, int length, int pixel) throws IOException {
    switch (row[0]) {
      case 0 -> { }
      case 1 -> {
        for (int i = 1 + pixel; i < length; i++) {
          row[i] += row[i - pixel];
        }
      }
      case 2 -> {
        for (int i = 1; i < length; i++) {
          row[i] += above[i];
        }
      }
      case 3 -> {
        for (int i = 1; i < length; i++) {
          int left = i > pixel ? row[i - pixel] & 0xFF : 0;
          row[i] += (byte) (left + (above[i] & 0xFF) >> 1);
        }
      }
      case 4 -> {
        for (int i = 1; i < length; i++) {
          int left = i > pixel ? row[i - pixel] & 0xFF : 0;
          int corner = i > pixel ? above[i - pixel] & 0xFF : 0;
          row[i] += (byte) paeth(left, above[i] & 0xFF, corner);
        }
      }
      default -> throw new IOException("damaged: a row has the filter " + (row[0] & 0xFF));
    }
  }

  private static int paeth(int left, int up, int corner) {
    int toLeft = Math.abs(up - corner);
    int toUp = Math.abs(left - corner);
    int toCorner = Math.abs(left + up - 2 * corner);
    return toLeft <= toUp && toLeft <= toCorner ? left : toUp <= toCorner ? up : corner;
  }

  /** One row's bytes as levels, and as alphas if there are any. */
  private void levels(byte[] row, int columns, float[] levels, float[] alphas) {
    int samples = SAMPLES[type];
    for (int x = 0; x < columns; x++) {
      int first = sample(row, x * samples);
      if (type == PALETTE) {
        int entry = 3 * Math.min(first, palette.length / 3 - 1);
        levels[x] = Grey.luma(palette[entry] & 0xFF, palette[entry + 1] & 0xFF, palette[entry + 2] & 0xFF);
        if (alphas != null) {
          alphas[x] = first < transparency.length ? (transparency[first] & 0xFF) / 255f : 1;
        }
        continue;
      }
      largest = Math.max(largest, first);
      int green = first;
      int blue = first;
      if (samples >= 3) {
        green = sample(row, x * samples + 1);
        blue = sample(row, x * samples + 2);
        largest = Math.max(largest, Math.max(green, blue));
      }
      levels[x] = samples >= 3 ? Grey.luma(first, green, blue) : first;
      if (alphas != null) {
        alphas[x] = type == GREY || type == RGB ? isKey(first, green, blue) ? 0 : 1
            : sample(row, x * samples + samples - 1) / (float) ((1 << depth) - 1);
      }
    }
  }

  private int sample(byte[] row, int index) {
    return switch (depth) {
      case 8 -> row[1 + index] & 0xFF;
      case 16 -> (row[1 + 2 * index] & 0xFF) << 8 | row[2 + 2 * index] & 0xFF;
      default -> (row[1 + index * depth / 8] & 0xFF) >> 8 - depth - index * depth % 8 & (1 << depth) - 1;
    };
  }

  /** Whether a colour is the one that stands for transparent. */
  private boolean isKey(int red, int green, int blue) {
    return keySample(0) == red && (type == GREY || keySample(1) == green && keySample(2) == blue);
  }

  private int keySample(int i) {
    return transparency.length < 2 * i + 2 ? -1
        : ((transparency[2 * i] & 0xFF) << 8 | transparency[2 * i + 1] & 0xFF) & (1 << depth) - 1;
  }
}
