package org.lenet4j.data.image;

import java.awt.color.ColorSpace;
import java.awt.image.BufferedImage;
import java.awt.image.ComponentColorModel;
import java.awt.image.DataBuffer;
import java.awt.image.Raster;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import javax.imageio.ImageReadParam;
import javax.imageio.ImageReader;
import org.lenet4j.data.photo.Grey;
import org.lenet4j.data.photo.Levels;

/** JPEG, decoded by Java's reader, row by row into {@link Grey}; the reader itself takes anything for a whole picture. */
final class Jpeg {
  private static final long MOST_COEFFICIENTS = 1 << 29; // 2 bytes each, native memory, of a progressive picture
  private static final int MOST_PIXELS_OF_INK = 4_000_000; // of a CMYK picture, which is read as a whole

  private Jpeg() {}

  static Levels read(ByteBuffer file, Budget budget) throws IOException {
    JpegMarkers markers = JpegMarkers.of(file);
    budget.take(markers.height, markers.width);
    if (markers.progressive && markers.coefficients() > MOST_COEFFICIENTS) {
      throw new IOException("progressive and of " + markers.width + "x" + markers.height + " pixels, which needs more than "
          + (2 * MOST_COEFFICIENTS >> 20) + " MB to decode; save it in another way");
    }
    if (markers.isCutOff(file)) {
      throw new IOException("cut off: it ends before the last part of its data");
    }
    List<String> warnings = new ArrayList<>();
    ImageReader reader = JavaReaders.builtIn("jpeg");
    try {
      reader.addIIOReadWarningListener((from, warning) -> warnings.add(warning));
      Levels levels = markers.components == 4 ? readInks(reader, file, markers) : readRows(reader, file, markers, warnings);
      refuse(warnings, markers);
      return levels.turned(markers.orientation);
    } catch (RowSink.StoppedException e) {
      refuse(warnings, markers);
      throw new IOException("damaged", e);
    } finally {
      reader.dispose();
    }
  }

  /**
   * libjpeg warns and goes on, with grey for what is missing; it warns of the first fault alone. Its own words begin so, in any language
   * (jerror.h: JWRN_HIT_MARKER, JWRN_HUFF_BAD_CODE, JWRN_MUST_RESYNC); bytes too many before a marker do no harm.
   */
  private static void refuse(List<String> warnings, JpegMarkers markers) throws IOException {
    for (String warning : warnings) {
      if (isFault(warning, markers)) {
        throw new IOException((markers.ended ? "damaged: " : "cut off: ") + warning);
      }
    }
  }

  private static boolean isFault(String warning, JpegMarkers markers) {
    return warning.startsWith("Corrupt JPEG data") && !(markers.ended && warning.contains("extraneous"));
  }

  private static Levels readRows(ImageReader reader, ByteBuffer file, JpegMarkers markers, List<String> warnings) throws IOException {
    Grey grey = new Grey(markers.height, markers.width, false);
    RowSink.Stop stop = () -> warnings.stream().anyMatch(warning -> isFault(warning, markers));
    try {
      // Of a coloured one libjpeg gives Y alone if it is asked for grey, which is the luma that is wanted.
      readInto(reader, file, new RowSink(grey, 1, stop), ColorSpace.CS_GRAY);
    } catch (IllegalArgumentException e) {
      readInto(reader, file, new RowSink(grey, 3, stop), ColorSpace.CS_sRGB); // it is kept as red, green and blue: there is no Y
    }
    return grey.levels(255);
  }

  private static void readInto(ImageReader reader, ByteBuffer file, RowSink sink, int space) throws IOException {
    reader.setInput(new BufferInput(file), true, true);
    ImageReadParam param = reader.getDefaultReadParam();
    param.setDestination(new BufferedImage(new ComponentColorModel(ColorSpace.getInstance(space), false, false,
        ComponentColorModel.OPAQUE, DataBuffer.TYPE_BYTE), sink, false, null));
    reader.read(0, param);
  }

  /** Cyan, magenta, yellow and black, which Java's reader gives as they are. */
  private static Levels readInks(ImageReader reader, ByteBuffer file, JpegMarkers markers) throws IOException {
    int every = (int) Math.ceil(Math.sqrt((double) markers.height * markers.width / MOST_PIXELS_OF_INK));
    ImageReadParam param = reader.getDefaultReadParam();
    param.setSourceSubsampling(Math.max(1, every), Math.max(1, every), 0, 0);
    reader.setInput(new BufferInput(file), true, true);
    Raster raster = reader.readRaster(0, param);
    Grey grey = new Grey(raster.getHeight(), raster.getWidth(), false);
    int[] inks = new int[4 * raster.getWidth()];
    float[] row = new float[raster.getWidth()];
    for (int y = 0; y < raster.getHeight(); y++) {
      raster.getPixels(0, y, row.length, 1, inks);
      for (int x = 0; x < row.length; x++) {
        row[x] = level(inks, 4 * x, markers);
      }
      grey.add(y, 0, 1, row.length, row, null);
    }
    return grey.levels(255);
  }

  /** Adobe's files have the inks upside down: 255 is none (Adobe TN 5116, and what all readers do); with transform 2 as Y, Cb, Cr. */
  private static float level(int[] inks, int at, JpegMarkers markers) {
    float black = inks[at + 3] / 255f;
    float level;
    if (markers.adobeTransform == 2) {
      level = 255 - inks[at]; // libjpeg turns Y, Cb, Cr to inks of 255 - red and so on: Y alone is the luma of them
      level = markers.isAdobe ? 255 - level : level;
    } else {
      level = Grey.luma(inks[at], inks[at + 1], inks[at + 2]);
      level = markers.isAdobe ? level : 255 - level;
    }
    return level * (markers.isAdobe ? black : 1 - black);
  }
}
