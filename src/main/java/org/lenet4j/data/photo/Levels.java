package org.lenet4j.data.photo;

/**
 * A grey picture.
 *
 * @param values {@code (height, width)}, 0 (black) to 255 (white)
 */
public record Levels(float[] values, int height, int width) {
  /**
   * As it is upright.
   *
   * @param orientation where its first row and column are, 1 to 8 as in Exif (CIPA DC-008, tag 0x112): 1 is upright, 2 mirrored, 3 upside
   *                    down, 6 a camera held by its left side; from 5 on rows and columns change places
   */
  public Levels turned(int orientation) {
    if (orientation == 1) {
      return this;
    }
    boolean transposed = orientation >= 5;
    boolean fromRight = orientation == 2 || orientation == 3 || orientation == 7 || orientation == 8; // the first column is
    boolean fromBottom = orientation == 3 || orientation == 4 || orientation == 6 || orientation == 7; // the source's
    int h = transposed ? width : height;
    int w = transposed ? height : width;
    float[] turned = new float[values.length];
    for (int y = 0; y < h; y++) {
      for (int x = 0; x < w; x++) {
        int row = transposed ? x : y;
        int column = transposed ? y : x;
        turned[y * w + x] = values[(fromBottom ? height - 1 - row : row) * width + (fromRight ? width - 1 - column : column)];
      }
    }
    return new Levels(turned, h, w);
  }
}
