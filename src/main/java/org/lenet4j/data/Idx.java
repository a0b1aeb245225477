package org.lenet4j.data;

import java.io.BufferedInputStream;
import java.io.DataInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.zip.GZIPOutputStream;
import java.util.zip.ZipException;
import org.lenet4j.file.FileNames;
import org.lenet4j.file.Input;

/**
 * IDX files, the format of MNIST: a big-endian magic number, one 32-bit size per dimension, then numbers, mostly unsigned bytes; raw or
 * gzip-compressed, which the first two bytes tell, not the name. Every reader here throws {@link IOException} for a file that is not
 * exactly what its header says, and allocates memory only for bytes that are really there.
 */
public final class Idx {
  private static final int LABELS = 0x00000801;
  private static final int IMAGES = 0x00000803;
  private static final String RENEW = "; copy or download it again";

  private Idx() {}

  /**
   * The content of an image file.
   *
   * @param shape  the shape of one image, one channel
   * @param pixels {@code (count, 1, height, width)}, unsigned bytes
   */
  public record Images(Shape shape, byte[] pixels) {
    /** Number of images, at least 1. */
    public int count() {
      return pixels.length / shape.size();
    }
  }

  /**
   * Reads a folder of IDX files: {@code train-images-idx3-ubyte} and {@code train-labels-idx1-ubyte}, and {@code t10k-} or {@code
   * test-} for the test split, each with or without {@code .gz}. Names may have a dot ({@code train-images.idx3-ubyte}), a set's name
   * before them ({@code emnist-digits-train-images-idx3-ubyte}, {@code qmnist-train-labels-idx2-int}), or be those of folders that hold the
   * file, as unpacked archives have it. The number of classes is the largest label of both splits plus 1, and at least 2. Images keep
   * their size; those of files named as EMNIST's, which hold them transposed, are turned upright.
   *
   * @return both splits; one of them is null if its files are absent
   * @throws IOException if there are no such files, or one of them is not what it should be; the message names it and the reason
   */
  public static Splits loadFolder(Path folder) throws IOException {
    checkFolder(folder);
    IdxFolder found = IdxFolder.in(folder);
    if (found == null) {
      throw new IOException(folder + ": no IDX files here; expected train-images-idx3-ubyte[.gz] and train-labels-idx1-ubyte[.gz],"
          + " and t10k-... or test-... for the test split");
    }
    return found.read(PixelFixes.NONE, new ArrayList<>());
  }

  static void checkFolder(Path folder) throws IOException {
    if (!Files.exists(folder)) {
      throw new IOException(folder + ": no such folder");
    }
    if (!Files.isDirectory(folder)) {
      throw new IOException(folder + ": not a folder");
    }
  }

  /**
   * Reads an image file (magic number 0x00000803, or with another type of numbers than unsigned bytes in its third byte).
   *
   * @throws IOException if it cannot be read, is not an IDX image file, holds no image, or is shorter or longer than its header says
   */
  public static Images readImages(Path file) throws IOException {
    return readImages(file, new ArrayList<>());
  }

  static Images readImages(Path file, List<String> told) throws IOException {
    try (InputStream in = open(file)) {
      return readImages(file.toString(), in, told);
    }
  }

  /** The same from a stream that supports marks, and closes it; {@code name} begins every message. */
  static Images readImages(String name, InputStream in, List<String> told) throws IOException {
    Content content = read(name, in, IMAGES, "images");
    Shape shape = new Shape(1, content.dims[1], content.dims[2]);
    return new Images(shape, content.type == Type.UBYTE ? content.bytes
        : content.pixels(Numbers.Range.of(List.of(content)).scale(name, told)));
  }

  /**
   * Reads a label file (magic number 0x00000801, or with another type of numbers in its third byte). If its header has two dimensions, as
   * QMNIST's has (0x00000C02), the first number of each row is the label.
   *
   * @return labels, 0 and up
   * @throws IOException if it cannot be read, is not an IDX label file, holds no label, or is shorter or longer than its header says
   */
  public static int[] readLabels(Path file) throws IOException {
    try (InputStream in = open(file)) {
      return readLabels(file.toString(), in);
    }
  }

  static int[] readLabels(String name, InputStream in) throws IOException {
    Content content = read(name, in, LABELS, "labels");
    int[] labels = new int[content.dims[0]];
    int columns = content.size() / labels.length;
    for (int i = 0; i < labels.length; i++) {
      labels[i] = Numbers.label(content.at(i * columns), name + ": sample " + i);
    }
    return labels;
  }

  private static InputStream open(Path file) throws IOException {
    if (!Files.isRegularFile(file)) {
      throw new IOException(file + ": " + (Files.exists(file) ? "not a file" : "no such file"));
    }
    return new BufferedInputStream(Input.open(file), 1 << 16);
  }

  /** The types of numbers, by the third byte of a file, and how many bytes one takes (yann.lecun.com/exdb/mnist, "the IDX file format"). */
  private enum Type {
    UBYTE(0x08, 1), BYTE(0x09, 1), SHORT(0x0B, 2), INT(0x0C, 4), FLOAT(0x0D, 4), DOUBLE(0x0E, 8);

    private final int code;
    private final int bytes;

    Type(int code, int bytes) {
      this.code = code;
      this.bytes = bytes;
    }

    static Type of(int magic) {
      return Arrays.stream(values()).filter(type -> magic >> 8 == type.code).findAny().orElse(null);
    }
  }

