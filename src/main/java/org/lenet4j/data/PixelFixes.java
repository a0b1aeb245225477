package org.lenet4j.data;

import java.util.Arrays;
import java.util.stream.LongStream;

/**
 * What is to be mended when a set of prepared images holds its pixels otherwise than MNIST does: first turned, then scaled, then inverted.
 *
 * @param transpose whether rows and columns change places, as in EMNIST's files
 * @param turn      degrees that images are turned clockwise after that: 0, 90, 180 or 270; with {@code transpose} these are all eight
 *                  ways to lay an image, its mirror images among them
 * @param scale     whether the brightest pixel of all becomes 255 and the others in proportion: values 0 and 1, or 0 to 127
 * @param invert    whether dark becomes bright: ink is bright on a dark ground
 */
public record PixelFixes(boolean transpose, int turn, boolean scale, boolean invert) {
  /** Every byte stays. */
  public static final PixelFixes NONE = new PixelFixes(false, 0, false, false);

  private static final int DIM = 200; // the ink of all sets in use reaches 255; of a whole set that stays below this, something is amiss
  private static final float PAPER = 0.6f; // share of the brightest from which on a border is bright
  private static final float EVEN = 0.15f; // share of the brightest that a border of paper deviates at most; that of photographs does more
  private static final int LOOK = 4096; // images; all of MNIST take as long as a fifth of an epoch while a process is new
  private static final float DARKER = 0.1f; // share of the brightest that ink in the middle makes it darker than the border, at least

  /**
   * Checks the turn.
   *
   * @throws IllegalArgumentException if it is none of the four
   */
  public PixelFixes {
    if (turn != 0 && turn != 90 && turn != 180 && turn != 270) {
      throw new IllegalArgumentException("images can be turned by 90, 180 or 270 degrees, got " + turn);
    }
  }

  /**
   * What the pixels alone say is amiss: dark ink on a light ground, or a set that is nowhere bright. How images lie they do not say. Other
   * pictures than digits (clothes, hands, photographs) are not found fault with, nor are sets of which some thousand images from all over
   * look right: only else is every image looked at.
   *
   * @param data images of one channel
   */
  public static PixelFixes suggested(Dataset data) {
    Dataset some = data.spread(LOOK);
    PixelFixes found = ofAll(some);
    return found.isNone() || some == data ? found : ofAll(data);
  }

  private static PixelFixes ofAll(Dataset data) {
    Shape shape = data.shape();
    if (shape.channels() != 1 || shape.height() < 3 || shape.width() < 3) {
      return NONE;
    }
    long[] border = new long[256]; // pixels of each value
    long[] middle = new long[256];
    data.blocks((images, first, count) -> {
      for (int row = 0; row < count * shape.height(); row++) {
        boolean edge = row % shape.height() == 0 || row % shape.height() == shape.height() - 1;
        int from = row * shape.width();
        int to = from + shape.width() - 1;
        border[images[from] & 0xFF]++;
        border[images[to] & 0xFF]++;
        for (int i = from + 1; i < to; i++) {
          (edge ? border : middle)[images[i] & 0xFF]++;
        }
      }
    });
    int brightest = 255;
    while (brightest > 0 && border[brightest] + middle[brightest] == 0) {
      brightest--;
    }
    if (brightest == 0) {
      return NONE;
    }
    double paper = mean(border, brightest);
    boolean dark = paper > PAPER && deviation(border, brightest, paper) < EVEN && mean(middle, brightest) < paper - DARKER;
    return new PixelFixes(false, 0, brightest < DIM, dark);
  }

  /** The mean of pixels that are counted by their values, as a share of the brightest. */
  private static double mean(long[] counts, int brightest) {
    double sum = 0;
    for (int v = 0; v < counts.length; v++) {
      sum += (double) v * counts[v];
    }
    return sum / LongStream.of(counts).sum() / brightest;
  }

