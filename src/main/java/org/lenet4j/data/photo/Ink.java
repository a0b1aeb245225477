package org.lenet4j.data.photo;

import java.util.Arrays;

/** Tells a digit's ink from paper, lines, frames, edges, shadows and dirt in a grey picture. */
public final class Ink {
  private static final float FAINT = 10; // grey levels between paper and ink; less is no ink but noise
  private static final float DEVIATIONS = 5.5f; // ink stands out from the paper by at least this many standard deviations
  private static final float FAINTER = 0.6f; // share of the least ink's contrast from which on a pixel may belong to a line
  private static final float SOLID = 0.3f; // share of full ink from which on pixels hang together
  private static final float UNSURE = 0.55f; // a vote below this may be wrong
  private static final float MIXED = 0.4f; // a border's vote below this is half and half
  private static final float CUT_MARGIN = 0.12f; // on each side of a digit that was cut out
  private static final int FINE = 4; // bins a grey in the histogram of contrasts
  private static final int ZERO = 512; // its bin of no contrast

  private Ink() {}

  /** Whether a picture has no contrast at all. */
  public static boolean isBlank(float[] grey) {
    float low = 255;
    float high = 0;
    for (float v : grey) {
      low = Math.min(low, v);
      high = Math.max(high, v);
    }
    return high - low < 12;
  }

  /**
   * How sure it is that the paper is brighter than the ink: positive if so, negative if the ink is brighter. For sets of small images,
   * cut out tightly or not: the border is mostly paper, and ink stands out from what is around it.
   */
  public static float paperVote(float[] grey, int height, int width) {
    return borderVote(grey, height, width) + 0.5f * Paper.vote(grey, height, width);
  }

  private static float borderVote(float[] grey, int height, int width) {
    float middle = Paper.middle(grey);
    int bright = 0;
    int size = 0;
    int margin = Math.max(1, Math.min(height, width) / 20);
    for (int y = 0; y < height; y++) {
      boolean whole = y < margin || y >= height - margin;
      for (int x = 0; x < width; x += whole || x != margin - 1 || width <= 2 * margin ? 1 : width - 2 * margin + 1) {
        bright += grey[y * width + x] > middle ? 1 : 0;
        size++;
      }
    }
    return 2f * bright / size - 1;
  }

  /** How much ink of the digit each pixel has, {@code (height, width)}, 0 to 1; null if there is no digit. */
  public static float[] extract(float[] grey, int height, int width) {
    float border = borderVote(grey, height, width);
    float vote = Paper.vote(grey, height, width);
    if (isSmall(height, width)) {
      vote = border + 0.5f * vote;
    }
    if (!isSmall(height, width)) { // more ink than paper may be around each pixel
      float[] page = border > 0 ? grey : Paper.inverted(grey);
      if (!Float.isNaN(Paper.ofTwoTones(page, height, width, false))) {
        return extract(grey, height, width, border > 0);
      }
      Sheet cutOut = readCutOut(page, height, width, border > 0);
      if (cutOut != null) {
        return cutOut.digit();
      }
    }
    Sheet sheet = read(grey, height, width, vote > 0);
    boolean divided = vote > 0 != border > 0 && Math.abs(border) > MIXED;
    if (Math.abs(vote) < UNSURE && (sheet == null || divided) || Math.abs(vote) < UNSURE / 2) {
      Sheet other = read(grey, height, width, vote <= 0);
      sheet = sheet == null || other != null && other.isClearerThan(sheet, divided) ? other : sheet;
    }
    return sheet == null ? null : sheet.digit();
  }

  /** The same where it is known which of paper and ink is dark. */
  public static float[] extract(float[] grey, int height, int width, boolean darkInk) {
    Sheet sheet = read(grey, height, width, darkInk);
    return sheet == null ? null : sheet.digit();
  }

  private static boolean isSmall(int height, int width) {
    return Math.min(height, width) < Sheet.LEAST_SIDE && Math.max(height, width) < 2 * Sheet.LEAST_SIDE;
  }

