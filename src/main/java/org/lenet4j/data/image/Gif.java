package org.lenet4j.data.image;

import java.io.IOException;
import java.nio.BufferUnderflowException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;
import org.lenet4j.data.photo.Grey;
import org.lenet4j.data.photo.Ink;
import org.lenet4j.data.photo.Levels;

/**
 * GIF (CompuServe, "Graphics Interchange Format, version 89a"): the first frame that is not blank, where it lies on the screen. Java's own
 * reader gives a frame without its place, believes the sizes that it is told, and fills up with black what is cut off.
 */
final class Gif {
  private static final int[][] PASSES = {{0, 8}, {4, 8}, {2, 4}, {1, 2}}; // of an interlaced frame: first row, distance
  private static final int[][] ONE_PASS = {{0, 1}};
  private static final int CODES = 4096;
  private static final int CLEAR_AFTERWARDS = 2; // ways to leave a frame
  private static final int RESTORE_AFTERWARDS = 3;

  private final ByteBuffer file;
  private final Budget budget;
  private int screenHeight;
  private int screenWidth;
  private byte[] screenPalette;
  private int transparent = -1; // index in the palette
  private int disposal;
  private float paper = -1; // the level that blank frames have left on the screen; below 0 it is transparent

  private int bits; // read from blocks and not yet used
  private int bitCount;
  private int blockLeft; // bytes

  private Gif(ByteBuffer file, Budget budget) {
    this.file = file;
    this.budget = budget;
  }

  static Levels read(ByteBuffer file, Budget budget) throws IOException {
    return new Gif(file.order(ByteOrder.LITTLE_ENDIAN), budget).read();
  }

  private Levels read() throws IOException {
    file.position(6);
    screenWidth = file.getShort() & 0xFFFF;
    screenHeight = file.getShort() & 0xFFFF;
    int flags = file.get();
    file.getShort(); // the colour of the background, which no viewer shows, and the pixels' shape
    screenPalette = palette(flags);
    Levels blank = null;
    while (blank == null || file.hasRemaining() && !budget.isSpent()) {
      switch (file.get() & 0xFF) {
        case '!' -> readExtension();
        case ',' -> {
          Levels frame = readFrame();
          if (!Ink.isBlank(frame.values())) {
            return frame;
          }
          blank = frame;
        }
        case ';' -> {
          if (blank == null) {
            throw new IOException("there is no picture in it");
          }
          return blank;
        }
        default -> {
          if (blank == null) {
            throw new IOException("damaged: there is no block at byte " + (file.position() - 1));
          }
          return blank;
        }
      }
    }
    return blank;
  }

  private byte[] palette(int flags) {
    if ((flags & 0x80) == 0) {
      return null;
    }
    byte[] palette = new byte[3 << (flags & 7) + 1];
    file.get(palette);
    return palette;
  }

  private void readExtension() {
    boolean isControl = (file.get() & 0xFF) == 0xF9;
    for (int length = file.get() & 0xFF; length != 0; length = file.get() & 0xFF) {
      int next = file.position() + length;
      if (isControl && length >= 4) {
        int flags = file.get();
        file.getShort(); // how long it is shown
        int index = file.get() & 0xFF;
        transparent = (flags & 1) != 0 ? index : -1;
        disposal = flags >> 2 & 7;
      }
      skipTo(next);
    }
  }

  private void skipTo(int position) {
    if (position > file.limit()) {
      throw new BufferUnderflowException();
    }
    file.position(position);
  }