  private static double deviation(long[] counts, int brightest, double mean) {
    double sum = 0;
    for (int v = 0; v < counts.length; v++) {
      double apart = (double) v / brightest - mean;
      sum += apart * apart * counts[v];
    }
    return Math.sqrt(sum / LongStream.of(counts).sum());
  }

  /** The brightest pixel, 0 to 255. */
  static int brightest(Dataset... parts) {
    int[] brightest = {0};
    for (Dataset part : parts) {
      if (part != null) {
        part.blocks((images, first, count) -> brightest[0] = Math.max(brightest[0], brightest(images, count * part.shape().size())));
      }
    }
    return brightest[0];
  }

  private static int brightest(byte[] images, int length) {
    int brightest = 0;
    for (int i = 0; i < length; i++) {
      brightest = Math.max(brightest, images[i] & 0xFF);
    }
    return brightest;
  }

  /** Whether nothing is to be mended. */
  public boolean isNone() {
    return equals(NONE);
  }

  /** This and then another one, as one. */
  public PixelFixes then(PixelFixes next) {
    int before = next.transpose ? 360 - turn : turn; // transposing after a turn is transposing before the opposite one
    return new PixelFixes(transpose ^ next.transpose, (before + next.turn) % 360, scale || next.scale, invert ^ next.invert);
  }

  /** As this, with the images of a file that holds them transposed. */
  PixelFixes ofTransposed() {
    return new PixelFixes(!transpose, turn, scale, invert);
  }

  /** Mends all parts alike: they have one brightest pixel. */
  public Splits apply(Splits splits) {
    if (isNone()) {
      return splits;
    }
    int brightest = scale ? brightest(splits.train(), splits.validation(), splits.test()) : 0;
    return splits.map(part -> apply(part, brightest));
  }

  /** Mends a data set; labels stay. */
  public Dataset apply(Dataset data) {
    return isNone() ? data : apply(data, scale ? brightest(data) : 0);
  }

  private Dataset apply(Dataset data, int brightest) {
    byte[] values = new byte[256];
    for (int v = 0; v < 256; v++) {
      int scaled = scale && brightest > 0 ? Math.min(255, Math.round(v * 255f / brightest)) : v;
      values[v] = (byte) (invert ? 255 - scaled : scaled);
    }
    Shape shape = data.shape();
    boolean sideways = transpose ^ turn % 180 != 0;
    Shape turned = sideways ? new Shape(shape.channels(), shape.width(), shape.height()) : shape;
    int[] from = sources(shape);
    byte[] images = Pixels.array(data.size(), shape);
    int plane = from.length;
    data.blocks((before, first, count) -> {
      int to = first * shape.size();
      for (int begin = 0; begin < count * shape.size(); begin += plane) { // of each channel of each image
        for (int i = 0; i < plane; i++) {
          images[to + begin + i] = values[before[begin + from[i]] & 0xFF];
        }
      }
    });
    return data.withImages(turned, images);
  }

  /** Where each pixel of a plane comes from. */
  private int[] sources(Shape shape) {
    int height = shape.height();
    int width = shape.width();
    int[] from = new int[height * width];
    Arrays.setAll(from, i -> i);
    if (transpose) {
      from = transposed(from, height, width);
      int rows = height;
      height = width;
      width = rows;
    }
    for (int turned = 0; turned < turn; turned += 90) { // clockwise: transposed, then each row from right to left
      int rows = height;
      from = transposed(from, height, width);
      height = width;
      width = rows;
      for (int y = 0; y < height; y++) {
        for (int left = y * width, right = left + width - 1; left < right; left++, right--) {
          int swapped = from[left];
          from[left] = from[right];
          from[right] = swapped;
        }
      }
    }
    return from;
  }

  private static int[] transposed(int[] from, int height, int width) {
    int[] to = new int[from.length];
    for (int y = 0; y < height; y++) {
      for (int x = 0; x < width; x++) {
        to[x * height + y] = from[y * width + x];
      }
    }
    return to;
  }
}
