package org.lenet4j.data.image;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.HashMap;
import java.util.Locale;
import java.util.Map;
import org.lenet4j.data.photo.Grey;
import org.lenet4j.data.photo.Levels;

/** PBM, PGM, PPM and PAM, as text and binary (netpbm.sourceforge.net/doc/pnm.html and its neighbours). */
final class Pnm {
  private static final int DEEPEST = 65535;

  private final ByteBuffer file;
  private int height;
  private int width;
  private int samples = 1; // a pixel
  private int maximum = 1;
  private boolean isText;
  private boolean isBitmap;

  private Pnm(ByteBuffer file) {
    this.file = file;
  }

  static Levels read(ByteBuffer file, Budget budget) throws IOException {
    Pnm pnm = new Pnm(file);
    pnm.readHeader();
    if (pnm.maximum < 1 || pnm.maximum > DEEPEST || pnm.samples < 1 || pnm.samples > 4) {
      throw new IOException("damaged: it says " + pnm.samples + " samples a pixel, the largest " + pnm.maximum);
    }
    budget.take(pnm.height, pnm.width);
    return pnm.readRows();
  }

  private void readHeader() throws IOException {
    file.position(1);
    int kind = file.get() - '0';
    if (kind == 7) {
      readArbitraryHeader();
      return;
    }
    isText = kind <= 3;
    isBitmap = kind == 1 || kind == 4;
    samples = kind == 3 || kind == 6 ? 3 : 1;
    width = number();
    height = number();
    if (!isBitmap) {
      maximum = number();
    }
    if (!isText) {
      file.get(); // one blank
    }
  }

  /** PAM's lines of names and values. */
  private void readArbitraryHeader() throws IOException {
    Map<String, String> header = new HashMap<>();
    for (String line = line(); !line.equals("ENDHDR"); line = line()) {
      String[] words = line.split("\\s+", 2);
      if (words.length == 2) {
        header.put(words[0].toUpperCase(Locale.ROOT), words[1].strip());
      }
    }
    try {
      width = Integer.parseInt(header.getOrDefault("WIDTH", "0"));
      height = Integer.parseInt(header.getOrDefault("HEIGHT", "0"));
      samples = Integer.parseInt(header.getOrDefault("DEPTH", "0"));
      maximum = Integer.parseInt(header.getOrDefault("MAXVAL", "0"));
    } catch (NumberFormatException e) {
      throw new IOException("damaged: its header is " + header, e);
    }
  }

  private String line() {
    StringBuilder line = new StringBuilder();
    for (char c = (char) file.get(); c != '\n'; c = (char) file.get()) {
      line.append(c);
    }
    return line.toString().strip();
  }

  /** The next number in text. */
  private int number() throws IOException {
    int c = word();
    long number = 0;
    for (int digits = 0; c >= '0' && c <= '9'; digits++) {
      number = digits < 10 ? 10 * number + c - '0' : number;
      if (!file.hasRemaining()) {
        return small(number);
      }
      c = file.get();
    }
    if (c > ' ' || c < 0) {
      throw new IOException("damaged: no number at byte " + (file.position() - 1));
    }
    file.position(file.position() - 1);
    return small(number);
  }

  /** The first byte that is neither blank nor in a comment. */
  private int word() {
    int c = file.get();
    while (c == '#' || c <= ' ' && c >= 0) {
      while (c == '#' && file.get() != '\n') { } // to the end of the line
      c = file.get();
    }
    return c;
  }

  private static int small(long number) {
    return (int) Math.min(Integer.MAX_VALUE, number);
  }

  private Levels readRows() throws IOException {
    boolean hasAlpha = samples == 2 || samples == 4;
    Grey grey = new Grey(height, width, hasAlpha);
    float[] row = new float[width];
    float[] alpha = hasAlpha ? new float[width] : null;
    int[] pixel = new int[4];
    int largest = 0;
    int eight = 0; // pixels of a binary bitmap
    for (int y = 0; y < height; y++) {
      for (int x = 0; x < width; x++) {
        if (isBitmap) {
          eight = isText ? bit() : x % 8 == 0 ? file.get() & 0xFF : eight << 1;
          pixel[0] = eight >> (isText ? 0 : 7) & 1 ^ 1; // black is 1
        } else {
          for (int i = 0; i < samples; i++) {
            pixel[i] = isText ? number() : maximum > 255 ? file.getShort() & 0xFFFF : file.get() & 0xFF;
          }
        }
        int colours = samples - (hasAlpha ? 1 : 0);
        for (int i = 0; i < colours; i++) {
          largest = Math.max(largest, pixel[i] = Math.min(pixel[i], maximum));
        }
        row[x] = colours == 1 ? pixel[0] : Grey.luma(pixel[0], pixel[1], pixel[2]);
        if (hasAlpha) {
          alpha[x] = Math.min(1, pixel[samples - 1] / (float) maximum);
        }
      }
      grey.add(y, 0, 1, width, row, alpha);
    }
    return grey.levels(maximum <= 255 ? maximum : Math.min(maximum, Grey.white(largest)));
  }

  /** Bits in text need no blanks between them. */
  private int bit() throws IOException {
    int c = word();
    if (c != '0' && c != '1') {
      throw new IOException("damaged: no bit at byte " + (file.position() - 1));
    }
    return c - '0';
  }
}
