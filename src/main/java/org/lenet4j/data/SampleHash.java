package org.lenet4j.data;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;

/**
 * What tells one sample from another: a hash of its image's bytes as a net sees them, framed and without its label. It stays what it is
 * when the file is renamed, moved, copied or stored in another lossless format, and it is the same for all copies of a picture, whatever
 * folder or class they are in. A picture that loses detail, as in a JPEG file made of it, is another sample.
 */
final class SampleHash {
  private static final VarHandle LONG = MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.LITTLE_ENDIAN);
  private static final long ODD = 0x9E3779B97F4A7C15L; // 2^64 over the golden ratio

  private SampleHash() {}

  /** Of each sample, {@code (size)}. */
  static long[] of(Dataset data) {
    int length = data.shape().size();
    long[] hashes = new long[data.size()];
    data.blocks((images, first, count) -> {
      for (int i = 0; i < count; i++) {
        hashes[first + i] = of(images, i * length, length);
      }
    });
    return hashes;
  }

  private static long of(byte[] bytes, int from, int length) {
    long hash = length;
    int i = from;
    for (; i + Long.BYTES <= from + length; i += Long.BYTES) {
      hash = (hash ^ (long) LONG.get(bytes, i)) * ODD;
      hash ^= hash >>> 32;
    }
    for (; i < from + length; i++) {
      hash = (hash ^ bytes[i] & 0xFF) * ODD;
      hash ^= hash >>> 32;
    }
    return mix(hash);
  }

  /** Spreads every bit over all: the end of MurmurHash3 (A. Appleby, public domain). */
  static long mix(long hash) {
    long mixed = (hash ^ hash >>> 33) * 0xFF51AFD7ED558CCDL;
    mixed = (mixed ^ mixed >>> 33) * 0xC4CEB9FE1A85EC53L;
    return mixed ^ mixed >>> 33;
  }
}