  private static Sheet read(float[] grey, int height, int width, boolean darkInk) {
    float[] page = darkInk ? grey : Paper.inverted(grey);
    int longer = Math.max(height, width);
    if (isSmall(height, width)) {
      // Strokes are a few pixels wide, and as wide as the paper between them: one light for all.
      return Paper.isGrain(page, height, width) ? null
          : read(page, page, Paper.closing(page, height, width, longer, 0), height, width, darkInk, true);
    }
    float[] smooth = Paper.smooth(page, height, width); // the finest noise would raise the closing
    float even = Paper.ofTwoTones(smooth, height, width, false);
    if (!Float.isNaN(even)) {
      return readEven(page, smooth, even, height, width, darkInk);
    }
    int reach = longer / 8;
    Sheet sheet = read(page, smooth, Paper.closing(smooth, height, width, reach, reach), height, width, darkInk, false);
    if (sheet == null || sheet.fills()) { // a tight crop: strokes run along the border, and are thick for the picture
      Sheet tight = read(page, smooth, Paper.closing(smooth, height, width, longer / 5, 0), height, width, darkInk, true);
      sheet = tight != null && (sheet != null || tight.isCrop()) ? tight : sheet;
    }
    return sheet;
  }

  /** Of a digit that was cut out under even light, with soft strokes up to the border, under which no closing finds the paper. */
  private static Sheet readCutOut(float[] page, int height, int width, boolean darkInk) {
    float even = Paper.ofTwoTones(page, height, width, true);
    if (Float.isNaN(even)) {
      return null;
    }
    float darkest = Float.MAX_VALUE;
    for (float v : page) {
      darkest = Math.min(darkest, v);
    }
    boolean[] mask = new boolean[page.length];
    float[] ink = new float[page.length];
    for (int i = 0; i < mask.length; i++) {
      ink[i] = even - page[i];
      mask[i] = ink[i] > SOLID * (even - darkest);
    }
    return Sheet.isCutOut(mask, ink, height, width, CUT_MARGIN)
        ? readEven(page, Paper.smooth(page, height, width), even, height, width, darkInk) : null;
  }

  /** With paper of one grey all over. */
  private static Sheet readEven(float[] page, float[] smooth, float even, int height, int width, boolean darkInk) {
    float[] paper = new float[page.length];
    Arrays.fill(paper, even);
    return read(page, smooth, paper, height, width, darkInk, true);
  }

  private static Sheet read(float[] page, float[] smooth, float[] paper, int height, int width, boolean darkInk,
      boolean tight) {
    float peak = 0;
    for (int i = 0; i < paper.length; i++) {
      peak = Math.max(peak, paper[i] - smooth[i]);
    }
    float[] seen = page; // fine strokes stay sharp where the picture is clean
    float grain = smooth == page ? 0 : Paper.grain(page, height, width);
    if (grain > 0.04f * peak) {
      seen = grain > 0.1f * peak ? Paper.smooth(smooth, height, width) : smooth;
    }
    int[] count = new int[2048];
    int n = 0;
    for (int i = 0; i < paper.length; i++) {
      float contrast = paper[i] - seen[i];
      if (contrast <= peak / 2) { // half of a tight crop may be ink
        count[bin(contrast)]++;
        n++;
      }
    }
    float bare = (Paper.quantile(count, n, 0.25f) - ZERO) / FINE; // low quantiles: what is brighter than most is no ink
    float deviation = bare - (Paper.quantile(count, n, 0.05f) - ZERO) / FINE; // of a normal distribution, 0.97 standard deviations
    if (!tight) { // there is more paper than ink: so much of what is darker than most is still paper
      deviation = Math.max(deviation, ((Paper.quantile(count, n, 0.5f) - ZERO) / FINE - bare) / 0.67f);
    }
    float threshold = Math.max(FAINT, DEVIATIONS * deviation);
    boolean[] mask = new boolean[paper.length];
    boolean[] faint = new boolean[paper.length]; // lines are known by their length, even if they are hardly seen
    float[] ink = new float[paper.length]; // share of the paper's light that is missing
    for (int i = 0; i < paper.length; i++) {
      float off = paper[i] - seen[i] - bare;
      mask[i] = off >= threshold;
      faint[i] = off >= FAINTER * threshold;
      ink[i] = darkInk ? off / Math.max(Paper.DARK, paper[i]) : off / 255;
    }
    Sheet sheet = new Sheet(faint, ink, height, width);
    if (!sheet.findDigit(mask)) {
      return null;
    }
    float full = sheet.full();
    for (int i = 0; i < mask.length; i++) {
      mask[i] = sheet.isDigit(i) && ink[i] >= SOLID * full;
    }
    sheet = new Sheet(mask, ink, height, width);
    return sheet.findDigit(mask) && !sheet.isFilled() && !sheet.fades() ? sheet : null; // the first mask has soft edges, and may be full
  }

  private static int bin(float contrast) {
    return Math.max(0, Math.min(2047, (int) (FINE * contrast) + ZERO));
  }
}