  private Levels readFrame() throws IOException {
    int left = file.getShort() & 0xFFFF;
    int top = file.getShort() & 0xFFFF;
    int width = file.getShort() & 0xFFFF;
    int height = file.getShort() & 0xFFFF;
    int flags = file.get();
    int screenHeight = Math.max(this.screenHeight, top + height); // a wrong screen hides nothing
    int screenWidth = Math.max(this.screenWidth, left + width);
    budget.take(height, width);
    budget.take(screenHeight, screenWidth);
    byte[] own = palette(flags);
    byte[] palette = own != null ? own : screenPalette;
    if (palette == null) {
      throw new IOException("damaged: it has no palette");
    }
    Grey grey = new Grey(screenHeight, screenWidth, true);
    float[] row = new float[screenWidth];
    float[] alpha = new float[screenWidth];
    clear(row, alpha, 0, screenWidth);
    for (int y = 0; y < screenHeight; y++) {
      if (y < top || y >= top + height) {
        grey.add(y, 0, 1, screenWidth, row, alpha);
      }
    }
    byte[] indices = new byte[width];
    Lzw lzw = new Lzw(file.get() & 0xFF);
    for (int[] pass : (flags & 0x40) != 0 ? PASSES : ONE_PASS) {
      for (int y = pass[0]; y < height; y += pass[1]) {
        lzw.read(indices, height);
        clear(row, alpha, left, left + width);
        for (int x = 0; x < width; x++) {
          int index = indices[x] & 0xFF;
          if (index != transparent) {
            int at = 3 * Math.min(index, palette.length / 3 - 1);
            row[left + x] = Grey.luma(palette[at] & 0xFF, palette[at + 1] & 0xFF, palette[at + 2] & 0xFF);
            alpha[left + x] = 1;
          }
        }
        grey.add(top + y, 0, 1, screenWidth, row, alpha);
      }
    }
    for (skipTo(file.position() + blockLeft); file.hasRemaining();) { // what follows the last pixel, to the empty block
      int length = file.get() & 0xFF;
      if (length == 0 || length > file.remaining()) {
        break;
      }
      skipTo(file.position() + length);
    }
    Levels frame = grey.levels(255);
    leave(frame, width * height == screenWidth * screenHeight && transparent < 0);
    return frame;
  }

  private void clear(float[] row, float[] alpha, int from, int to) {
    Arrays.fill(row, from, to, Math.max(0, paper));
    Arrays.fill(alpha, from, to, paper < 0 ? 0 : 1);
  }

  /** What the next frame is drawn on, after this one was blank. */
  private void leave(Levels frame, boolean covers) {
    if (disposal == CLEAR_AFTERWARDS) {
      paper = -1;
    } else if (disposal != RESTORE_AFTERWARDS && (covers || paper < 0)) {
      paper = frame.values()[0];
    }
    transparent = -1;
    disposal = 0;
  }

  /** The frame's pixels, in the order of the file (appendix F). */
  private final class Lzw {
    private final int clear;
    private final int minimum; // bits of a code
    private final short[] prefix = new short[CODES];
    private final byte[] last = new byte[CODES];
    private final byte[] stack = new byte[CODES + 1]; // pixels of the present code, the last one first
    private int stacked;
    private int codeBits;
    private int next; // code
    private int before = -1; // the code before this one
    private byte first; // pixel of that code
    private int done; // rows

    Lzw(int minimum) throws IOException {
      if (minimum < 1 || minimum > 8) {
        throw new IOException("damaged: its codes have " + minimum + " bits");
      }
      this.minimum = minimum;
      clear = 1 << minimum;
      for (int i = 0; i < clear; i++) {
        last[i] = (byte) i;
      }
      bitCount = 0;
      bits = 0;
      blockLeft = 0;
      reset();
    }

    private void reset() {
      codeBits = minimum + 1;
      next = clear + 2;
      before = -1;
    }

    void read(byte[] row, int height) throws IOException {
      for (int x = 0; x < row.length; x++) {
        if (stacked == 0) {
          expand(code(height), height);
        }
        row[x] = stack[--stacked];
      }
      done++;
    }

    private int code(int height) throws IOException {
      while (bitCount < codeBits) {
        if (blockLeft == 0) {
          blockLeft = file.hasRemaining() ? file.get() & 0xFF : 0;
        }
        if (blockLeft == 0 || !file.hasRemaining()) {
          throw new IOException("cut off: it ends before row " + done + " of " + height);
        }
        bits |= (file.get() & 0xFF) << bitCount;
        bitCount += 8;
        blockLeft--;
      }
      int code = bits & (1 << codeBits) - 1;
      bits >>>= codeBits;
      bitCount -= codeBits;
      return code;
    }

    private void expand(int given, int height) throws IOException {
      int code = given;
      while (code == clear) {
        reset();
        code = code(height);
      }
      if (code == clear + 1) {
        throw new IOException("damaged: its data end before row " + done + " of " + height);
      }
      if (code > next || code == next && before < 0 || code >= next && next == CODES) {
        throw new IOException("damaged: there is no code " + code);
      }
      int walk = code;
      if (code == next) { // it is the one before with its own first pixel at the end
        stack[stacked++] = first;
        walk = before;
      }
      for (; walk >= clear; walk = prefix[walk]) {
        stack[stacked++] = last[walk];
      }
      first = (byte) walk;
      stack[stacked++] = first;
      if (before >= 0 && next < CODES) {
        prefix[next] = (short) before;
        last[next++] = first;
        if (next == 1 << codeBits && codeBits < 12) {
          codeBits++;
        }
      }
      before = code;
    }
  }
}
