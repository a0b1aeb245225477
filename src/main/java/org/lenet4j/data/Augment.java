package org.lenet4j.data;

import java.io.Serializable;
import java.util.Locale;
import org.lenet4j.file.Words;
import org.lenet4j.random.Philox;

/**
 * Random distortions of a training image, a pure function of (seed, epoch, sample): any thread or device draws the same ones.
 *
 * <p>With {@code u0, u1, ...} from {@link Philox} (key seed, counter (index / 4, epoch, sample, {@value #USE}), as
 * {@code (bits >>> 8) * 2^-23 - 1}, in [-1, 1)), centre {@code cx = (width - 1) / 2, cy = (height - 1) / 2}, angle
 * {@code a = rotation * u2} and {@code t = tan(shear * u5)}, the output pixel at (x, y) takes the bilinearly interpolated brightness,
 * 0 outside the image, of the input at
 *
 * <pre>
 *   px = (x - cx) / (1 + scale * u3)            py = (y - cy) / (1 + scale * u4)
 *   sx = cx + cos a * (px + t * py) - sin a * py + shift * u0 + elastic displacement in x at (x, y)
 *   sy = cy + sin a * (px + t * py) + cos a * py + shift * u1 + elastic displacement in y at (x, y)
 * </pre>
 *
 * <p>The elastic displacement (after P. Simard, D. Steinkraus and J. Platt, "Best practices for convolutional neural networks applied
 * to visual document analysis", ICDAR 2003) is a uniform cubic B-spline over a coarse grid of nodes, {@code h = sqrt(3) * sigma} pixels
 * apart, for then the B-spline has the standard deviation of a Gaussian of that sigma. Pixel (x, y) is at node coordinates {@code (x / h,
 * y / h)}; with {@code i = floor(x / h), f = x / h - i} the weights of nodes i .. i+3 are {@code (1-f)^3, 3f^3 - 6f^2 + 4, -3f^3 + 3f^2
 * + 3f + 1, f^3}, each / 6. Node (row, column) of a grid of {@code columns = floor((width - 1) / h) + 4} is displaced by
 * {@code elastic * 3.6133 * (u[8 + 2n], u[9 + 2n])}, {@code n = row * columns + column}; the factor makes {@code elastic} the root mean
 * square of the displacement, in pixels, along each axis.
 *
 * @param shift    largest translation, in pixels, along each axis
 * @param rotation largest angle, in degrees
 * @param scale    largest relative change of size, of each axis on its own; 0.1 is 0.9 to 1.1
 * @param shear    largest slant, in degrees
 * @param elastic  root mean square of the elastic displacement, in pixels (Simard's alpha 34, sigma 4 is about 1.4)
 * @param sigma    smoothness of the elastic displacement, in pixels; Simard's sigma
 */
public record Augment(float shift, float rotation, float scale, float shear, float elastic, float sigma) implements Serializable {
  /** No distortion. */
  public static final Augment NONE = new Augment(0, 0, 0, 0, 0, 4);
  /** Small shifts, turns and scales: for short trainings. */
  public static final Augment LIGHT = new Augment(1, 8, 0.08f, 6, 0, 4);
  /** All of it: for long trainings. */
  public static final Augment STRONG = new Augment(2, 12, 0.12f, 10, 1.2f, 4);

  /** The fourth counter word of the random numbers used here; dropout layers use theirs. */
  public static final int USE = -1;

  private static final float NODE = 3.6133f; // sqrt(3) / (151/315): a uniform number's deviation, and the B-spline's mean square weight
  private static final ThreadLocal<Scratch> SCRATCH = ThreadLocal.withInitial(Scratch::new);

  /**
   * Checks the ranges.
   *
   * @throws IllegalArgumentException if a value is negative or not finite, scale is 1 or more, rotation above 180, shear 80 or more, or
   *                                  sigma below 1
   */
  public Augment {
    check("shift", shift, 1000);
    check("rotation", rotation, 180);
    check("scale", scale, 0.9f);
    check("shear", shear, 80);
    check("elastic", elastic, 100);
    check("elastic's sigma", sigma, 1000);
    if (sigma < 1) {
      throw new IllegalArgumentException("augmentation: elastic's sigma must be 1 or more, got " + sigma);
    }
  }

  private static void check(String name, float value, float largest) {
    if (!(value >= 0 && value <= largest)) {
      throw new IllegalArgumentException("augmentation: " + name + " must be between 0 and " + largest + ", got " + value);
    }
  }

