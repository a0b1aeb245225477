package org.lenet4j.data.image;

import java.awt.image.BufferedImage;
import java.io.IOException;
import java.nio.BufferUnderflowException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.Iterator;
import javax.imageio.ImageIO;
import javax.imageio.ImageReader;
import org.lenet4j.data.photo.Grey;
import org.lenet4j.data.photo.Ink;
import org.lenet4j.data.photo.Levels;

/** WebP (RFC 9649): the first frame that is not blank, each decoded by a plug-in. */
final class WebP {
  private static final int HEADER = 12;
  private static final int FRAME_HEADER = 16;
  private static final int ALPHA = 0x10; // a flag of VP8X

  private WebP() {}

  static Levels read(ByteBuffer file, Budget budget) throws IOException {
    Iterator<ImageReader> readers = ImageIO.getImageReadersByFormatName("webp");
    if (!readers.hasNext()) {
      throw new IOException("com.twelvemonkeys.imageio:imageio-webp is not on the class path; add it, or save the image as PNG");
    }
    ByteBuffer chunks = file.order(ByteOrder.LITTLE_ENDIAN);
    if ((chunks.getInt(4) & 0xFFFFFFFFL) + 8 > file.limit()) {
      throw new IOException("cut off: it says that it has " + ((chunks.getInt(4) & 0xFFFFFFFFL) + 8) + " bytes, and has " + file.limit());
    }
    ImageReader reader = readers.next();
    try {
      return read(reader, chunks, budget);
    } finally {
      reader.dispose();
    }
  }

  private static Levels read(ImageReader reader, ByteBuffer file, Budget budget) throws IOException {
    int orientation = 1;
    Canvas canvas = null;
    Levels levels = null;
    for (int at = HEADER; at + 8 <= file.limit();) {
      String name = name(file, at);
      int begin = at + 8;
      long length = file.getInt(at + 4) & 0xFFFFFFFFL;
      int end = (int) Math.min(file.limit(), begin + length);
      if (name.equals("VP8X")) {
        canvas = new Canvas(1 + int24(file, begin + 4), 1 + int24(file, begin + 7));
      } else if (name.equals("ANMF") && canvas != null && (levels == null || Ink.isBlank(levels.values())) && !budget.isSpent()) {
        levels = canvas.draw(reader, file.slice(begin, end - begin).order(ByteOrder.LITTLE_ENDIAN), budget);
      } else if (name.equals("EXIF")) {
        orientation = TiffTags.orientation(exif(file.slice(begin, end - begin)));
      }
      at = (int) Math.min(file.limit(), end + length % 2);
    }
    return (levels != null ? levels : Grey.of(decode(reader, file, budget))).turned(orientation);
  }

  /** Some writers leave JPEG's introduction before it. */
  private static ByteBuffer exif(ByteBuffer block) {
    return block.limit() > 6 && block.getInt(0) == 0x45786966 ? block.slice(6, block.limit() - 6) : block;
  }

  private static String name(ByteBuffer file, int at) {
    byte[] name = new byte[4];
    file.get(at, name);
    return new String(name, StandardCharsets.ISO_8859_1);
  }

  private static byte[] ascii(String text) {
    return text.getBytes(StandardCharsets.US_ASCII);
  }

  private static int int24(ByteBuffer file, int at) {
    return file.getShort(at) & 0xFFFF | (file.get(at + 2) & 0xFF) << 16;
  }

  private static BufferedImage decode(ImageReader reader, ByteBuffer file, Budget budget) throws IOException {
    reader.setInput(new BufferInput(file), false, true);
    budget.take(reader.getHeight(0), reader.getWidth(0));
    return reader.read(0);
  }

  /** What the frames of an animation are drawn on. */
  private record Canvas(int width, int height) {
    /** A frame alone, as the blank ones before it have left nothing to see. */
    Levels draw(ImageReader reader, ByteBuffer frame, Budget budget) throws IOException {
      if (frame.limit() < FRAME_HEADER) {
        throw new BufferUnderflowException();
      }
      budget.take(height, width);
      int left = 2 * int24(frame, 0);
      int top = 2 * int24(frame, 3);
      ByteBuffer data = frame.slice(FRAME_HEADER, frame.limit() - FRAME_HEADER);
      ByteBuffer alone = ByteBuffer.allocate(HEADER + 18 + data.limit()).order(ByteOrder.LITTLE_ENDIAN);
      alone.put(ascii("RIFF")).putInt(alone.capacity() - 8).put(ascii("WEBPVP8X")).putInt(10).putInt(ALPHA);
      alone.put(frame.slice(6, 6)).put(data).flip(); // width and height of the frame
      BufferedImage image = decode(reader, alone, budget);
      Grey grey = new Grey(Math.max(height, top + image.getHeight()), Math.max(width, left + image.getWidth()), true);
      grey.add(image, top, left);
      return grey.levels();
    }
  }
}
