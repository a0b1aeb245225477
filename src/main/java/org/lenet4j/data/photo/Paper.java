package org.lenet4j.data.photo;

import java.util.Arrays;

/** What a page would look like with nothing on it, and how far each pixel is from that. Pictures are {@code (height, width)} greys. */
final class Paper {
  static final float DARK = 32; // a ratio to paper below this grey would be all noise

  private Paper() {}

  /**
   * What is left of a picture without all that is dark and thinner than a square of {@code 2 * reach + 1} pixels: its morphological
   * closing, the brightest value of each neighbourhood and then the darkest of those. It leaves every slope of light as it is, and keeps
   * the straight edge of a shadow to the pixel (J. Serra, "Image Analysis and Mathematical Morphology", 1982).
   *
   * @param beyond by how many pixels the squares may reach over the border, at most {@code reach}: where light fades towards a corner
   *     only squares that hardly touch the picture are as dark as it; but so is then a straight stroke along the border
   */
  static float[] closing(float[] picture, int height, int width, int reach, int beyond) {
    int h = height + 2 * beyond;
    int w = width + 2 * beyond;
    float[] wide = new float[h * w];
    Arrays.fill(wide, -1); // darker than anything
    for (int y = 0; y < height; y++) {
      System.arraycopy(picture, y * width, wide, (y + beyond) * w + beyond, width);
    }
    extreme(wide, h, w, reach, true);
    wide = transpose(wide, h, w);
    extreme(wide, w, h, reach, true);
    extreme(wide, w, h, reach, false);
    wide = transpose(wide, w, h);
    extreme(wide, h, w, reach, false);
    float[] out = new float[height * width];
    for (int y = 0; y < height; y++) {
      System.arraycopy(wide, (y + beyond) * w + beyond, out, y * width, width);
    }
    return out;
  }

  /** The largest value around each pixel, up to {@code reach} rows and columns away. */
  static float[] widened(float[] ink, int height, int width, int reach) {
    float[] wide = ink.clone();
    extreme(wide, height, width, reach, true);
    wide = transpose(wide, height, width);
    extreme(wide, width, height, reach, true);
    return transpose(wide, width, height);
  }

  /**
   * In place, the largest (or smallest) of each pixel's column, up to {@code reach} rows away, with three comparisons a pixel whatever the
   * reach (M. van Herk, "A fast algorithm for local minimum and maximum filters on rectangular and octagonal kernels", Pattern
   * Recognition Letters 13(7), 1992).
   */
  private static void extreme(float[] in, int height, int width, int reach, boolean largest) {
    int window = 2 * reach + 1;
    float[] down = new float[in.length]; // the extreme from the block's first row to this one
    float[] up = new float[in.length]; // from this row to the block's last
    float[] run = new float[width]; // an array of its own: from row to row of one array the compiler does not vectorise
    for (int y = 0; y < height; y++) {
      extend(run, y % window == 0, in, y * width, largest);
      System.arraycopy(run, 0, down, y * width, width);
    }
    for (int y = height - 1; y >= 0; y--) {
      extend(run, y == height - 1 || (y + 1) % window == 0, in, y * width, largest);
      System.arraycopy(run, 0, up, y * width, width);
    }
    for (int y = 0; y < height; y++) {
      int first = Math.max(0, y - reach);
      int last = Math.min(height - 1, y + reach);
      boolean within = first / window == last / window; // one block, which an end of the picture cuts off
      boolean fromStart = first % window == 0;
      System.arraycopy(within && !fromStart ? up : down, (within && !fromStart ? first : last) * width, in, y * width, width);
      if (!within) {
        combine(up, first * width, in, y * width, width, largest);
      }
    }
  }

  private static void extend(float[] run, boolean anew, float[] from, int row, boolean largest) {
    if (anew) {
      System.arraycopy(from, row, run, 0, run.length);
    } else {
      combine(from, row, run, 0, run.length, largest);
    }
  }

  private static void combine(float[] from, int a, float[] into, int b, int count, boolean largest) {
    if (largest) {
      for (int i = 0; i < count; i++) {
        into[b + i] = Math.max(into[b + i], from[a + i]);
      }
    } else {
      for (int i = 0; i < count; i++) {
        into[b + i] = Math.min(into[b + i], from[a + i]);
      }
    }
  }

