package org.lenet4j.data.photo;

/** Reads a digit with no more pixels than it takes: at half the size where that leaves it clear, else with all pixels around it. */
public final class Zoom {
  private static final int LARGE = 200; // pixels of a picture's longer side
  private static final int CLEAR = 40; // pixels of a digit's longer side, twice of what is left in the end
  private static final int MARGIN = 48; // pixels around a small digit, so that the paper and lines are seen

  private Zoom() {}

  /** A digit's ink, {@code (height, width)}, 0 to 1, and where it begins in the picture; the box is as {@link Frame} has it. */
  private record Found(float[] ink, int height, int width, int top, int left, int[] box) {
    /** Null if there is no digit in the part of a page. */
    static Found in(float[] page, int pageWidth, int top, int left, int height, int width) {
      float[] part = page;
      if (page.length != height * width) {
        part = new float[height * width];
        for (int y = 0; y < height; y++) {
          System.arraycopy(page, (top + y) * pageWidth + left, part, y * width, width);
        }
      }
      float[] ink = Ink.extract(part, height, width);
      int[] box = ink == null ? null : Frame.box(ink, height, width);
      return box == null ? null : new Found(ink, height, width, top, left, box);
    }

    int longer() {
      return Math.max(box[1] - box[0], box[3] - box[2]);
    }

    /** The same part of the page of twice the size, with a margin as wide as the digit. */
    Found twice(float[] page, int pageHeight, int pageWidth) {
      int margin = Math.max(MARGIN, 2 * longer());
      int y0 = Math.max(0, 2 * (top + box[0]) - margin);
      int x0 = Math.max(0, 2 * (left + box[2]) - margin);
      int y1 = Math.min(pageHeight, 2 * (top + box[1]) + margin);
      int x1 = Math.min(pageWidth, 2 * (left + box[3]) + margin);
      return in(page, pageWidth, y0, x0, y1 - y0, x1 - x0);
    }
  }

  /**
   * The digit of a grey picture, framed.
   *
   * @param grey {@code (height, width)}, 0 to 255
   * @return {@code (28, 28)} unsigned bytes; all zero if there is no ink
   */
  public static byte[] digit(float[] grey, int height, int width) {
    Found found = find(grey, height, width);
    return found == null ? new byte[Frame.SIDE * Frame.SIDE] : Frame.frame(found.ink, found.height, found.width);
  }

  private static Found find(float[] grey, int height, int width) {
    Found found = Math.max(height, width) < LARGE ? null : find(Grey.halved(grey, height, width), height / 2, width / 2);
    if (found != null && found.longer() < CLEAR) {
      found = found.twice(grey, height, width);
    }
    return found != null ? found : Found.in(grey, width, 0, 0, height, width);
  }
}
