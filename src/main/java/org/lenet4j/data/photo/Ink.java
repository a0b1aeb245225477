package org.lenet4j.data.photo;

import java.util.Arrays;
import java.util.List;
import org.lenet4j.data.photo.Blots.Blot;

/** Tells a digit's ink from paper, lines, frames, edges, shadows and dirt in a grey picture. */
public final class Ink {
  private static final float FAINT = 10; // grey levels between paper and ink; less is no ink but noise
  private static final float DEVIATIONS = 5; // ink stands out from the paper by at least this many standard deviations
  private static final float SOLID = 0.3f; // share of full ink from which on pixels hang together
  private static final float DARK = 32; // paper below this grey is taken to be this light: a ratio would be all noise

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

  /** How sure it is that the paper is brighter than the ink: positive if so, negative if the ink is brighter. */
  public static float paperVote(float[] grey, int height, int width) {
    return Paper.vote(grey, height, width);
  }

  /** How much ink of the digit each pixel has, {@code (height, width)}, 0 to 1; null if there is no digit. */
  public static float[] extract(float[] grey, int height, int width, boolean darkInk) {
    float[] page = darkInk ? grey : Paper.inverted(grey);
    float[] smooth = Paper.smooth(page, height, width);
    float[] paper = Paper.closing(smooth, height, width);
    float grain = Paper.grain(page, height, width);
    float peak = 0;
    for (int i = 0; i < paper.length; i++) {
      peak = Math.max(peak, paper[i] - smooth[i]);
    }
    float[] read = grain < 0.04f * peak ? page : smooth; // fine strokes stay sharp where the picture is clean
    if (grain > 0.1f * peak) {
      read = Paper.smooth(smooth, height, width);
    }
    float[] contrast = new float[paper.length]; // how many greys darker than the paper
    int[] count = new int[2048];
    for (int i = 0; i < paper.length; i++) {
      contrast[i] = paper[i] - read[i];
      count[Math.max(0, Math.min(2047, (int) (4 * contrast[i]) + 512))]++;
    }
    float middle = (Paper.quantile(count, paper.length, 0.5f) - 512) / 4;
    float low = (Paper.quantile(count, paper.length, 0.16f) - 512) / 4;
    float threshold = Math.max(FAINT, DEVIATIONS * (middle - low)); // what is brighter than the middle is no ink, so its spread is noise
    boolean[] mask = new boolean[paper.length];
    float[] ink = new float[paper.length]; // share of the paper's light that is missing
    for (int i = 0; i < paper.length; i++) {
      float off = contrast[i] - middle;
      mask[i] = off >= threshold;
      ink[i] = darkInk ? off / Math.max(DARK, paper[i]) : off / 255;
    }
    Sheet sheet = new Sheet(mask, ink, height, width);
    if (!sheet.findDigit()) {
      return null;
    }
    float full = sheet.full();
    for (int i = 0; i < mask.length; i++) {
      mask[i] = sheet.isDigit(i) && ink[i] >= SOLID * full;
    }
    sheet = new Sheet(mask, ink, height, width);
    if (!sheet.findDigit()) {
      return null;
    }
    return sheet.digit(sheet.full());
  }
}
