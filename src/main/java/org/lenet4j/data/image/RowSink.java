package org.lenet4j.data.image;

import java.awt.Point;
import java.awt.image.DataBuffer;
import java.awt.image.DataBufferByte;
import java.awt.image.PixelInterleavedSampleModel;
import java.awt.image.Raster;
import java.awt.image.WritableRaster;
import org.lenet4j.data.photo.Grey;

/**
 * The raster that Java's JPEG reader writes its rows to: it says that it is as large as the picture, but gives each row to {@link Grey} and
 * keeps none. So 108 megapixels need no more memory than a hundred rows.
 */
final class RowSink extends WritableRaster {
  private final Grey grey;
  private final int bands;
  private final Stop stop;
  private final byte[] bytes;
  private final float[] row;
  private int last = -1; // row

  /** Asked before each row. */
  interface Stop {
    boolean wanted();
  }

  /** Ends reading. */
  static final class StoppedException extends RuntimeException {
    private static final long serialVersionUID = 1;
  }

  RowSink(Grey grey, int bands, Stop stop) {
    super(new PixelInterleavedSampleModel(DataBuffer.TYPE_BYTE, grey.sourceWidth(), grey.sourceHeight(), bands, grey.sourceWidth() * bands,
        bands == 1 ? new int[] {0} : new int[] {0, 1, 2}), new DataBufferByte(1), new Point());
    this.grey = grey;
    this.bands = bands;
    this.stop = stop;
    bytes = new byte[grey.sourceWidth() * bands];
    row = new float[grey.sourceWidth()];
  }

  @Override public void setRect(int x, int y, Raster source) {
    if (stop.wanted()) {
      throw new StoppedException();
    }
    if (y <= last) {
      grey.clear(); // the reader shows each scan of a progressive picture, the last one last
    }
    last = y;
    source.getDataElements(source.getMinX(), source.getMinY(), source.getWidth(), 1, bytes);
    for (int i = 0; i < row.length; i++) {
      row[i] = bands == 1 ? bytes[i] & 0xFF : Grey.luma(bytes[3 * i] & 0xFF, bytes[3 * i + 1] & 0xFF, bytes[3 * i + 2] & 0xFF);
    }
    grey.add(y, x, 1, source.getWidth(), row, null);
  }
}