  static float[] transpose(float[] in, int height, int width) {
    float[] out = new float[in.length];
    for (int y0 = 0; y0 < height; y0 += 16) { // in tiles, which stay in the first-level cache
      for (int x0 = 0; x0 < width; x0 += 16) {
        for (int y = y0; y < Math.min(height, y0 + 16); y++) {
          for (int x = x0; x < Math.min(width, x0 + 16); x++) {
            out[x * height + y] = in[y * width + x];
          }
        }
      }
    }
    return out;
  }

  /** Weighted 1 2 1 both ways. */
  static float[] smooth(float[] in, int height, int width) {
    float[] rows = new float[in.length];
    float[] out = new float[in.length];
    for (int y = 0; y < height; y++) {
      int row = y * width;
      int above = y > 0 ? row - width : row;
      int below = y < height - 1 ? row + width : row;
      for (int x = 0; x < width; x++) {
        rows[row + x] = 0.25f * (in[above + x] + in[below + x]) + 0.5f * in[row + x];
      }
      for (int x = 1; x < width - 1; x++) {
        out[row + x] = 0.25f * (rows[row + x - 1] + rows[row + x + 1]) + 0.5f * rows[row + x];
      }
      int last = row + width - 1;
      out[row] = 0.75f * rows[row] + 0.25f * rows[Math.min(last, row + 1)];
      out[last] = 0.75f * rows[last] + 0.25f * rows[Math.max(row, last - 1)];
    }
    return out;
  }

  /** The grain: how far a pixel is from the middle of its neighbours, as the standard deviation of white noise. */
  static float grain(float[] grey, int height, int width) {
    int[] count = new int[1024];
    int n = 0;
    for (int y = 0; y < height; y++) {
      for (int x = 1 + y % 2; x < width - 1; x += 2) {
        int i = y * width + x;
        float off = Math.abs(grey[i] - (grey[i - 1] + grey[i + 1]) / 2);
        count[(int) (4 * off)]++;
        n++;
      }
    }
    return quantile(count, n, 0.5f) / 4 * 1.4826f / 1.2247f; // median to deviation; of a difference of 1, 1/2 and 1/2
  }

  /** Whether neighbours have next to nothing in common, as in noise and in no stroke. */
  static boolean isGrain(float[] grey, int height, int width) {
    double mean = 0;
    for (float v : grey) {
      mean += v / grey.length;
    }
    double square = 1e-9;
    double product = 0;
    for (int y = 0; y < height - 1; y++) {
      for (int x = 0; x < width - 1; x++) {
        double off = grey[y * width + x] - mean;
        square += 2 * off * off;
        product += off * (grey[y * width + x + 1] + grey[(y + 1) * width + x] - 2 * mean);
      }
    }
    return product < 0.25 * square;
  }

  /** The value, interpolated inside its bin, below which a share of the counted ones lies. */
  static float quantile(int[] count, int n, float share) {
    float rest = share * n;
    for (int bin = 0; bin < count.length; bin++) {
      if (count[bin] > 0 && rest <= count[bin]) {
        return bin + rest / count[bin];
      }
      rest -= count[bin];
    }
    return 0;
  }

  /**
   * How sure it is that the paper is brighter than the ink: positive if so, negative if the ink is brighter, -1 to 1. Ink is what stands
   * out from its surroundings on one side: the sum of the cubed distances from the local mean, which neither slopes nor the edges of
   * shadows tilt.
   */
  static float vote(float[] grey, int height, int width) {
    double[] sums = new double[(height + 1) * (width + 1)]; // over all rows above and columns to the left
    for (int y = 0; y < height; y++) {
      double row = 0;
      for (int x = 0; x < width; x++) {
        row += grey[y * width + x];
        sums[(y + 1) * (width + 1) + x + 1] = sums[y * (width + 1) + x + 1] + row;
      }
    }
    int reach = Math.max(3, Math.max(height, width) / 5);
    double tilt = 0;
    double all = 1e-9;
    for (int y = 0; y < height; y++) {
      int top = Math.max(0, y - reach) * (width + 1);
      int bottom = Math.min(height, y + reach + 1) * (width + 1);
      int rows = (bottom - top) / (width + 1);
      for (int x = 0; x < width; x++) {
        int left = Math.max(0, x - reach);
        int right = Math.min(width, x + reach + 1);
        double mean = (sums[bottom + right] - sums[top + right] - sums[bottom + left] + sums[top + left])
            / (rows * (right - left));
        double off = (mean - grey[y * width + x]) / (mean + DARK);
        double cube = off * off * off;
        tilt += cube;
        all += Math.abs(cube);
      }
    }
    return (float) (tilt / all);
  }

