package org.lenet4j.data;

import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;
import java.util.zip.ZipException;
import org.lenet4j.file.FileNames;

/** The rows of a text file of numbers between commas, semicolons, tabs or blanks, one after the other. Numbers may stand in quotes. */
final class CsvRows implements AutoCloseable {
  private static final int MOST_COLUMNS = 1 << 20;
  private static final int LONGEST_CELL = 256;
  private static final int MOST_SHOWN = 20; // letters of a cell in a message

  private final String name;
  private final InputStream in;
  private final byte[] cell = new byte[LONGEST_CELL];
  private double[] cells = new double[1024];
  private int columns;
  private int line; // of the file, from 1
  private int delimiter = -1; // not known yet
  private List<String> header; // or null

  /**
   * Begins to read.
   *
   * @param name begins messages
   * @param in   buffered; is closed with this
   */
  CsvRows(String name, InputStream in) {
    this.name = name;
    this.in = in;
  }

  /** The words of the first line if they are no numbers, or null; known after the first {@link #next}. */
  List<String> header() {
    return header;
  }

  /** The line of the present row, from 1. */
  int line() {
    return line;
  }

  /** Numbers in the present row. */
  int columns() {
    return columns;
  }

  /** A number of the present row. */
  double at(int column) {
    return cells[column];
  }

  /**
   * Goes to the next row; empty lines and those that begin with # are passed over.
   *
   * @return false at the end
   * @throws IOException if a cell is no number; the message says which
   */
  boolean next() throws IOException {
    try {
      return header == null && columns == 0 ? first() : read();
    } catch (EOFException | ZipException e) {
      throw new IOException(name + ": damaged gzip data behind line " + line + "; copy or download it again", e);
    } catch (IOException e) {
      throw FileNames.named(name, e);
    }
  }

  /** The first line decides what stands between cells, and whether it is a header. */
  private boolean first() throws IOException {
    StringBuilder text = new StringBuilder();
    do {
      text.setLength(0);
      line++;
      int c = in.read();
      if (c < 0) {
        return false;
      }
      for (; c >= 0 && c != '\n'; c = in.read()) {
        text.append((char) c);
        if (text.length() > MOST_COLUMNS * 8) {
          throw new IOException(name + ": its first line has no end; this is no CSV file of images");
        }
      }
    } while (isPassedOver(text));
    String row = new String(text.toString().getBytes(StandardCharsets.ISO_8859_1), StandardCharsets.UTF_8).replace("\uFEFF", "").strip();
    delimiter = row.indexOf('\t') >= 0 ? '\t' : row.indexOf(';') >= 0 ? ';' : row.indexOf(',') >= 0 ? ',' : ' ';
    List<String> words = new ArrayList<>();
    for (String word : row.split(delimiter == ' ' ? " +" : String.valueOf((char) delimiter), -1)) {
      words.add(word.strip().replaceAll("^\"(.*)\"$", "$1"));
    }
    if (isHeader(words)) {
      header = words;
      return read();
    }
    for (String word : words) {
      add(word);
    }
    return true;
  }

  /** Words at either end, or the numbers of columns, 0, 1, 2, ..., with which pandas names those that have no name. */
  private boolean isHeader(List<String> words) {
    int last = words.size() - 1;
    boolean counts = last > 1 && IntStream.rangeClosed(words.get(0).isEmpty() ? 1 : 0, last)
        .allMatch(i -> words.get(i).equals(Integer.toString(words.get(0).isEmpty() ? i - 1 : i)));
    return counts || isWord(words.get(0)) || isWord(words.get(last));
  }

  private boolean isWord(String cell) {
    return !cell.isEmpty() && number(cell) == null;
  }

  private static boolean isPassedOver(CharSequence text) {
    return text.toString().isBlank() || text.charAt(0) == '#';
  }

  private boolean read() throws IOException {
    int c;
    do { // empty lines
      line++;
      c = in.read();
      while (c == '\r' || c == ' ') {
        c = in.read();
      }
      while (c == '#') {
        while (c >= 0 && c != '\n') {
          c = in.read();
        }
      }
    } while (c == '\n');
    if (c < 0) {
      return false;
    }
    columns = 0;
    int length = 0;
    int whole = 0; // the number so far, while it is only digits
    boolean digits = true;
    while (true) {
      boolean end = c < 0 || c == '\n';
      if (end || c == delimiter) {
        if (!(delimiter == ' ' && length == 0)) { // blanks may be several
          add(digits && length > 0 && length < 10 ? whole : parsed(length));
        }
        if (end) {
          return true;
        }
        length = 0;
        whole = 0;
        digits = true;
      } else if (c != '\r' && c != '"' && c != ' ') {
        if (length == LONGEST_CELL) {
          throw fault("'" + shown(new String(cell, 0, length, StandardCharsets.UTF_8)) + "...' is no number");
        }
        cell[length++] = (byte) c;
        digits &= c >= '0' && c <= '9';
        whole = 10 * whole + c - '0';
      }
      c = in.read();
    }
  }

  private void add(String word) throws IOException {
    Double number = number(word);
    if (number == null) {
      throw fault(word.isEmpty() ? "is empty" : "'" + shown(word) + "' is no number");
    }
    add(number);
  }

  private void add(double v) throws IOException {
    if (columns == MOST_COLUMNS) {
      throw new IOException(name + ": line " + line + " has more than " + MOST_COLUMNS + " columns; this is no CSV file of images");
    }
    if (columns == cells.length) {
      cells = Arrays.copyOf(cells, 2 * columns);
    }
    cells[columns++] = v;
  }

  private double parsed(int length) throws IOException {
    String word = new String(cell, 0, length, StandardCharsets.UTF_8);
    Double number = number(word);
    if (number == null) {
      throw fault(length == 0 ? "is empty" : "'" + shown(word) + "' is no number");
    }
    return number;
  }

  private static String shown(String word) {
    return FileNames.shown(word.substring(0, Math.min(MOST_SHOWN, word.length())));
  }

  /** A number, with a decimal comma where columns are separated otherwise; null if it is none. */
  private Double number(String word) {
    String text = delimiter == ',' ? word : word.replace(',', '.');
    if (!text.matches("[-+]?(\\d+\\.?\\d*|\\.\\d+)([eE][-+]?\\d{1,3})?")) { // and not what else Java takes for one: NaN, 0x1p3, 1f
      return null;
    }
    return Double.valueOf(text);
  }

  private IOException fault(String what) {
    return new IOException(name + ": line " + line + ", column " + (columns + 1) + (what.startsWith("is") ? " " : ": ") + what);
  }

  @Override public void close() throws IOException {
    in.close();
  }
}
