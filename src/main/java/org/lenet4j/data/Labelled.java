package org.lenet4j.data;

import java.io.IOException;
import java.util.Map;
import java.util.stream.IntStream;

/**
 * Images and labels of one part, as files hold them: how many classes there are, all parts say together.
 *
 * @param name   of the file of the images
 * @param shape  of one image
 * @param images {@code (count, channels, height, width)}
 * @param labels {@code (count)}
 */
record Labelled(String name, Shape shape, Pixels images, int[] labels) {
  /** With images in an array. */
  Labelled(String name, Shape shape, byte[] images, int[] labels) {
    this(name, shape, Pixels.of(images, shape), labels);
  }

  /**
   * Parts as a data set: the number of classes is the largest label of all plus 1, and at least 2. Without a test part the validation part
   * is the one to measure on.
   *
   * @throws IOException if their images are not of one size
   */
  static Splits splits(Map<Part, Labelled> parts) throws IOException {
    Labelled first = null;
    int classes = 2;
    for (Labelled part : parts.values()) {
      if (first != null && !first.shape.equals(part.shape)) {
        throw new IOException(part.name + ": images of " + part.shape + ", but " + last(first.name) + " has " + first.shape);
      }
      first = first == null ? part : first;
      classes = Math.max(classes, IntStream.of(part.labels).max().orElse(0) + 1);
    }
    Dataset validation = dataset(parts.get(Part.VALIDATION), classes);
    Dataset test = dataset(parts.get(Part.TEST), classes);
    Dataset train = dataset(parts.get(Part.TRAIN), classes);
    return new Splits(train, test == null ? null : validation, test == null ? validation : test, Splits.numberedNames(classes));
  }

  private static Dataset dataset(Labelled part, int classes) {
    return part == null ? null : new Dataset(part.shape, part.images, part.labels, classes);
  }

  private static String last(String name) {
    return name.substring(Math.max(name.lastIndexOf('/'), name.lastIndexOf('\\')) + 1);
  }
}
