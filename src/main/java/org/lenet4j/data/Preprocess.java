package org.lenet4j.data;

import java.awt.image.BufferedImage;
import java.util.stream.IntStream;
import org.lenet4j.data.photo.Frame;
import org.lenet4j.data.photo.Grey;
import org.lenet4j.data.photo.Ink;
import org.lenet4j.data.photo.Zoom;

/**
 * Any picture of one digit as MNIST would have it: grey, ink bright on dark, the ink's tight box scaled to 20x20 with its aspect ratio
 * kept, its centre of mass in the centre of 28x28 (Y. LeCun, L. Bottou, Y. Bengio and P. Haffner, "Gradient-based learning applied to
 * document recognition", Proc. IEEE 86(11), 1998, section III.A). Light may be uneven, paper and ink of any shade and polarity, and the
 * image of any size. A picture without ink becomes all zero. A picture that already is 28x28 and in that convention comes out as it is.
 */
public final class Preprocess {
  /** Rows and columns of the result. */
  public static final int SIDE = 28;

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
    byte[] images = Pixels.array(data.size(), target);
    IntStream.range(0, data.size()).parallel().forEach(i -> {
      byte[] image = digit(grey(data, i), height, width, vote > 0);
      System.arraycopy(image, 0, images, i * SIDE * SIDE, SIDE * SIDE);
    });
    return data.withImages(target, images);
  }

  private static float[] grey(Dataset data, int sample) {
    int plane = data.shape().height() * data.shape().width();
    byte[] b = data.image(sample);
    float[] grey = new float[plane];
    for (int i = 0; i < plane; i++) {
      grey[i] = data.shape().channels() == 1 ? b[i] & 0xFF : Grey.luma(b[i] & 0xFF, b[i + plane] & 0xFF, b[i + 2 * plane] & 0xFF);
    }
    return grey;
  }

  /**
   * One picture of a digit, on white where it is transparent.
   *
   * @return {@code (28, 28)} unsigned bytes; all zero if there is no ink
   * @throws IllegalArgumentException if it is null, which is what {@code ImageIO.read} answers for a file that it does not know
   */
  public static byte[] digit(BufferedImage image) {
    return digit(Picture.of(image));
  }

  /**
   * One picture of a digit, as {@link ImageFile} reads it.
   *
   * @return {@code (28, 28)} unsigned bytes; all zero if there is no ink
   */
  public static byte[] digit(Picture picture) {
    return digit(picture.grey(), picture.height(), picture.width());
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

  private static byte[] digit(float[] grey, int height, int width) {
    return isPrepared(grey, height, width) ? bytes(grey) : Zoom.digit(grey, height, width);
  }

  /** As the others, where it is known which of ink and paper is the darker. */
  static byte[] digit(float[] grey, int height, int width, boolean darkInk) {
    if (!darkInk && isPrepared(grey, height, width)) {
      return bytes(grey);
    }
    float[] ink = Ink.extract(grey, height, width, darkInk);
    return ink == null ? new byte[SIDE * SIDE] : Frame.frame(ink, height, width);
  }

  private static boolean isPrepared(float[] grey, int height, int width) {
    return height == SIDE && width == SIDE && Frame.isFramed(grey);
  }

  private static byte[] bytes(float[] grey) {
    byte[] same = new byte[grey.length];
    for (int i = 0; i < same.length; i++) {
      same[i] = (byte) Math.round(grey[i]);
    }
    return same;
  }
}
