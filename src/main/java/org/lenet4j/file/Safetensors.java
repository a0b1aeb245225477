package org.lenet4j.file;

import java.io.ByteArrayInputStream;
import java.io.DataInput;
import java.io.DataInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.OutputStream;
import java.io.RandomAccessFile;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;

/**
 * A safetensors file in memory, its tensors as float32 whatever they are in the file: 8 bytes with the length of a JSON header, the
 * header, then the raw values, all
 * little-endian (the format of <a href="https://github.com/huggingface/safetensors">huggingface/safetensors</a>). Nothing in it is
 * ever executed, and every broken file is an {@link IOException} with the reason, never a large allocation.
 *
 * @param metadata notes, text to text, in the order they are written
 * @param tensors  the tensors, by name, in the order of their data
 */
public record Safetensors(Map<String, String> metadata, Map<String, Tensor> tensors) {
  /** The longest header that is read or written, in bytes. */
  public static final int MAX_HEADER = 1 << 20;

  private static final int CHUNK = 1 << 16; // bytes that are copied at a time

  /**
   * A float32 tensor.
   *
   * @param shape  its dimensions; empty for a scalar
   * @param values row-major, as many as the product of the dimensions; not copied
   * @param type   what its elements were in the file that it was read from, by the format's names, such as {@code F16}; written is F32
   */
  public record Tensor(List<Integer> shape, float[] values, String type) {
    /** Of a tensor that was not read from a file, or is float32 there. */
    public Tensor(List<Integer> shape, float[] values) {
      this(shape, values, Dtype.F32.name());
    }

    /**
     * Checks that shape and values agree.
     *
     * @throws IllegalArgumentException if not
     */
    public Tensor {
      shape = List.copyOf(shape);
      long elements = 1;
      boolean negative = false;
      for (int dimension : shape) {
        negative |= dimension < 0;
        elements = Math.min(elements * dimension, 1L << 31); // more than any array has; clipped, the product cannot wrap around
      }
      if (elements != values.length || negative) {
        throw new IllegalArgumentException("a tensor of shape " + shape + " cannot have " + values.length + " values");
      }
    }

    /** Whether the elements were real numbers, not integers or truths. */
    public boolean isReal() {
      return type.contains("F");
    }
  }

  /**
   * Copies the maps, in their order.
   *
   * @throws IllegalArgumentException if a tensor has the name {@code __metadata__}, which the format keeps for itself
   */
  public Safetensors {
    metadata = copy(metadata);
    tensors = copy(tensors);
    if (tensors.containsKey(SafetensorsHeader.METADATA)) {
      throw new IllegalArgumentException("a tensor cannot be named " + SafetensorsHeader.METADATA);
    }
  }

  private static <T> Map<String, T> copy(Map<String, T> map) {
    Map<String, T> copy = new LinkedHashMap<>();
    map.forEach((key, value) -> copy.put(Objects.requireNonNull(key, "key"), Objects.requireNonNull(value, key)));
    return Collections.unmodifiableMap(copy);
  }

  /**
   * Reads a file.
   *
   * @throws IOException if it cannot be read or breaks any rule of the format, holds a dtype without a float32 of the kind, or a value
   *                     that is NaN or infinite; the message names the file and the reason
   */
  public static Safetensors read(Path file) throws IOException {
    if (Files.isDirectory(file)) {
      throw new IOException(file + ": it is a folder, not a file");
    }
    if (Files.notExists(file)) {
      throw new NoSuchFileException(file.toString(), null, "no such file");
    }
    if (!Files.isRegularFile(file)) {
      throw new IOException(file + ": it is not a regular file");
    }
    if (!Files.isReadable(file)) {
      throw new IOException(file + ": no permission to read it; change its permissions");
    }
    // Length and bytes come from one handle, so a file that is replaced meanwhile is read as it was. An interrupt does not close it.
    try (RandomAccessFile in = new RandomAccessFile(file.toFile(), "r")) {
      return read(in, in.length(), file.toString());
    } catch (IOException e) {
      throw Input.isOfSystem(e) ? Input.explain(file, e) : e;
    }
  }

  /**
   * Reads the bytes of a file, for example of a resource.
   *
   * @param source what error messages call it
   * @throws IOException as {@link #read(Path)}
   */
  public static Safetensors read(byte[] bytes, String source) throws IOException {
    return read(new DataInputStream(new ByteArrayInputStream(bytes)), bytes.length, source);
  }

