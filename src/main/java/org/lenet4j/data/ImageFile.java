package org.lenet4j.data;

import java.awt.image.BufferedImage;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import javax.imageio.ImageIO;

/** Reads image files. What a file is, is told by its first bytes, not by its name. */
public final class ImageFile {
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
    return read(file.toString(), Files.readAllBytes(file));
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
    try {
      BufferedImage image = ImageIO.read(new ByteArrayInputStream(bytes));
      if (image != null) {
        return Picture.of(image);
      }
    } catch (IOException | RuntimeException e) { // ImageIO's readers throw either for damaged files
      throw new IOException(name + ": cannot be read as an image (" + e.getMessage() + ")", e);
    }
    throw new IOException(name + ": not an image; expected PNG, JPEG or BMP");
  }
}
