package org.lenet4j.data;

import java.io.BufferedInputStream;
import java.io.DataInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.stream.IntStream;
import java.util.zip.ZipException;
import org.lenet4j.file.FileNames;
import org.lenet4j.file.Input;

/**
 * IDX files, the format of MNIST: a big-endian magic number, one 32-bit size per dimension, then numbers, mostly unsigned bytes; raw or
 * gzip-compressed, which the first two bytes tell, not the name. Every reader here throws {@link IOException} for a file that is not
 * exactly what its header says, and allocates memory only for bytes that are really there.
 */
public final class Idx {
  static final int LABELS = 0x00000801;
  static final int IMAGES = 0x00000803;
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

  /** What a file of images holds, wherever its bytes are. */
  record Found(Shape shape, Pixels pixels) {}

  /**
   * Reads a folder of IDX files: {@code train-images-idx3-ubyte} and {@code train-labels-idx1-ubyte}, and {@code t10k-} or {@code
   * test-} for the test split, each with or without {@code .gz}. Names may have a dot ({@code train-images.idx3-ubyte}), a set's name
   * before them ({@code emnist-digits-train-images-idx3-ubyte}, {@code qmnist-train-labels-idx2-int}), or be those of folders that hold the
   * file, as unpacked archives have it. The number of classes is the largest label of both splits plus 1, and at least 2. Images keep
   * their size; those of files named as EMNIST's, which hold them transposed, are turned upright. A raw file of images that do not fit in
   * memory is mapped, as {@link #map} does it.
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

  /**
   * A data set of any size whose images stay in their file, which is mapped into memory: {@link Dataset} says what that means.
   *
   * @param images raw, not compressed, and of unsigned bytes
   * @param labels as {@link #readLabels} reads them
   * @return labelled images, in as many classes as the largest label plus 1, and at least 2
   * @throws IOException if a file cannot be read, or is not what it should be; the message names it and the reason
   */
  public static Dataset map(Path images, Path labels) throws IOException {
    Found found = mapped(images);
    if (found == null) {
      throw new IOException(images + ": compressed, or of other numbers than unsigned bytes, and cannot be mapped into memory; unpack it"
          + " (gunzip), or read it as a whole");
    }
    int[] of = labels(labels, images, found);
    return new Dataset(found.shape, found.pixels, of, Math.max(2, IntStream.of(of).max().orElse(0) + 1));
  }

  /** The labels of some images. */
  static int[] labels(Path file, Path images, Found found) throws IOException {
    int[] labels = readLabels(file);
    if (found.pixels.count() != labels.length) {
      throw new IOException(file + ": " + labels.length + " labels, but " + images.getFileName() + " has " + found.pixels.count()
          + " images; the two files do not belong together");
    }
    return labels;
  }

  /** The images of a file: in an array, or if they do not fit there and it can be mapped, in the file. */
  static Found find(Path file, List<String> told) throws IOException {
    if (Files.isRegularFile(file) && Files.size(file) > Bounded.most()) {
      Found found = mapped(file);
      if (found != null) {
        told.add(file + ": " + (Files.size(file) >> 20) + " MB, more than fits in the memory that Java may use; images are read from the"
            + " file whenever they are used, so leave it as it is");
        return found;
      }
    }
    Images images = readImages(file, told);
    return new Found(images.shape, Pixels.of(images.pixels, images.shape));
  }

  /** The images of a raw file of unsigned bytes, which is mapped; null if it is another one. */
  private static Found mapped(Path file) throws IOException {
    try (InputStream in = open(file)) {
      in.mark(4);
      int magic = new DataInputStream(in).readInt();
      in.reset();
      if (magic >>> 16 == 0x1F8B || magic >> 8 != Type.UBYTE.code && Type.of(magic) != null) {
        return null;
      }
      Header header = Header.read(file.toString(), new DataInputStream(in), IMAGES, "images");
      long held = Files.size(file) - 4L * (1 + header.dims.length);
      if (held != header.length) {
        throw new IOException(file + (held < header.length ? header.truncated(held) : header.tooLong()));
      }
      Shape shape = new Shape(1, header.dims[1], header.dims[2]);
      return new Found(shape, new MappedFile(file, 4L * (1 + header.dims.length), header.dims[0], shape.size()));
    } catch (EOFException e) {
      throw new IOException(file + ": truncated" + RENEW, e);
    }
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

  /** What stands before the numbers. */
  private record Header(String what, Type type, int[] dims, long length) {
    static Header read(String name, DataInputStream in, int magic, String what) throws IOException {
      int found = in.readInt();
      Type type = Type.of(found);
      boolean fits = (found & 0xFF) == (magic & 0xFF) || magic == LABELS && (found & 0xFF) == 2;
      if (type == null || !fits) {
        String hint = found == IMAGES ? "; this is a file of images" : found == LABELS ? "; this is a file of labels" : "";
        throw new IOException(name + ": not an IDX file of " + what + ", it starts with " + hex(found) + " instead of " + hex(magic)
            + hint);
      }
      int[] dims = new int[found & 0xFF];
      return new Header(what, type, dims, Idx.length(name, in, what, type, dims));
    }

    String truncated(long held) {
      return ": truncated, its header promises " + length + " bytes of " + what + " but it holds " + held + RENEW;
    }

    String tooLong() {
      return ": too long, there is more behind the " + length + " bytes of " + what + " that its header promises" + RENEW;
    }
  }

  private static Content read(String name, InputStream raw, int magic, String what) throws IOException {
    try (InputStream in = uncompressed(raw)) { // closed, so that zlib's memory is freed now
      Header header = Header.read(name, new DataInputStream(in), magic, what);
      if (header.length > Pixels.MOST) {
        throw new IOException(name + ": its header announces " + dimensions(header.dims) + " bytes, more than the 2 GB that fit in memory"
            + (magic == IMAGES ? "; if it is meant to be so, unpack it (gunzip): raw unsigned bytes are read from their file as they are"
            + " used (Idx.loadFolder, Idx.map); else copy or download it again" : RENEW));
      }
      byte[] data = Bounded.read(in, header.length, name);
      if (data.length < header.length) {
        throw new IOException(name + header.truncated(data.length));
      }
      if (in.read() >= 0) {
        throw new IOException(name + header.tooLong());
      }
      return new Content(name, header.type, header.dims, data);
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
      if (length > Long.MAX_VALUE / dim) {
        throw new IOException(name + ": its header announces " + dimensions(dims) + " bytes, more than any file has" + RENEW);
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
    checkWritable(data);
    IdxOutput.write(images, data, IMAGES);
    IdxOutput.write(labels, data, LABELS);
  }

  /**
   * Adds a labelled data set of one channel to two raw IDX files, or begins them if they are not there: part by part, data of any size
   * gets written in little memory, to be used by {@link #map}.
   *
   * @throws IllegalArgumentException if the data set is a regression, has several channels or more than 256 classes, or a name ends in
   *                                  {@code .gz}: compressed files cannot be added to, nor mapped
   * @throws IOException              if a file is not a whole one of such images or labels, or cannot be written
   */
  public static void append(Dataset data, Path images, Path labels) throws IOException {
    checkWritable(data);
    IdxOutput.append(images, data, IMAGES);
    IdxOutput.append(labels, data, LABELS);
  }

  private static void checkWritable(Dataset data) {
    if (data.isRegression() || data.shape().channels() != 1 || data.classes() > 256) {
      throw new IllegalArgumentException("IDX files hold labelled images of one channel with at most 256 classes, got images of "
          + data.shape() + (data.isRegression() ? " with real targets" : " with " + data.classes() + " classes"));
    }
  }
}
