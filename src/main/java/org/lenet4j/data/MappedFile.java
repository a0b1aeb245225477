package org.lenet4j.data;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.MappedByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.FileTime;
import org.lenet4j.file.FileNames;
import org.lenet4j.file.Input;

/**
 * Images in a file of any size that is mapped into memory: what is read of it, the system keeps as long as it has memory to spare. The
 * mapping ends when the collector finds that nobody has it any more; Java 17 has no other way that is safe.
 */
final class MappedFile implements Pixels {
  private static final int LOOK = (1 << 14) - 1; // the file is looked at whenever a multiple of so many plus 1 is read

  private final Path file;
  private final int count;
  private final int size;
  private final int shift; // of an image's number to its segment's
  private final MappedByteBuffer[] segments; // of 2^shift images each, for a buffer has at most 2 GB
  private final long length;
  private final FileTime modified;

  /**
   * Maps it.
   *
   * @param from where the first image begins, in bytes
   * @throws IOException if it cannot be mapped or is too short
   */
  MappedFile(Path file, long from, int count, int size) throws IOException {
    this(file, from, count, size, Integer.MAX_VALUE);
  }

  /** In segments of at most so many bytes, for tests. */
  MappedFile(Path file, long from, int count, int size, int most) throws IOException {
    this.file = file;
    this.count = count;
    this.size = size;
    shift = Integer.SIZE - 1 - Integer.numberOfLeadingZeros(most / size);
    segments = new MappedByteBuffer[(count - 1 >>> shift) + 1];
    long end = Math.addExact(from, (long) count * size);
    try (FileChannel channel = FileChannel.open(file)) {
      length = channel.size();
      modified = Files.getLastModifiedTime(file);
      if (length < end) { // mapping more than there is makes the JVM stumble over it later
        throw new IOException(file + ": has " + length + " bytes, but " + count + " images of " + size + " bytes each from byte " + from
            + " on end at byte " + end);
      }
      for (int i = 0; i < segments.length; i++) {
        long start = from + ((long) i << shift) * size;
        segments[i] = channel.map(FileChannel.MapMode.READ_ONLY, start, Math.min((long) size << shift, end - start));
      }
    } catch (FileSystemException e) {
      throw Input.explain(file, e);
    } catch (IOException e) {
      throw FileNames.named(file.toString(), e);
    }
  }

  @Override public int count() {
    return count;
  }

  @Override public int size() {
    return size;
  }

  @Override public void copy(int first, int count, byte[] into, int at) {
    if ((first & LOOK) == 0) {
      checkUnchanged();
    }
    try {
      for (int done = 0; done < count;) {
        int sample = first + done;
        int place = sample & (1 << shift) - 1; // in its segment
        int next = Math.min(count - done, (1 << shift) - place);
        segments[sample >>> shift].get(place * size, into, at + done * size, next * size);
        done += next;
      }
    } catch (InternalError e) { // JDK 17 says only at the thread's next safepoint, which may be elsewhere, that there was no such page
      checkUnchanged();
      throw e;
    }
  }

  @Override public void checkUnchanged() {
    BasicFileAttributes now;
    try {
      now = Files.readAttributes(file, BasicFileAttributes.class);
    } catch (IOException e) {
      throw unchecked(Input.explain(file, e));
    }
    if (now.size() != length || !now.lastModifiedTime().equals(modified)) {
      throw unchecked(new IOException(file + ": was changed or replaced while its images were in use; they are read from it all the time,"
          + " so leave it as it is and begin again"));
    }
  }

  private static UncheckedIOException unchecked(IOException e) {
    return new UncheckedIOException(e.getMessage(), e);
  }

  @Override public String toString() {
    return file.toString();
  }
}
