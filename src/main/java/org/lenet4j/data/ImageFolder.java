package org.lenet4j.data;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.Comparator;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.function.Consumer;
import java.util.function.IntConsumer;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/**
 * A folder with one sub-folder of images per class, optionally under {@code train}, {@code val} and {@code test}, or folders named much
 * like that: {@code training}, {@code validation}, {@code testing}. Each image goes through {@link Preprocess#digit}.
 *
 * <p>Sub-folders named 0 to 9 are the classes of those numbers, even if one between them is missing: the label of a 7 is 7. Otherwise the
 * classes are 0, 1, ... in the order of the names, by number if all are numbers. An empty sub-folder is a class too. Images are read in the
 * order of their names, those in folders below a class folder with it. Hidden files and files that are no pictures, by their names or where
 * those do not say by their first bytes, are passed over and counted.
 */
public final class ImageFolder {
  private static final int MOST_NAMED = 10; // unreadable files in one error message

  private ImageFolder() {}

  /**
   * Reads the images. If there is neither a {@code test} nor a {@code val} folder, about a fifth of each class becomes the test set, chosen
   * by what is in each image alone, so that images seen in training never measure it, and adding one moves no other; a class of fewer than
   * five images is trained on as a whole. A {@code val} folder is the validation set, or the test set where there is no {@code test}.
   *
   * @return images of 1x28x28, and the sub-folders' names
   * @throws IOException if there are no sub-folders, one has no images but other files, an image cannot be read, or a part has a class that
   *                     the first has not; the message names the file or folder
   */
  public static Splits load(Path folder) throws IOException {
    Idx.checkFolder(folder);
    Layout layout = Layout.of(folder);
    if (layout.classes().isEmpty()) {
      throw layout.nothing();
    }
    return load(layout, new Reading(), new ArrayList<>());
  }

  /** The same of a folder that has been looked into; {@code told} receives how it was read and what was passed over. */
  static Splits load(Layout layout, Reading reading, List<String> told) throws IOException {
    if (reading.fixes().invert() || reading.fixes().scale()) {
      throw new IOException(layout.root() + ": a folder of pictures, which are read in any polarity and brightness; inverting and scaling"
          + " are for sets of prepared images");
    }
    if (layout.told() != null) {
      told.add(layout.told());
    }
    Map<Part, Path> parts = layout.parts().isEmpty() ? Map.of(Part.TRAIN, layout.root()) : layout.parts();
    Path first = parts.values().iterator().next();
    List<String> names = classes(first);
    for (Path part : parts.values()) {
      List<String> found = classes(part);
      names = isDigits(names) && isDigits(found) && names.size() < found.size() ? found : names;
    }
    PassedOver passed = layout.passed();
    Map<Part, Dataset> read = new EnumMap<>(Part.class);
    for (Map.Entry<Part, Path> part : parts.entrySet()) {
      List<String> found = classes(part.getValue());
      Dataset own = reading.fixes().apply(read(part.getValue(), found, reading.skipped(), passed, told));
      ClassNames match = ClassNames.match(new Splits(null, own, found), names);
      if (!match.isComplete()) {
        throw new IOException(layout.root() + ": " + layout.root().relativize(first) + " has the classes " + names + ", but "
            + layout.root().relativize(part.getValue()) + " has " + found);
      }
      read.put(part.getKey(), match.splits().test());
    }
    Dataset train = read.get(Part.TRAIN);
    Dataset test = read.get(Part.TEST);
    Dataset validation = read.get(Part.VALIDATION);
    return test == null && validation == null ? HeldOut.split(train, names)
        : new Splits(train, test == null ? null : validation, test == null ? validation : test, names);
  }

