package org.lenet4j.data.image;

import java.io.IOException;
import java.util.Locale;

/** How many pixels of a file may be decoded. It is asked with the size that a header says, before anything of that size is allocated. */
final class Budget {
  /** The system property that says it, in megapixels. */
  static final String PROPERTY = "lenet4j.megapixels";

  private static final int MEGAPIXELS = 250; // the largest sensors of today's phones have 200
  private static final int SIDE = 100_000; // a row is decoded as a whole
  private static final int MEGA = 1_000_000;

  private final int share;
  private final long most;
  private long left;

  /**
   * What is said for all, or a part of it where decoding takes more time and memory.
   *
   * @param share 1 for all, 8 for an eighth
   */
  Budget(int share) {
    this.share = share;
    most = Math.max(1L, Math.min(2000, Integer.getInteger(PROPERTY, MEGAPIXELS))) * MEGA / share;
    left = most;
  }

  /** Takes a picture of this size out of it; there are files with many pictures. */
  void take(long height, long width) throws IOException {
    if (height < 1 || width < 1) {
      throw new IOException(size(height, width) + " pixels, so there is no picture in it");
    }
    if (height > SIDE || width > SIDE) {
      throw new IOException(size(height, width) + " pixels; at most " + SIDE + " a side are read");
    }
    long pixels = height * width;
    if (pixels > most) {
      throw new IOException(size(height, width) + " pixels, which is " + pixels / MEGA + " megapixels; at most " + most / MEGA
          + " are read, -D" + PROPERTY + "=" + (pixels / MEGA + 1) * share + " for more");
    }
    left -= pixels;
  }

  /** Whether nothing is left of it. */
  boolean isSpent() {
    return left <= 0;
  }

  private static String size(long height, long width) {
    return String.format(Locale.ROOT, "it says that it has %dx%d", width, height);
  }
}
