package org.lenet4j.data;

import java.io.BufferedInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.zip.ZipException;
import org.lenet4j.file.Input;

/**
 * Images as text: a row of pixels for each, with its label before or behind them. The file is read twice, so that it takes no more memory
 * than the images that come out.
 */
final class Csv {
  private static final Set<String> LABEL = Set.of("label", "labels", "class", "target", "y", "digit");
  private static final Set<String> NUMBER = Set.of("", "unnamed: 0", "index", "id", "row"); // of the row, which pandas writes

  /** What a column holds. */
  private static final class Column {
    private double low = Double.POSITIVE_INFINITY;
    private double high = Double.NEGATIVE_INFINITY;
    private boolean whole = true;
    private boolean counts = true; // 0, 1, 2, ... or 1, 2, 3, ...

    void add(double v, int row) {
      counts &= row == 0 ? v == 0 || v == 1 : v == low + row;
      low = Math.min(low, v);
      high = Math.max(high, v);
      whole &= v == Math.rint(v);
    }

    boolean isLabel() {
      return whole && low >= 0 && high < Numbers.MOST_CLASSES;
    }
  }

  /**
   * Where things stand.
   *
   * @param rows  number of images
   * @param label the column of the label; -1 if there is none
   * @param first the first column of pixels; the label may stand between them and is left out
   * @param side  height and width of an image
   * @param range of the pixels
   */
  private record Table(Path file, int rows, int label, int first, int side, Numbers.Range range) {}

  private Csv() {}

  /**
   * Reads files, one a part.
   *
   * @param files by part; a test or validation file without labels is passed over and told, as Kaggle's are
   * @throws IOException if they are not such tables; the message has file, line and column
   */
  static Splits read(Map<Part, Path> files, List<String> told) throws IOException {
    Map<Part, Table> tables = new EnumMap<>(Part.class);
    for (Map.Entry<Part, Path> file : files.entrySet()) {
      Table table = table(file.getValue());
      if (table.label >= 0) {
        tables.put(file.getKey(), table);
      } else if (file.getKey() == Part.TRAIN || files.size() == 1) {
        throw new IOException(table.file + ": " + table.rows + " rows of " + table.side * table.side + " pixels and no label; expected "
            + (table.side * table.side + 1) + " columns, the label first or last");
      } else {
        told.add(table.file + ": " + table.rows + " rows without labels, passed over: nothing can be measured on them");
      }
    }
    Numbers.Range all = null;
    for (Table table : tables.values()) {
      Numbers.Range r = table.range;
      all = all == null ? r
          : new Numbers.Range(Math.min(all.low(), r.low()), Math.max(all.high(), r.high()), all.whole() && r.whole());
    }
    double[] scale = all.scale(files.values().iterator().next().toString(), told);
    Map<Part, Labelled> parts = new EnumMap<>(Part.class);
    for (Map.Entry<Part, Table> table : tables.entrySet()) {
      parts.put(table.getKey(), read(table.getValue(), scale));
    }
    return Labelled.splits(parts);
  }

  /** Whether a file is one by its name. */
  static boolean isCsv(Path file) {
    return file.getFileName().toString().toLowerCase(Locale.ROOT).matches(".*\\.(csv|tsv)(\\.gz)?");
  }

  private static CsvRows open(Path file) throws IOException {
    InputStream in = new BufferedInputStream(Input.open(file), 1 << 16);
    try {
      return new CsvRows(file.toString(), Idx.uncompressed(in));
    } catch (EOFException | ZipException e) {
      in.close();
      throw new IOException(file + ": damaged gzip data; copy or download it again", e);
    }
  }

  /** Reads a file for the first time, to see what is where. */
  private static Table table(Path file) throws IOException {
    try (CsvRows rows = open(file)) {
      List<Column> columns = new ArrayList<>();
      int count = 0;
      for (; rows.next(); count++) {
        if (count == 0) {
          for (int c = 0; c < rows.columns(); c++) {
            columns.add(new Column());
          }
          if (rows.header() != null && rows.header().size() != rows.columns()) {
            throw new IOException(file + ": line " + rows.line() + " has " + rows.columns() + " columns, its header "
                + rows.header().size());
          }
        }
        if (rows.columns() != columns.size()) {
          throw new IOException(file + ": line " + rows.line() + " has " + rows.columns() + " columns, the lines before it "
              + columns.size());
        }
        for (int c = 0; c < columns.size(); c++) {
          columns.get(c).add(rows.at(c), count);
        }
      }
      if (count == 0) {
        throw new IOException(file + ": holds no images");
      }
      return table(file, count, columns, rows.header());
    }
  }

