package org.lenet4j.data;

import java.util.Arrays;

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
   * pictures than digits (clothes, hands, photographs) are not found fault with.
   *
   * @param data images of one channel
   */
  public static PixelFixes suggested(Dataset data) {
    Shape shape = data.shape();
    int brightest = brightest(data);
    if (shape.channels() != 1 || brightest == 0 || shape.height() < 3 || shape.width() < 3) {
      return NONE;
    }
    double[] border = new double[3]; // number, sum, sum of squares
    double[] middle = new double[3];
    byte[] images = data.images();
    for (int i = 0; i < images.length; i++) {
      int x = i % shape.width();
      int y = i / shape.width() % shape.height();
      double v = (images[i] & 0xFF) / (double) brightest;
      double[] part = x == 0 || y == 0 || x == shape.width() - 1 || y == shape.height() - 1 ? border : middle;
      part[0]++;
      part[1] += v;
      part[2] += v * v;
    }
    double paper = border[1] / border[0];
    double deviation = Math.sqrt(Math.max(0, border[2] / border[0] - paper * paper));
    boolean dark = paper > PAPER && deviation < EVEN && middle[1] / middle[0] < paper - DARKER;
    return new PixelFixes(false, 0, brightest < DIM, dark);
  }

  /** The brightest pixel, 0 to 255. */
  static int brightest(Dataset... parts) {
    int brightest = 0;
    for (Dataset part : parts) {
      if (part != null) {
        for (byte b : part.images()) {
          brightest = Math.max(brightest, b & 0xFF);
        }
      }
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
    int brightest = brightest(splits.train(), splits.validation(), splits.test());
    return splits.map(part -> apply(part, brightest));
  }

  /** Mends a data set; labels stay. */
  public Dataset apply(Dataset data) {
    return isNone() ? data : apply(data, brightest(data));
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
    byte[] before = data.images();
    byte[] images = new byte[before.length];
    int plane = from.length;
    for (int first = 0; first < images.length; first += plane) { // of each channel of each image
      for (int i = 0; i < plane; i++) {
        images[first + i] = values[before[first + from[i]] & 0xFF];
      }
    }
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
