package org.lenet4j.data;

import java.util.Arrays;
import org.lenet4j.random.Philox;

/**
 * Images as unsigned bytes, with one label each (classification) or one row of real targets each (regression), all in memory. The
 * arrays are not copied: do not change them while a trainer uses them.
 */
public final class Dataset {
  private final Shape shape;
  private final byte[] images; // (size, channels, height, width), 0..255
  private final int[] labels; // (size), or null for regression
  private final int classes;
  private final float[] targets; // (size, targetSize), or null for classification

  /**
   * Labelled images.
   *
   * @param shape   of one image
   * @param images  {@code (size, channels, height, width)}, unsigned bytes
   * @param labels  {@code (size)}, each in {@code 0 .. classes-1}
   * @param classes number of classes
   * @throws IllegalArgumentException if the lengths do not agree or a label is outside the classes
   */
  public Dataset(Shape shape, byte[] images, int[] labels, int classes) {
    checkImages(shape, images, labels.length);
    if (classes < 1) {
      throw new IllegalArgumentException("a data set needs at least one class, got " + classes);
    }
    for (int i = 0; i < labels.length; i++) {
      if (labels[i] < 0 || labels[i] >= classes) {
        throw new IllegalArgumentException("sample " + i + " has label " + labels[i] + ", outside the classes 0 to " + (classes - 1));
      }
    }
    this.shape = shape;
    this.images = images;
    this.labels = labels;
    this.classes = classes;
    this.targets = null;
  }

  /**
   * Images with real-valued targets.
   *
   * @param shape      of one image
   * @param images     {@code (size, channels, height, width)}, unsigned bytes
   * @param targets    {@code (size, targetSize)}, finite
   * @param targetSize values per image
   * @throws IllegalArgumentException if the lengths do not agree or a target is not finite
   */
  public Dataset(Shape shape, byte[] images, float[] targets, int targetSize) {
    if (targetSize < 1 || targets.length % targetSize != 0) {
      throw new IllegalArgumentException(targets.length + " target values are not rows of " + targetSize);
    }
    checkImages(shape, images, targets.length / targetSize);
    for (int i = 0; i < targets.length; i++) {
      if (!Float.isFinite(targets[i])) {
        throw new IllegalArgumentException("sample " + i / targetSize + " has target " + targets[i]);
      }
    }
    this.shape = shape;
    this.images = images;
    this.labels = null;
    this.classes = targetSize;
    this.targets = targets;
  }

  private static void checkImages(Shape shape, byte[] images, int size) {
    if (size < 1) {
      throw new IllegalArgumentException("a data set needs at least one sample");
    }
    if (images.length != (long) size * shape.size()) {
      throw new IllegalArgumentException(size + " images of " + shape + " are " + (long) size * shape.size() + " bytes, got "
          + images.length);
    }
  }

  /** Number of samples. */
  public int size() {
    return images.length / shape.size();
  }

  /** The shape of one image. */
  public Shape shape() {
    return shape;
  }

  /** Number of classes, or values per target row for regression. */
  public int classes() {
    return classes;
  }

  /** Whether this data set has real-valued targets instead of labels. */
  public boolean isRegression() {
    return targets != null;
  }

  /** The images, {@code (size, channels, height, width)}, unsigned bytes; not a copy. */
  public byte[] images() {
    return images;
  }

  /** The labels, {@code (size)}; null for regression; not a copy. */
  public int[] labels() {
    return labels;
  }

  /** The targets, {@code (size, classes())}; null for classification; not a copy. */
  public float[] targets() {
    return targets;
  }

  /** Number of samples of each class, {@code (classes())}; of a classification data set. */
  public int[] counts() {
    int[] counts = new int[classes];
    for (int label : labels) {
      counts[label]++;
    }
    return counts;
  }

  /** The same samples as part of more classes, or of fewer if no label is lost. */
  public Dataset withClasses(int classes) {
    return classes == this.classes ? this : new Dataset(shape, images, labels, classes);
  }

  /**
   * The samples of this data set, then those of another.
   *
   * @throws IllegalArgumentException if shapes, classes or kinds differ
   */
  public Dataset plus(Dataset other) {
    if (!shape.equals(other.shape) || classes != other.classes || isRegression() != other.isRegression()) {
      throw new IllegalArgumentException("images of " + shape + " with " + classes + (isRegression() ? " targets" : " classes")
          + " and images of " + other.shape + " with " + other.classes + (other.isRegression() ? " targets" : " classes")
          + " do not make one data set");
    }
    byte[] both = Arrays.copyOf(images, Math.addExact(images.length, other.images.length));
    System.arraycopy(other.images, 0, both, images.length, other.images.length);
    if (isRegression()) {
      float[] rows = Arrays.copyOf(targets, targets.length + other.targets.length);
      System.arraycopy(other.targets, 0, rows, targets.length, other.targets.length);
      return new Dataset(shape, both, rows, classes);
    }
    int[] all = Arrays.copyOf(labels, labels.length + other.labels.length);
    System.arraycopy(other.labels, 0, all, labels.length, other.labels.length);
    return new Dataset(shape, both, all, classes);
  }

  /** A new data set of the given samples, in that order. */
  public Dataset subset(int... indices) {
    int length = shape.size();
    byte[] chosen = new byte[Math.multiplyExact(indices.length, length)];
    for (int i = 0; i < indices.length; i++) {
      System.arraycopy(images, indices[i] * length, chosen, i * length, length);
    }
    if (labels != null) {
      return new Dataset(shape, chosen, Arrays.stream(indices).map(i -> labels[i]).toArray(), classes);
    }
    float[] rows = new float[indices.length * classes];
    for (int i = 0; i < indices.length; i++) {
      System.arraycopy(targets, indices[i] * classes, rows, i * classes, classes);
    }
    return new Dataset(shape, chosen, rows, classes);
  }

  /** The first {@code count} samples, or all of them if there are fewer. */
  public Dataset head(int count) {
    int[] indices = new int[Math.min(count, size())];
    Arrays.setAll(indices, i -> i);
    return subset(indices);
  }

  /** Two data sets, training and held-out, chosen by a seeded shuffle; the second has {@code heldOut} samples. */
  public Split split(int heldOut, long seed) {
    if (heldOut < 1 || heldOut >= size()) {
      throw new IllegalArgumentException("cannot hold out " + heldOut + " of " + size() + " samples");
    }
    int[] order = Batches.shuffle(size(), seed, Philox.SPLIT, 0);
    return new Split(subset(Arrays.copyOfRange(order, heldOut, order.length)), subset(Arrays.copyOf(order, heldOut)));
  }

  /** Mean and standard deviation of all pixels, scaled to 0..1; the deviation is 1 if all pixels are the same. */
  public Normalization normalization() {
    long sum = 0;
    long squares = 0;
    int low = 255;
    int high = 0;
    for (byte b : images) {
      int v = b & 0xFF;
      low = Math.min(low, v);
      high = Math.max(high, v);
      sum += v;
      squares += v * v;
    }
    double mean = (double) sum / images.length / 255;
    double variance = (double) squares / images.length / 255 / 255 - mean * mean;
    return new Normalization((float) mean, low < high ? (float) Math.sqrt(variance) : 1);
  }

  /** The two parts of a {@link #split}. */
  public record Split(Dataset train, Dataset heldOut) {}
}
