package org.lenet4j.data;

import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import org.lenet4j.data.image.ImageBytes;

/** Reads image files. What a file is, is told by its first bytes, not by its name. */
public final class ImageFile {
  private static final int MAPPED = 1 << 24; // bytes; longer files are not copied into memory

  private ImageFile() {}

  /**
   * Reads one image file.
   *
   * @throws IOException if it cannot be read or is no image; the message names the file
   */
  public static Picture read(Path file) throws IOException {
    if (!Files.isRegularFile(file)) {
      throw new IOException(file + ": " + (Files.exists(file) ? "not a file" : "no such file"));
    }
    if (Files.size(file) <= MAPPED) {
      return read(file.toString(), ByteBuffer.wrap(Files.readAllBytes(file)));
    }
    try (FileChannel channel = FileChannel.open(file)) {
      return read(file.toString(), channel.map(FileChannel.MapMode.READ_ONLY, 0, Math.min(channel.size(), Integer.MAX_VALUE)));
    }
  }

  /**
   * As {@link #read(Path)}, from a stream, which is read to its end and not closed.
   *
   * @param name what messages call it
   */
  public static Picture read(String name, InputStream in) throws IOException {
    return read(name, in.readAllBytes());
  }

  /**
   * As {@link #read(Path)}, from the bytes of a file.
   *
   * @param name what messages call it
   */
  public static Picture read(String name, byte[] bytes) throws IOException {
    return read(name, ByteBuffer.wrap(bytes));
  }

  private static Picture read(String name, ByteBuffer bytes) throws IOException {
    try {
      return Picture.of(ImageBytes.read(bytes));
    } catch (IOException e) {
      throw new IOException(name + ": " + e.getMessage(), e.getCause());
    }
  }
}
