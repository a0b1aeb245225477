package org.lenet4j.data;

import java.io.BufferedInputStream;
import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.util.function.LongSupplier;
import java.util.zip.GZIPInputStream;

/**
 * The content of what is compressed, up to {@link #TIMES} times its size: handwriting becomes 5 to 50 times smaller, and what becomes 1000
 * times larger takes memory and time out of all proportion to its file.
 */
final class Unpacked extends FilterInputStream {
  private static final int FREE = 1 << 26; // bytes, whatever they were before
  private static final int TIMES = 200;

  private final LongSupplier packed;
  private long read;

  /**
   * A stream that unpacks.
   *
   * @param packed how many bytes it has taken so far, or will take in all
   */
  Unpacked(InputStream in, LongSupplier packed) {
    super(in);
    this.packed = packed;
  }

  /** What gzip has made of a stream; closing it closes that. */
  static InputStream gzip(InputStream in) throws IOException {
    Counted counted = new Counted(in);
    return new BufferedInputStream(new Unpacked(new GZIPInputStream(counted, 1 << 13), () -> counted.read), 1 << 13);
  }

  private static final class Counted extends FilterInputStream {
    private long read;

    Counted(InputStream in) {
      super(in);
    }

    @Override public int read(byte[] bytes, int from, int length) throws IOException { // all that gzip's stream calls
      int more = super.read(bytes, from, length);
      read += Math.max(0, more);
      return more;
    }
  }

  @Override public int read() throws IOException {
    int b = super.read();
    count(b < 0 ? 0 : 1);
    return b;
  }

  @Override public int read(byte[] bytes, int from, int length) throws IOException {
    return count(super.read(bytes, from, length));
  }

  private int count(int more) throws IOException {
    read += Math.max(0, more);
    check(read);
    return more;
  }

  /** Throws if so many bytes are out of proportion: as soon as it is known that there will be as many. */
  void check(long bytes) throws IOException {
    if (bytes > FREE && bytes / TIMES > packed.getAsLong()) {
      throw new IOException("it unpacks to more than " + TIMES + " times its size, which images do not; unpack it first if it is meant"
          + " to be so");
    }
  }
}
