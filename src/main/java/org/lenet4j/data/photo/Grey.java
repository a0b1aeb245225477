package org.lenet4j.data.photo;

import java.awt.color.ColorSpace;
import java.awt.image.BufferedImage;
import java.awt.image.ColorModel;
import java.awt.image.DataBuffer;
import java.awt.image.IndexColorModel;
import java.awt.image.Raster;
import java.util.Arrays;

/**
 * The grey levels of a picture, averaged down while its pixels come, in any order: what a large picture takes of memory is small, and thin
 * ink stays as grey. The mean also calms noise.
 */
public final class Grey {
  /** The longer side of a picture is averaged down to this or up to twice this. */
  public static final int WORKING = 256;

  private final int sourceHeight;
  private final int sourceWidth;
  private final int step;
  private final int height;
  private final int width;
  private final float[] covered; // (height, width), sums of level * alpha
  private final float[] levels; // sums of levels, whatever their alpha; null without alpha
  private final float[] alphas; // sums of alpha, or null
  private float largest; // sample of Java's pictures
  private float white = 255; // in them

  /**
   * Black all over, and transparent if there is alpha.
   *
   * @param alpha whether a pixel can be transparent
   */
  public Grey(int sourceHeight, int sourceWidth, boolean alpha) {
    this.sourceHeight = sourceHeight;
    this.sourceWidth = sourceWidth;
    step = Math.max(1, Math.max(sourceHeight, sourceWidth) / WORKING);
    height = (sourceHeight + step - 1) / step;
    width = (sourceWidth + step - 1) / step;
    covered = new float[height * width];
    levels = alpha ? new float[height * width] : null;
    alphas = alpha ? new float[height * width] : null;
  }

  /** Rows of what is added. */
  public int sourceHeight() {
    return sourceHeight;
  }

  /** Columns of what is added. */
  public int sourceWidth() {
    return sourceWidth;
  }

  /** Forgets what was added. */
  public void clear() {
    Arrays.fill(covered, 0);
    if (alphas != null) {
      Arrays.fill(levels, 0);
      Arrays.fill(alphas, 0);
    }
  }

  /**
   * Adds the pixels of a row, or some of them; each pixel is to be added once.
   *
   * @param y     the row in the source
   * @param x     the first pixel's place
   * @param by    the next pixel's distance
   * @param count number of pixels
   * @param row   their levels, 0 to what {@link #levels} is told to be white
   * @param alpha 0 (transparent) to 1; null if all are opaque
   */
  public void add(int y, int x, int by, int count, float[] row, float[] alpha) {
    int at = y / step * width + x / step;
    int inside = x % step;
    for (int i = 0; i < count; i++) {
      if (alphas == null) {
        covered[at] += row[i];
      } else {
        float a = alpha == null ? 1 : alpha[i];
        covered[at] += a * row[i];
        levels[at] += row[i];
        alphas[at] += a;
      }
      for (inside += by; inside >= step; inside -= step) {
        at++;
      }
    }
  }

  /** Of the pictures of Java's that were added. */
  public Levels levels() {
    return levels(white);
  }

  /**
   * The picture on white; if nothing is seen there, its transparency is the drawing, or else what its colours would be without any.
   *
   * @param white the level that is white
   */
  public Levels levels(float white) {
    float[] onWhite = mean(covered, 255 / white);
    if (alphas == null) {
      return new Levels(onWhite, height, width);
    }
    float[] opaque = mean(alphas, 255);
    for (int i = 0; i < onWhite.length; i++) {
      onWhite[i] += 255 - opaque[i];
    }
    float[] seen = onWhite;
    if (Ink.isBlank(seen)) {
      seen = Ink.isBlank(opaque) ? mean(levels, 255 / white) : opaque;
    }
    return new Levels(seen, height, width);
  }

  private float[] mean(float[] sums, float scale) {
    float[] mean = new float[sums.length];
    for (int y = 0; y < height; y++) {
      int rows = Math.min(step, sourceHeight - y * step);
      for (int x = 0; x < width; x++) {
        mean[y * width + x] = sums[y * width + x] / (rows * Math.min(step, sourceWidth - x * step)) * scale;
      }
    }
    return mean;
  }

