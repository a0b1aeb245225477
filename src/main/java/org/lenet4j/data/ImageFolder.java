package org.lenet4j.data;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/**
 * A folder with one sub-folder of PNG, JPEG or BMP images per class, optionally under {@code train} and {@code test}. Each image goes
 * through {@link Preprocess#digit}.
 *
 * <p>Sub-folders named 0 to 9 are the classes of those numbers, even if one between them is missing: the label of a 7 is 7. Otherwise the
 * classes are 0, 1, ... in the order of the names, by number if all are numbers. Images are read in the order of their names. Hidden
 * files and files that are no PNG, JPEG or BMP by name are passed over.
 */
public final class ImageFolder {
  private static final int HELD_OUT = 5; // without a test part, one image of five of each class
  private static final int MOST_NAMED = 10; // unreadable files in one error message

  private ImageFolder() {}

  /** As {@link #load(Path, long)} with a fixed seed. */
  public static Splits load(Path folder) throws IOException {
    return load(folder, Splits.SEED);
  }

  /**
   * Reads the images. If there is no {@code test} folder, a fifth of each class, chosen by {@code seed} and rounded down, becomes the
   * test set, so that images seen in training never measure it; with fewer than five images in every class there is no test set.
   *
   * @return images of 1x28x28, and the sub-folders' names
   * @throws IOException if there are no sub-folders, one has no images, an image cannot be read, or {@code train} and {@code test} have
   *                     different classes; the message names the file or folder
   */
  public static Splits load(Path folder, long seed) throws IOException {
    return load(folder, seed, null);
  }

  /**
   * As {@link #load(Path, long)}, passing over files that cannot be read.
   *
   * @param skipped receives what was wrong with each file that was passed over; null if such files are an error, which names them
   * @throws IOException as there, and if a class has no image that can be read
   */
  public static Splits load(Path folder, long seed, List<String> skipped) throws IOException {
    Idx.checkFolder(folder);
    Path trainFolder = folder.resolve("train");
    Path testFolder = folder.resolve("test");
    boolean hasTrain = Files.isDirectory(trainFolder);
    boolean hasTest = Files.isDirectory(testFolder);
    Path first = hasTrain ? trainFolder : hasTest ? testFolder : folder;
    List<String> names = classes(first);
    if (hasTrain && hasTest) {
      List<String> testNames = classes(testFolder);
      if (isDigits(names) && isDigits(testNames)) {
        names = names.size() > testNames.size() ? names : testNames;
      } else if (!names.equals(testNames)) {
        throw new IOException(folder + ": train has the classes " + names + ", but test has " + testNames);
      }
      return new Splits(read(trainFolder, names, skipped), read(testFolder, names, skipped), names);
    }
    Dataset data = read(first, names, skipped);
    return hasTest ? new Splits(null, data, names) : holdOut(data, names, seed);
  }

  private static List<String> classes(Path folder) throws IOException {
    List<String> found;
    try (Stream<Path> entries = Files.list(folder)) {
      found = entries.filter(path -> Files.isDirectory(path) && !isHidden(path))
          .map(path -> path.getFileName().toString()).sorted().toList();
    }
    if (found.isEmpty()) {
      throw new IOException(folder + ": no data here; expected one sub-folder of images per class, or IDX files named"
          + " train-images-idx3-ubyte[.gz] and so on");
    }
    if (isDigits(found)) {
      int largest = Integer.parseInt(found.get(found.size() - 1));
      return IntStream.rangeClosed(0, Math.max(1, largest)).mapToObj(Integer::toString).toList();
    }
    if (found.size() < 2) {
      throw new IOException(folder + ": only one class, '" + found.get(0) + "'; expected one sub-folder of images per class");
    }
    boolean numbers = found.stream().allMatch(name -> name.matches("[0-9]{1,9}"));
    return numbers ? found.stream().sorted(Comparator.comparingInt(Integer::parseInt)).toList() : found; // a stable sort: 1, 01
  }

  private static boolean isDigits(List<String> names) {
    return names.stream().allMatch(name -> name.matches("[0-9]"));
  }

  private static boolean isHidden(Path path) {
    return path.getFileName().toString().startsWith(".");
  }

  private static Dataset read(Path folder, List<String> names, List<String> skipped) throws IOException {
    int size = Preprocess.SIDE * Preprocess.SIDE;
    ByteArrayOutputStream pixels = new ByteArrayOutputStream();
    List<Integer> labels = new ArrayList<>();
    List<String> bad = new ArrayList<>();
    for (int label = 0; label < names.size(); label++) {
      Path of = folder.resolve(names.get(label));
      if (Files.isDirectory(of)) { // absent only for a digit between the others
        int before = labels.size();
        for (Path image : images(of)) {
          try {
            pixels.write(Preprocess.digit(ImageFile.read(image)), 0, size);
            labels.add(label);
          } catch (IOException e) {
            bad.add(e.getMessage());
          }
        }
        if (labels.size() == before && skipped != null) {
          throw new IOException(of + ": a class in which no image can be read, for example " + bad.get(bad.size() - 1));
        }
      }
    }
    if (!bad.isEmpty() && skipped == null) {
      throw new IOException(bad.size() == 1 ? bad.get(0) + "; remove it, or have it skipped"
          : bad.size() + " images cannot be read: " + String.join("; ", bad.subList(0, Math.min(bad.size(), MOST_NAMED)))
              + (bad.size() > MOST_NAMED ? "; and others" : "") + "; remove them, or have them skipped");
    }
    if (skipped != null) {
      skipped.addAll(bad);
    }
    Shape shape = new Shape(1, Preprocess.SIDE, Preprocess.SIDE);
    return new Dataset(shape, pixels.toByteArray(), labels.stream().mapToInt(Integer::intValue).toArray(), names.size());
  }

  private static List<Path> images(Path folder) throws IOException {
    try (Stream<Path> entries = Files.list(folder)) {
      List<Path> images = entries.filter(path -> !isHidden(path) && isImage(path) && Files.isRegularFile(path))
          .sorted(Comparator.comparing(path -> path.getFileName().toString())).toList();
      if (images.isEmpty()) {
        throw new IOException(folder + ": a class without images; put PNG, JPEG or BMP files there or remove the folder");
      }
      return images;
    }
  }

  private static boolean isImage(Path path) {
    return path.getFileName().toString().toLowerCase(Locale.ROOT).matches(".*\\.(png|jpg|jpeg|bmp)");
  }

  private static Splits holdOut(Dataset data, List<String> names, long seed) {
    int[] held = data.choose(IntStream.of(data.counts()).map(count -> count / HELD_OUT).toArray(), seed, 1);
    return new Splits(data.without(held), held.length == 0 ? null : data.subset(held), names);
  }
}