  /**
   * The grey of even paper in a picture of two tones, of which the darker one is the ink and much of it, as in a tight crop of a bold
   * digit; NaN if it is another picture. The two are told apart where the variance between them is largest (N. Otsu, "A threshold
   * selection method from gray-level histograms", IEEE SMC 9(1), 1979).
   *
   * @param soft whether the edges between the tones may be soft, if the light is even
   */
  static float ofTwoTones(float[] grey, int height, int width, boolean soft) {
    int[] count = new int[256];
    double all = 0;
    double squares = 0;
    for (float v : grey) {
      int bin = Math.max(0, Math.min(255, (int) v));
      count[bin]++;
      all += bin;
      squares += (double) bin * bin;
    }
    int n = grey.length;
    double total = squares / n - all / n * all / n;
    double best = 0;
    int threshold = 0;
    int dark = 0;
    int darkCount = 0;
    double sum = 0;
    float paper = 0;
    for (int t = 0; t < 255; t++) {
      dark += count[t];
      sum += (double) t * count[t];
      if (dark == 0 || dark == n) {
        continue;
      }
      double apart = sum / dark - (all - sum) / (n - dark);
      double between = (double) dark * (n - dark) / n / n * apart * apart;
      if (between > best) {
        best = between;
        threshold = t;
        darkCount = dark;
        paper = (float) ((all - sum) / (n - dark));
      }
    }
    int rim = 0;
    for (int x = 0; x < width; x++) {
      rim += (grey[x] <= threshold ? 1 : 0) + (grey[(height - 1) * width + x] <= threshold ? 1 : 0);
    }
    for (int y = 0; y < height; y++) {
      rim += (grey[y * width] <= threshold ? 1 : 0) + (grey[y * width + width - 1] <= threshold ? 1 : 0);
    }
    boolean bold = darkCount >= 0.2f * n && darkCount <= 0.75f * n && rim <= (soft ? 0.9f : 0.6f) * (height + width);
    return bold && (soft ? isEven(grey, height, width) : best > 0.93 * total) ? paper : Float.NaN;
  }

  /** Whether the light is the same all over: what is bright in each ninth of the picture, but for one that may be all ink. */
  private static boolean isEven(float[] grey, int height, int width) {
    int[] bright = new int[9];
    int most = 0;
    for (int part = 0; part < 9; part++) {
      int[] count = new int[256];
      int n = 0;
      for (int y = part / 3 * height / 3; y < (part / 3 + 1) * height / 3; y++) {
        for (int x = part % 3 * width / 3; x < (part % 3 + 1) * width / 3; x++) {
          count[Math.max(0, Math.min(255, (int) grey[y * width + x]))]++;
          n++;
        }
      }
      bright[part] = (int) quantile(count, n, 0.95f);
      most = Math.max(most, bright[part]);
    }
    int even = 0;
    for (int one : bright) {
      even += one >= most - 8 ? 1 : 0;
    }
    return even >= 8;
  }

  /** The grey half way between the darkest and the brightest, outliers aside. */
  static float middle(float[] grey) {
    int[] count = new int[256];
    for (float v : grey) {
      count[(int) v]++;
    }
    return (quantile(count, grey.length, 0.02f) + quantile(count, grey.length, 0.98f)) / 2;
  }

  static float[] inverted(float[] grey) {
    float[] out = new float[grey.length];
    for (int i = 0; i < out.length; i++) {
      out[i] = 255 - grey[i];
    }
    return out;
  }
}
