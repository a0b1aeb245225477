package org.lenet4j.data.photo;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;

/**
 * Finds straight lines that are nearly level and takes them out of a mask, without the strokes that they cross: a line is followed column
 * by column, and where the ink is not thicker there than the line is elsewhere, it is removed (C. Dalitz, M. Droettboom, B. Pranzas and
 * I. Fujinaga, "A comparative study of staff removal algorithms", IEEE PAMI 30(5), 2008: "line track height").
 */
final class Lines {
  private static final VarHandle EIGHT = MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.nativeOrder());
  private static final float SLOPE = 0.09f; // rows a column: lines may be turned by five degrees
  private static final int SAMPLES = 64; // columns that are looked at to find a line
  private static final int MOST_LINES = 128; // of a page; a texture has thousands of courses
  private static final int NEAR = 3; // rows that a line may be off its straight course, and one in sixty of a shorter line's length

  private final boolean[] mask; // (height, width)
  private final int height;
  private final int width;
  private final int top; // the part in which lines are looked for
  private final int bottom;
  private final int left;
  private final int right;
  private final int near;

  Lines(boolean[] mask, int height, int width, int top, int bottom, int left, int right) {
    this.mask = mask;
    this.height = height;
    this.width = width;
    this.top = top;
    this.bottom = bottom;
    this.left = left;
    this.right = right;
    near = Math.max(1, Math.min(NEAR, Math.round((right - left) / 60f)));
  }

  /** A straight course through the part: its row at the left end and at the right end, and how many of its samples are ink. */
  record Course(float start, float end, int count) {}

  /**
   * The courses with at least this share of ink, those with most ink first.
   *
   * @param ends whether both ends must be ink as well
   */
  Course[] find(float cover, boolean ends) {
    int w = right - left;
    int h = bottom - top;
    int step = Math.max(1, w / SAMPLES);
    int n = w / step;
    byte[] samples = new byte[n * h]; // a column in a row: whether the pixel or its neighbour above or below is ink
    int[] from = new int[n]; // the rows of each sample that may have ink
    int[] to = new int[n];
    int inked = 0; // samples that have
    for (int s = 0; s < n; s++) {
      int x = left + s * step + step / 2;
      from[s] = h;
      for (int y = 0; y < h; y++) {
        if (mask[(top + y) * width + x]) {
          int above = Math.max(0, y - 1);
          int below = Math.min(h - 1, y + 1);
          samples[s * h + above] = 1;
          samples[s * h + y] = 1;
          samples[s * h + below] = 1;
          from[s] = Math.min(from[s], above);
          to[s] = below + 1;
        }
      }
      inked += to[s] > 0 ? 1 : 0;
    }
    if (inked < cover * (n / 4)) { // the least that a course may have
      return new Course[0];
    }
    int most = (int) (SLOPE * w / 2);
    int edge = Math.max(1, n / 16);
    byte[] count = new byte[h + 2 * most + 2]; // at most 127 samples
    int[] shift = new int[n]; // of each sample, in rows
    List<Course> found = new ArrayList<>();
    int least = (int) Math.ceil(cover * n / 4);
    int leastWhole = (int) Math.ceil(cover * n);
    for (int turn = -most; turn <= most; turn++) {
      Arrays.fill(count, (byte) 0);
      for (int s = 0; s < n; s++) {
        shift[s] = Math.round(turn * (2f * s / Math.max(1, n - 1) - 1));
        add(samples, s * h + from[s], count, most - shift[s] + from[s], to[s] - from[s]);
      }
      int turned = Math.abs(turn);
      for (int c = 0; c < h + 2 * most; c++) {
        boolean whole = c - most - turned >= 0 && c - most + turned < h;
        if (count[c] < (whole ? leastWhole : least)) {
          continue;
        }
        float middle = c - most;
        int inside = 0;
        int first = 0;
        int last = 0;
        for (int s = 0; s < n; s++) {
          int y = c - most + shift[s];
          if (y >= 0 && y < h) {
            inside++;
            first += s < edge ? samples[s * h + y] : 0;
            last += s >= n - edge ? samples[s * h + y] : 0;
          } else {
            first += s < edge ? 1 : 0;
            last += s >= n - edge ? 1 : 0;
          }
        }
        boolean reaches = !ends || 2 * first >= edge && 2 * last >= edge;
        if (inside >= n / 4 && count[c] >= cover * inside && reaches) {
          found.add(new Course(top + middle - turn, top + middle + turn, count[c]));
        }
      }
    }
    found.sort((a, b) -> b.count - a.count); // one that leaves the part may be all ink and yet be no line
    return found.toArray(Course[]::new);
  }

  /** Eight sums at once: none is over 127, so none runs into the next. */
  private static void add(byte[] from, int a, byte[] to, int b, int count) {
    int i = 0;
    for (; i <= count - Long.BYTES; i += Long.BYTES) {
      EIGHT.set(to, b + i, (long) EIGHT.get(to, b + i) + (long) EIGHT.get(from, a + i));
    }
    for (; i < count; i++) {
      to[b + i] += from[a + i];
    }
  }

  /**
   * How thick the line along a course is: the median height of the ink that the course meets; 0 if what is left of the line covers less
   * than this share of it.
   */
  float thickness(Course course, float cover) {
    int[] runs = new int[right - left];
    int n = 0;
    int inside = 0;
    for (int x = left; x < right; x++) {
      int y = row(course, x);
      if (y >= top && y < bottom) {
        inside++;
      }
      int at = nearest(x, y);
      if (at >= 0) {
        runs[n++] = end(x, at) - start(x, at);
      }
    }
    if (n < cover * inside || n == 0) {
      return 0;
    }
    Arrays.sort(runs, 0, n);
    return runs[n / 2];
  }

  /** A line along each end of the part, at most so thick; null if there are not both. */
  Course[] pair(float thickest) {
    Course first = null;
    Course last = null;
    float margin = Math.max(4, 0.2f * (bottom - top));
    for (Course course : find(0.75f, false)) {
      float middle = (course.start + course.end) / 2;
      boolean upper = middle < top + margin && first == null;
      boolean lower = middle >= bottom - margin && last == null;
      if (upper || lower) {
        float thickness = thickness(course, 0.6f);
        if (thickness > 0 && thickness <= thickest) {
          first = upper ? course : first;
          last = lower ? course : last;
        }
      }
    }
    return first == null || last == null ? null : new Course[] {first, last};
  }

  /**
   * Takes out a line in the lower part that goes further to both sides than all the rest: the foot of a 2 or the bar of a 4 begins where
   * another stroke ends. Says whether there was one.
   */
  boolean removeUnderline(float thickest) {
    Course under = null;
    for (Course course : find(0.9f, true)) {
      under = under == null && Math.min(course.start, course.end) > top + 0.6f * (bottom - top) ? course : under;
    }
    float thickness = under == null ? 0 : thickness(under, 0.85f);
    if (thickness == 0 || thickness > thickest) {
      return false;
    }
    int inset = (right - left) / 7;
    int below = 0; // columns with ink under the line, as the stem of a 4 has
    for (int x = left; x < right; x++) {
      for (int y = row(under, x) + Math.round(1.5f * thickness) + 2; y < bottom; y++) {
        if (mask[y * width + x]) {
          below++;
          break;
        }
      }
      if (below > 0.03f * (right - left)) {
        return false;
      }
      boolean outside = x < left + inset || x >= right - inset;
      int at = nearest(x, row(under, x));
      for (int y = top; outside && y < bottom; y++) {
        if (mask[y * width + x] && (at < 0 || y < start(x, at) || y >= end(x, at) || end(x, at) - start(x, at) > 2 * thickness + 1)) {
          return false;
        }
      }
    }
    remove(under, thickness);
    return true;
  }

  void removeAll(Course[] courses) {
    for (Course course : courses) {
      float thickness = thickness(course, 0.3f);
      if (thickness > 0) {
        remove(course, thickness);
      }
    }
  }

  /** Takes the line out. */
  void remove(Course course, float thickness) {
    float most = thickness + Math.max(1, 0.4f * thickness);
    for (int x = left; x < right; x++) {
      int at = nearest(x, row(course, x));
      if (at >= 0) {
        int from = start(x, at);
        int to = end(x, at);
        if (to - from <= most) {
          for (int y = from; y < to; y++) {
            mask[y * width + x] = false;
          }
        }
      }
    }
  }

  private int row(Course course, int x) {
    return Math.round(course.start + (course.end - course.start) * (x - left + 0.5f) / (right - left));
  }

  /** The row of the ink that is nearest to this one in a column; -1 if there is none near. */
  private int nearest(int x, int y) {
    for (int d = 0; d <= near; d++) {
      if (y - d >= top && y - d < bottom && mask[(y - d) * width + x]) {
        return y - d;
      }
      if (y + d >= top && y + d < bottom && mask[(y + d) * width + x]) {
        return y + d;
      }
    }
    return -1;
  }

  private int start(int x, int y) {
    while (y > 0 && mask[(y - 1) * width + x]) {
      y--;
    }
    return y;
  }

  private int end(int x, int y) {
    while (y < height && mask[y * width + x]) {
      y++;
    }
    return y;
  }

  /**
   * Takes out every line from one end of the part to the other that is no thicker than this.
   *
   * @return how thick they were, the thickest first
   */
  static List<Float> removeSpanning(boolean[] mask, int height, int width, float thickest) {
    Lines lines = new Lines(mask, height, width, 0, height, 0, width);
    List<Course> tried = new ArrayList<>();
    List<Float> removed = new ArrayList<>();
    for (Course course : lines.find(0.7f, true)) {
      boolean known = tried.stream().anyMatch(other -> Math.abs(other.start - course.start) <= 1 && Math.abs(other.end - course.end) <= 1);
      if (known || tried.size() == MOST_LINES) {
        continue;
      }
      tried.add(course);
      float thickness = lines.thickness(course, 0.6f);
      if (thickness > 0 && thickness <= thickest) {
        lines.remove(course, thickness);
        removed.add(thickness);
      }
    }
    removed.sort(Comparator.reverseOrder());
    return removed;
  }

  static boolean[] transpose(boolean[] in, int height, int width) {
    boolean[] out = new boolean[in.length];
    for (int y = 0; y < height; y++) {
      for (int x = 0; x < width; x++) {
        if (in[y * width + x]) { // few are ink
          out[x * height + y] = true;
        }
      }
    }
    return out;
  }
}
