package org.lenet4j.data;

import java.io.IOException;
import java.util.List;
import java.util.Locale;

/** Numbers of any type from a file, and how they become pixels or labels. */
interface Numbers {
  /** Labels above this are none: a net of so many classes would not fit in memory. */
  int MOST_CLASSES = 1 << 16;

  /** Begins messages: the file, and the array in it where there are several. */
  String name();

  /** How many there are. */
  int size();

  /** One of them. */
  double at(int i);

  /** Where one of them stands, for messages. */
  default String where(int i) {
    return "value " + i;
  }

  /**
   * What numbers are like.
   *
   * @param low   the smallest
   * @param high  the largest
   * @param whole whether all are integers
   */
  record Range(double low, double high, boolean whole) {
    private static final Range NONE = new Range(Double.POSITIVE_INFINITY, Double.NEGATIVE_INFINITY, true);

    static Range of(List<? extends Numbers> arrays) throws IOException {
      Range range = NONE;
      for (Numbers numbers : arrays) {
        double low = range.low;
        double high = range.high;
        boolean whole = range.whole;
        for (int i = 0; i < numbers.size(); i++) {
          double v = numbers.at(i);
          if (!Double.isFinite(v)) {
            throw new IOException(numbers.name() + ": " + numbers.where(i) + " is " + v + ", no pixel");
          }
          low = Math.min(low, v);
          high = Math.max(high, v);
          whole &= v == Math.rint(v);
        }
        range = new Range(low, high, whole);
      }
      return range;
    }

    /**
     * How such numbers become pixels: a factor and what is added before it.
     *
     * @param told hears what was assumed, unless they are 0 to 255
     * @throws IOException if they are no pixels
     */
    double[] scale(String name, List<String> told) throws IOException {
      String text = low == Math.rint(low) && high == Math.rint(high) ? String.format(Locale.ROOT, "%.0f to %.0f", low, high)
          : String.format(Locale.ROOT, "%.4g to %.4g", low, high);
      if (low >= 0 && high <= 255 && high > 1) {
        return new double[] {0, 1};
      }
      if (low >= 0 && high <= 1) {
        if (high > 0) {
          told.add(name + ": values 0 to 1, taken as 0 to 255");
        }
        return new double[] {0, 255};
      }
      if (low >= -1 && high <= 1) {
        told.add(name + ": values " + text + ", -1 to 1 taken as 0 to 255");
        return new double[] {1, 127.5};
      }
      if (low >= 0 && high <= 65535) {
        told.add(name + ": values " + text + ", taken as 0 to 255");
        return new double[] {0, 255 / high};
      }
      throw new IOException(name + ": values " + text + " are no pixels; expected 0 to 255, 0 to 1 or -1 to 1"
          + (low < 0 && !whole ? ", as they were before they were normalized" : ""));
    }
  }

  /** The pixels that numbers are, scaled as {@link Range#scale} says. */
  default byte[] pixels(double... scale) throws IOException {
    byte[] pixels = Bounded.allocate(size(), name());
    for (int i = 0; i < pixels.length; i++) {
      pixels[i] = (byte) Math.round((at(i) + scale[0]) * scale[1]);
    }
    return pixels;
  }

  /**
   * A label.
   *
   * @throws IOException if it is none
   */
  static int label(double v, String where) throws IOException {
    if (v != Math.rint(v) || v < 0 || v >= MOST_CLASSES) {
      String text = v == Math.rint(v) && Math.abs(v) < 1e9 ? Long.toString((long) v) : Double.toString(v);
      throw new IOException(where + " has the label " + text + "; labels are the numbers 0, 1, 2 and so on");
    }
    return (int) v;
  }
}
