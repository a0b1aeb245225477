package org.lenet4j.data.photo;

/** MNIST's framing: a box of 20x20 with the aspect ratio kept, the centre of mass in the centre of 28x28. */
public final class Frame {
  static final int SIDE = 28;
  private static final int BOX = 20;
  private static final float EDGE = 0.2f; // share of full ink from which on a pixel belongs to the box

  private static final float BRIGHT = 200; // the brightest pixel of every image of MNIST is above this

  private Frame() {}

  /**
   * Whether a 28x28 picture with bright ink is framed already: black around a box that fits 20x20 and fills it one way, the centre of
   * mass within a pixel of the centre, and the ink as bright as ink gets.
   */
  public static boolean isFramed(float[] grey) {
    int[] box = box(grey, SIDE, SIDE, 1);
    if (box == null || box(grey, SIDE, SIDE, BRIGHT) == null) {
      return false;
    }
    int longer = Math.max(box[1] - box[0], box[3] - box[2]);
    float[] mass = centreOfMass(grey, SIDE, SIDE);
    float middle = SIDE / 2f;
    return longer <= BOX && longer >= BOX - 2 && Math.abs(mass[0] - middle) <= 1 && Math.abs(mass[1] - middle) <= 1;
  }

  /** First row, row after the last, first column, column after the last of ink; null if there is none. */
  static int[] box(float[] ink, int height, int width) {
    return box(ink, height, width, EDGE);
  }

  /**
   * Frames ink.
   *
   * @param ink {@code (height, width)}, 0 to 1
   * @return {@code (28, 28)} unsigned bytes; all zero if there is no ink
   */
  public static byte[] frame(float[] ink, int height, int width) {
    byte[] image = new byte[SIDE * SIDE];
    int[] box = box(ink, height, width);
    if (box == null) {
      return image;
    }
    int reach = thickening(ink, height, width, Math.max(box[1] - box[0], box[3] - box[2]));
    if (reach > 0) {
      int top = Math.max(0, box[0] - reach);
      int left = Math.max(0, box[2] - reach);
      int h = Math.min(height, box[1] + reach) - top;
      int w = Math.min(width, box[3] + reach) - left;
      float[] part = new float[h * w];
      for (int y = 0; y < h; y++) {
        System.arraycopy(ink, (top + y) * width + left, part, y * w, w);
      }
      ink = Paper.widened(part, h, w, reach);
      height = h;
      width = w;
      box = box(ink, h, w);
    }
    int boxHeight = box[1] - box[0];
    int boxWidth = box[3] - box[2];
    float scale = (float) BOX / Math.max(boxHeight, boxWidth);
    int h = Math.max(1, Math.round(boxHeight * scale));
    int w = Math.max(1, Math.round(boxWidth * scale));
    float[] columns = resample(ink, height, width, box[2], box[3], w); // (height, w)
    float[] small = Paper.transpose(resample(Paper.transpose(columns, height, w), w, height, box[0], box[1], h), w, h); // (h, w)

    float peak = 0;
    for (float v : small) {
      peak = Math.max(peak, v);
    }
    float gain = 255 / Math.max(peak, 0.25f);
    float[] mass = centreOfMass(small, h, w);
    int top = clamp(Math.round(SIDE / 2f - mass[0]), SIDE - h);
    int left = clamp(Math.round(SIDE / 2f - mass[1]), SIDE - w);
    for (int y = 0; y < h; y++) {
      for (int x = 0; x < w; x++) {
        image[(top + y) * SIDE + left + x] = (byte) Math.round(gain * small[y * w + x]);
      }
    }
    return image;
  }

  /**
   * By how many pixels to widen strokes on each side so that they do not vanish when a box this large shrinks to 20; 0 for the strokes
   * of most pens, which come out 1.5 pixels wide or more.
   */
  private static int thickening(float[] ink, int height, int width, int longer) {
    int area = 0;
    int rim = 0;
    for (int i = 0; i < height * width; i++) {
      if (ink[i] >= EDGE) {
        boolean inside = i % width > 0 && i % width < width - 1 && i >= width && i < width * (height - 1) && ink[i - 1] >= EDGE
            && ink[i + 1] >= EDGE && ink[i - width] >= EDGE && ink[i + width] >= EDGE;
        area++;
        rim += inside ? 0 : 1;
      }
    }
    float stroke = 2f * area / rim; // both sides of a long line are rim; 2 where it is all rim, which is near enough
    float shrink = (float) longer / BOX;
    return stroke < 1.5f * shrink ? (int) Math.ceil((2 * shrink - stroke) / 2) : 0;
  }

  private static int clamp(int offset, int largest) {
    return Math.max(0, Math.min(largest, offset));
  }

  /** First row, row after the last, first column, column after the last of the pixels from {@code edge} on; null if there are none. */
  private static int[] box(float[] ink, int height, int width, float edge) {
    int[] box = {height, 0, width, 0};
    for (int y = 0; y < height; y++) {
      for (int x = 0; x < width; x++) {
        if (ink[y * width + x] >= edge) {
          box[0] = Math.min(box[0], y);
          box[1] = y + 1;
          box[2] = Math.min(box[2], x);
          box[3] = Math.max(box[3], x + 1);
        }
      }
    }
    return box[1] == 0 ? null : box;
  }

  /** Row and column of the centre of mass; the middle of the first pixel is at 0.5. */
  private static float[] centreOfMass(float[] ink, int height, int width) {
    double mass = 0;
    double sumY = 0;
    double sumX = 0;
    for (int i = 0; i < height * width; i++) {
      mass += ink[i];
      sumY += ink[i] * (i / width + 0.5);
      sumX += ink[i] * (i % width + 0.5);
    }
    return new float[] {(float) (sumY / mass), (float) (sumX / mass)};
  }

  /**
   * Columns {@code from .. to-1} of {@code (height, width)} as {@code (height, size)}: the average over each new pixel's area when
   * shrinking, linear interpolation when enlarging.
   */
  private static float[] resample(float[] ink, int height, int width, int from, int to, int size) {
    float[] out = new float[height * size];
    float step = (float) (to - from) / size;
    for (int x = 0; x < size; x++) {
      if (step <= 1) {
        float centre = from + (x + 0.5f) * step - 0.5f;
        int x0 = (int) Math.floor(centre);
        float f = centre - x0;
        int left = Math.max(from, x0);
        int right = Math.min(to - 1, x0 + 1);
        for (int y = 0; y < height; y++) {
          out[y * size + x] = (1 - f) * ink[y * width + left] + f * ink[y * width + right];
        }
      } else {
        float start = from + x * step;
        float end = Math.min(to, start + step);
        for (int column = (int) start; column < end; column++) {
          float share = (Math.min(end, column + 1) - Math.max(start, column)) / step;
          for (int y = 0; y < height; y++) {
            out[y * size + x] += share * ink[y * width + column];
          }
        }
      }
    }
    return out;
  }
}
