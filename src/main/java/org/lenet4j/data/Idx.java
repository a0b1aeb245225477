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
import java.util.Arrays;
import java.util.Locale;
import java.util.zip.GZIPInputStream;
import java.util.zip.GZIPOutputStream;
import java.util.zip.ZipException;

/**
 * IDX files, the format of MNIST: a big-endian magic number, one 32-bit size per dimension, then unsigned bytes; raw or
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
   * test-} for the test split, each with or without {@code .gz} ({@code train-images.idx3-ubyte}, as some archives name it, is found
   * too). The number of classes is the largest label of both splits plus 1, and at least 2. Images keep their size.
   *
   * @return both splits; one of them is null if its files are absent
   * @throws IOException if there are no such files, or one of them is not what it should be; the message names it and the reason
   */
  public static Splits loadFolder(Path folder) throws IOException {
    checkFolder(folder);
    Path[] train = find(folder, "train");
    Path[] test = find(folder, "t10k", "test");
    if (train == null && test == null) {
      throw new IOException(folder + ": no IDX files here; expected train-images-idx3-ubyte[.gz] and train-labels-idx1-ubyte[.gz],"
          + " and t10k-... or test-... for the test split");
    }
    Images trainImages = train == null ? null : readImages(train[0]);
    int[] trainLabels = train == null ? null : readLabels(train[1]);
    Images testImages = test == null ? null : readImages(test[0]);
    int[] testLabels = test == null ? null : readLabels(test[1]);
    if (train != null && test != null && !trainImages.shape.equals(testImages.shape)) {
      throw new IOException(test[0] + ": images of " + testImages.shape + ", but " + train[0].getFileName() + " has " + trainImages.shape);
    }
    int classes = Math.max(2, Math.max(largest(trainLabels), largest(testLabels)) + 1);
    return new Splits(dataset(train, trainImages, trainLabels, classes), dataset(test, testImages, testLabels, classes));
  }

  /** Whether {@link #loadFolder} would find a split in this folder. */
  static boolean isIn(Path folder) throws IOException {
    return find(folder, "train") != null || find(folder, "t10k", "test") != null;
  }

  static void checkFolder(Path folder) throws IOException {
    if (!Files.exists(folder)) {
      throw new IOException(folder + ": no such folder");
    }
    if (!Files.isDirectory(folder)) {
      throw new IOException(folder + ": not a folder");
    }
  }

  private static Path[] find(Path folder, String... prefixes) throws IOException {
    for (String prefix : prefixes) {
      Path images = named(folder, prefix + "-images", "idx3-ubyte");
      Path labels = named(folder, prefix + "-labels", "idx1-ubyte");
      if (images != null && labels != null) {
        return new Path[] {images, labels};
      }
      if (images != null || labels != null) {
        throw new IOException((images != null ? images : labels) + ": there is no " + prefix
            + (images != null ? "-labels-idx1-ubyte[.gz]" : "-images-idx3-ubyte[.gz]") + " beside it");
      }
    }
    return null;
  }

  private static Path named(Path folder, String stem, String type) {
    for (String name : new String[] {stem + "-" + type, stem + "-" + type + ".gz", stem + "." + type, stem + "." + type + ".gz"}) {
      if (Files.exists(folder.resolve(name))) {
        return folder.resolve(name);
      }
    }
    return null;
  }

  private static int largest(int[] labels) {
    return labels == null ? 0 : Arrays.stream(labels).max().orElse(0);
  }

  private static Dataset dataset(Path[] files, Images images, int[] labels, int classes) throws IOException {
    if (files == null) {
      return null;
    }
    if (images.count() != labels.length) {
      throw new IOException(files[1] + ": " + labels.length + " labels, but " + files[0].getFileName() + " has " + images.count()
          + " images; the two files do not belong together");
    }
    return new Dataset(images.shape, images.pixels, labels, classes);
  }

  /**
   * Reads an image file (magic number 0x00000803).
   *
   * @throws IOException if it cannot be read, is not an IDX image file, holds no image, or is shorter or longer than its header says
   */
  public static Images readImages(Path file) throws IOException {
    try (InputStream in = open(file)) {
      return readImages(file.toString(), in);
    }
  }

  /** The same from a stream that supports marks, and closes it; {@code name} begins every message. */
  static Images readImages(String name, InputStream in) throws IOException {
    int[] dims = new int[3];
    byte[] pixels = read(name, in, IMAGES, "images", dims);
    return new Images(new Shape(1, dims[1], dims[2]), pixels);
  }

  /**
   * Reads a label file (magic number 0x00000801).
   *
   * @return labels, 0..255
   * @throws IOException if it cannot be read, is not an IDX label file, holds no label, or is shorter or longer than its header says
   */
  public static int[] readLabels(Path file) throws IOException {
    try (InputStream in = open(file)) {
      return readLabels(file.toString(), in);
    }
  }

  static int[] readLabels(String name, InputStream in) throws IOException {
    byte[] bytes = read(name, in, LABELS, "labels", new int[1]);
    int[] labels = new int[bytes.length];
    Arrays.setAll(labels, i -> bytes[i] & 0xFF);
    return labels;
  }

  private static InputStream open(Path file) throws IOException {
    if (!Files.isRegularFile(file)) {
      throw new IOException(file + ": " + (Files.exists(file) ? "not a file" : "no such file"));
    }
    return new BufferedInputStream(Files.newInputStream(file), 1 << 16);
  }

  private static byte[] read(String name, InputStream raw, int magic, String what, int[] dims) throws IOException {
    try (InputStream in = uncompressed(raw)) { // closed, so that zlib's memory is freed now
      long length = header(name, new DataInputStream(in), magic, what, dims);
      byte[] data = in.readNBytes((int) length); // grows with what is there: a header that lies costs no memory
      if (data.length < length) {
        throw new IOException(name + ": truncated, its header promises " + length + " bytes of " + what + " but it holds "
            + data.length + RENEW);
      }
      if (in.read() >= 0) {
        throw new IOException(name + ": too long, there is more behind the " + length + " bytes of " + what + " that its header promises"
            + RENEW);
      }
      return data;
    } catch (EOFException e) { // of the header or of the gzip stream
      throw new IOException(name + ": truncated" + RENEW, e);
    } catch (ZipException e) {
      throw new IOException(name + ": damaged gzip data (" + e.getMessage() + ")" + RENEW, e);
    }
  }

  /** The content of a stream that may be gzip-compressed; the stream must support marks. Closing it closes the stream. */
  static InputStream uncompressed(InputStream in) throws IOException {
    in.mark(2);
    boolean gzip = in.read() == 0x1F && in.read() == 0x8B;
    in.reset();
    return gzip ? new BufferedInputStream(new GZIPInputStream(in, 1 << 13), 1 << 13) : in;
  }

  /** Reads magic number and dimensions, and returns the number of bytes that follow. */
  private static long header(String name, DataInputStream in, int magic, String what, int[] dims) throws IOException {
    int found = in.readInt();
    if (found != magic) {
      String hint = found == IMAGES ? "; this is a file of images" : found == LABELS ? "; this is a file of labels" : "";
      throw new IOException(name + ": not an IDX file of " + what + ", it starts with " + hex(found) + " instead of " + hex(magic) + hint);
    }
    long length = 1;
    for (int i = 0; i < dims.length; i++) {
      dims[i] = in.readInt();
      if (dims[i] < 0) {
        throw new IOException(name + ": dimension " + i + " in its header is negative or above 2^31" + RENEW);
      }
    }
    if (dims[0] == 0) {
      throw new IOException(name + ": holds no " + what);
    }
    for (int dim : dims) {
      if (dim == 0) {
        throw new IOException(name + ": its header announces images of " + dims[1] + "x" + dims[2] + " pixels");
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