  /** What a file holds. */
  private record Content(String name, Type type, int[] dims, byte[] bytes) implements Numbers {
    @Override public int size() {
      return bytes.length / type.bytes;
    }

    @Override public double at(int i) {
      ByteBuffer big = ByteBuffer.wrap(bytes);
      return switch (type) {
        case UBYTE -> bytes[i] & 0xFF;
        case BYTE -> bytes[i];
        case SHORT -> big.getShort(2 * i);
        case INT -> big.getInt(4 * i);
        case FLOAT -> big.getFloat(4 * i);
        case DOUBLE -> big.getDouble(8 * i);
      };
    }
  }

  private static Content read(String name, InputStream raw, int magic, String what) throws IOException {
    try (InputStream in = uncompressed(raw)) { // closed, so that zlib's memory is freed now
      DataInputStream header = new DataInputStream(in);
      int found = header.readInt();
      Type type = Type.of(found);
      boolean fits = (found & 0xFF) == (magic & 0xFF) || magic == LABELS && (found & 0xFF) == 2;
      if (type == null || !fits) {
        String hint = found == IMAGES ? "; this is a file of images" : found == LABELS ? "; this is a file of labels" : "";
        throw new IOException(name + ": not an IDX file of " + what + ", it starts with " + hex(found) + " instead of " + hex(magic)
            + hint);
      }
      int[] dims = new int[found & 0xFF];
      long length = length(name, header, what, type, dims);
      byte[] data = Bounded.read(in, length, name);
      if (data.length < length) {
        throw new IOException(name + ": truncated, its header promises " + length + " bytes of " + what + " but it holds "
            + data.length + RENEW);
      }
      if (in.read() >= 0) {
        throw new IOException(name + ": too long, there is more behind the " + length + " bytes of " + what + " that its header promises"
            + RENEW);
      }
      return new Content(name, type, dims, data);
    } catch (EOFException e) { // of the header or of the gzip stream
      throw new IOException(name + ": truncated" + RENEW, e);
    } catch (ZipException e) {
      throw new IOException(name + ": damaged gzip data (" + e.getMessage() + ")" + RENEW, e);
    } catch (IOException e) {
      throw FileNames.named(name, e);
    }
  }

  /** The content of a stream that may be gzip-compressed; the stream must support marks. Closing it closes the stream. */
  static InputStream uncompressed(InputStream in) throws IOException {
    in.mark(2);
    boolean gzip = in.read() == 0x1F && in.read() == 0x8B;
    in.reset();
    return gzip ? Unpacked.gzip(in) : in;
  }

  /** Reads the dimensions, and returns the number of bytes that follow. */
  private static long length(String name, DataInputStream in, String what, Type type, int... dims) throws IOException {
    for (int i = 0; i < dims.length; i++) {
      dims[i] = in.readInt();
      if (dims[i] < 0) {
        throw new IOException(name + ": dimension " + i + " in its header is negative or above 2^31" + RENEW);
      }
    }
    if (dims[0] == 0) {
      throw new IOException(name + ": holds no " + what);
    }
    long length = type.bytes;
    for (int dim : dims) {
      if (dim == 0) {
        throw new IOException(name + ": its header announces " + what + " of "
            + dimensions(Arrays.copyOfRange(dims, 1, dims.length)).replace(" ", "") + (dims.length == 3 ? " pixels" : " numbers"));
      }
      if (length > (Integer.MAX_VALUE - 8) / dim) { // the largest Java array; also keeps the product from overflowing
        throw new IOException(name + ": its header announces " + dimensions(dims) + " bytes, more than the 2 GB that fit in memory"
            + RENEW);
      }
      length *= dim;
    }
    return length;
  }

  private static String hex(int magic) {
    return String.format(Locale.ROOT, "0x%08X", magic);
  }

  private static String dimensions(int[] dims) {
    return String.join(" x ", Arrays.stream(dims).mapToObj(Integer::toString).toList());
  }

  /**
   * Writes a labelled data set of one channel as two IDX files, gzip-compressed where the name ends in {@code .gz}.
   *
   * @throws IllegalArgumentException if the data set is a regression, has several channels or more than 256 classes
   * @throws IOException              if a file cannot be written
   */
  public static void write(Dataset data, Path images, Path labels) throws IOException {
    if (data.isRegression() || data.shape().channels() != 1 || data.classes() > 256) {
      throw new IllegalArgumentException("IDX files hold labelled images of one channel with at most 256 classes, got images of "
          + data.shape() + (data.isRegression() ? " with real targets" : " with " + data.classes() + " classes"));
    }
    byte[] labelBytes = new byte[data.size()];
    for (int i = 0; i < labelBytes.length; i++) {
      labelBytes[i] = (byte) data.labels()[i];
    }
    write(images, data.images(), IMAGES, data.size(), data.shape().height(), data.shape().width());
    write(labels, labelBytes, LABELS, data.size());
  }

  private static void write(Path file, byte[] bytes, int... header) throws IOException {
    ByteBuffer buffer = ByteBuffer.allocate(4 * header.length);
    for (int value : header) {
      buffer.putInt(value);
    }
    try (OutputStream raw = Files.newOutputStream(file);
        OutputStream out = file.getFileName().toString().endsWith(".gz") ? new GZIPOutputStream(raw, 1 << 16) : raw) {
      out.write(buffer.array());
      out.write(bytes);
    }
  }
}
