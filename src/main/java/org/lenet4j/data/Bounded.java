package org.lenet4j.data;

import java.io.IOException;
import java.io.InputStream;
import java.util.Arrays;

/** Reads as many bytes as a header promises, and allocates memory only when a good part of them is really there and all would fit. */
final class Bounded {
  private static final int FIRST = 1 << 20; // bytes
  private static final int GROWTH = 4; // times what has been read
  private static final int ENOUGH = 64 << 20; // bytes after which the header is believed: Unpacked knows by then what is out of proportion
  private static final double SHARE = 0.75; // of the memory that Java may use; the rest is for what is made of it

  private Bounded() {}

  /**
   * The next {@code length} bytes, or fewer if the stream ends before.
   *
   * @throws IOException if they do not fit in memory; {@code name} begins the message
   */
  static byte[] read(InputStream in, long length, String name) throws IOException {
    byte[] bytes = new byte[(int) Math.min(length, FIRST)];
    int read = in.readNBytes(bytes, 0, bytes.length);
    while (read == bytes.length && read < length) {
      long more = read < ENOUGH ? Math.min(length, (long) GROWTH * read) : length;
      byte[] larger = allocate(more, name);
      System.arraycopy(bytes, 0, larger, 0, read);
      bytes = larger;
      read += in.readNBytes(bytes, read, bytes.length - read);
    }
    return read < bytes.length ? Arrays.copyOf(bytes, read) : bytes;
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
