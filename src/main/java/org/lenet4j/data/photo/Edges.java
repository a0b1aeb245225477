package org.lenet4j.data.photo;

/** The dark or light strips that a scanner leaves beside a page. */
final class Edges {
  private static final float FULL = 0.93f; // share of a row that is ink in such a strip
  private static final float WIDEST = 0.2f; // share of the picture

  private Edges() {}

  /** Clears rows and columns at the border that are ink from end to end. */
  static void remove(boolean[] mask, int height, int width) {
    int top = strip(mask, height, width, 0, width, 1, false);
    int bottom = strip(mask, height, width, 0, width, 1, true);
    int left = strip(mask, width, height, 0, 1, width, false);
    int right = strip(mask, width, height, 0, 1, width, true);
    for (int y = 0; y < height; y++) {
      for (int x = 0; x < width; x++) {
        if (y < top || y >= height - bottom || x < left || x >= width - right) {
          mask[y * width + x] = false;
        }
      }
    }
  }

  /** How many rows from the first (or the last) on are full; rows are {@code row} apart, their pixels {@code pixel}. */
  private static int strip(boolean[] mask, int rows, int pixels, int first, int row, int pixel, boolean fromLast) {
    int n = 0;
    while (n < WIDEST * rows) {
      int at = first + (fromLast ? rows - 1 - n : n) * row;
      int count = 0;
      for (int k = 0; k < pixels; k++) {
        count += mask[at + k * pixel] ? 1 : 0;
      }
      if (count < FULL * pixels) {
        break;
      }
      n++;
    }
    return n < WIDEST * rows ? n : 0;
  }
}