  private static Table table(Path file, int rows, List<Column> columns, List<String> header) throws IOException {
    int last = columns.size() - 1;
    int first = header != null && NUMBER.contains(header.get(0).toLowerCase(Locale.ROOT)) ? 1 : 0;
    int label = -1;
    for (int c = 0; header != null && c <= last; c++) {
      label = LABEL.contains(header.get(c).toLowerCase(Locale.ROOT)) ? c : label;
    }
    if (label < 0 && side(last + 1 - first) == 0) {
      if (side(last - first) == 0 && side(last - 1) > 0 && columns.get(0).counts) {
        first = 1;
      }
      label = labelColumn(file, columns, first);
    }
    first += label == first ? 1 : 0;
    int pixels = last + 1 - first - (label >= first ? 1 : 0);
    int side = side(pixels);
    if (side == 0 || label > first && label < last) {
      throw new IOException(file + ": " + (last + 1) + " columns are not the pixels of a square image and a label; expected 785 for images"
          + " of 28x28, the label first or last");
    }
    if (label >= 0 && !columns.get(label).isLabel()) {
      throw new IOException(file + ": column " + (label + 1) + " should hold the labels, but has values from " + columns.get(label).low
          + " to " + columns.get(label).high + "; labels are the numbers 0, 1, 2 and so on");
    }
    Numbers.Range range = new Numbers.Range(Double.POSITIVE_INFINITY, Double.NEGATIVE_INFINITY, true);
    for (int c = first; c <= last; c++) {
      if (c != label) {
        Column column = columns.get(c);
        range = new Numbers.Range(Math.min(range.low(), column.low), Math.max(range.high(), column.high), range.whole() && column.whole);
      }
    }
    return new Table(file, rows, label, first, side, range);
  }

  private static int side(int pixels) {
    int side = (int) Math.round(Math.sqrt(pixels));
    return side > 1 && side * side == pixels ? side : 0;
  }

  /** The first column or the last: a corner of images is mostly the same everywhere, or takes more values than labels do. */
  private static int labelColumn(Path file, List<Column> columns, int first) throws IOException {
    Column one = columns.get(first);
    Column other = columns.get(columns.size() - 1);
    if (one.isLabel() && other.isLabel()) {
      boolean firstVaries = one.low < one.high;
      boolean lastVaries = other.low < other.high;
      boolean lastIt = firstVaries ? lastVaries && one.high > 61 && other.high <= 61 : lastVaries && other.high <= 61; // 62: EMNIST's most
      return lastIt ? columns.size() - 1 : first;
    }
    if (!one.isLabel() && !other.isLabel()) {
      throw new IOException(file + ": neither the first of its " + columns.size() + " columns nor the last holds labels, the numbers 0, 1,"
          + " 2 and so on");
    }
    return one.isLabel() ? first : columns.size() - 1;
  }

  /** Reads a file for the second time. */
  private static Labelled read(Table table, double... scale) throws IOException {
    int size = table.side * table.side;
    byte[] images = Bounded.allocate((long) table.rows * size, table.file.toString());
    int[] labels = new int[table.rows];
    try (CsvRows rows = open(table.file)) {
      for (int i = 0; i < table.rows && rows.next(); i++) {
        int p = i * size;
        int end = table.first + size + (table.label >= table.first ? 1 : 0);
        if (rows.columns() < end) {
          throw new IOException(table.file + ": was changed while it was read");
        }
        for (int c = table.first; c < end; c++) {
          if (c != table.label) {
            images[p++] = (byte) Math.round((rows.at(c) + scale[0]) * scale[1]);
          }
        }
        labels[i] = (int) rows.at(table.label);
      }
    }
    return new Labelled(table.file.toString(), new Shape(1, table.side, table.side), images, labels);
  }
}
