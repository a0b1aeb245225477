package org.lenet4j.spark;

import java.io.IOException;
import java.io.Serializable;
import org.lenet4j.data.ImageFile;
import org.lenet4j.data.Preprocess;
import org.lenet4j.data.Shape;
import org.lenet4j.nn.LeNet5;

/**
 * Makes pixels of what stands in a column.
 *
 * @param shape  what the model takes, in words
 * @param size   bytes of one image
 * @param decode whether images are files
 */
record Pixels(String shape, int size, boolean decode) implements Serializable {
  Pixels(Shape input, boolean decode) {
    this(input.toString(), input.size(), decode);
    if (decode && !input.equals(LeNet5.INPUT)) {
      throw new IllegalArgumentException("an image file becomes " + LeNet5.INPUT + ", the model takes " + input
          + "; give it pixels of that shape, or use a model of that input");
    }
  }

  /**
   * The pixels of one image.
   *
   * @throws IOException that says what is wrong with it
   */
  byte[] of(byte[] cell) throws IOException {
    if (cell == null) {
      throw new IOException("the image is null");
    }
    if (decode) {
      return Preprocess.digit(ImageFile.read("the image", cell));
    }
    if (cell.length != size) {
      throw new IOException("an image of " + shape + " has " + size + " bytes, this one " + cell.length
          + "; pixels are wanted, or decode for files of images");
    }
    return cell;
  }
}
