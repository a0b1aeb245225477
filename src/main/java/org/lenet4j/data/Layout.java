package org.lenet4j.data;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;

/**
 * What lies in a folder, seen as one of pictures.
 *
 * @param root     the folder
 * @param parts    the folder of class folders of each part; empty if there are no parts
 * @param classes  the class folders; those of the first part if there are parts
 * @param below    sub-folders that are data sets themselves, or hold them
 * @param pictures how many pictures lie in the folder itself
 * @param passed   what else lies there
 */
record Layout(Path root, Map<Part, Path> parts, List<Path> classes, List<Path> below, int pictures, PassedOver passed) {
  private static final int DEEPEST = 4; // folders below each other that are looked into: someone may give a whole disk

  /** Looks into a folder. */
  static Layout of(Path root) throws IOException {
    return of(root, 0);
  }

  private static Layout of(Path root, int depth) throws IOException {
    PassedOver passed = new PassedOver();
    List<Path> folders = new ArrayList<>();
    int pictures = 0;
    for (Path entry : PictureTree.entries(root)) {
      if (Files.isDirectory(entry) && !PassedOver.isHidden(entry)) {
        folders.add(entry);
      } else {
        pictures += PictureTree.isPicture(entry) ? 1 : 0;
        passed.add(entry);
      }
    }
    Map<Part, Path> parts = parts(root, folders);
    if (!parts.isEmpty()) {
      for (Path folder : folders) {
        if (parts.values().stream().noneMatch(part -> part.startsWith(folder))) {
          boolean unlabelled = Part.ofFolder(folder.getFileName().toString()) != null && PictureTree.holdsPictures(folder);
          passed.add(folder, "folder " + folder.getFileName() + (unlabelled ? " (pictures without classes)" : ""));
        }
      }
      return new Layout(root, parts, classFolders(parts.values().iterator().next()), List.of(), pictures, passed);
    }
    List<Path> sets = depth == DEEPEST ? List.of() : sets(folders, pictures, depth);
    if (!sets.isEmpty()) {
      folders.stream().filter(folder -> !sets.contains(folder)).forEach(folder -> passed.add(folder, "folder " + folder.getFileName()));
    }
    return new Layout(root, parts, sets.isEmpty() ? folders : List.of(), sets, pictures, passed);
  }

  /** Training, validation and test folders that hold class folders, by their names. */
  private static Map<Part, Path> parts(Path root, List<Path> folders) throws IOException {
    Map<Part, Path> parts = new EnumMap<>(Part.class);
    for (Path folder : folders) {
      Part part = Part.ofFolder(folder.getFileName().toString());
      Path classes = part == null ? null : classRoot(folder);
      if (classes != null) {
        Path other = parts.put(part, classes);
        if (other != null) {
          throw new IOException(root + ": which holds the " + part.text() + " images, " + root.relativize(other).getName(0) + " or "
              + folder.getFileName() + "? Keep one of them here");
        }
      }
    }
    return parts;
  }

  /** The folder of class folders in a part, below folders that hold nothing but one other; null if it has none. */
  private static Path classRoot(Path part) throws IOException {
    Path folder = part;
    for (int depth = 0; depth < DEEPEST; depth++) {
      List<Path> folders = classFolders(folder);
      boolean some = false;
      for (Path one : folders) {
        some |= PictureTree.holdsPictures(one);
      }
      if (!some) {
        return null;
      }
      if (folders.size() > 1 || isDigit(folders.get(0)) || PictureTree.holdsPicturesItself(folders.get(0))) {
        return folder;
      }
      folder = folders.get(0);
    }
    return null;
  }

  /** Sub-folders that may be classes. */
  static List<Path> classFolders(Path folder) throws IOException {
    return PictureTree.entries(folder).stream().filter(path -> Files.isDirectory(path) && !PassedOver.isHidden(path)).toList();
  }

  /**
   * Sub-folders that are no classes but data sets themselves: those with parts or IDX files, whatever is beside them. Those with tables, or
   * a single one around everything, only if no neighbour is a class: a class folder may well hold a table or folders.
   */
  private static List<Path> sets(List<Path> folders, int pictures, int depth) throws IOException {
    List<Path> sets = new ArrayList<>();
    List<Path> others = new ArrayList<>();
    boolean classes = false;
    for (Path folder : folders) {
      if (IdxFolder.isIn(folder)) {
        sets.add(folder);
      } else if (PictureTree.holdsPicturesItself(folder)) {
        classes = true;
      } else {
        Layout layout = of(folder, depth + 1);
        boolean around = folders.size() == 1 && pictures == 0 && !isDigit(folder) && layout.holdsPictures();
        if (!layout.parts.isEmpty()) {
          sets.add(folder);
        } else if (!layout.below.isEmpty() || around || Tables.areIn(folder)) {
          others.add(folder);
        }
      }
    }
    return !sets.isEmpty() ? sets : classes ? List.of() : others;
  }

  private static boolean isDigit(Path folder) {
    return folder.getFileName().toString().matches("[0-9]");
  }

  /** Whether there are pictures in folders of classes here. */
  boolean holdsPictures() throws IOException {
    for (Path folder : classes) {
      if (PictureTree.holdsPictures(folder)) {
        return true;
      }
    }
    return false;
  }

  /** How the parts are read, in words; null if that is plain. */
  String told() {
    Map<Part, String> names = new EnumMap<>(Part.class);
    parts.forEach((part, folder) -> names.put(part, root.relativize(folder).toString()));
    if (names.entrySet().stream().allMatch(part -> part.getValue().equals(part.getKey() == Part.TRAIN ? "train" : "test"))) {
      return null;
    }
    boolean measures = parts.containsKey(Part.TEST);
    List<String> said = new ArrayList<>();
    names.forEach((part, name) -> said.add((part == Part.VALIDATION && !measures ? Part.TEST : part).text() + " images from " + name));
    return root + ": " + String.join(", ", said) + (measures || !parts.containsKey(Part.VALIDATION) ? "" : ", for there is no test folder");
  }

  /** What is missing here. */
  IOException nothing() {
    if (below.size() > 1) {
      return new IOException(root + ": several data sets, " + below.stream().map(set -> set.getFileName().toString())
          .collect(Collectors.joining(", ")) + "; give one of them");
    }
    if (pictures > 0) {
      return new IOException(root + ": " + pictures + " pictures, but no classes; put those of each class into a sub-folder of its name,"
          + " or have them read one by one with predict");
    }
    return new IOException(root + ": no data here; expected one sub-folder of images per class, or IDX files named"
        + " train-images-idx3-ubyte[.gz] and so on");
  }
}