  private static Safetensors read(DataInput in, long length, String source) throws IOException {
    try {
      SafetensorsHeader header = readHeader(in, length);
      long bytes = Math.max(length, header.entries().stream().mapToLong(SafetensorsHeader.Entry::elements).sum() * Float.BYTES);
      if (bytes > Runtime.getRuntime().maxMemory() / 2) {
        throw new IOException("its " + bytes + " bytes do not fit into this JVM's memory of " + Runtime.getRuntime().maxMemory()
            + " bytes; start Java with a larger -Xmx");
      }
      Map<String, Tensor> tensors = new LinkedHashMap<>();
      for (SafetensorsHeader.Entry entry : header.entries()) {
        tensors.put(entry.name(), new Tensor(entry.shape(), readValues(in, entry), entry.dtype().name()));
      }
      checkFinite(tensors);
      return new Safetensors(header.metadata(), tensors);
    } catch (EOFException e) {
      throw new IOException(source + ": it became shorter while it was read", e);
    } catch (IOException e) {
      throw new IOException(source + ": " + Input.reason(e), e);
    }
  }

  private static SafetensorsHeader readHeader(DataInput in, long length) throws IOException {
    if (length < 8) {
      throw new IOException("a safetensors file has at least 8 bytes, this one has " + length);
    }
    long headerLength = Long.reverseBytes(in.readLong());
    if (headerLength < 0 || headerLength > MAX_HEADER) {
      throw new IOException("a header of " + Long.toUnsignedString(headerLength) + " bytes is over the limit of " + MAX_HEADER
          + ": this is not a safetensors file, or a damaged one");
    }
    if (headerLength > length - 8) {
      throw new IOException("a header of " + headerLength + " bytes ends past the file's end at " + length + " bytes: "
          + SafetensorsHeader.CUT_OFF);
    }
    byte[] header = new byte[(int) headerLength];
    in.readFully(header);
    return SafetensorsHeader.parse(header, length - 8 - headerLength);
  }

  private static float[] readValues(DataInput in, SafetensorsHeader.Entry entry) throws IOException {
    float[] values = new float[entry.elements()];
    int size = entry.dtype().size;
    byte[] chunk = new byte[Math.min(CHUNK / size, values.length) * size];
    for (int at = 0; at < values.length;) {
      int count = Math.min(chunk.length / size, values.length - at);
      in.readFully(chunk, 0, count * size);
      entry.dtype().read(ByteBuffer.wrap(chunk).order(ByteOrder.LITTLE_ENDIAN), values, at, count);
      at += count;
    }
    return values;
  }

  private static void checkFinite(Map<String, Tensor> tensors) throws IOException {
    for (Map.Entry<String, Tensor> entry : tensors.entrySet()) {
      checkFinite(entry.getKey(), entry.getValue().values());
    }
  }

  /** Throws if a value is NaN or infinite. */
  public static void checkFinite(String name, float[] values) throws IOException {
    for (int i = 0; i < values.length; i++) {
      if (!Float.isFinite(values[i])) {
        throw new IOException("tensor " + Json.quote(name) + " holds " + values[i] + " at index " + i);
      }
    }
  }

  /**
   * Writes a file, atomically (see {@link AtomicFile}). The same content always gives the same bytes.
   *
   * @throws IOException if it cannot be written, a value is NaN or infinite (such a file could not be read back) or names and notes
   *                     need a header over {@link #MAX_HEADER}; the message names the file and the reason, and the old file stays
   */
  public void write(Path file) throws IOException {
    byte[] header;
    try {
      header = header();
    } catch (IOException e) {
      throw new IOException("cannot write " + file + ": " + e.getMessage(), e);
    }
    AtomicFile.write(file, out -> write(out, header));
  }

  /**
   * Writes the bytes of a file.
   *
   * @throws IOException as {@link #write(Path)}
   */
  public void write(OutputStream out) throws IOException {
    write(out, header());
  }

  private byte[] header() throws IOException {
    checkFinite(tensors);
    byte[] header = SafetensorsHeader.encode(this);
    if (header.length > MAX_HEADER) {
      throw new IOException("names and metadata need a header of " + header.length + " bytes, over the limit of " + MAX_HEADER
          + "; keep less in the metadata");
    }
    return header;
  }

  private void write(OutputStream out, byte[] header) throws IOException {
    out.write(ByteBuffer.allocate(8).order(ByteOrder.LITTLE_ENDIAN).putLong(header.length).array());
    out.write(header);
    for (Tensor tensor : tensors.values()) {
      writeValues(out, tensor.values());
    }
  }

  private static void writeValues(OutputStream out, float[] values) throws IOException {
    ByteBuffer chunk = ByteBuffer.allocate(CHUNK).order(ByteOrder.LITTLE_ENDIAN);
    for (int at = 0; at < values.length;) {
      int count = Math.min(CHUNK / Float.BYTES, values.length - at);
      chunk.asFloatBuffer().put(values, at, count);
      out.write(chunk.array(), 0, count * Float.BYTES);
      at += count;
    }
  }
}
