package org.lenet4j.data;

import java.io.BufferedInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.EnumMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.zip.ZipEntry;
import java.util.zip.ZipException;
import java.util.zip.ZipFile;
import org.lenet4j.file.FileNames;
import org.lenet4j.file.Input;

/** A data set as CSV files or NumPy arrays in a folder: which file is what, their names say. */
final class Tables {
  private Tables() {}

  /** Whether a folder has such files. */
  static boolean areIn(Path folder) throws IOException {
    return PictureTree.entries(folder).stream().anyMatch(Tables::isTable);
  }

  private static boolean isTable(Path file) {
    return !PassedOver.isHidden(file) && Files.isRegularFile(file) && (isNumPy(file) || Csv.isCsv(file));
  }

  private static boolean isNumPy(Path file) {
    return hasExtension(file, "npz") || hasExtension(file, "npy");
  }

  private static boolean hasExtension(Path file, String extension) {
    return file.getFileName().toString().toLowerCase(Locale.ROOT).endsWith("." + extension);
  }

  /** Reads those of a folder, NumPy's rather than CSV; what else lies there is counted. */
  static Splits in(Path folder, PixelFixes fixes, PassedOver passed, List<String> told) throws IOException {
    List<Path> tables = PictureTree.entries(folder).stream().filter(Tables::isTable).toList();
    boolean arrays = tables.stream().anyMatch(Tables::isNumPy);
    List<Path> read = tables.stream().filter(file -> isNumPy(file) == arrays).toList();
    for (Path entry : PictureTree.entries(folder)) {
      if (Files.isDirectory(entry) && !PassedOver.isHidden(entry)) {
        passed.add(entry, "folder " + entry.getFileName());
      } else if (!read.contains(entry)) {
        passed.add(entry);
      }
    }
    return arrays ? arrays(folder, read, fixes, told) : csv(folder, read, fixes, passed, told);
  }

  private static Splits csv(Path folder, List<Path> files, PixelFixes fixes, PassedOver passed, List<String> told) throws IOException {
    Map<Part, Path> parts = new EnumMap<>(Part.class);
    List<Path> others = new ArrayList<>();
    String set = null;
    for (Path file : files) {
      FileRole role = FileRole.of(file.getFileName().toString());
      Path before = role.part() == null ? null : parts.put(role.part(), file);
      if (before != null) {
        throw new IOException(folder + ": several files of one part, " + before.getFileName() + " and " + file.getFileName()
            + "; give the file to read");
      }
      set = role.part() == null ? set : role.set();
      if (role.part() == null) {
        others.add(file);
      }
    }
    if (parts.isEmpty() && others.size() == 1) {
      parts.put(Part.TRAIN, others.remove(0));
    }
    if (parts.isEmpty()) {
      throw new IOException(folder + ": several CSV files, " + String.join(", ", others.stream().map(file -> file.getFileName().toString())
          .toList()) + "; name them train.csv and test.csv, or give the one to read");
    }
    others.forEach(passed::add);
    return (set == null ? fixes : IdxFolder.emnist(set, fixes, told)).apply(Csv.read(parts, told));
  }

  static Splits arrays(Path from, List<Path> files, PixelFixes fixes, List<String> told) throws IOException {
    Map<String, Npy> arrays = new LinkedHashMap<>();
    for (Path file : files) {
      if (hasExtension(file, "npy")) {
        arrays.put(file.getFileName().toString(), npy(file));
      } else {
        boolean alone = files.size() == 1;
        npz(file).forEach((name, array) -> arrays.put(alone || FileRole.of(name).labels() != null ? name
            : file.getFileName().toString(), array)); // kmnist-train-imgs.npz holds an arr_0
      }
    }
    return fixes.apply(NpyArrays.read(from, arrays, told));
  }

  private static Npy npy(Path file) throws IOException {
    try (InputStream in = new BufferedInputStream(Input.open(file), 1 << 16)) {
      return Npy.read(file.toString(), in);
    }
  }

  /** The arrays of a zip archive, in its order. */
  static Map<String, Npy> npz(Path file) throws IOException {
    Map<String, Npy> arrays = new LinkedHashMap<>();
    try (ZipFile zip = new ZipFile(file.toFile())) {
      for (ZipEntry entry : Collections.list(zip.entries())) {
        if (entry.getName().endsWith(".npy")) {
          String name = FileNames.shown(entry.getName().substring(0, entry.getName().length() - 4));
          try (InputStream in = unpacked(zip, entry, file)) {
            arrays.put(name, Npy.read(file + ": " + name, in));
          }
        }
      }
    } catch (ZipException | EOFException e) {
      throw new IOException(file + ": damaged (" + e.getMessage() + "); copy or download it again", e);
    }
    return arrays;
  }

  private static InputStream unpacked(ZipFile zip, ZipEntry entry, Path file) throws IOException {
    long packed = Math.min(entry.getCompressedSize(), Files.size(file)); // the archive may say anything
    Unpacked in = new Unpacked(zip.getInputStream(entry), () -> packed);
    try {
      in.check(entry.getSize());
    } catch (IOException e) {
      throw FileNames.named(file.toString(), e);
    }
    return new BufferedInputStream(in, 1 << 16);
  }
}
