package org.lenet4j.data.image;

import java.io.EOFException;
import java.io.IOException;
import java.nio.BufferUnderflowException;
import java.nio.ByteBuffer;
import org.lenet4j.data.photo.Levels;

/** The bytes of an image file as grey levels. */
public final class ImageBytes {
  private static final int WEBP_SHARE = 8; // its plug-in decodes all of a picture, 20 times slower than others, even of no data

  private ImageBytes() {}

  /**
   * Decodes a file.
   *
   * @param bytes all of it, from 0 to its limit
   * @throws IOException if it is no image, one that is not read, damaged or too large; the message lacks only the file's name
   */
  public static Levels read(ByteBuffer bytes) throws IOException {
    ByteBuffer file = bytes.duplicate();
    ImageFormat format = ImageFormat.of(file);
    if (format.refusal() != null) {
      throw new IOException(format.refusal());
    }
    try {
      return read(file, format);
    } catch (BufferUnderflowException | EOFException e) {
      throw damaged(format, "cut off", e);
    } catch (IndexOutOfBoundsException e) {
      throw damaged(format, "damaged: a part of it is shorter than it says", e);
    } catch (IOException | RuntimeException e) { // Java's readers throw either for damaged files
      throw damaged(format, e.getMessage() == null ? "damaged: " + e.getClass().getSimpleName() : e.getMessage(), e);
    } catch (OutOfMemoryError e) { // one array was too large: the memory is there for the next file
      throw damaged(format, "it needs more memory than Java has, raise -Xmx", e);
    }
  }

  private static IOException damaged(ImageFormat format, String how, Throwable cause) {
    return new IOException("cannot be read as an image (" + format.title + ", " + how + ")", cause);
  }

  private static Levels read(ByteBuffer file, ImageFormat format) throws IOException {
    Budget budget = new Budget(format == ImageFormat.WEBP ? WEBP_SHARE : 1);
    return switch (format) {
      case PNG -> Png.read(file, budget);
      case JPEG -> Jpeg.read(file, budget);
      case GIF -> Gif.read(file, budget);
      case BMP -> Bmp.read(file, budget);
      case PNM -> Pnm.read(file, budget);
      case TIFF -> JavaReaders.readTiff(file, budget);
      case WEBP -> WebP.read(file, budget);
      default -> throw new IllegalStateException("a format that is not read: " + format);
    };
  }
}
