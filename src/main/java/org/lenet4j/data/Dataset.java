package org.lenet4j.data;

import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Objects;
import java.util.stream.IntStream;
import java.util.stream.LongStream;
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
   * @param shape   the shape of one image
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
   * @param shape      the shape of one image
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

  /** A copy of one image, {@code (channels, height, width)}, unsigned bytes. */
  public byte[] image(int i) {
    int from = Objects.checkIndex(i, size()) * shape.size();
    return Arrays.copyOfRange(images, from, from + shape.size());
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

  /** Other images with the same labels or targets. */
  Dataset withImages(Shape shape, byte[] images) {
    return labels != null ? new Dataset(shape, images, labels, classes) : new Dataset(shape, images, targets, classes);
  }

  /** The first {@code count} samples, or all of them if there are fewer. */
  public Dataset head(int count) {
    int[] indices = new int[Math.min(count, size())];
    Arrays.setAll(indices, i -> i);
    return subset(indices);
  }

  /**
   * The samples of some classes, in their order; labels stay what they are.
   *
   * @throws IllegalArgumentException if none is of them, or one of them is no class of this data set, or there are no labels
   */
  public Dataset ofClasses(int... wanted) {
    checkLabelled();
    for (int label : wanted) {
      if (label < 0 || label >= classes) {
        throw new IllegalArgumentException("there is no class " + label + "; the data has 0 to " + (classes - 1));
      }
    }
    int[] kept = IntStream.range(0, size()).filter(i -> IntStream.of(wanted).anyMatch(label -> label == labels[i])).toArray();
    if (kept.length == 0) {
      throw new IllegalArgumentException("the data has no images of the classes " + Arrays.toString(wanted));
    }
    return subset(kept);
  }

  /**
   * A few samples of each class, in their order: few-shot learning.
   *
   * @param count the number of samples of each class that has any
   * @param seed  chooses them
   * @throws IllegalArgumentException if the count is below 1, or a class has some, but fewer (the message names it), or there are no labels
   */
  public Dataset perClass(int count, long seed) {
    checkLabelled();
    int[] counts = counts();
    for (int label = 0; label < classes; label++) {
      if (counts[label] > 0 && counts[label] < count) {
        throw new IllegalArgumentException("cannot choose " + count + " images per class: class " + label + " has only " + counts[label]);
      }
    }
    return atMost(count, seed);
  }

  /**
   * As {@link #perClass}, with all samples of a class that has fewer.
   *
   * @throws IllegalArgumentException if the count is below 1, or there are no labels
   */
  public Dataset atMost(int count, long seed) {
    checkLabelled();
    if (count < 1) {
      throw new IllegalArgumentException("the number of images per class must be at least 1, got " + count);
    }
    int[] left = new int[classes];
    Arrays.fill(left, count);
    return subset(first(left, IntStream.of(Batches.shuffle(size(), seed, Philox.SPLIT, 2))));
  }

  private void checkLabelled() {
    if (isRegression()) {
      throw new IllegalArgumentException("the data set has real-valued targets, and no classes to choose from");
    }
  }

  /**
   * Holds samples out, whatever their classes.
   *
   * @param count how many, at least 1 and fewer than there are
   * @param seed  the seed of the shuffle that chooses them, in whose order both parts are
   * @return the held-out part is {@code test}, what is left is {@code train}
   * @throws IllegalArgumentException if there are not enough samples
   */
  public Splits holdOut(int count, long seed) {
    if (count < 1 || count >= size()) {
      throw new IllegalArgumentException("cannot hold out " + count + " of " + size() + " samples");
    }
    int[] order = Batches.shuffle(size(), seed, Philox.SPLIT, 0);
    return new Splits(subset(Arrays.copyOfRange(order, count, order.length)), subset(Arrays.copyOf(order, count)));
  }

  /**
   * Holds a share of each class out, rounded, but leaves at least one sample of it; real-valued targets are treated as one class. The
   * samples stay in their order. Which ones are held out depends on what is in each image: not on their order, and hardly on the others.
   *
   * @param share the share of the held-out part, in (0, 1)
   * @param seed  chooses the samples
   * @return the held-out part is {@code test}, what is left is {@code train}
   * @throws IllegalArgumentException if the share is not in (0, 1) or too small to hold anything out
   */
  public Splits holdOut(double share, long seed) {
    if (!(share > 0 && share < 1)) {
      throw new IllegalArgumentException("the share to hold out must be above 0 and below 1, got " + share);
    }
    int[] counts = isRegression() ? new int[] {size()} : counts();
    int[] left = IntStream.of(counts).map(n -> (int) Math.min(Math.round(share * n), Math.max(0, n - 1))).toArray();
    long[] ranks = LongStream.of(SampleHash.of(this)).map(hash -> SampleHash.mix(hash ^ SampleHash.mix(seed))).toArray();
    int[] held = first(left, IntStream.range(0, size()).boxed().sorted(Comparator.comparingLong(i -> ranks[i])).mapToInt(i -> i));
    if (held.length == 0) {
      throw new IllegalArgumentException("a share of " + share + " of " + size() + " images holds out none; choose a larger share");
    }
    return new Splits(without(held), subset(held));
  }

  /**
   * Cuts the samples into parts of equal size, to within one of each class; each part is the test set of one of the splits, all others are
   * its training set (cross-validation). The samples stay in their order.
   *
   * @param count how many splits, at least 2
   * @param seed  chooses the samples
   * @throws IllegalArgumentException if the count is below 2 or there are fewer samples
   */
  public List<Splits> folds(int count, long seed) {
    if (count < 2 || count > size()) {
      throw new IllegalArgumentException("cannot cut " + size() + " samples into " + count + " parts for cross-validation");
    }
    int[] order = Batches.shuffle(size(), seed, Philox.SPLIT, 4);
    int[] part = new int[size()];
    int next = 0;
    for (int label = 0; label < (isRegression() ? 1 : classes); label++) { // one class after another, so that each is spread evenly
      for (int i : order) {
        if (isRegression() || labels[i] == label) {
          part[i] = next++ % count;
        }
      }
    }
    return IntStream.range(0, count).mapToObj(fold -> {
      int[] held = IntStream.range(0, size()).filter(i -> part[i] == fold).toArray();
      return new Splits(without(held), subset(held));
    }).toList();
  }

  /** The first {@code left[label]} samples of each class in an order, sorted; {@code left} is used up. */
  private int[] first(int[] left, IntStream order) {
    return order.filter(i -> left[isRegression() ? 0 : labels[i]]-- > 0).sorted().toArray();
  }

  /** All other samples; the given ones are sorted. */
  Dataset without(int... sorted) {
    return subset(IntStream.range(0, size()).filter(i -> Arrays.binarySearch(sorted, i) < 0).toArray());
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

  @Override public String toString() {
    return size() + " images of " + shape + (isRegression() ? " with targets of " : ", classes: ") + classes;
  }
}