  /**
   * Reads {@code none}, {@code light}, {@code strong}, or a list such as {@code shift=2,rotation=10,scale=0.1,shear=5,elastic=1.4:4}
   * (elastic's displacement, and after the colon its sigma, 4 if left out); what is not named is 0.
   *
   * @throws IllegalArgumentException if a word or number is wrong; the message says which
   */
  public static Augment parse(String text) {
    switch (text.trim().toLowerCase(Locale.ROOT)) {
      case "none":
        return NONE;
      case "light":
        return LIGHT;
      case "strong":
        return STRONG;
      default:
        break;
    }
    float[] v = {0, 0, 0, 0, 0, 4};
    boolean[] given = new boolean[6];
    for (String item : text.split(",", -1)) {
      String[] pair = item.trim().split("=", -1);
      int which = switch (pair[0].trim()) {
        case "shift" -> 0;
        case "rotation" -> 1;
        case "scale" -> 2;
        case "shear" -> 3;
        case "elastic" -> 4;
        default -> -1;
      };
      if (which < 0 || pair.length != 2) {
        throw new IllegalArgumentException("augmentation: do not understand '" + item.trim() + "'; use none, light, strong, or a list such"
            + " as shift=2,rotation=10,scale=0.1,shear=5,elastic=1.4:4"
            + Words.didYouMean(pair[0].trim(), "none", "light", "strong", "shift", "rotation", "scale", "shear", "elastic"));
      }
      if (given[which]) {
        throw new IllegalArgumentException("augmentation: " + pair[0].trim() + " is given twice");
      }
      given[which] = true;
      String[] numbers = which == 4 ? pair[1].split(":", 2) : new String[] {pair[1]};
      for (int i = 0; i < numbers.length; i++) {
        try {
          v[which + i] = Float.parseFloat(numbers[i].trim());
        } catch (NumberFormatException e) {
          throw new IllegalArgumentException("augmentation: '" + numbers[i].trim() + "' in '" + item.trim() + "' is not a number", e);
        }
      }
    }
    return new Augment(v[0], v[1], v[2], v[3], v[4], v[5]);
  }

  /** These distortions as {@link #parse} reads them, to the bit. */
  public String text() {
    return equals(NONE) ? "none"
        : "shift=" + shift + ",rotation=" + rotation + ",scale=" + scale + ",shear=" + shear + ",elastic=" + elastic + ":" + sigma;
  }

  /** Whether this leaves images as they are. */
  public boolean isNone() {
    return shift == 0 && rotation == 0 && scale == 0 && shear == 0 && elastic == 0;
  }

  /**
   * Draws one distorted image. It allocates nothing after a thread's first call, and may be called from any thread.
   *
   * @param images    unsigned bytes; the image starts at {@code offset}, {@code (channels, height, width)}
   * @param offset    the offset of the image
   * @param shape     the shape of the image; all channels are distorted alike
   * @param seed      the seed of the run
   * @param epoch     the epoch, from 0
   * @param sample    the sample's index in its data set
   * @param out       receives brightness 0..255, element i at {@code outOffset + i * outStride}
   * @param outOffset the place of the first element in {@code out}
   * @param outStride the distance between elements in {@code out}
   */
  public void apply(byte[] images, int offset, Shape shape, long seed, int epoch, int sample, float[] out, int outOffset, int outStride) {
    int size = shape.size();
    if (isNone()) {
      for (int i = 0; i < size; i++) {
        out[outOffset + i * outStride] = images[offset + i] & 0xFF;
      }
      return;
    }
    int height = shape.height();
    int width = shape.width();
    float step = (float) Math.sqrt(3) * sigma;
    int columns = elastic == 0 ? 0 : (int) ((width - 1) / step) + 4;
    int nodes = elastic == 0 ? 0 : columns * ((int) ((height - 1) / step) + 4);
    Scratch scratch = SCRATCH.get();
    float[] u = scratch.draw(8 + 2 * nodes, seed, epoch, sample);

    double angle = Math.toRadians(rotation * u[2]);
    float cos = (float) Math.cos(angle);
    float sin = (float) Math.sin(angle);
    float tan = (float) Math.tan(Math.toRadians(shear * u[5]));
    float scaleX = 1 / (1 + scale * u[3]);
    float scaleY = 1 / (1 + scale * u[4]);
    float cx = (width - 1) / 2f;
    float cy = (height - 1) / 2f;
    float[] weights = scratch.weights(width, step); // (width, 4)
    float[] row = scratch.row(columns); // (columns, 2), this row's nodes summed over y
    for (int y = 0; y < height; y++) {
      float py = (y - cy) * scaleY;
      if (nodes > 0) {
        sumRow(u, columns, y / step, elastic * NODE, row);
      }
      for (int x = 0; x < width; x++) {
        float px = (x - cx) * scaleX + tan * py;
        float sx = cx + cos * px - sin * py + shift * u[0];
        float sy = cy + sin * px + cos * py + shift * u[1];
        if (nodes > 0) {
          int node = 2 * (int) (x / step);
          for (int k = 0; k < 4; k++) {
            sx += weights[4 * x + k] * row[node + 2 * k];
            sy += weights[4 * x + k] * row[node + 2 * k + 1];
          }
        }
        for (int c = 0, i = y * width + x; c < shape.channels(); c++, i += height * width) {
          out[outOffset + i * outStride] = sample(images, offset + c * height * width, height, width, sx, sy);
        }
      }
    }
  }

