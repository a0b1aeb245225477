package org.lenet4j.data.image;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;
import org.lenet4j.data.photo.Grey;
import org.lenet4j.data.photo.Levels;

/**
 * BMP with 1 to 32 bits a pixel, run lengths and masks (Microsoft, "Bitmap storage" and BITMAPV5HEADER). Java's own reader allocates what
 * the header says before it looks for it.
 */
final class Bmp {
  private static final int FILE_HEADER = 14;
  private static final int OLDEST = 12; // size of OS/2's header
  private static final int RGB = 0; // ways to write pixels
  private static final int RUNS_OF_8 = 1;
  private static final int RUNS_OF_4 = 2;
  private static final int MASKS = 3;
  private static final int ALPHA_MASKS = 6;

  private final ByteBuffer file;
  private int height;
  private int width;
  private boolean topDown;
  private int bits;
  private int compression;
  private float[] palette; // levels
  private final int[] masks = {0xFF0000, 0xFF00, 0xFF, 0}; // red, green, blue, alpha

  private Bmp(ByteBuffer file) {
    this.file = file;
  }

  static Levels read(ByteBuffer file, Budget budget) throws IOException {
    Bmp bmp = new Bmp(file.order(ByteOrder.LITTLE_ENDIAN));
    bmp.readHeader(budget);
    return bmp.compression == RUNS_OF_8 || bmp.compression == RUNS_OF_4 ? bmp.readRuns() : bmp.readRows();
  }

  private void readHeader(Budget budget) throws IOException {
    file.position(10);
    int data = file.getInt();
    int size = file.getInt();
    boolean old = size == OLDEST;
    long rows;
    if (old) {
      width = file.getShort() & 0xFFFF;
      rows = file.getShort() & 0xFFFF;
    } else {
      width = file.getInt();
      rows = file.getInt();
    }
    topDown = rows < 0;
    budget.take(Math.abs(rows), width);
    height = (int) Math.abs(rows);
    file.getShort(); // planes
    bits = file.getShort();
    compression = old ? RGB : file.getInt();
    boolean isMasked = (compression == MASKS || compression == ALPHA_MASKS) && (bits == 16 || bits == 32);
    if (!(isMasked || compression == RGB && (bits == 1 || bits == 4 || bits == 8 || bits == 16 || bits == 24 || bits == 32)
        || compression == RUNS_OF_8 && bits == 8 || compression == RUNS_OF_4 && bits == 4)) {
      throw new IOException("of a kind that is not read: " + bits + " bits a pixel, compression " + compression);
    }
    if (isMasked) {
      file.position(FILE_HEADER + 40);
      for (int i = 0; i < (compression == ALPHA_MASKS || size >= 56 ? 4 : 3); i++) {
        masks[i] = file.getInt();
      }
    } else if (bits == 16) {
      masks[0] = 0x7C00;
      masks[1] = 0x3E0;
      masks[2] = 0x1F;
    }
    if (bits <= 8) {
      readPalette(FILE_HEADER + (size & 0xFFFFFFFFL), data & 0xFFFFFFFFL, old ? 3 : 4);
    }
    seek(data & 0xFFFFFFFFL);
  }

  private void seek(long position) throws IOException {
    if (position > file.limit()) {
      throw new IOException("cut off: it ends before its pixels");
    }
    file.position((int) position);
  }

  private void readPalette(long begin, long end, int entry) throws IOException {
    palette = new float[1 << bits]; // black where the file has fewer
    seek(begin);
    for (int i = 0; i < palette.length && file.position() + entry <= Math.min(end, file.limit()); i++) {
      int blue = file.get() & 0xFF;
      int green = file.get() & 0xFF;
      palette[i] = Grey.luma(file.get() & 0xFF, green, blue);
      file.position(file.position() + entry - 3);
    }
  }

  private Levels readRows() throws IOException {
    Grey grey = new Grey(height, width, masks[3] != 0);
    float[] row = new float[width];
    float[] alpha = masks[3] == 0 ? null : new float[width];
    byte[] bytes = new byte[(width * bits + 31) / 32 * 4];
    int used = (width * bits + 7) / 8; // the last row need not be filled up
    for (int y = 0; y < height; y++) {
      if (file.remaining() < used) {
        throw new IOException("cut off: it ends before row " + y + " of " + height);
      }
      file.get(bytes, 0, Math.min(bytes.length, file.remaining()));
      for (int x = 0; x < width; x++) {
        if (bits <= 8) {
          int shift = 8 - bits - x * bits % 8;
          row[x] = palette[(bytes[x * bits / 8] & 0xFF) >> shift & (1 << bits) - 1];
        } else {
          int pixel = 0;
          for (int i = bits / 8 - 1; i >= 0; i--) {
            pixel = pixel << 8 | bytes[x * bits / 8 + i] & 0xFF;
          }
          row[x] = Grey.luma(field(pixel, masks[0]), field(pixel, masks[1]), field(pixel, masks[2]));
          if (alpha != null) {
            alpha[x] = field(pixel, masks[3]) / 255;
          }
        }
      }
      grey.add(topDown ? y : height - 1 - y, 0, 1, width, row, alpha);
    }
    return grey.levels(255);
  }

  private static float field(int pixel, int mask) {
    if (mask == 0) {
      return 0;
    }
    int shift = Integer.numberOfTrailingZeros(mask);
    return 255f * ((pixel & mask) >>> shift) / (mask >>> shift);
  }

  /** A byte that counts and the pixel to repeat, or 0 and what else there is: the end of a row (0), of all (1), a jump (2), or pixels. */
  private Levels readRuns() throws IOException {
    Grey grey = new Grey(height, width, false);
    float[] row = new float[width];
    Arrays.fill(row, palette[0]); // what is jumped over
    int x = 0;
    int y = 0;
    while (y < height) {
      if (file.remaining() < 2) {
        throw new IOException("cut off: it ends before row " + y + " of " + height);
      }
      int count = file.get() & 0xFF;
      int value = file.get() & 0xFF;
      if (count > 0) {
        for (int i = 0; i < count && x < width; i++) {
          row[x++] = palette[bits == 8 ? value : i % 2 == 0 ? value >> 4 : value & 0xF];
        }
      } else if (value > 2) {
        for (int i = 0, pair = 0; i < value; i++) {
          pair = bits == 8 || i % 2 == 0 ? file.get() & 0xFF : pair << 4 & 0xFF;
          if (x < width) {
            row[x++] = palette[bits == 8 ? pair : pair >> 4];
          }
        }
        int length = bits == 8 ? value : (value + 1) / 2;
        if (length % 2 == 1) {
          file.get(); // to an even number
        }
      } else {
        int right = value == 2 ? file.get() & 0xFF : 0;
        int up = value == 2 ? file.get() & 0xFF : value == 0 ? 1 : height - y;
        for (; up > 0 && y < height; up--) {
          grey.add(topDown ? y : height - 1 - y, 0, 1, width, row, null);
          Arrays.fill(row, palette[0]);
          y++;
          x = value == 2 ? x : 0;
        }
        x = Math.min(width, x + right);
      }
    }
    return grey.levels(255);
  }
}
