package org.lenet4j.data;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;

/** Finds what kind of data lies at a path, in which folder of it, and has it read. */
final class DataPlace {
  private static final int DEEPEST = 8; // folders around everything
  private static final int FAINT = 64; // a set that is nowhere brighter does not use the range of bytes

  private DataPlace() {}

  /**
   * Reads a file or a folder.
   *
   * @param told receives what there is to say if it succeeds
   */
  static Splits read(Path path, Reading reading, List<String> told) throws IOException {
    return Files.isDirectory(path) ? folder(path, reading, told) : prepared(file(path, reading.fixes(), told));
  }

  /** Images of other sizes than 28x28 become that; those of values like 0 to 16 are scaled before, or their ink might be too faint. */
  private static Splits prepared(Splits splits) {
    Dataset any = splits.train() != null ? splits.train() : splits.test();
    if (any.shape().equals(new Shape(1, Preprocess.SIDE, Preprocess.SIDE))) {
      return splits;
    }
    boolean faint = PixelFixes.brightest(splits.train(), splits.validation(), splits.test()) < FAINT;
    return (faint ? new PixelFixes(false, 0, true, false).apply(splits) : splits).map(Preprocess::dataset);
  }

  private static Splits folder(Path given, Reading reading, List<String> told) throws IOException {
    Path folder = given;
    PassedOver passed = new PassedOver();
    for (int depth = 0; depth < DEEPEST; depth++) {
      IdxFolder idx = IdxFolder.in(folder);
      Layout layout = idx == null ? Layout.of(folder) : null;
      Splits splits = null;
      if (idx != null) {
        idx.count(folder, passed);
        splits = prepared(idx.read(reading.fixes(), told));
      } else if (layout.holdsPictures()) {
        splits = ImageFolder.load(layout, reading, told);
      } else if (Tables.areIn(folder)) {
        splits = prepared(Tables.in(folder, reading.fixes(), passed, told));
      }
      if (layout != null && (splits == null || layout.holdsPictures())) {
        passed.addAll(layout.passed());
      }
      if (splits != null) {
        if (!folder.equals(given)) {
          told.add(0, given + ": read from " + folder);
        }
        if (!passed.isEmpty()) {
          told.add(given + ": " + passed.line());
        }
        return splits;
      }
      if (layout.below().size() != 1) {
        throw nothing(folder, layout);
      }
      folder = layout.below().get(0);
    }
    throw new IOException(given + ": no data in " + DEEPEST + " folders below each other; give the folder that holds it");
  }

  private static Splits file(Path file, PixelFixes fixes, List<String> told) throws IOException {
    if (!Files.isRegularFile(file)) {
      throw new IOException(file + ": neither a folder nor a file");
    }
    byte[] start = ForeignData.start(file);
    Path name = file.getFileName();
    if (Npy.isNpy(start)) {
      Path folder = file.toAbsolutePath().getParent();
      throw new IOException(file + ": one array; give the folder with images and labels, named as x_train.npy and y_train.npy: " + folder);
    }
    if (start.length > 3 && start[0] == 'P' && start[1] == 'K' && start[2] == 3 && !Tables.npz(file).isEmpty()) {
      return Tables.arrays(file, List.of(file), fixes, told);
    }
    if (start.length > 3 && start[0] == 0 && start[1] == 0 && start[2] >= 8 && start[2] <= 14 && start[3] > 0 && start[3] < 5) {
      told.add(file + ": read with the files of the same set beside it");
      return IdxFolder.around(file).read(fixes, told);
    }
    String foreign = ForeignData.what(start);
    if (foreign != null) {
      throw new IOException(file + ": " + foreign);
    }
    if (Csv.isCsv(file) || looksLikeRows(start)) {
      FileRole role = FileRole.of(name.toString());
      return IdxFolder.emnist(role.set(), fixes, told).apply(Csv.read(Map.of(role.part() == null ? Part.TRAIN : role.part(), file), told));
    }
    throw new IOException(file + ": not a folder, and no file of data that can be read: IDX, CSV, or NumPy's .npz");
  }

  /** Text of numbers with something between them. */
  private static boolean looksLikeRows(byte... start) {
    String text = new String(start, StandardCharsets.ISO_8859_1);
    return text.matches("(?s)[-+.0-9eE,;\\t \\r\\n]{3,}") && text.matches("(?s).*[0-9][,;\\t ].*");
  }

  /** Says what would be expected, and what is there instead. */
  private static IOException nothing(Path folder, Layout layout) throws IOException {
    for (Path file : PictureTree.entries(folder)) {
      String foreign = layout.pictures() > 0 || !Files.isRegularFile(file) || PassedOver.isHidden(file) ? null
          : ForeignData.what(ForeignData.start(file));
      if (foreign != null) {
        return new IOException(folder + ": no data that can be read; " + file.getFileName() + " is " + foreign);
      }
    }
    return layout.nothing();
  }
}