  private static void sumRow(float[] u, int columns, float y, float amplitude, float[] row) {
    int first = (int) y;
    float f = y - first;
    for (int i = 0; i < 2 * columns; i++) {
      float sum = 0;
      for (int k = 0; k < 4; k++) {
        sum += spline(k, f) * u[8 + 2 * (first + k) * columns + i];
      }
      row[i] = amplitude * sum;
    }
  }

  private static float spline(int k, float f) {
    float g = 1 - f;
    return switch (k) {
      case 0 -> g * g * g / 6;
      case 1 -> (3 * f * f * f - 6 * f * f + 4) / 6;
      case 2 -> (3 * g * g * g - 6 * g * g + 4) / 6;
      default -> f * f * f / 6;
    };
  }

  private static float sample(byte[] images, int offset, int height, int width, float x, float y) {
    if (x >= 0 && y >= 0 && x < width - 1 && y < height - 1) { // nearly always: all four neighbours are there
      int left = (int) x;
      int top = (int) y;
      float fx = x - left;
      int i = offset + top * width + left;
      float a = images[i] & 0xFF;
      float b = images[i + width] & 0xFF;
      a += ((images[i + 1] & 0xFF) - a) * fx;
      b += ((images[i + width + 1] & 0xFF) - b) * fx;
      return a + (b - a) * (y - top);
    }
    if (!(x > -1 && x < width && y > -1 && y < height)) {
      return 0;
    }
    int x0 = (int) (x + 1) - 1; // floor, for x > -1
    int y0 = (int) (y + 1) - 1;
    float fx = x - x0;
    float fy = y - y0;
    int i = offset + y0 * width + x0;
    boolean left = x0 >= 0;
    boolean right = x0 + 1 < width;
    float top = y0 < 0 ? 0 : (left ? (images[i] & 0xFF) * (1 - fx) : 0) + (right ? (images[i + 1] & 0xFF) * fx : 0);
    i += width;
    float bottom = y0 + 1 >= height ? 0 : (left ? (images[i] & 0xFF) * (1 - fx) : 0) + (right ? (images[i + 1] & 0xFF) * fx : 0);
    return top + (bottom - top) * fy;
  }

  /** One thread's buffers, so that a call allocates nothing. */
  private static final class Scratch {
    private float[] u = {};
    private float[] row = {};
    private float[] weights = {};
    private int weightsWidth;
    private float weightsStep;
    private final int[] block = new int[4];

    float[] draw(int count, long seed, int epoch, int sample) {
      int rounded = (count + 3) / 4 * 4;
      if (u.length < rounded) {
        u = new float[rounded];
      }
      for (int i = 0; i < rounded; i += 4) {
        Philox.block(seed, i >>> 2, epoch, sample, USE, block);
        for (int k = 0; k < 4; k++) {
          u[i + k] = (block[k] >>> 8) * 0x1p-23f - 1;
        }
      }
      return u;
    }

    float[] row(int columns) {
      if (row.length < 2 * columns) {
        row = new float[2 * columns];
      }
      return row;
    }

    float[] weights(int width, float step) {
      if (width != weightsWidth || step != weightsStep) {
        weights = new float[4 * width];
        for (int x = 0; x < width; x++) {
          for (int k = 0; k < 4; k++) {
            weights[4 * x + k] = spline(k, x / step - (int) (x / step));
          }
        }
        weightsWidth = width;
        weightsStep = step;
      }
      return weights;
    }
  }
}
