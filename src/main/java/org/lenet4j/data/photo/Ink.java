package org.lenet4j.data.photo;

import java.util.Arrays;

/** Tells ink from paper in a grey picture. */
public final class Ink {
  private static final float FAINT = 12; // grey levels between paper and ink; less is no ink but noise
  private static final float NOISE = 8; // ink stands out from the paper by at least this many mean deviations
  private static final float SPECK = 0.04f; // a blot with less than this share of all the ink is dirt
  private static final float SOLID = 0.3f; // share of full ink from which on pixels hang together

  private Ink() {}

  /** Whether a picture has no contrast at all. */
  public static boolean isBlank(float[] grey) {
    float low = 255;
    float high = 0;
    for (float v : grey) {
      low = Math.min(low, v);
      high = Math.max(high, v);
    }
    return high - low < FAINT;
  }

  /**
   * How sure it is that the paper is brighter than the ink: positive if so, negative if the ink is brighter, -1.5 to 1.5. The border
   * is mostly paper; where it is undecided (a tight crop) paper is what there is more of.
   */
  public static float paperVote(float[] grey, int height, int width) {
    float[] sorted = grey.clone();
    Arrays.sort(sorted);
    float middle = (sorted[sorted.length / 50] + sorted[sorted.length - 1 - sorted.length / 50]) / 2;
    int all = 0;
    int border = 0;
    int borderSize = 0;
    int margin = margin(height, width);
    for (int i = 0; i < grey.length; i++) {
      boolean bright = grey[i] > middle;
      all += bright ? 1 : 0;
      if (isBorder(i, height, width, margin)) {
        border += bright ? 1 : 0;
        borderSize++;
      }
    }
    return 2f * border / borderSize - 1 + 0.5f * (2f * all / grey.length - 1);
  }

  private static int margin(int height, int width) {
    return Math.max(1, Math.min(height, width) / 20);
  }

  private static boolean isBorder(int i, int height, int width, int margin) {
    int y = i / width;
    int x = i % width;
    return y < margin || x < margin || y >= height - margin || x >= width - margin;
  }

  /** How much ink each pixel has, {@code (height, width)}, 0 to 1; null if there is none. */
  public static float[] extract(float[] grey, int height, int width, boolean darkInk) {
    float[] ink = extract(grey, height, width, darkInk, false);
    return ink != null ? ink : extract(grey, height, width, darkInk, true); // where the border is mostly the edges of strokes
  }

  /** With the paper as the border has it, or in a tight crop the darkest pixels anywhere. */
  private static float[] extract(float[] grey, int height, int width, boolean darkInk, boolean crop) {
    float[] ink = new float[grey.length];
    for (int i = 0; i < ink.length; i++) {
      ink[i] = darkInk ? 255 - grey[i] : grey[i];
    }
    subtractPaper(ink, height, width, crop);
    float full = percentile(ink.clone(), 0.995f);
    full = Math.max(full, 0.7f * percentile(ink.clone(), 1)); // a thin or small digit is less than 0.5 % of its picture
    float deviation = paperDeviation(ink, height, width, full, crop ? Math.max(height, width) : margin(height, width));
    if (full < FAINT || full < NOISE * deviation) {
      return null;
    }
    float floor = Math.min(0.2f, 0.02f + 4 * deviation / full);
    for (int i = 0; i < ink.length; i++) {
      float v = ink[i] / full;
      ink[i] = v < floor ? 0 : Math.min(1, v);
    }
    removeSpecks(ink, height, width);
    return ink;
  }

  private static float percentile(float[] values, float share) {
    Arrays.sort(values);
    return values[Math.min(values.length - 1, (int) (share * values.length))];
  }

  /**
   * Subtracts the paper's brightness: the median of the border, and in pictures with some room around the digit also the slope between
   * opposite sides, for light that comes from one side. Where the border is ink (a tight crop) paper is the darkest there is.
   */
  private static void subtractPaper(float[] ink, int height, int width, boolean crop) {
    float darkest = percentile(ink.clone(), 0.02f);
    float brightest = percentile(ink.clone(), 0.995f);
    int margin = margin(height, width);
    float left = side(ink, width, 0, height, 0, margin);
    float right = side(ink, width, 0, height, width - margin, width);
    float top = side(ink, width, 0, margin, 0, width);
    float bottom = side(ink, width, height - margin, height, 0, width);
    float[] sides = {left, right, top, bottom};
    Arrays.sort(sides);
    float paper = (sides[1] + sides[2]) / 2;
    boolean tight = crop || paper > (darkest + brightest) / 2;
    if (tight) {
      paper = darkest;
    }
    boolean slope = !tight && Math.min(height, width) >= 40 && sides[3] - sides[0] < brightest - paper;
    float slopeX = slope ? (right - left) / width : 0;
    float slopeY = slope ? (bottom - top) / height : 0;
    for (int y = 0; y < height; y++) {
      for (int x = 0; x < width; x++) {
        ink[y * width + x] -= paper + slopeX * (x + 0.5f - width / 2f) + slopeY * (y + 0.5f - height / 2f);
      }
    }
  }

  private static float side(float[] ink, int width, int y0, int y1, int x0, int x1) {
    float[] values = new float[(y1 - y0) * (x1 - x0)];
    int n = 0;
    for (int y = y0; y < y1; y++) {
      for (int x = x0; x < x1; x++) {
        values[n++] = ink[y * width + x];
      }
    }
    return percentile(values, 0.5f);
  }

  /** The median distance of a border's pixels from 0, those of the ink left out. */
  private static float paperDeviation(float[] ink, int height, int width, float full, int margin) {
    float[] values = new float[ink.length];
    int n = 0;
    for (int i = 0; i < ink.length; i++) {
      if (isBorder(i, height, width, margin) && ink[i] < full / 2) {
        values[n++] = Math.abs(ink[i]);
      }
    }
    return n == 0 ? 0 : percentile(Arrays.copyOf(values, n), 0.5f);
  }

  /** Clears the blots, 8-connected, that are too small to be part of the digit. */
  private static void removeSpecks(float[] ink, int height, int width) {
    int[] blot = new int[ink.length]; // number of the blot, 0 for none
    int[] stack = new int[ink.length];
    float[] mass = new float[ink.length + 1];
    float total = 0;
    int blots = 0;
    for (int i = 0; i < ink.length; i++) {
      if (blot[i] != 0 || ink[i] < SOLID) {
        continue;
      }
      blots++;
      int depth = 0;
      stack[depth++] = i;
      blot[i] = blots;
      while (depth > 0) {
        int p = stack[--depth];
        mass[blots] += ink[p];
        for (int y = Math.max(0, p / width - 1); y <= Math.min(height - 1, p / width + 1); y++) {
          for (int x = Math.max(0, p % width - 1); x <= Math.min(width - 1, p % width + 1); x++) {
            int q = y * width + x;
            if (blot[q] == 0 && ink[q] >= SOLID) {
              blot[q] = blots;
              stack[depth++] = q;
            }
          }
        }
      }
      total += mass[blots];
    }
    for (int i = 0; i < ink.length; i++) {
      if (blot[i] != 0 && mass[blot[i]] < SPECK * total) {
        ink[i] = 0;
      }
    }
  }
}
