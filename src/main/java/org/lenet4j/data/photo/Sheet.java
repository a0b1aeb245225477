package org.lenet4j.data.photo;

import java.util.Arrays;
import java.util.List;
import org.lenet4j.data.photo.Blots.Blot;

/** Ink on a page: which of it is the digit. */
final class Sheet {
  static final int LEAST_SIDE = 40; // smaller pictures have no room for lines beside a digit
  private static final float SPECK = 0.04f; // a blot with less than this share of the digit's ink is dirt

  private static final float PENCIL = 0.2f; // ink that takes less of the paper's light than this is a pencil's, or a shade of the paper
  private static final float THICKEST_PENCIL = 0.28f;
  private static final float THICKEST = 0.42f; // of a stroke, as a share of the digit's longer side
  private static final float FADED = 0.2f; // share of full ink

  private final boolean[] mask; // (height, width)
  private final float[] ink;
  private final int height;
  private final int width;
  private boolean[] digit;
  private Blot box;
  private float full;

  Sheet(boolean[] mask, float[] ink, int height, int width) {
    this.mask = mask;
    this.ink = ink;
    this.height = height;
    this.width = width;
  }

  /**
   * Takes out lines and edges and keeps the blots that make up the digit; false if there is none.
   *
   * @param sure the part of the mask that is surely ink
   */
  boolean findDigit(boolean[] sure) {
    if (Math.min(height, width) >= LEAST_SIDE) {
      Edges.remove(mask, height, width);
      Frames.remove(mask, new Blots(mask, ink, height, width), height, width);
      Frames.removeLines(mask, height, width);
    }
    for (int i = 0; i < mask.length; i++) {
      mask[i] &= sure[i];
    }
    Blots blots = new Blots(mask, ink, height, width);
    boolean[] member = new boolean[blots.all.size() + 1];
    box = choose(blots.all, member);
    if (box == null || !isLarge(box) || isClutter(blots.all, member)) {
      return false;
    }
    digit = new boolean[mask.length];
    float[] values = new float[box.area()];
    int n = 0;
    for (int i = 0; i < mask.length; i++) {
      if (member[blots.number[i]]) {
        digit[i] = true;
        values[n++] = ink[i];
      }
    }
    Arrays.sort(values);
    full = values[(int) (0.9f * n)];
    return true;
  }

  /** The heaviest blot that is neither an edge's rest nor an underline, and what belongs to it. */
  private Blot choose(List<Blot> blots, boolean[] member) {
    Blot main = null;
    for (Blot blot : blots) {
      if (!isEdge(blot) && !isStroke(blot) && (main == null || blot.mass() > main.mass())) {
        main = blot;
      }
    }
    if (main == null) {
      return null;
    }
    Blot group = main;
    member[main.number()] = true;
    for (boolean grown = true; grown;) {
      grown = false;
      for (Blot blot : blots) {
        if (!member[blot.number()] && belongs(blot, group)) {
          group = group.with(blot);
          member[blot.number()] = true;
          grown = true;
        }
      }
    }
    return group;
  }

  /** A part of a broken stroke: not too light and not too far away. */
  private boolean belongs(Blot blot, Blot group) {
    int gap = blot.gap(group);
    boolean near = gap <= 0.12f * group.longer() && blot.mass() >= SPECK * group.mass();
    boolean heavy = gap <= 0.3f * group.longer() && blot.mass() >= 0.15f * group.mass();
    boolean under = isStroke(blot) && blot.top() >= group.bottom() - 0.1f * group.height();
    boolean edge = isEdge(blot) && !touchesOpposite(blot, group);
    return (near || heavy) && !under && !edge;
  }

  private boolean touchesOpposite(Blot blot, Blot group) {
    return (blot.top() == 0 && group.bottom() == height) || (blot.bottom() == height && group.top() == 0)
        || (blot.left() == 0 && group.right() == width) || (blot.right() == width && group.left() == 0);
  }

  /** A narrow strip along the picture's border. */
  private boolean isEdge(Blot blot) {
    boolean level = (blot.top() == 0 || blot.bottom() == height) && blot.height() <= 0.1f * height && blot.width() >= 2 * blot.height();
    boolean upright = (blot.left() == 0 || blot.right() == width) && blot.width() <= 0.1f * width && blot.height() >= 2 * blot.width();
    return Math.min(height, width) >= LEAST_SIDE && (level || upright);
  }

  /** A long level stroke, which no digit is. */
  private boolean isStroke(Blot blot) {
    return blot.width() >= 6 * blot.height() && Math.min(height, width) >= LEAST_SIDE;
  }

  /** Larger than a speck, and not what was left of a line through all the picture. */
  private boolean isLarge(Blot group) {
    boolean line = group.height() >= 0.9f * height && group.width() <= 0.02f * width;
    return !line && group.longer() >= Math.max(5, 0.022f * Math.max(height, width));
  }

