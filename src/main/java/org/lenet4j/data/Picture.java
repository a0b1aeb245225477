package org.lenet4j.data;

import java.awt.image.BufferedImage;
import org.lenet4j.data.photo.Grey;
import org.lenet4j.data.photo.Levels;

/**
 * A grey picture, upright, on white where it was transparent. Large ones are averaged down, the longer side to less than 512, so a picture
 * takes little memory whatever it was made from.
 *
 * @param grey {@code (height, width)}, 0 (black) to 255 (white)
 */
public record Picture(float[] grey, int height, int width) {
  /**
   * Checks the length.
   *
   * @throws IllegalArgumentException if it is not {@code height * width}, or a side is below 1
   */
  public Picture {
    if (new Shape(1, height, width).size() != grey.length) {
      throw new IllegalArgumentException("a picture of " + height + "x" + width + " has " + height * width + " pixels, got " + grey.length);
    }
  }

  /**
   * Any picture of Java's.
   *
   * @throws IllegalArgumentException if it is null, which is what {@code ImageIO.read} answers for a file that it does not know
   */
  public static Picture of(BufferedImage image) {
    if (image == null) {
      throw new IllegalArgumentException("the image is null, as ImageIO.read returns for what it cannot read;"
          + " ImageFile.read says what is wrong with it");
    }
    return of(Grey.of(image));
  }

  static Picture of(Levels levels) {
    return new Picture(levels.values(), levels.height(), levels.width());
  }

  @Override public String toString() {
    return "picture of " + width + "x" + height; // as people say it
  }
}
