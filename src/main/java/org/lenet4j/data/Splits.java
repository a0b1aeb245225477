package org.lenet4j.data;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.IntStream;
import org.lenet4j.file.FileNames;

/**
 * A training and a test set of the same shape and classes.
 *
 * @param train      or null if there is only a test set
 * @param test       or null if there is only a training set; the held-out part of {@link Dataset#holdOut(int, long)}
 * @param classNames name of each class; folder names for an {@link ImageFolder}, else {@code "0", "1", ...}
 */
public record Splits(Dataset train, Dataset test, List<String> classNames) {
  /** Seed of the held-out part and of the embedded digits when none is given. */
  static final long SEED = 42;

  /**
   * Checks that the two belong together.
   *
   * @throws IllegalArgumentException if both are null, or their shapes or classes differ
   */
  public Splits {
    if (train == null && test == null) {
      throw new IllegalArgumentException("splits need a training or a test set, got neither");
    }
    if (train != null && test != null && (!train.shape().equals(test.shape()) || train.classes() != test.classes())) {
      throw new IllegalArgumentException("the training set has images of " + train.shape() + " in " + train.classes()
          + " classes, the test set of " + test.shape() + " in " + test.classes());
    }
    classNames = List.copyOf(classNames);
  }

  /** Splits whose classes are named by their numbers. */
  public Splits(Dataset train, Dataset test) {
    this(train, test, numberedNames(train != null ? train.classes() : test != null ? test.classes() : 0));
  }

  /** The names of classes that nobody has named: {@code "0", "1", ...}. */
  public static List<String> numberedNames(int classes) {
    return IntStream.range(0, classes).mapToObj(Integer::toString).toList();
  }

  /**
   * Opens data by its name:
   *
   * <ul>
   *   <li>{@code digits}: {@link SyntheticDigits#splits}, nothing to download;
   *   <li>{@code mnist}: {@link Mnist#download}, kept in the user's cache;
   *   <li>a folder of IDX files: {@link Idx#loadFolder};
   *   <li>a folder with one sub-folder of images per class, optionally under {@code train} and {@code test}: {@link ImageFolder#load}.
   * </ul>
   *
   * <p>Images come out as 1x28x28: data sets of another size go through {@link Preprocess#dataset}, those of 28x28 (MNIST and its
   * kin) keep every byte. A folder named {@code mnist} or {@code digits} is reached as {@code ./mnist}.
   *
   * @throws IOException if there is no such data, or it is damaged; the message says what to do
   */
  public static Splits open(String spec) throws IOException {
    return open(spec, SEED);
  }

  /** As {@link #open(String)}, with the seed of the embedded digits and of an image folder's held-out part. */
  public static Splits open(String spec, long seed) throws IOException {
    return open(spec, seed, null);
  }

  /**
   * As {@link #open(String, long)}, passing over images of a folder that cannot be read.
   *
   * @param skipped receives what was wrong with each of them; null if they are an error
   */
  public static Splits open(String spec, long seed, List<String> skipped) throws IOException {
    if (spec.equals("digits")) {
      return SyntheticDigits.splits(seed);
    }
    if (spec.equals("mnist")) {
      return Mnist.download();
    }
    Path folder;
    try {
      folder = Path.of(spec);
    } catch (InvalidPathException e) {
      throw new IOException(FileNames.explain(e) + "; data is a folder, mnist or digits", e);
    }
    if (spec.isBlank() || !Files.exists(folder)) {
      throw new IOException("no data at '" + spec + "': there is no such folder; give a folder of IDX files or of images, mnist or digits");
    }
    Idx.checkFolder(folder);
    return Idx.isIn(folder) ? Idx.loadFolder(folder).to28x28() : ImageFolder.load(folder, seed, skipped);
  }

  /**
   * The samples of some classes; labels and names stay what they are.
   *
   * @throws IllegalArgumentException if a part has none of them
   */
  public Splits ofClasses(int... labels) {
    return new Splits(train == null ? null : train.ofClasses(labels), test == null ? null : test.ofClasses(labels), classNames);
  }

  /** Both parts through {@link Preprocess#dataset}. */
  private Splits to28x28() {
    return new Splits(train == null ? null : Preprocess.dataset(train), test == null ? null : Preprocess.dataset(test), classNames);
  }
}
