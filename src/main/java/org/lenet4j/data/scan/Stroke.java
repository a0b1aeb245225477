package org.lenet4j.data.scan;

/**
 * A digit three times as large, whose strokes can be made thinner or thicker: the signed distance of each pixel to the edge of the ink,
 * which is where the brightness passes half. Widths are changed as in D. Castro, J. Tan, B. Kainz, E. Konukoglu and B. Glocker,
 * "Morpho-MNIST: quantitative assessment and diagnostics for representation learning", JMLR 20(178), 2019, in proportion to the
 * digit's own width, but in fractions of a pixel. The distances are exact (P. Felzenszwalb and D. Huttenlocher, "Distance transforms of
 * sampled functions", Theory of Computing 8, 2012).
 */
final class Stroke {
  /** Pixels for one of the digit's. */
  static final int ZOOM = 3;
  /** Rows and columns. */
  static final int SIDE = 28 * ZOOM;

  private static final int SOURCE = 28;
  private static final float FAR = 1e9f; // the squared distance where there is no ink at all

  private final float[] distance = new float[SIDE * SIDE]; // pixels, positive in the ink
  private final float[] outside = new float[SIDE * SIDE]; // squared distances to the ink, to the paper
  private final float[] inside = new float[SIDE * SIDE];
  private final float[] line = new float[SIDE];
  private final int[] vertex = new int[SIDE]; // of the lower envelope of parabolas
  private final float[] limit = new float[SIDE + 1];
  private float halfWidth;

  /**
   * Reads a digit, slanted and stretched about its middle.
   *
   * @param images {@code (28, 28)} unsigned bytes at {@code offset}, ink bright
   * @param slant  columns to the right for each row up
   * @param width  factor of the width
   */
  void read(byte[] images, int offset, float slant, float width) {
    float middle = (SIDE - 1) / 2f;
    for (int y = 0; y < SIDE; y++) {
      float sourceY = (y + 0.5f) / ZOOM - 0.5f;
      for (int x = 0; x < SIDE; x++) {
        float sourceX = ((x - middle + slant * (y - middle)) / width + middle + 0.5f) / ZOOM - 0.5f;
        boolean ink = sample(images, offset, sourceX, sourceY) >= 127.5f;
        outside[y * SIDE + x] = ink ? 0 : FAR;
        inside[y * SIDE + x] = ink ? FAR : 0;
      }
    }
    transform(outside);
    transform(inside);
    double sum = 0;
    int count = 0;
    for (int i = 0; i < distance.length; i++) {
      // From pixel to pixel; the edge is half a pixel away.
      distance[i] = (float) (inside[i] > 0 ? Math.sqrt(inside[i]) - 0.5 : 0.5 - Math.sqrt(outside[i]));
      if (inside[i] > 0) {
        sum += distance[i];
        count++;
      }
    }
    halfWidth = count == 0 ? 0 : 2 * (float) sum / count; // a long line of half width r is on average r / 2 from its edges
  }

  /** Half the width of the strokes, in pixels of 28x28; 0 if there is no ink. */
  float halfWidth() {
    return halfWidth / ZOOM;
  }

  /**
   * The ink with wider strokes.
   *
   * @param wider how far each edge moves outwards, in pixels of 28x28; negative for thinner strokes
   * @param ink   receives {@code (84, 84)}, 0 to 1, soft over one pixel
   */
  void draw(float wider, float[] ink) {
    for (int i = 0; i < ink.length; i++) {
      ink[i] = Math.max(0, Math.min(1, distance[i] + wider * ZOOM + 0.5f));
    }
  }

  private static float sample(byte[] images, int offset, float x, float y) {
    int left = (int) Math.floor(x);
    int top = (int) Math.floor(y);
    float above = pixel(images, offset, left, top) * (left + 1 - x) + pixel(images, offset, left + 1, top) * (x - left);
    float below = pixel(images, offset, left, top + 1) * (left + 1 - x) + pixel(images, offset, left + 1, top + 1) * (x - left);
    return above + (below - above) * (y - top);
  }

  private static int pixel(byte[] images, int offset, int x, int y) {
    return x < 0 || y < 0 || x >= SOURCE || y >= SOURCE ? 0 : images[offset + y * SOURCE + x] & 0xFF;
  }

  /** 0 at some pixels, {@link #FAR} at the others, becomes the squared distance to the nearest of the former. */
  private void transform(float[] squares) {
    for (int x = 0; x < SIDE; x++) {
      transform(squares, x, SIDE);
    }
    for (int y = 0; y < SIDE; y++) {
      transform(squares, y * SIDE, 1);
    }
  }

  /** One row or column: the lower envelope of the parabolas {@code (x - q)^2 + f(q)}. */
  private void transform(float[] f, int from, int step) {
    int top = 0;
    vertex[0] = 0;
    limit[0] = -FAR;
    limit[1] = FAR;
    for (int q = 1; q < SIDE; q++) {
      float s = crossing(f, from, step, q, vertex[top]);
      while (top > 0 && s <= limit[top]) {
        s = crossing(f, from, step, q, vertex[--top]);
      }
      vertex[++top] = q;
      limit[top] = s;
      limit[top + 1] = FAR;
    }
    for (int x = 0, k = 0; x < SIDE; x++) {
      while (limit[k + 1] < x) {
        k++;
      }
      int q = vertex[k];
      line[x] = (x - q) * (x - q) + f[from + q * step];
    }
    for (int x = 0; x < SIDE; x++) {
      f[from + x * step] = Math.min(FAR, line[x]);
    }
  }

  private static float crossing(float[] f, int from, int step, int q, int p) {
    return (float) (((double) f[from + q * step] + q * q - f[from + p * step] - p * p) / (2.0 * (q - p)));
  }
}
