package org.lenet4j.data;

import java.util.Arrays;

/** The images of a data set by their numbers, wherever their bytes are. Any number of threads may read them at once. */
sealed interface Pixels permits Pixels.InArray, Pixels.Chosen, Pixels.Joined, MappedFile {
  int MOST = Integer.MAX_VALUE - 8; // bytes of the largest Java array
  int BLOCK = 1 << 20; // bytes read at a time by who walks over all
  int TOGETHER = 16; // images of a block are a multiple: a device that takes so many at once sees the same ones together in any block

  /** All images, in an array of whole ones. */
  static Pixels of(byte[] images, Shape shape) {
    return new InArray(images, shape.size());
  }

  /**
   * An array for new images.
   *
   * @throws IllegalArgumentException if no array holds so many
   */
  static byte[] array(int count, Shape shape) {
    long bytes = (long) count * shape.size();
    if (bytes > MOST) {
      throw new IllegalArgumentException(count + " images of " + shape + " are " + (bytes >> 20) + " MB, more than an array holds; make"
          + " them some at a time, and write them to an IDX file, which is read without loading it");
    }
    return new byte[(int) bytes];
  }

  /** How many images there are. */
  int count();

  /** Bytes of an image. */
  int size();

  /** Copies some neighbouring images into an array. */
  void copy(int first, int count, byte[] into, int at);

  /** Some of these images; in an array if these are in one and it holds them, else the bytes stay where they are. */
  default Pixels chosen(int... samples) {
    return new Chosen(this, samples);
  }

  /** These images, then others of the same size. */
  default Pixels plus(Pixels others) {
    return new Joined(this, others);
  }

  /** Hands all images to a visitor. */
  default void blocks(Dataset.Block visitor) {
    int most = Math.max(1, BLOCK / size() / TOGETHER) * TOGETHER;
    byte[] block = new byte[Math.multiplyExact((int) Math.min(count(), most + TOGETHER - 1L), size())];
    for (int first = 0; first < count();) {
      int left = count() - first;
      int next = left < most + TOGETHER ? left : most; // no device takes a handful of images otherwise than many
      copy(first, next, block, 0);
      visitor.images(block, first, next);
      first += next;
    }
  }

  /** Throws {@link java.io.UncheckedIOException} if the file they are in is another one by now. */
  default void checkUnchanged() {}

  /** In an array. */
  record InArray(byte[] images, int size) implements Pixels {
    @Override public int count() {
      return images.length / size;
    }

    @Override public void copy(int first, int count, byte[] into, int at) {
      System.arraycopy(images, first * size, into, at, count * size);
    }

    @Override public Pixels chosen(int... samples) {
      if ((long) samples.length * size > MOST) {
        return new Chosen(this, samples);
      }
      byte[] chosen = new byte[samples.length * size];
      for (int i = 0; i < samples.length; i++) {
        copy(samples[i], 1, chosen, i * size);
      }
      return new InArray(chosen, size);
    }

    @Override public Pixels plus(Pixels others) {
      if (!(others instanceof InArray more) || (long) images.length + more.images.length > MOST) {
        return new Joined(this, others);
      }
      byte[] both = Arrays.copyOf(images, images.length + more.images.length);
      System.arraycopy(more.images, 0, both, images.length, more.images.length);
      return new InArray(both, size);
    }

    @Override public void blocks(Dataset.Block visitor) {
      visitor.images(images, 0, count());
    }
  }

  /** Some of others. */
  record Chosen(Pixels of, int[] samples) implements Pixels {
    @Override public int count() {
      return samples.length;
    }

    @Override public int size() {
      return of.size();
    }

    @Override public void copy(int first, int count, byte[] into, int at) {
      for (int i = 0; i < count; i++) {
        of.copy(samples[first + i], 1, into, at + i * size());
      }
    }

    @Override public Pixels chosen(int... samples) {
      return of.chosen(Arrays.stream(samples).map(i -> this.samples[i]).toArray());
    }

    @Override public void checkUnchanged() {
      of.checkUnchanged();
    }
  }

  /** Some, then others. */
  record Joined(Pixels some, Pixels others) implements Pixels {
    @Override public int count() {
      return Math.addExact(some.count(), others.count());
    }

    @Override public int size() {
      return some.size();
    }

    @Override public void copy(int first, int count, byte[] into, int at) {
      int here = Math.max(0, Math.min(count, some.count() - first));
      if (here > 0) {
        some.copy(first, here, into, at);
      }
      if (here < count) {
        others.copy(first + here - some.count(), count - here, into, at + here * size());
      }
    }

    @Override public void checkUnchanged() {
      some.checkUnchanged();
      others.checkUnchanged();
    }
  }
}
