package org.lenet4j.data.photo;

import java.util.List;
import org.lenet4j.data.photo.Blots.Blot;

/** Lines of paper and of tables, which run from one end of the picture to the other, and boxes that are drawn around a digit. */
final class Frames {
  private static final int LEAST_BOX = 36; // pixels of a side; the sides of a smaller 0 look straight
  private static final float THICKEST = 0.035f; // of a line, as a share of the picture's shorter side

  private static final int SQUARED = 3; // lines each way of squared paper, at least

  private Frames() {}

  /** Takes out lines; the answer is how thick those of squared paper are, 0 if it is none. */
  static float removeLines(boolean[] mask, int height, int width) {
    float thickest = Math.max(4, THICKEST * Math.min(height, width)) + 2; // a soft line's foot is a pixel wider on each side
    List<Float> level = Lines.removeSpanning(mask, height, width, thickest);
    boolean[] turned = Lines.transpose(mask, height, width);
    List<Float> upright = Lines.removeSpanning(turned, width, height, thickest);
    System.arraycopy(Lines.transpose(turned, width, height), 0, mask, 0, mask.length);
    return Math.min(level.size(), upright.size()) < SQUARED ? 0 : Math.max(level.get(0), upright.get(0));
  }

  /** Takes out boxes, which have straight lines along all four sides, and lines under a digit that it touches. */
  static void remove(boolean[] mask, Blots blots, int height, int width) {
    boolean[] turned = null;
    for (Blot blot : blots.all) {
      if (Math.min(blot.height(), blot.width()) < LEAST_BOX || blot.area() > 0.45f * blot.height() * blot.width()) {
        continue;
      }
      if (turned == null) {
        turned = Lines.transpose(mask, height, width);
      }
      Lines level = new Lines(mask, height, width, blot.top(), blot.bottom(), blot.left(), blot.right());
      Lines upright = new Lines(turned, width, height, blot.left(), blot.right(), blot.top(), blot.bottom());
      float thickest = Math.max(4, 0.06f * blot.longer()) + 2;
      Lines.Course[] rows = level.pair(thickest);
      Lines.Course[] columns = rows == null ? null : upright.pair(thickest);
      if (columns != null) {
        level.removeAll(rows);
        turned = Lines.transpose(mask, height, width);
        new Lines(turned, width, height, blot.left(), blot.right(), blot.top(), blot.bottom()).removeAll(columns);
        System.arraycopy(Lines.transpose(turned, width, height), 0, mask, 0, mask.length);
      } else if (level.removeUnderline(thickest)) {
        turned = null;
      }
    }
  }
}
