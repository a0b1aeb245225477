package org.lenet4j.data;

import java.awt.color.ColorSpace;
import java.awt.image.BufferedImage;
import java.awt.image.DataBuffer;
import java.util.Arrays;
import java.util.stream.IntStream;
import org.lenet4j.data.photo.Frame;
import org.lenet4j.data.photo.Ink;

/**
 * Any picture of one digit as MNIST would have it: grey, ink bright on dark, the ink's tight box scaled to 20x20 with its aspect ratio
 * kept, its centre of mass in the centre of 28x28 (Y. LeCun, L. Bottou, Y. Bengio and P. Haffner, "Gradient-based learning applied to
 * document recognition", Proc. IEEE 86(11), 1998, section III.A). Light may be uneven, paper and ink of any shade and polarity, and the
 * image of any size. A picture without ink becomes all zero. A picture that already is 28x28 and in that convention comes out as it is.
 */
public final class Preprocess {
  /** Rows and columns of the result. */
  public static final int SIDE = 28;

  private static final int WORKING = 256; // larger pictures are first averaged down to about this, which also calms noise

  private Preprocess() {}

  /**
   * Every image of a data set as 1x28x28. Images that already are 1x28x28 are taken to be prepared: the very same data set is returned,
   * so that MNIST and its kin keep every byte. In other sizes the polarity is decided once, by all images together, because a tightly
   * cropped digit alone can be ambiguous.
   *
   * @param data one channel, or three (red, green, blue)
   * @throws IllegalArgumentException if there are other numbers of channels
   */
  public static Dataset dataset(Dataset data) {
    Shape shape = data.shape();
    Shape target = new Shape(1, SIDE, SIDE);
    if (shape.equals(target)) {
      return data;
    }
    if (shape.channels() != 1 && shape.channels() != 3) {
      throw new IllegalArgumentException("images of " + shape + " have neither one channel (grey) nor three (red, green, blue)");
    }
    int height = shape.height();
    int width = shape.width();
    double vote = IntStream.range(0, data.size()).parallel().mapToDouble(i -> Ink.paperVote(grey(data, i), height, width)).sum();
    byte[] images = new byte[Math.multiplyExact(data.size(), SIDE * SIDE)];
    IntStream.range(0, data.size()).parallel().forEach(i -> {
      byte[] image = digit(grey(data, i), height, width, vote > 0);
      System.arraycopy(image, 0, images, i * SIDE * SIDE, SIDE * SIDE);
    });
    return data.isRegression() ? new Dataset(target, images, data.targets(), data.classes())
        : new Dataset(target, images, data.labels(), data.classes());
  }

  private static float[] grey(Dataset data, int sample) {
    int plane = data.shape().height() * data.shape().width();
    int first = sample * data.shape().size();
    byte[] b = data.images();
    float[] grey = new float[plane];
    for (int i = 0; i < plane; i++) {
      int p = first + i;
      grey[i] = data.shape().channels() == 1 ? b[p] & 0xFF : luma(b[p] & 0xFF, b[p + plane] & 0xFF, b[p + 2 * plane] & 0xFF);
    }
    return grey;
  }

  /**
   * One picture of a digit, on white where it is transparent.
   *
   * @return {@code (28, 28)} unsigned bytes; all zero if there is no ink
   */
  public static byte[] digit(BufferedImage image) {
    int height = image.getHeight();
    int width = image.getWidth();
    int step = Math.max(1, Math.max(height, width) / WORKING);
    int h = (height + step - 1) / step;
    int w = (width + step - 1) / step;
    float[] grey = new float[h * w];
    float[] alphas = new float[h * w];
    int[] count = new int[w];
    int[] row = new int[width];
    for (int y = 0; y < height; y++) {
      argb(image, y, row);
      if (y % step == 0) {
        Arrays.fill(count, 0);
      }
      int out = y / step * w;
      for (int x = 0; x < width; x++) {
        int argb = row[x];
        float alpha = (argb >>> 24) / 255f;
        float value = luma(argb >> 16 & 0xFF, argb >> 8 & 0xFF, argb & 0xFF);
        grey[out + x / step] += alpha * value + (1 - alpha) * 255;
        alphas[out + x / step] += 255 * alpha;
        count[x / step]++;
      }
      if (y % step == step - 1 || y == height - 1) {
        for (int x = 0; x < w; x++) {
          grey[out + x] /= count[x];
          alphas[out + x] /= count[x];
        }
      }
    }
    boolean whiteInk = Ink.isBlank(grey) && image.getColorModel().hasAlpha(); // nothing seen on white: the transparency is the drawing
    return digit(whiteInk ? alphas : grey, h, w);
  }

  /** A row's colours. Java takes grey files for linear light and would make 168 of a grey of 100: they are read as they are. */
  private static void argb(BufferedImage image, int y, int[] row) {
    image.getRGB(0, y, row.length, 1, row, 0, row.length);
    int bits = image.getSampleModel().getSampleSize(0);
    boolean integers = image.getRaster().getTransferType() <= DataBuffer.TYPE_USHORT;
    if (integers && bits >= 8 && image.getColorModel().getColorSpace().getType() == ColorSpace.TYPE_GRAY) {
      for (int x = 0; x < row.length; x++) {
        row[x] = row[x] & 0xFF000000 | (image.getRaster().getSample(x, y, 0) >> bits - 8) * 0x010101;
      }
    }
  }

  /**
   * One grey picture of a digit.
   *
   * @param pixels {@code (height, width)}, unsigned bytes
   * @return {@code (28, 28)} unsigned bytes; all zero if there is no ink
   * @throws IllegalArgumentException if the length is not {@code height * width} or a side is below 1
   */
  public static byte[] digit(byte[] pixels, int height, int width) {
    if (new Shape(1, height, width).size() != pixels.length) {
      throw new IllegalArgumentException("an image of " + height + "x" + width + " has " + height * width + " pixels, got "
          + pixels.length);
    }
    float[] grey = new float[pixels.length];
    for (int i = 0; i < grey.length; i++) {
      grey[i] = pixels[i] & 0xFF;
    }
    return digit(grey, height, width);
  }

  private static float luma(int red, int green, int blue) {
    return 0.299f * red + 0.587f * green + 0.114f * blue;
  }

  private static byte[] digit(float[] grey, int height, int width) {
    return digit(grey, height, width, Ink.paperVote(grey, height, width) > 0);
  }

  private static byte[] digit(float[] grey, int height, int width, boolean darkInk) {
    if (!darkInk && height == SIDE && width == SIDE && Frame.isFramed(grey)) {
      byte[] same = new byte[grey.length];
      for (int i = 0; i < same.length; i++) {
        same[i] = (byte) Math.round(grey[i]);
      }
      return same;
    }
    float[] ink = Ink.extract(grey, height, width, darkInk);
    return ink == null ? new byte[SIDE * SIDE] : Frame.frame(ink, height, width);
  }
}
