package org.lenet4j.data;

import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.AccessDeniedException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.lenet4j.data.image.ImageBytes;
import org.lenet4j.file.FileNames;

/**
 * Reads image files: PNG, JPEG, GIF, BMP, TIFF, PNM, and WebP where com.twelvemonkeys.imageio:imageio-webp is on the class path. What a
 * file is, is told by its first bytes, not by its name. Pictures are turned upright as their Exif says; of animations and pages the first
 * one that is not blank counts. A file that is cut off is an error.
 *
 * <p>Memory and time are bounded: pictures of more than 250 megapixels, WebP of more than 31, are refused before anything is decoded (the
 * system property {@code lenet4j.megapixels} says another number), and most formats are averaged down row by row.
 */
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
    ByteBuffer bytes;
    try (FileChannel channel = FileChannel.open(file)) {
      bytes = channel.size() <= MAPPED ? ByteBuffer.wrap(Files.readAllBytes(file))
          : channel.map(FileChannel.MapMode.READ_ONLY, 0, Math.min(channel.size(), Integer.MAX_VALUE));
    } catch (AccessDeniedException e) {
      throw new IOException(file + ": no permission to read it", e);
    } catch (IOException e) {
      throw FileNames.named(file.toString(), e);
    }
    return read(file.toString(), bytes);
  }

  /**
   * As {@link #read(Path)}, from a stream, which is read to its end and not closed.
   *
   * @param name what messages call it
   */
  public static Picture read(String name, InputStream in) throws IOException {
    byte[] bytes;
    try {
      bytes = in.readAllBytes();
    } catch (OutOfMemoryError e) { // it was given up: the memory is there again
      throw new IOException(name + ": longer than the memory that Java has", e);
    }
    return read(name, bytes);
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
