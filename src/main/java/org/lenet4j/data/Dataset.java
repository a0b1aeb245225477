package org.lenet4j.data;

import java.io.IOException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.stream.IntStream;
import org.lenet4j.random.Philox;

/**
 * Images as unsigned bytes, with one label each (classification) or one row of real targets each (regression). The arrays are not copied:
 * do not change them while a trainer uses them.
 *
 * <p>There may be more images than fit in an array, or in memory, if they are in a file ({@link #map}, {@link Idx#map}): they are copied
 * from there whenever they are used, and so are those of each {@link #subset}, which has only their numbers. {@link #images} is not for
 * such a set; {@link #copy} and {@link #blocks} are for any. The file stays mapped into memory until the collector has found that neither
 * the data set nor a part of it is used any more; there is nothing to close. Until then the file must not be changed: who reads images of a
 * changed one gets an {@link java.io.UncheckedIOException}. Labels and targets are always in memory.
 */
public final class Dataset {
  private final Shape shape;
  private final Pixels pixels; // (size, channels, height, width), 0..255
  private final int[] labels; // (size), or null for regression
  private final int classes;
  private final float[] targets; // (size, targetSize), or null for classification

  /** Looks at neighbouring images of a data set. */
  @FunctionalInterface public interface Block {
    /**
     * Is given some images.
     *
     * @param images {@code (count, channels, height, width)}, unsigned bytes; not to be changed or kept
     * @param first  the number of the first of them in the data set
     * @param count  how many these are, at least 1
     */
    void images(byte[] images, int first, int count);
  }

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
    this(shape, pixels(shape, images, labels.length), labels, classes);
  }

  Dataset(Shape shape, Pixels pixels, int[] labels, int classes) {
    if (classes < 1) {
      throw new IllegalArgumentException("a data set needs at least one class, got " + classes);
    }
    for (int i = 0; i < labels.length; i++) {
      if (labels[i] < 0 || labels[i] >= classes) {
        throw new IllegalArgumentException("sample " + i + " has label " + labels[i] + ", outside the classes 0 to " + (classes - 1));
      }
    }
    this.shape = shape;
    this.pixels = pixels;
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
    this(shape, pixels(shape, images, rows(targets, targetSize)), targets, targetSize);
  }

  private Dataset(Shape shape, Pixels pixels, float[] targets, int targetSize) {
    for (int i = 0; i < targets.length; i++) {
      if (!Float.isFinite(targets[i])) {
        throw new IllegalArgumentException("sample " + i / targetSize + " has target " + targets[i]);
      }
    }
    this.shape = shape;
    this.pixels = pixels;
    this.labels = null;
    this.classes = targetSize;
    this.targets = targets;
  }

  private static int rows(float[] targets, int targetSize) {
    if (targetSize < 1 || targets.length % targetSize != 0) {
      throw new IllegalArgumentException(targets.length + " target values are not rows of " + targetSize);
    }
    return targets.length / targetSize;
  }

  private static Pixels pixels(Shape shape, byte[] images, int size) {
    checkSize(size);
    if (images.length != (long) size * shape.size()) {
      throw new IllegalArgumentException(size + " images of " + shape + " are " + (long) size * shape.size() + " bytes, got "
          + images.length);
    }
    return Pixels.of(images, shape);
  }

  private static void checkSize(int size) {
    if (size < 1) {
      throw new IllegalArgumentException("a data set needs at least one sample");
    }
  }

  /**
   * Labelled images in a file of any size and format that has them one after another as they are, {@code (size, channels, height, width)}.
   *
   * @param shape   the shape of one image
   * @param file    stays as it is while the data set is used
   * @param from    where the first image begins in it, in bytes
   * @param labels  {@code (size)}, each in {@code 0 .. classes-1}
   * @param classes number of classes
   * @throws IOException              if it cannot be read or mapped, or ends before the last image does
   * @throws IllegalArgumentException if there is no label, or one is outside the classes
   */
  public static Dataset map(Shape shape, Path file, long from, int[] labels, int classes) throws IOException {
    checkSize(labels.length);
    return new Dataset(shape, new MappedFile(file, from, labels.length, shape.size()), labels, classes);
  }

  /** As {@link #map(Shape, Path, long, int[], int)}, with real-valued targets {@code (size, targetSize)}. */
  public static Dataset map(Shape shape, Path file, long from, float[] targets, int targetSize) throws IOException {
    int size = rows(targets, targetSize);
    checkSize(size);
    return new Dataset(shape, new MappedFile(file, from, size, shape.size()), targets, targetSize);
  }

  /** Number of samples. */
  public int size() {
    return labels != null ? labels.length : targets.length / classes;
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

  /**
   * The images, {@code (size, channels, height, width)}, unsigned bytes; not a copy.
   *
   * @throws IllegalStateException if they are not in an array, see {@link #isInMemory}
   */
  public byte[] images() {
    if (pixels instanceof Pixels.InArray all) {
      return all.images();
    }
    throw new IllegalStateException("these " + size() + " images of " + shape + " are not in an array, but in a file or in several arrays;"
        + " copy some at a time (Dataset.copy), or look at them in blocks (Dataset.blocks)");
  }

  /** Whether {@link #images} answers: all are in one array, and not in a file that is mapped into memory. */
  public boolean isInMemory() {
    return pixels instanceof Pixels.InArray;
  }

  /** A copy of one image, {@code (channels, height, width)}, unsigned bytes. */
  public byte[] image(int i) {
    byte[] image = new byte[shape.size()];
    copy(i, 1, image, 0);
    return image;
  }

  /**
   * Copies neighbouring images. Any number of threads may do so at once.
   *
   * @param first the number of the first one
   * @param count how many
   * @param into  receives them, {@code (count, channels, height, width)}
   * @param at    where in it
   * @throws IndexOutOfBoundsException    if there are not so many, or no room for them
   * @throws java.io.UncheckedIOException if the file that they are in was changed or cannot be read any more
   */
  public void copy(int first, int count, byte[] into, int at) {
    Objects.checkFromIndexSize(first, count, size());
    pixels.copy(first, count, into, at);
  }

  /**
   * Shows all images, in their order, without having all in memory: an array as a whole, a file in blocks of about a megabyte.
   *
   * @throws java.io.UncheckedIOException as {@link #copy} does
   */
  public void blocks(Block visitor) {
    pixels.blocks(visitor);
  }

  /**
   * Looks whether the file that the images are in is still what it was; {@link #copy} does so now and then.
   *
   * @throws java.io.UncheckedIOException if it is not; the message says what to do
   */
  public void checkUnchanged() {
    pixels.checkUnchanged();
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
    return classes == this.classes ? this : withLabels(labels, classes);
  }

  /**
   * The same images with other labels.
   *
   * @throws IllegalArgumentException if there are not as many, or one is outside the classes
   */
  public Dataset withLabels(int[] labels, int classes) {
    if (labels.length != size()) {
      throw new IllegalArgumentException(size() + " images need as many labels, got " + labels.length);
    }
    return new Dataset(shape, pixels, labels, classes);
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
    Pixels both = pixels.plus(other.pixels);
    if (isRegression()) {
      float[] rows = Arrays.copyOf(targets, targets.length + other.targets.length);
      System.arraycopy(other.targets, 0, rows, targets.length, other.targets.length);
      return new Dataset(shape, both, rows, classes);
    }
    int[] all = Arrays.copyOf(labels, labels.length + other.labels.length);
    System.arraycopy(other.labels, 0, all, labels.length, other.labels.length);
    return new Dataset(shape, both, all, classes);
  }

  /** A new data set of the given samples, in that order. Images in memory are copied; those in a file stay there. */
  public Dataset subset(int... indices) {
    checkSize(indices.length);
    Pixels chosen = pixels.chosen(indices.clone());
    if (labels != null) {
      return new Dataset(shape, chosen, Arrays.stream(indices).map(i -> labels[i]).toArray(), classes);
    }
    float[] rows = new float[Math.multiplyExact(indices.length, classes)];
    for (int i = 0; i < indices.length; i++) {
      System.arraycopy(targets, indices[i] * classes, rows, i * classes, classes);
    }
    return new Dataset(shape, chosen, rows, classes);
  }

  /** Other images with the same labels or targets. */
  Dataset withImages(Shape shape, byte[] images) {
    return labels != null ? new Dataset(shape, images, labels, classes) : new Dataset(shape, images, targets, classes);
  }

  /** So many samples from the whole of it at even distances, or itself if it has no more. */
  public Dataset spread(int count) {
    return count >= size() ? this : subset(IntStream.range(0, count).map(i -> (int) ((long) i * size() / count)).toArray());
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
    return subset(Division.ofClasses(this, wanted));
  }

  /**
   * A few samples of each class, in their order: few-shot learning.
   *
   * @param count the number of samples of each class that has any
   * @param seed  chooses them
   * @throws IllegalArgumentException if the count is below 1, or a class has some, but fewer (the message names it), or there are no labels
   */
  public Dataset perClass(int count, long seed) {
    Division.checkPerClass(this, count);
    return atMost(count, seed);
  }

  /**
   * As {@link #perClass}, with all samples of a class that has fewer.
   *
   * @throws IllegalArgumentException if the count is below 1, or there are no labels
   */
  public Dataset atMost(int count, long seed) {
    return subset(Division.atMost(this, count, seed));
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
    return Division.holdOut(this, share, seed);
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
    return Division.folds(this, count, seed);
  }

  /** All other samples; the given ones are sorted. */
  Dataset without(int... sorted) {
    return subset(IntStream.range(0, size()).filter(i -> Arrays.binarySearch(sorted, i) < 0).toArray());
  }

  /** Mean and standard deviation of all pixels, scaled to 0..1; the deviation is 1 if all pixels are the same. */
  public Normalization normalization() {
    return Normalization.of(this);
  }

  @Override public String toString() {
    return size() + " images of " + shape + (isRegression() ? " with targets of " : ", classes: ") + classes;
  }
}