  private static List<String> classes(Path folder) throws IOException {
    List<String> found = Layout.classFolders(folder).stream().map(path -> path.getFileName().toString()).toList();
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

  private static Dataset read(Path folder, List<String> names, List<String> skipped, PassedOver passed, List<String> told)
      throws IOException {
    List<Path> files = new ArrayList<>();
    List<Integer> labels = new ArrayList<>();
    Set<String> nested = new TreeSet<>();
    for (int label = 0; label < names.size(); label++) {
      Path of = folder.resolve(names.get(label));
      if (Files.isDirectory(of)) { // absent only for a digit between the others
        List<Path> images = images(of, passed, nested);
        if (images.isEmpty()) {
          told.add(of + ": no images; the class keeps its place");
        }
        files.addAll(images);
        labels.addAll(Collections.nCopies(images.size(), label));
      }
    }
    if (files.isEmpty()) {
      throw new IOException(folder + ": its class folders are all empty; put PNG, JPEG or BMP files there");
    }
    if (!nested.isEmpty()) {
      told.add(folder + ": images in folders below class folders belong to the class: " + some(nested));
    }
    Dataset data = read(folder, names, files, labels, skipped);
    int[] blank = Blanks.of(data);
    if (blank.length > 0) {
      told.add(folder + ": no ink is found in " + blank.length + " of " + data.size() + " images: "
          + some(IntStream.of(blank).mapToObj(i -> folder.relativize(files.get(i)).toString()).toList()));
    }
    return data;
  }

  private static String some(Collection<String> names) {
    return names.stream().limit(MOST_NAMED).collect(Collectors.joining(", ")) + (names.size() > MOST_NAMED ? " and others" : "");
  }

  /** In parallel, which changes neither the order nor what is said; files that cannot be read are taken off the list. */
  private static Dataset read(Path folder, List<String> names, List<Path> files, List<Integer> labels, List<String> skipped)
      throws IOException {
    int size = Preprocess.SIDE * Preprocess.SIDE;
    byte[] pixels = new byte[Math.multiplyExact(files.size(), size)];
    String[] faults = new String[files.size()];
    Queue<Integer> withoutMemory = new ConcurrentLinkedQueue<>();
    IntConsumer read = i -> {
      faults[i] = null;
      try {
        System.arraycopy(Preprocess.digit(ImageFile.read(files.get(i))), 0, pixels, i * size, size);
      } catch (IOException e) {
        faults[i] = e.getMessage();
        if (e.getCause() instanceof OutOfMemoryError) {
          withoutMemory.add(i);
        }
      } catch (OutOfMemoryError e) {
        faults[i] = files.get(i) + ": it needs more memory than Java has, raise -Xmx";
        withoutMemory.add(i);
      }
    };
    IntStream.range(0, faults.length).parallel().forEach(read);
    List.copyOf(withoutMemory).forEach(read::accept); // alone, for it may have been the others that took it
    List<String> bad = Stream.of(faults).filter(fault -> fault != null).toList();
    if (!bad.isEmpty() && skipped == null) {
      throw new IOException(bad.size() == 1 ? bad.get(0) + "; remove it, or have it skipped"
          : bad.size() + " images cannot be read: " + String.join("; ", bad.subList(0, Math.min(bad.size(), MOST_NAMED)))
              + (bad.size() > MOST_NAMED ? "; and others" : "") + "; remove them, or have them skipped");
    }
    for (int label = 0; label < names.size(); label++) {
      int first = labels.indexOf(label);
      int last = labels.lastIndexOf(label);
      if (first >= 0 && IntStream.rangeClosed(first, last).allMatch(i -> faults[i] != null)) {
        throw new IOException(folder.resolve(names.get(label)) + ": a class in which no image can be read, for example " + faults[last]);
      }
    }
    if (skipped != null) {
      skipped.addAll(bad);
    }
    Shape shape = new Shape(1, Preprocess.SIDE, Preprocess.SIDE);
    Dataset all = new Dataset(shape, pixels, labels.stream().mapToInt(Integer::intValue).toArray(), names.size());
    for (int i = faults.length - 1; i >= 0; i--) {
      if (faults[i] != null) {
        files.remove(i);
      }
    }
    return bad.isEmpty() ? all : all.subset(IntStream.range(0, faults.length).filter(i -> faults[i] == null).toArray());
  }

  /**
   * All pictures in a folder and in the folders below it, folder after folder in the order of their names.
   *
   * @param told hears in one line what else lies there, if anything does
   * @throws IOException if there are none, or a folder cannot be read; the message names it
   */
  public static List<Path> pictures(Path folder, Consumer<String> told) throws IOException {
    PassedOver passed = new PassedOver();
    List<Path> pictures = PictureTree.pictures(folder, passed, new TreeSet<>());
    if (pictures.isEmpty()) {
      throw new IOException(folder + ": a folder without images" + (passed.isEmpty() ? "" : ", only " + passed.counts()));
    }
    if (!passed.isEmpty()) {
      told.accept(passed.line());
    }
    return pictures;
  }

  private static List<Path> images(Path folder, PassedOver passed, Set<String> nested) throws IOException {
    PassedOver here = new PassedOver();
    List<Path> images = PictureTree.pictures(folder, here, nested);
    if (images.isEmpty() && !here.isEmpty()) {
      throw new IOException(folder + ": a class without images, only " + here.counts() + "; put PNG, JPEG or BMP files there or remove the"
          + " folder");
    }
    passed.addAll(here);
    return images;
  }
}
