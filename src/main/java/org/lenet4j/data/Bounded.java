package org.lenet4j.data;

import java.io.IOException;
import java.io.InputStream;
import java.util.Arrays;

/** Reads as many bytes as a header promises, and allocates memory only when a good part of them is really there and all would fit. */
final class Bounded {
  private static final int FIRST = 65 << 20; // bytes, read before the header is believed: by then Unpacked knows what is out of proportion
  private static final double SHARE = 0.75; // of the memory that Java may use; the rest is for what is made of it

  private Bounded() {}

  /**
   * The next {@code length} bytes, or fewer if the stream ends before.
   *
   * @throws IOException if they do not fit in memory; {@code name} begins the message
   */
  static byte[] read(InputStream in, long length, String name) throws IOException {
    byte[] first = in.readNBytes((int) Math.min(length, FIRST));
    if (first.length == length || first.length < FIRST) {
      return first;
    }
    byte[] all = allocate(length, name);
    System.arraycopy(first, 0, all, 0, FIRST);
    int read = FIRST + in.readNBytes(all, FIRST, all.length - FIRST);
    return read < all.length ? Arrays.copyOf(all, read) : all;
  }

  /** How many bytes fit in an array of the memory that Java may use. */
  static long most() {
    return Math.min((long) (SHARE * Runtime.getRuntime().maxMemory()), Pixels.MOST);
  }

  /**
   * Memory for what is known to be there.
   *
   * @throws IOException if there is not enough
   */
  static byte[] allocate(long length, String name) throws IOException {
    if (length <= most()) {
      try {
        return new byte[(int) length];
      } catch (OutOfMemoryError e) { // the collector has done what it can; nothing else has failed, and what follows says it
      }
    }
    throw new IOException(name + ": holds " + (length >> 20) + " MB of data, more than fits in the "
        + (Runtime.getRuntime().maxMemory() >> 20) + " MB that Java may use; give it more memory, or less data");
  }
}
