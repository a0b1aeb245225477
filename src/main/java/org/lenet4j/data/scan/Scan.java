package org.lenet4j.data.scan;

import java.util.Arrays;
import org.lenet4j.random.Philox;

/**
 * A grey picture of a digit as some other pen, scanner or camera would have made it, bright ink on dark paper. What happens to it, each
 * with its probability, is a pure function of (seed, sample):
 *
 * <pre>
 *   slant            0.3   up to 0.35 columns for each row, either way; width times 0.75 to 1.3
 *   stroke width     0.75  times 0.45 to 1.8, evenly on a logarithmic scale; half of it is at least 0.5 and at most 2.2 pixels of 28x28
 *   resolution       0.65  the longer side of the ink is 8 to 24 pixels, evenly on a logarithmic scale, else 60; each pixel the average
 *                          over its area, as it is in a scanner; more where strokes would be thinner than 0.6 pixels
 *   proportions      0.2   in a narrow digit, as where a form's reader has fitted it to a square: height / width to the power 0.4 to 1
 *   blur             0.35  one or two passes of (1, 2, 1) / 4 along both axes where the digit is 11 to 24 pixels high, one to twelve where
 *                          it is 60
 *   binarised        0.35  black and white at 0.35 to 0.6 of full ink, if strokes are wider than 1.3 pixels
 *   noise            0.4   about normal, with a deviation of 0.02 to 0.08 of the contrast
 * </pre>
 *
 * <p>Paper is 0 to 80 bright, ink 60 to 175 brighter. Around the digit there is a margin of 1 pixel to a half of its size.
 */
public final class Scan {
  private static final int LARGE = 60; // the longer side where the resolution is not reduced
  private static final float THINNEST = 0.6f; // the width of strokes, in pixels, below which nobody could read them

  private final Stroke stroke = new Stroke();
  private final float[] ink = new float[Stroke.SIDE * Stroke.SIDE];
  private final int[] block = new int[4];
  private float[] pixels = {};
  private int height;
  private int width;
  private long seed;
  private int sample;
  private int draws;

  /**
   * Makes one picture.
   *
   * @param images {@code (28, 28)} unsigned bytes at {@code offset}, ink bright
   * @return whether there is ink in it
   */
  public boolean make(byte[] images, int offset, long newSeed, int newSample) {
    seed = newSeed;
    sample = newSample;
    draws = 0;
    boolean slanted = chance(0.3f);
    stroke.read(images, offset, slanted ? between(-0.35f, 0.35f) : 0, slanted ? between(0.75f, 1.3f) : 1);
    float half = stroke.halfWidth();
    boolean otherPen = chance(0.75f);
    float wanted = Math.max(0.5f, Math.min(2.2f, half * (float) Math.exp(between(-0.8f, 0.59f))));
    float drawn = otherPen ? wanted : half;
    stroke.draw(drawn - half, ink);
    int[] box = box();
    if (box == null) {
      return false;
    }
    boolean low = chance(0.65f);
    float longer = low ? Math.max(THINNEST * 10 / drawn, 8 * (float) Math.exp(between(0, 1.1f))) : LARGE;
    reduce(box, longer, chance(0.2f) ? between(0.4f, 1) : 1);
    int passes = chance(0.35f) && longer > 11 ? 1 + (int) between(0, low ? longer / 12 : 12) : 0;
    for (int i = 0; i < passes; i++) {
      blur(1, width, height);
      blur(width, height, width);
    }
    if (chance(0.35f) && drawn * longer / 10 > 1.3f) { // thinner ones would fall to pieces
      binarise(between(0.35f, 0.6f));
    }
    expose();
    return true;
  }

  /** Rows of the picture. */
  public int height() {
    return height;
  }

  /** Columns of the picture. */
  public int width() {
    return width;
  }

  /** A copy of the picture, {@code (height, width)}, 0 to 255. */
  public float[] pixels() {
    return Arrays.copyOf(pixels, height * width);
  }

