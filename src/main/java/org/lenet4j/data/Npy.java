package org.lenet4j.data;

import java.io.DataInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.lenet4j.file.FileNames;
import org.lenet4j.file.Json;

/**
 * An array of NumPy's file format (numpy.org/doc/stable/reference/generated/numpy.lib.format.html): a magic string, a version, a header
 * that is a Python dictionary, then numbers. Arrays of Python objects, which are pickled, are refused.
 *
 * @param name    begins messages
 * @param type    a letter: u unsigned, i signed, f floating point, b bool
 * @param bytes   of one number
 * @param fortran whether the first index changes fastest
 * @param shape   at least one dimension, none of them 0
 * @param data    the numbers
 */
record Npy(String name, char type, int bytes, boolean fortran, int[] shape, ByteBuffer data) implements Numbers {
  private static final byte[] MAGIC = {(byte) 0x93, 'N', 'U', 'M', 'P', 'Y'};
  private static final int LONGEST_HEADER = 1 << 16;
  private static final Pattern DESCR = Pattern.compile("'descr':\\s*'([<>|=]?)([A-Za-z])(\\d{0,2})'");
  private static final Pattern ORDER = Pattern.compile("'fortran_order':\\s*(True|False)");
  private static final Pattern SHAPE = Pattern.compile("'shape':\\s*\\(([0-9, L]*)\\)");

  /** Whether bytes begin as such a file does. */
  static boolean isNpy(byte... start) {
    return start.length >= MAGIC.length && Arrays.equals(start, 0, MAGIC.length, MAGIC, 0, MAGIC.length);
  }

  /**
   * Reads an array.
   *
   * @throws IOException if it is not exactly what its header says, or not of numbers
   */
  static Npy read(String name, InputStream in) throws IOException {
    try {
      DataInputStream input = new DataInputStream(in);
      byte[] start = input.readNBytes(8);
      if (start.length < 8) {
        throw new EOFException();
      }
      if (!isNpy(start)) {
        throw new IOException(name + ": not a NumPy array");
      }
      int length = Short.toUnsignedInt(Short.reverseBytes(input.readShort()));
      if (start[6] > 1) { // versions 2 and 3 have 4 bytes of length
        length |= Short.toUnsignedInt(Short.reverseBytes(input.readShort())) << 16;
      }
      if (start[6] < 1 || start[6] > 3 || length < 0 || length > LONGEST_HEADER) {
        throw new IOException(name + ": a NumPy array of version " + start[6] + " with a header of " + length + " bytes; it is damaged");
      }
      byte[] header = input.readNBytes(length);
      if (header.length < length) {
        throw new EOFException();
      }
      return read(name, new String(header, StandardCharsets.ISO_8859_1), input);
    } catch (EOFException e) {
      throw new IOException(name + ": truncated; copy or download it again", e);
    } catch (IOException e) {
      throw FileNames.named(name, e);
    }
  }

  private static Npy read(String name, String header, InputStream in) throws IOException {
    Matcher descr = DESCR.matcher(header);
    Matcher order = ORDER.matcher(header);
    Matcher shape = SHAPE.matcher(header);
    if (!descr.find() || !order.find() || !shape.find()) {
      throw new IOException(name + ": not an array of plain numbers (" + Json.quote(header.strip()) + ")");
    }
    String type = descr.group(2) + descr.group(3);
    if (type.startsWith("O")) {
      throw new IOException(name + ": an array of Python objects, which are pickled and could run code when read;"
          + " save it as an array of numbers, for example with astype('uint8')");
    }
    if (!type.matches("[ui][1248]|f[248]|b1")) {
      throw new IOException(name + ": an array of type " + type + "; expected numbers such as uint8, int64 or float32");
    }
    int bytes = type.charAt(1) - '0';
    int[] dims = shape(name, shape.group(1));
    long length = bytes;
    for (int dim : dims) {
      length *= dim;
      if (length > Integer.MAX_VALUE - 8) {
        throw new IOException(name + ": its header announces an array of (" + shape.group(1) + "), more than the 2 GB that fit in memory");
      }
    }
    byte[] data = Bounded.read(in, length, name);
    if (data.length < length) {
      throw new IOException(name + ": truncated, its header promises " + length + " bytes of numbers but it holds " + data.length
          + "; copy or download it again");
    }
    if (in.read() >= 0) {
      throw new IOException(name + ": too long, there is more behind the " + length + " bytes of numbers that its header promises");
    }
    ByteOrder endian = descr.group(1).equals(">") ? ByteOrder.BIG_ENDIAN : ByteOrder.LITTLE_ENDIAN;
    return new Npy(name, type.charAt(0), bytes, order.group(1).equals("True"), dims, ByteBuffer.wrap(data).order(endian));
  }

  private static int[] shape(String name, String text) throws IOException {
    String[] numbers = Arrays.stream(text.split(",")).map(String::strip).filter(part -> !part.isEmpty()).toArray(String[]::new);
    int[] dims = new int[numbers.length];
    for (int i = 0; i < dims.length; i++) {
      String digits = numbers[i].replaceAll("L$", ""); // Python 2's long
      if (!digits.matches("[0-9]{1,9}")) {
        throw new IOException(name + ": an array of the shape (" + text + "); it is damaged or too large");
      }
      dims[i] = Integer.parseInt(digits);
      if (dims[i] == 0) {
        throw new IOException(name + ": an empty array, (" + text + ")");
      }
    }
    return dims.length == 0 ? new int[] {1} : dims;
  }

  @Override public int size() {
    return data.capacity() / bytes;
  }

  /** The i-th number in the order in which the last index changes fastest. */
  @Override public double at(int i) {
    int p = (fortran && shape.length > 1 ? fortranIndex(i) : i) * bytes;
    return switch (type) {
      case 'f' -> bytes == 8 ? data.getDouble(p) : bytes == 4 ? data.getFloat(p) : half(data.getShort(p));
      case 'u' -> bytes == 1 ? data.get(p) & 0xFF : bytes == 2 ? data.getShort(p) & 0xFFFF
          : bytes == 4 ? data.getInt(p) & 0xFFFFFFFFL : unsigned(data.getLong(p));
      case 'i' -> bytes == 1 ? data.get(p) : bytes == 2 ? data.getShort(p) : bytes == 4 ? data.getInt(p) : data.getLong(p);
      default -> data.get(p) == 0 ? 0 : 1;
    };
  }

  private int fortranIndex(int i) {
    int index = 0;
    int stride = size();
    int rest = i;
    for (int d = shape.length - 1; d >= 0; d--) {
      stride /= shape[d];
      index += rest % shape[d] * stride;
      rest /= shape[d];
    }
    return index;
  }

  private static double unsigned(long v) {
    return v >= 0 ? v : (v >>> 1) * 2.0;
  }

  /** IEEE 754's binary16. */
  private static double half(short bits) {
    int exponent = bits >> 10 & 31;
    int fraction = bits & 1023;
    double v = exponent == 31 ? fraction == 0 ? Double.POSITIVE_INFINITY : Double.NaN
        : exponent == 0 ? Math.scalb((double) fraction, -24) : Math.scalb(1024.0 + fraction, exponent - 25);
    return bits < 0 ? -v : v;
  }
}
