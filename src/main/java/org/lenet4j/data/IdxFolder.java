package org.lenet4j.data;

import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.EnumMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.lenet4j.file.Input;

/**
 * The IDX files of one data set in a folder, found by their names.
 *
 * @param set   the words of its name besides training, images and so on; empty for MNIST's own
 * @param parts the file of the images and that of the labels of each part
 */
record IdxFolder(String set, Map<Part, Path[]> parts) {
  private static final Comparator<Path> RAW_FIRST = Comparator.comparing((Path path) -> path.toString().endsWith(".gz"))
      .thenComparing(path -> !path.getFileName().toString().contains("-idx")) // the dotted names after the others
      .thenComparing(Comparator.naturalOrder());

  /**
   * The data set in a folder; MNIST's own names if there are several. Null if there is none.
   *
   * @throws IOException if there are several and none has MNIST's names, or a file's partner is missing
   */
  static IdxFolder in(Path folder) throws IOException {
    Map<String, Map<String, Path[]>> sets = sets(folder);
    if (sets.isEmpty()) {
      return null;
    }
    String set = sets.containsKey("") ? "" : sets.keySet().iterator().next();
    if (sets.size() > 1 && !set.isEmpty()) {
      Path example = Stream.of(sets.get(set).values().iterator().next()).filter(file -> file != null).findFirst().orElseThrow();
      throw new IOException(folder + ": several data sets, " + String.join(", ", sets.keySet()) + "; give a file of the one to read, such"
          + " as " + example);
    }
    return of(set, sets.get(set));
  }

  /** Whether a folder holds any. */
  static boolean isIn(Path folder) throws IOException {
    return !sets(folder).isEmpty();
  }

  /** The data set that a file belongs to. */
  static IdxFolder around(Path file) throws IOException {
    FileRole role = FileRole.of(file.getFileName().toString());
    Path folder = file.toAbsolutePath().getParent();
    Path parent = file.getParent() == null ? Path.of("") : file.getParent();
    Map<String, Path[]> words = role.labels() == null ? null : sets(folder).get(role.set());
    if (words == null) { // also where its name is that of another type
      throw new IOException(file + ": an IDX file that does not say what it is; its name should be like train-images-idx3-ubyte,"
          + " with train-labels-idx1-ubyte beside it");
    }
    words.values().forEach(pair -> {
      for (int i = 0; i < 2; i++) {
        pair[i] = pair[i] == null ? null : parent.resolve(folder.relativize(pair[i])); // as the user gave it
      }
    });
    return of(role.set(), words);
  }

  /** By set and by the word for the part, {images, labels}. */
  private static Map<String, Map<String, Path[]>> sets(Path folder) throws IOException {
    // Of thousands of pictures, none is asked for more than its name.
    List<Path> named = Input.list(folder).stream().filter(path -> !PassedOver.isHidden(path) && mayBeIdx(path)
        && FileRole.of(path.getFileName().toString()).labels() != null).sorted(RAW_FIRST).toList();
    Map<Boolean, List<Path>> folders = named.stream().collect(Collectors.partitioningBy(Files::isDirectory));
    Map<String, Map<String, Path[]>> sets = new TreeMap<>();
    for (Path entry : Stream.concat(folders.get(false).stream(), folders.get(true).stream()).toList()) { // files first
      FileRole role = FileRole.of(entry.getFileName().toString());
      Path file = folders.get(true).contains(entry) ? within(entry, role) : entry;
      if (file != null && isIdx(file)) {
        Path[] pair = sets.computeIfAbsent(role.set(), any -> new TreeMap<>()).computeIfAbsent(role.word(), any -> new Path[2]);
        int which = role.labels() ? 1 : 0;
        pair[which] = pair[which] == null ? file : pair[which];
      }
    }
    return sets;
  }

  /** The file in a folder that is named like it, as some archives unpack; null if there is none. */
  private static Path within(Path folder, FileRole role) throws IOException {
    return Input.list(folder).stream().filter(path -> Files.isRegularFile(path)
        && FileRole.of(path.getFileName().toString()).equals(role)).min(RAW_FIRST).orElse(null);
  }

