package org.lenet4j.peers;

import java.io.BufferedInputStream;
import java.io.DataInputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Random;
import java.util.zip.GZIPInputStream;

/** One half of MNIST in memory, as bytes. */
final class Mnist {
  static final int PIXELS = 28 * 28;
  static final int CLASSES = 10;

  private final byte[] pixels; // (N, 28, 28) uint8
  private final byte[] labels; // (N)

  static Mnist train(Path folder) throws IOException {
    return new Mnist(folder, "train");
  }

  static Mnist test(Path folder) throws IOException {
    return new Mnist(folder, "t10k");
  }

  private Mnist(Path folder, String half) throws IOException {
    pixels = idx(folder.resolve(half + "-images-idx3-ubyte.gz"), 3);
    labels = idx(folder.resolve(half + "-labels-idx1-ubyte.gz"), 1);
    if (pixels.length != labels.length * PIXELS) {
      throw new IOException(folder + ": " + pixels.length + " pixels for " + labels.length + " labels");
    }
  }

  private static byte[] idx(Path file, int dimensions) throws IOException {
    try (var in = new DataInputStream(
        new BufferedInputStream(new GZIPInputStream(Files.newInputStream(file), 1 << 16)))) {
      if (in.readInt() != 0x0800 + dimensions) {
        throw new IOException(file + " is not an IDX file of bytes with " + dimensions + " dimensions");
      }
      int size = 1;
      for (int d = 0; d < dimensions; d++) {
        size *= in.readInt();
      }
      return in.readNBytes(size);
    }
  }

  /** All images, (N, 28, 28). */
  byte[] pixels() {
    return pixels;
  }

  /** All labels, (N). */
  int[] labels() {
    int[] copy = new int[labels.length];
    for (int i = 0; i < copy.length; i++) {
      copy[i] = labels[i];
    }
    return copy;
  }

  int size() {
    return labels.length;
  }

  int label(int row) {
    return labels[row];
  }

  /** One image, (1, 28, 28), 0 to 1. */
  float[] image(int row) {
    float[] image = new float[PIXELS];
    for (int i = 0; i < PIXELS; i++) {
      image[i] = (pixels[row * PIXELS + i] & 0xff) / 255f;
    }
    return image;
  }

  /** Where a batch is gathered to; {@code ByteBuffer::put} is one. */
  interface Pixels {
    void put(int index, byte[] source, int offset, int length);
  }

  interface Labels {
    void put(int index, int label);
  }

  /** Copies the images {@code order[from .. from + count)} to {@code out}: (count, 28 * 28) uint8. */
  void gather(int[] order, int from, int count, Pixels out) {
    for (int i = 0; i < count; i++) {
      out.put(i * PIXELS, pixels, order[from + i] * PIXELS, PIXELS);
    }
  }

  /** Copies their labels. */
  void gatherLabels(int[] order, int from, int count, Labels out) {
    for (int i = 0; i < count; i++) {
      out.put(i, labels[order[from + i]]);
    }
  }

  /** The rows in their own order. */
  int[] order() {
    int[] order = new int[size()];
    for (int i = 0; i < order.length; i++) {
      order[i] = i;
    }
    return order;
  }

  static void shuffle(int[] order, Random random) {
    for (int i = order.length - 1; i > 0; i--) {
      int j = random.nextInt(i + 1);
      int swap = order[i];
      order[i] = order[j];
      order[j] = swap;
    }
  }
}
