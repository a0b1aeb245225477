package org.lenet4j.data.image;

import java.awt.Rectangle;
import java.awt.image.BufferedImage;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.Iterator;
import javax.imageio.ImageIO;
import javax.imageio.ImageReadParam;
import javax.imageio.ImageReader;
import org.lenet4j.data.photo.Grey;
import org.lenet4j.data.photo.Ink;
import org.lenet4j.data.photo.Levels;

/** What Java's readers and their plug-ins read. Only files that need them pay for loading them. */
final class JavaReaders {
  private static final int STRIP = 4_000_000; // pixels
  private static final int MOST_PAGES = 100; // blank ones before the picture

  private JavaReaders() {}

  /** The JDK's own, whatever else is on the class path. */
  static ImageReader builtIn(String format) throws IOException {
    for (Iterator<ImageReader> readers = ImageIO.getImageReadersByFormatName(format); readers.hasNext();) {
      ImageReader reader = readers.next();
      if (reader.getClass().getModule() == ImageIO.class.getModule()) {
        return reader;
      }
    }
    throw new IOException("this Java has no reader for " + format);
  }

  /** The first page of a TIFF file that is not blank. */
  static Levels readTiff(ByteBuffer file, Budget budget) throws IOException {
    ImageReader reader = builtIn("tiff");
    try {
      reader.setInput(new BufferInput(file), false, true);
      Levels blank = null;
      for (int page = 0; page < MOST_PAGES && !budget.isSpent(); page++) {
        TiffTags tags = TiffTags.of(file, page);
        if (tags == null) {
          break;
        }
        check(tags, file, budget);
        Levels levels = readPage(reader, page, tags).turned(tags.orientation());
        if (!Ink.isBlank(levels.values())) {
          return levels;
        }
        blank = blank == null ? levels : blank;
      }
      if (blank == null) {
        throw new IOException("cut off: there is no picture in it");
      }
      return blank;
    } finally {
      reader.dispose();
    }
  }

  private static void check(TiffTags tags, ByteBuffer file, Budget budget) throws IOException {
    if (!tags.isWhole()) {
      throw new IOException("cut off: it ends within its directory");
    }
    long width = tags.value(TiffTags.WIDTH, 0, 0);
    long height = tags.value(TiffTags.HEIGHT, 0, 0);
    budget.take(height, width);
    if (tags.value(TiffTags.TILE_WIDTH, 0, 1) > 2 * width + 4096 || tags.value(TiffTags.TILE_HEIGHT, 0, 1) > 2 * height + 4096) {
      throw new IOException("damaged: its tiles are larger than the picture");
    }
    checkData(tags, TiffTags.STRIP_OFFSETS, TiffTags.STRIP_BYTES, file);
    checkData(tags, TiffTags.TILE_OFFSETS, TiffTags.TILE_BYTES, file);
  }

  private static void checkData(TiffTags tags, int offsets, int bytes, ByteBuffer file) throws IOException {
    for (int i = 0; i < tags.count(offsets); i++) {
      if (tags.value(offsets, i, 0) + tags.value(bytes, i, 0) > file.limit()) {
        throw new IOException("cut off: its data lie behind its end");
      }
    }
  }

  /** In strips of whole tiles: others would be decoded again and again. */
  private static Levels readPage(ImageReader reader, int page, TiffTags tags) throws IOException {
    int height = reader.getHeight(page);
    int width = reader.getWidth(page);
    if (height != tags.value(TiffTags.HEIGHT, 0, 0) || width != tags.value(TiffTags.WIDTH, 0, 0)) {
      throw new IOException("damaged: it says two sizes");
    }
    int tile = Math.max(1, Math.min(height, reader.getTileHeight(page)));
    int rows = Math.max(1, STRIP / width / tile) * tile;
    Grey grey = null;
    for (int y = 0; y < height; y += rows) {
      ImageReadParam param = reader.getDefaultReadParam();
      param.setSourceRegion(new Rectangle(0, y, width, Math.min(rows, height - y)));
      BufferedImage strip = reader.read(page, param);
      grey = grey != null ? grey : new Grey(height, width, strip.getColorModel().hasAlpha());
      grey.add(strip, y, 0);
    }
    return grey.levels();
  }
}
