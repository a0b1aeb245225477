package org.lenet4j.data;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.text.Normalizer;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.UnaryOperator;
import java.util.stream.IntStream;
import org.lenet4j.file.FileNames;
import org.lenet4j.file.Words;

/**
 * A training, a validation and a test set of the same shape and classes.
 *
 * @param train      or null if there is only a test set
 * @param validation what is to decide when to stop and which settings are best, or null, which is usual
 * @param test       or null if there is only a training set; the held-out part of {@link Dataset#holdOut(int, long)}
 * @param classNames name of each class; folder names for an {@link ImageFolder}, else {@code "0", "1", ...}
 */
public record Splits(Dataset train, Dataset validation, Dataset test, List<String> classNames) {
  private static final long DIGITS = 42; // the seed of the embedded ones: one data set, whatever the seed of a run

  /**
   * Checks that the parts belong together.
   *
   * @throws IllegalArgumentException if there is neither a training nor a test set, or shapes or classes differ
   */
  public Splits {
    if (train == null && test == null) {
      throw new IllegalArgumentException("splits need a training or a test set, got neither");
    }
    checkAlike("training", train, "test", test);
    checkAlike("training", train, "validation", validation);
    checkAlike("test", test, "validation", validation);
    classNames = classNames.stream().map(name -> Normalizer.normalize(name, Normalizer.Form.NFC)).toList(); // macOS decomposes é
  }

  private static void checkAlike(String name, Dataset one, String otherName, Dataset other) {
    if (one != null && other != null && (!one.shape().equals(other.shape()) || one.classes() != other.classes())) {
      throw new IllegalArgumentException("the " + name + " set has images of " + one.shape() + " in " + one.classes()
          + " classes, the " + otherName + " set of " + other.shape() + " in " + other.classes());
    }
  }

  /** Splits without a validation set. */
  public Splits(Dataset train, Dataset test, List<String> classNames) {
    this(train, null, test, classNames);
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
   *   <li>{@code digits}: {@link SyntheticDigits#splits} with the seed 42, nothing to download;
   *   <li>{@code mnist}: {@link Mnist#download}, kept in the user's cache;
   *   <li>a folder of IDX files: {@link Idx#loadFolder};
   *   <li>a folder with one sub-folder of images per class, optionally under {@code train}, {@code val} and {@code test} (or {@code
   *       training}, {@code validation}, {@code testing} and the like): {@link ImageFolder#load};
   *   <li>a CSV file with a row of pixels and a label for each image, or a folder with {@code train.csv} and {@code test.csv};
   *   <li>NumPy's {@code .npz} with {@code x_train}, {@code y_train}, {@code x_test}, {@code y_test}, or {@code .npy} files of such names;
   *   <li>one of a set's files, or a folder around all that, such as torchvision's root.
   * </ul>
   *
   * <p>Images come out as 1x28x28: data sets of another size go through {@link Preprocess#dataset}, those of 28x28 (MNIST and its
   * kin) keep every byte, except that EMNIST's, whose files hold them transposed, are turned upright. A folder named {@code mnist} or
   * {@code digits} is reached as {@code ./mnist}.
   *
   * @throws IOException if there is no such data, or it is damaged, or of a kind that is not read; the message says what to do
   */
  public static Splits open(String spec) throws IOException {
    return open(spec, new Reading());
  }

  /** As {@link #open(String)}, with a say in how it is read. */
  public static Splits open(String spec, Reading reading) throws IOException {
    if (spec.equals("digits")) {
      return reading.fixes().apply(SyntheticDigits.splits(DIGITS));
    }
    if (spec.equals("mnist")) {
      return reading.fixes().apply(Mnist.download());
    }
    Path path;
    try {
      path = Path.of(spec);
    } catch (InvalidPathException e) {
      throw new IOException(FileNames.explain(e) + "; data is a folder, mnist or digits", e);
    }
    if (spec.isBlank() || !Files.exists(path)) {
      throw new IOException("no data at '" + spec + "': there is no such folder; give a folder of IDX files or of images, mnist or digits"
          + Words.didYouMean(spec, "mnist", "digits"));
    }
    List<String> told = new ArrayList<>();
    Splits splits = DataPlace.read(path, reading, told);
    told.forEach(reading.told()); // not before: where reading fails, the reason is all there is to say
    return splits;
  }

  /**
   * The samples of some classes; labels and names stay what they are.
   *
   * @throws IllegalArgumentException if a part has none of them
   */
  public Splits ofClasses(int... labels) {
    return map(part -> part.ofClasses(labels));
  }

  /**
   * The same samples with a model's labels, each class where the model has one of that name: what to train on further or to measure a
   * model on whose classes may have another order, or be more. {@link ClassNames} says when two names are the same.
   *
   * @param names {@code Model.classNames()}
   * @throws IllegalArgumentException if a class that has images is none of the model's; the message has both lists and says what to do
   */
  public Splits matching(List<String> names) {
    return ClassNames.match(this, names).splits();
  }

  /**
   * Other names for some classes; classes that get the same name become one.
   *
   * @param to the new name of each old one
   * @throws IllegalArgumentException if there is no class of an old name
   */
  public Splits renamed(Map<String, String> to) {
    for (String name : to.keySet()) {
      if (!classNames.contains(name)) {
        throw new IllegalArgumentException("the data has no class " + name + " to rename; it has " + ClassNames.list(classNames));
      }
    }
    List<String> renamed = classNames.stream().map(name -> to.getOrDefault(name, name)).toList();
    List<String> names = renamed.stream().distinct().toList();
    return new Splits(train, validation, test, renamed).matching(names);
  }

  /** Without the classes that have no images: what is left is numbered anew, by its names. */
  public Splits present() {
    return matching(ClassNames.present(this).stream().map(classNames::get).distinct().toList());
  }

  /** The same of each part. */
  Splits map(UnaryOperator<Dataset> change) {
    return map(change, classNames);
  }

  /** The same of each part, with names of its classes. */
  Splits map(UnaryOperator<Dataset> change, List<String> names) {
    return new Splits(train == null ? null : change.apply(train), validation == null ? null : change.apply(validation),
        test == null ? null : change.apply(test), names);
  }
}