  /** First row, row after the last, first column, column after the last with ink; null if there is none. */
  private int[] box() {
    int[] box = {Stroke.SIDE, 0, Stroke.SIDE, 0};
    for (int i = 0; i < ink.length; i++) {
      if (ink[i] >= 0.5f) {
        box[0] = Math.min(box[0], i / Stroke.SIDE);
        box[1] = i / Stroke.SIDE + 1;
        box[2] = Math.min(box[2], i % Stroke.SIDE);
        box[3] = Math.max(box[3], i % Stroke.SIDE + 1);
      }
    }
    return box[1] == 0 ? null : box;
  }

  /** The ink in a picture with a margin, its longer side as given and its proportions to some power. */
  private void reduce(int[] box, float longer, float power) {
    float boxHeight = box[1] - box[0];
    float boxWidth = box[3] - box[2];
    float ratio = (float) Math.pow(Math.min(boxHeight, boxWidth) / Math.max(boxHeight, boxWidth), power);
    int h = Math.max(1, Math.round(boxHeight >= boxWidth ? longer : longer * ratio));
    int w = Math.max(1, Math.round(boxHeight >= boxWidth ? longer * ratio : longer));
    int margin = 1 + (int) between(0, longer / 2);
    height = h + 2 * margin;
    width = w + 2 * margin;
    if (pixels.length < height * width) {
      pixels = new float[height * width];
    }
    Arrays.fill(pixels, 0, height * width, 0);
    for (int y = 0; y < h; y++) {
      for (int x = 0; x < w; x++) {
        pixels[(y + margin) * width + x + margin] = average(box[0] + y * boxHeight / h, box[0] + (y + 1) * boxHeight / h,
            box[2] + x * boxWidth / w, box[2] + (x + 1) * boxWidth / w);
      }
    }
  }

  private float average(float top, float bottom, float left, float right) {
    float sum = 0;
    for (int y = (int) top; y < bottom; y++) {
      float rows = Math.min(bottom, y + 1) - Math.max(top, y);
      for (int x = (int) left; x < right; x++) {
        sum += rows * (Math.min(right, x + 1) - Math.max(left, x)) * ink[Math.min(y, Stroke.SIDE - 1) * Stroke.SIDE
            + Math.min(x, Stroke.SIDE - 1)];
      }
    }
    return sum / ((bottom - top) * (right - left));
  }

  /** (1, 2, 1) / 4 along one axis: {@code lines} of {@code count} pixels that are {@code step} apart. */
  private void blur(int step, int count, int lines) {
    for (int line = 0; line < lines; line++) {
      int i = line * (step == 1 ? width : 1);
      float before = pixels[i];
      for (int k = 0; k < count; k++, i += step) {
        float here = pixels[i];
        float after = k + 1 < count ? pixels[i + step] : here;
        pixels[i] = (before + 2 * here + after) / 4;
        before = here;
      }
    }
  }

  private void binarise(float threshold) {
    for (int i = 0; i < height * width; i++) {
      pixels[i] = pixels[i] >= threshold ? 1 : 0;
    }
  }

  /** Ink becomes brightness, with noise. */
  private void expose() {
    float paper = between(0, 80);
    float contrast = between(60, 175);
    float deviation = chance(0.4f) ? contrast * between(0.02f, 0.08f) : 0;
    for (int i = 0; i < height * width; i++) {
      float value = paper + contrast * pixels[i] + (deviation == 0 ? 0 : deviation * normal());
      pixels[i] = Math.max(0, Math.min(255, value));
    }
  }

  private boolean chance(float probability) {
    return uniform() < probability;
  }

  private float between(float low, float high) {
    return low + (high - low) * uniform();
  }

  private float uniform() {
    return (bits() >>> 8) * 0x1p-24f;
  }

  /** About normal: the sum of four random bytes. */
  private float normal() {
    int bits = bits();
    return ((bits & 0xFF) + (bits >>> 8 & 0xFF) + (bits >>> 16 & 0xFF) + (bits >>> 24) - 510) * (1 / 147.8f);
  }

  private int bits() {
    if ((draws & 3) == 0) {
      Philox.block(seed, draws >>> 2, Philox.SCANS, sample, 0, block);
    }
    return block[draws++ & 3];
  }
}