  private static boolean mayBeIdx(Path file) {
    String name = file.getFileName().toString().toLowerCase(Locale.ROOT);
    return saysIdx(name) || !name.contains(".") || name.endsWith(".gz");
  }

  private static boolean saysIdx(String name) {
    return name.contains("idx") || name.contains("ubyte");
  }

  /** By its name, or where that does not say its type by its first bytes. */
  private static boolean isIdx(Path file) {
    String name = file.getFileName().toString().toLowerCase(Locale.ROOT);
    if (saysIdx(name)) {
      return !name.matches(".*\\.(zip|tar|tgz|tar\\.gz|csv|npy|npz|xz|bz2|7z|png)");
    }
    try (InputStream in = Idx.uncompressed(new BufferedInputStream(Files.newInputStream(file)))) {
      byte[] magic = in.readNBytes(4);
      return magic.length == 4 && magic[0] == 0 && magic[1] == 0 && magic[2] >= 0x08 && magic[2] <= 0x0E && magic[3] >= 1 && magic[3] <= 4;
    } catch (IOException e) {
      return false; // no folder's file can be told to be one that cannot be read
    }
  }

  private static IdxFolder of(String set, Map<String, Path[]> words) throws IOException {
    Map<Part, Path[]> parts = new EnumMap<>(Part.class);
    for (Path[] pair : words.values()) { // t10k before test
      Path found = pair[0] != null ? pair[0] : pair[1];
      if (pair[0] == null || pair[1] == null) {
        throw new IOException(found + ": there is no " + partner(found.getFileName().toString()) + "[.gz] beside it");
      }
      Part part = FileRole.of(found.getFileName().toString()).part();
      parts.putIfAbsent(part == null ? Part.TRAIN : part, pair);
    }
    return new IdxFolder(set, parts);
  }

  private static String partner(String name) {
    String raw = name.endsWith(".gz") ? name.substring(0, name.length() - 3) : name;
    return raw.contains("label") ? raw.replace("labels", "images").replaceAll("idx[12]-(ubyte|int)", "idx3-ubyte")
        : raw.replace("images", "labels").replace("idx3", "idx1");
  }

  /** Reads the files and mends the images. */
  Splits read(PixelFixes fixes, List<String> told) throws IOException {
    Map<Part, Labelled> read = new EnumMap<>(Part.class);
    for (Map.Entry<Part, Path[]> part : parts.entrySet()) {
      Path[] files = part.getValue();
      Idx.Found images = Idx.find(files[0], told);
      int[] labels = Idx.labels(files[1], files[0], images);
      read.put(part.getKey(), new Labelled(files[0].toString(), images.shape(), images.pixels(), labels));
    }
    return emnist(set, fixes, told).apply(Labelled.splits(read));
  }

  /**
   * What is to be mended of a set with EMNIST's name: its images are stored column by column (G. Cohen, S. Afshar, J. Tapson and A. van
   * Schaik, "EMNIST: an extension of MNIST to handwritten letters", 2017; tensorflow.org/datasets/catalog/emnist says so too).
   */
  static PixelFixes emnist(String set, PixelFixes fixes, List<String> told) {
    if (!set.matches("(.*-)?emnist(-.*)?")) {
      return fixes;
    }
    told.add(set + ": EMNIST's files hold images transposed; " + (fixes.transpose() ? "left as they are" : "turned upright"));
    return fixes.ofTransposed();
  }

  /** What the folder has besides, to be told. */
  void count(Path folder, PassedOver passed) throws IOException {
    for (Path entry : PictureTree.entries(folder)) {
      FileRole role = FileRole.of(entry.getFileName().toString());
      if (role.labels() == null || !role.set().equals(set)) {
        if (Files.isDirectory(entry) && !PassedOver.isHidden(entry)) {
          passed.add(entry, "folder " + entry.getFileName());
        } else {
          passed.add(entry);
        }
      }
    }
  }
}
