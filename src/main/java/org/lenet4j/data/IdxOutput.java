package org.lenet4j.data;

import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.io.RandomAccessFile;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.channels.Channels;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.zip.GZIPOutputStream;

/** Writes IDX files of images or labels, which the magic number says. */
final class IdxOutput {
  private IdxOutput() {}

  /** A new file. */
  static void write(Path file, Dataset data, int magic) throws IOException {
    try (OutputStream raw = Files.newOutputStream(file);
        OutputStream out = new BufferedOutputStream(isCompressed(file) ? new GZIPOutputStream(raw, 1 << 16) : raw, 1 << 16)) {
      out.write(header(data, magic, data.size()));
      write(out, data, magic);
    }
  }

  private static boolean isCompressed(Path file) {
    return file.getFileName().toString().endsWith(".gz");
  }

  /** Behind what a file has. */
  static void append(Path file, Dataset data, int magic) throws IOException {
    if (isCompressed(file)) {
      throw new IllegalArgumentException(file + ": a compressed file cannot be added to; give a name without .gz");
    }
    try (RandomAccessFile to = new RandomAccessFile(file.toFile(), "rw")) {
      int before = to.length() == 0 ? 0 : count(file, to, data, magic);
      int all = Math.addExact(before, data.size());
      to.seek(to.length());
      OutputStream out = new BufferedOutputStream(Channels.newOutputStream(to.getChannel()), 1 << 16);
      if (before == 0) {
        out.write(header(data, magic, data.size()));
      }
      write(out, data, magic);
      out.flush();
      to.seek(Integer.BYTES);
      to.writeInt(all); // last: until then the file is too long, and no reader takes it
    }
  }

  /** How many a file has, if it is one of such images or labels and whole. */
  private static int count(Path file, RandomAccessFile from, Dataset data, int magic) throws IOException {
    byte[] expected = header(data, magic, 0);
    byte[] found = new byte[expected.length];
    from.seek(0);
    from.read(found);
    int count = ByteBuffer.wrap(found).getInt(Integer.BYTES);
    Arrays.fill(found, Integer.BYTES, 2 * Integer.BYTES, (byte) 0);
    long size = magic == Idx.IMAGES ? data.shape().size() : 1;
    if (count < 0 || !Arrays.equals(found, expected) || from.length() != expected.length + count * size) {
      throw new IOException(file + ": is no whole IDX file of " + (magic == Idx.IMAGES ? "images of " + data.shape() : "labels")
          + ", and cannot be added to; give another name, or remove it");
    }
    return count;
  }

  private static byte[] header(Dataset data, int magic, int count) {
    ByteBuffer header = ByteBuffer.allocate(magic == Idx.IMAGES ? 4 * Integer.BYTES : 2 * Integer.BYTES).putInt(magic).putInt(count);
    if (magic == Idx.IMAGES) {
      header.putInt(data.shape().height()).putInt(data.shape().width());
    }
    return header.array();
  }

  private static void write(OutputStream out, Dataset data, int magic) throws IOException {
    if (magic == Idx.LABELS) {
      for (int label : data.labels()) {
        out.write(label);
      }
      return;
    }
    try {
      data.blocks((images, first, count) -> {
        try {
          out.write(images, 0, count * data.shape().size());
        } catch (IOException e) {
          throw new UncheckedIOException(e);
        }
      });
    } catch (UncheckedIOException e) {
      throw e.getCause();
    }
  }
}