  /**
   * What is white where samples have more bits than 8: many cameras and scanners keep 8, 10, 12 or 14 bits in 16, and there is no note of
   * it in the file. A picture that really is as dark as that only gets brighter, and ink stands out from paper as before.
   *
   * @param largest the largest sample of the picture
   */
  public static float white(float largest) {
    for (int bits = 8; bits < 16; bits += 2) {
      if (largest < 1 << bits) {
        return (1 << bits) - 1;
      }
    }
    return Math.max(65535, largest);
  }

  /** Red, green and blue as one level (ITU-R BT.601, which JPEG's Y is as well). */
  public static float luma(float red, float green, float blue) {
    return 0.299f * red + 0.587f * green + 0.114f * blue;
  }

  /** Any picture of Java's. */
  public static Levels of(BufferedImage image) {
    Grey grey = new Grey(image.getHeight(), image.getWidth(), image.getColorModel().hasAlpha());
    grey.add(image, 0, 0);
    return grey.levels();
  }

  /** Adds a part of the picture, all of them of the same type. */
  public void add(BufferedImage part, int top, int left) {
    ColorModel model = part.getColorModel();
    int type = model.getColorSpace().getType();
    int bits = part.getSampleModel().getSampleSize(0);
    boolean isGrey = type == ColorSpace.TYPE_GRAY && bits >= 8;
    boolean isDeep = bits > 8 && type == ColorSpace.TYPE_RGB;
    if (!(model instanceof IndexColorModel) && (isGrey || isDeep)) {
      // Java takes grey files for linear light and would make 168 of a grey of 100: they are read as they are.
      addSamples(part, top, left, bits);
    } else {
      addColours(part, top, left);
    }
  }

  /** Adds samples as they are, and sees what is white among them. */
  private void addSamples(BufferedImage part, int top, int left, int bits) {
    Raster raster = part.getRaster();
    ColorModel model = part.getColorModel();
    boolean isFloat = raster.getTransferType() == DataBuffer.TYPE_FLOAT || raster.getTransferType() == DataBuffer.TYPE_DOUBLE;
    int colours = model.getNumColorComponents();
    float[] row = new float[part.getWidth()];
    float[][] bands = new float[raster.getNumBands()][row.length];
    float[] alpha = model.hasAlpha() ? bands[colours] : null;
    float opaque = isFloat ? 1 : (float) (Math.pow(2, bits) - 1);
    for (int y = 0; y < part.getHeight(); y++) {
      for (int band = 0; band < bands.length; band++) {
        raster.getSamples(raster.getMinX(), raster.getMinY() + y, row.length, 1, band, bands[band]);
      }
      for (int x = 0; x < row.length; x++) {
        float a = 1;
        if (alpha != null) {
          alpha[x] /= opaque;
          a = model.isAlphaPremultiplied() && alpha[x] > 0 ? alpha[x] : 1;
        }
        for (int band = 0; band < colours; band++) {
          bands[band][x] /= a;
          largest = Math.max(largest, bands[band][x]);
        }
        row[x] = colours == 1 ? bands[0][x] : luma(bands[0][x], bands[1][x], bands[2][x]);
      }
      add(top + y, left, 1, row.length, row, alpha);
    }
    white = bits == 8 ? 255 : isFloat && largest <= 1 ? 1 : white(largest);
  }

  private void addColours(BufferedImage part, int top, int left) {
    int[] colours = new int[part.getWidth()];
    float[] row = new float[colours.length];
    float[] alpha = alphas == null ? null : new float[colours.length];
    for (int y = 0; y < part.getHeight(); y++) {
      part.getRGB(0, y, row.length, 1, colours, 0, row.length);
      for (int x = 0; x < row.length; x++) {
        int argb = colours[x];
        row[x] = luma(argb >> 16 & 0xFF, argb >> 8 & 0xFF, argb & 0xFF);
        if (alpha != null) {
          alpha[x] = (argb >>> 24) / 255f;
        }
      }
      add(top + y, left, 1, row.length, row, alpha);
    }
  }

  /** Every other row and column less, each pixel the mean of four; a last odd row or column is left out. */
  public static float[] halved(float[] grey, int height, int width) {
    int h = height / 2;
    int w = width / 2;
    float[] half = new float[h * w];
    for (int y = 0; y < h; y++) {
      int a = 2 * y * width;
      int b = a + width;
      for (int x = 0; x < w; x++) {
        half[y * w + x] = 0.25f * (grey[a + 2 * x] + grey[a + 2 * x + 1] + grey[b + 2 * x] + grey[b + 2 * x + 1]);
      }
    }
    return half;
  }
}
