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
  private static final float THICK = 0.09f; // of a stroke, where lines are thinner; as above
  private static final float THICKEST_CUT = 0.3f; // where shadows are thicker

  private final boolean[] mask; // (height, width)
  private final float[] ink;
  private final int height;
  private final int width;
  private boolean[] digit;
  private Blot box;
  private float squares; // how thick the lines of squared paper are; 0 on other paper
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
    if (Math.min(height, width) >= LEAST_SIDE && !isCutOut(mask, ink, height, width, 0.015f)) {
      Edges.remove(mask, height, width);
      Frames.remove(mask, new Blots(mask, ink, height, width), height, width);
      squares = Math.max(squares, Frames.removeLines(mask, height, width));
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

  /**
   * Whether a picture is a digit that was cut out, nothing beside it: one blot from about one border to the other both ways, of strokes
   * thicker than lines and thinner than shadows, that meets the border not at all or at several places.
   *
   * @param ink    of each pixel
   * @param margin the most paper on each side, as a share of the longer side
   */
  static boolean isCutOut(boolean[] mask, float[] ink, int height, int width, float margin) {
    Blots blots = new Blots(mask, ink, height, width);
    float all = 0;
    Blot most = null;
    for (Blot blot : blots.all) {
      all += blot.mass();
      most = most == null || blot.mass() > most.mass() ? blot : most;
    }
    if (most == null || most.mass() < 0.95f * all) {
      return false;
    }
    boolean narrow = most.longer() > 2.2f * Math.min(most.height(), most.width()); // a 1 may be all ink
    if (!narrow && most.area() > 0.65f * most.height() * most.width()) {
      return false;
    }
    int room = Math.round(margin * Math.max(height, width));
    if (most.top() > room || most.left() > room || height - most.bottom() > room || width - most.right() > room) {
      return false;
    }
    boolean[] of = new boolean[mask.length];
    for (int i = 0; i < of.length; i++) {
      of[i] = blots.number[i] == most.number();
    }
    float stroke = stroke(of, width, most);
    return stroke > THICK && stroke < THICKEST_CUT && border(of, height, width) < 0.45f && touches(of, height, width) != 1;
  }

  /** At how many places the mask meets the picture's border. */
  private static int touches(boolean[] of, int height, int width) {
    int count = 0;
    boolean before = of[width]; // the walk's last pixel: the first column's second
    for (int i = 0; i < 2 * (height + width) - 4; i++) {
      int down = i - width + 1; // rows walked along the right side
      int back = down - height + 1; // columns along the bottom
      int up = back - width + 1;
      int at = down <= 0 ? i : back <= 0 ? down * width + width - 1 : up <= 0 ? height * width - 1 - back : (height - 1 - up) * width;
      boolean here = of[at];
      count += here && !before ? 1 : 0;
      before = here;
    }
    return count;
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
    boolean rest = Math.min(group.height(), group.width()) <= 2.5f * squares; // of a line that ends at the page's edge
    return !line && !rest && group.longer() >= Math.max(5, 0.022f * Math.max(height, width));
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
    float stroke = stroke(digit, width, box);
    boolean narrow = box.longer() > 1.8f * Math.min(box.height(), box.width()); // a 1 may be no more than a thick line
    return !narrow && (stroke > THICKEST || box.area() > 0.77f * box.height() * box.width()) || full < PENCIL && stroke > THICKEST_PENCIL;
  }

  /** How thick strokes are, as a share of their box's longer side. */
  private static float stroke(boolean[] of, int width, Blot box) {
    int rim = 0;
    for (int y = box.top(); y < box.bottom(); y++) {
      for (int x = box.left(); x < box.right(); x++) {
        int i = y * width + x;
        boolean inside = y > box.top() && y < box.bottom() - 1 && x > box.left() && x < box.right() - 1 && of[i - 1] && of[i + 1]
            && of[i - width] && of[i + width];
        rim += of[i] && !inside ? 1 : 0;
      }
    }
    return 2f * box.area() / rim / box.longer(); // both sides of a long line are rim
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
    return fills() && border(digit, height, width) < 0.5f && full > 0.25f;
  }

  /** Whether it reaches to about all four ends of the picture, as the paper around and within the strokes of such a digit hardly does. */
  private boolean isTightCrop() {
    boolean reaches = Math.min(box.height() / (0.8f * height), box.width() / (0.8f * width)) > 1;
    return reaches && Math.max(height, width) >= 2 * LEAST_SIDE && border(digit, height, width) < 0.3f;
  }

  /** Whether it reaches from about one end of the picture to the other. */
  boolean fills() {
    return box.height() > 0.85f * height || box.width() > 0.85f * width;
  }

  /** The share of the picture's border that is covered. */
  private static float border(boolean[] of, int height, int width) {
    int count = 0;
    for (int x = 0; x < width; x++) {
      count += (of[x] ? 1 : 0) + (of[(height - 1) * width + x] ? 1 : 0);
    }
    for (int y = 0; y < height; y++) {
      count += (of[y * width] ? 1 : 0) + (of[y * width + width - 1] ? 1 : 0);
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
    if (isTightCrop() != other.isTightCrop()) {
      return isTightCrop();
    }
    boolean clearer = divided ? full > other.full : soft() < other.soft() - 0.15f;
    float border = border(digit, height, width);
    float otherBorder = border(other.digit, height, width);
    return border < otherBorder - 0.1f || border < otherBorder + 0.05f && clearer;
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