  /** Whether there is more ink beside the digit than in it, as in a stain's or a cloth's texture. */
  private boolean isClutter(List<Blot> blots, boolean[] member) {
    float rest = 0;
    for (Blot blot : blots) {
      rest += member[blot.number()] || isEdge(blot) || isStroke(blot) ? 0 : blot.mass();
    }
    return rest > box.mass();
  }

  /** Whether it is a dot, a cloud or a wedge instead of strokes. */
  boolean isFilled() {
    if (Math.min(height, width) < LEAST_SIDE) {
      return false;
    }
    int rim = 0;
    for (int y = box.top(); y < box.bottom(); y++) {
      for (int x = box.left(); x < box.right(); x++) {
        int i = y * width + x;
        boolean inside = y > box.top() && y < box.bottom() - 1 && x > box.left() && x < box.right() - 1 && digit[i - 1] && digit[i + 1]
            && digit[i - width] && digit[i + width];
        rim += digit[i] && !inside ? 1 : 0;
      }
    }
    float stroke = 2f * box.area() / rim / box.longer(); // both sides of a long line are rim
    boolean narrow = box.longer() > 1.8f * Math.min(box.height(), box.width()); // a 1 may be no more than a thick line
    return !narrow && (stroke > THICKEST || box.area() > 0.77f * box.height() * box.width()) || full < PENCIL && stroke > THICKEST_PENCIL;
  }

  /**
   * Whether it fades on all sides, as clouds in the paper and in the light do: across its edges, on average, hardly any of full ink is lost
   * within a 25th of its longer side. Strokes lose a quarter to all of it.
   */
  boolean fades() {
    int step = Math.max(1, Math.round(box.longer() / 25f));
    double lost = 0;
    int count = 0;
    for (int y = box.top(); y < box.bottom(); y++) {
      for (int x = box.left(); x < box.right(); x++) {
        int i = y * width + x;
        if (digit[i]) {
          int[] across = {x >= step ? i - step : i, x + step < width ? i + step : i, y >= step ? i - step * width : i,
              y + step < height ? i + step * width : i};
          for (int j : across) {
            if (!digit[j]) {
              lost += ink[i] - ink[j];
              count++;
            }
          }
        }
      }
    }
    return Math.min(height, width) >= 2 * LEAST_SIDE && lost < FADED * full * count; // small ones are soft all over
  }

  /** Whether it looks like a digit that was cut out tightly, and no slope of light. */
  boolean isCrop() {
    return fills() && border() < 0.5f && full > 0.25f;
  }

  /** Whether it reaches from about one end of the picture to the other. */
  boolean fills() {
    return box.height() > 0.85f * height || box.width() > 0.85f * width;
  }

  /** The share of the picture's border that it covers. */
  private float border() {
    int count = 0;
    for (int x = 0; x < width; x++) {
      count += (digit[x] ? 1 : 0) + (digit[(height - 1) * width + x] ? 1 : 0);
    }
    for (int y = 0; y < height; y++) {
      count += (digit[y * width] ? 1 : 0) + (digit[y * width + width - 1] ? 1 : 0);
    }
    return (float) count / (2 * (height + width));
  }

  boolean isDigit(int i) {
    return digit[i];
  }

  /** The ink of a full stroke: what nine tenths of the digit's pixels do not exceed. */
  float full() {
    return full;
  }

  /**
   * Of two readings of a picture, in dark and in light ink: half of a tight crop or of a bold digit's surroundings is ink, so that the
   * other half stands out, but it runs along the border. And what is bright where light gathers fades all around, which no ink does; in
   * strong such light the gaps between strokes stand out from the darkness around, but less than the strokes do from the paper.
   *
   * @param divided whether the border speaks for light ink and all the rest for dark, or the other way round
   */
  boolean isClearerThan(Sheet other, boolean divided) {
    boolean clearer = divided ? full > other.full : soft() < other.soft() - 0.15f;
    return border() < other.border() - 0.1f || border() < other.border() + 0.05f && clearer;
  }

  /** The share of the digit that has less than two thirds of full ink. */
  private float soft() {
    int count = 0;
    for (int i = 0; i < digit.length; i++) {
      count += digit[i] && ink[i] < 0.67f * full ? 1 : 0;
    }
    return (float) count / box.area();
  }

  /** The digit's ink, 0 to 1, with the soft edges of its strokes. */
  float[] digit() {
    boolean[] near = digit.clone();
    for (int y = Math.max(0, box.top() - 1); y < Math.min(height, box.bottom() + 1); y++) {
      for (int x = Math.max(0, box.left() - 1); x < Math.min(width, box.right() + 1); x++) {
        for (int q = Math.max(0, y - 1); q <= Math.min(height - 1, y + 1); q++) {
          for (int p = Math.max(0, x - 1); p <= Math.min(width - 1, x + 1); p++) {
            near[y * width + x] |= digit[q * width + p];
          }
        }
      }
    }
    float[] out = new float[ink.length];
    for (int i = 0; i < out.length; i++) {
      out[i] = near[i] ? Math.max(0, Math.min(1, ink[i] / full)) : 0;
    }
    return out;
  }
}
