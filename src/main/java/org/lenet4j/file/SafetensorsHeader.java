package org.lenet4j.file;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * The JSON at the head of a safetensors file: what is where in the data that follows. Nothing here trusts a number: when
 * {@link #parse} returns, the tensors fill the data exactly, each in its own place.
 *
 * @param metadata notes, text to text
 * @param entries  the tensors in the order of their data
 */
record SafetensorsHeader(Map<String, String> metadata, List<Entry> entries) {
  static final String METADATA = "__metadata__";
  private static final int MAX_RANK = 32; // NumPy's
  private static final Set<String> OTHER_DTYPES = Set.of("U16", "U32", "U64", "F4", "F6_E2M3", "F6_E3M2", "F8_E5M2", "F8_E4M3", "F8_E8M0",
      "C64");
  static final String CUT_OFF = "the file is cut off, perhaps half a download; get it again";

  /** A tensor in bytes {@code begin} to {@code end}, exclusive, of the data. */
  record Entry(String name, Dtype dtype, List<Integer> shape, long begin, long end) {
    int elements() {
      return (int) ((end - begin) / dtype.size);
    }
  }

  /**
   * Reads a header.
   *
   * @param bytes      the header's
   * @param dataLength how many bytes follow it in the file
   * @throws IOException if it breaks a rule of the format; the message gives the reason
   */
  static SafetensorsHeader parse(byte[] bytes, long dataLength) throws IOException {
    String text;
    try {
      text = StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(bytes)).toString(); // a new decoder reports bad bytes
    } catch (CharacterCodingException e) {
      throw new IOException("the header is not valid UTF-8", e);
    }
    if (!text.startsWith("{")) {
      throw new IOException("the header must start with '{': this is not a safetensors file");
    }
    Map<String, String> metadata = Map.of();
    List<Entry> entries = new ArrayList<>();
    try {
      for (Map.Entry<?, ?> field : ((Map<?, ?>) Json.parse(text)).entrySet()) {
        String name = (String) field.getKey();
        if (name.equals(METADATA)) {
          metadata = Json.strings(field.getValue(), METADATA);
        } else {
          entries.add(readEntry(name, field.getValue(), dataLength));
        }
      }
    } catch (IOException e) {
      throw new IOException("header: " + e.getMessage(), e);
    }
    entries.sort(Comparator.comparingLong(Entry::begin).thenComparingLong(Entry::end));
    checkFilled(entries, dataLength);
    return new SafetensorsHeader(metadata, entries);
  }

  private static Entry readEntry(String name, Object json, long dataLength) throws IOException {
    String tensor = "tensor " + Json.quote(name);
    if (!(json instanceof Map<?, ?> map)) {
      throw new IOException(tensor + " must be an object with dtype, shape and data_offsets");
    }
    for (Object key : map.keySet()) {
      if (!Set.of("dtype", "shape", "data_offsets").contains(key)) {
        throw new IOException(tensor + " has an unexpected key " + Json.quote((String) key));
      }
    }
    if (!(map.get("dtype") instanceof String type)) {
      throw new IOException(tensor + ": dtype must be a string");
    }
    if (OTHER_DTYPES.contains(type)) {
      throw new IOException(tensor + " is " + type + ", which is not read: convert it before saving, in PyTorch with tensor.float()");
    }
    Dtype dtype = Dtype.of(type);
    if (dtype == null) {
      throw new IOException(tensor + " has an unknown dtype " + Json.quote(type));
    }
    List<Integer> shape = readShape(tensor, map.get("shape"));
    long size = dtype.size;
    try {
      for (int dimension : shape) {
        size = Math.multiplyExact(size, dimension);
      }
    } catch (ArithmeticException e) {
      throw new IOException(tensor + ": shape " + shape + " overflows", e);
    }
    if (!(map.get("data_offsets") instanceof List<?> offsets) || offsets.size() != 2
        || !(offsets.get(0) instanceof Long begin) || !(offsets.get(1) instanceof Long end)) {
      throw new IOException(tensor + ": data_offsets must be two integers");
    }
    if (begin < 0 || end < begin) {
      throw new IOException(tensor + ": data_offsets " + offsets + " are not a range");
    }
    if (end - begin != size) {
      throw new IOException(tensor + ": data_offsets " + offsets + " hold " + (end - begin) + " bytes, " + dtype + " of shape " + shape
          + " needs " + size);
    }
    if (end > dataLength) {
      throw new IOException(tensor + ": data_offsets " + offsets + " end past the file's end, it has " + dataLength + " bytes of data: "
          + CUT_OFF);
    }
    if (size / dtype.size > Integer.MAX_VALUE - 8) { // the longest Java array
      throw new IOException(tensor + ": shape " + shape + " is too large");
    }
    return new Entry(name, dtype, shape, begin, end);
  }

  private static List<Integer> readShape(String tensor, Object json) throws IOException {
    if (!(json instanceof List<?> list) || list.size() > MAX_RANK || !list.stream().allMatch(Long.class::isInstance)) {
      throw new IOException(tensor + ": shape must be a list of at most " + MAX_RANK + " integers");
    }
    List<Integer> shape = new ArrayList<>();
    for (Object item : list) {
      long dimension = (Long) item;
      if (dimension < 0) {
        throw new IOException(tensor + ": shape " + list + " has a negative dimension");
      }
      if (dimension > Integer.MAX_VALUE) {
        throw new IOException(tensor + ": shape " + list + " overflows");
      }
      shape.add((int) dimension);
    }
    return List.copyOf(shape);
  }

  private static void checkFilled(List<Entry> entries, long dataLength) throws IOException {
    long at = 0;
    for (Entry entry : entries) {
      if (entry.begin() != at) {
        throw new IOException("tensor " + Json.quote(entry.name()) + " starts at byte " + entry.begin() + " of the data, "
            + (entry.begin() > at ? "which leaves a gap after byte " : "which overlaps the tensor that ends at byte ") + at);
      }
      at = entry.end();
    }
    if (at != dataLength) {
      throw new IOException((dataLength - at) + " trailing bytes after the last tensor");
    }
  }

  /** The header of a file with these tensors, padded with spaces to 8 bytes so that the data is aligned, as the reference writes it. */
  static byte[] encode(Safetensors file) throws IOException {
    Map<String, Object> header = new LinkedHashMap<>();
    if (!file.metadata().isEmpty()) {
      for (Map.Entry<String, String> entry : file.metadata().entrySet()) {
        Json.checkUnicode(entry.getKey());
        Json.checkUnicode(entry.getValue());
      }
      header.put(METADATA, file.metadata());
    }
    long at = 0;
    for (Map.Entry<String, Safetensors.Tensor> entry : file.tensors().entrySet()) {
      long end = at + (long) entry.getValue().values().length * Float.BYTES;
      header.put(Json.checkUnicode(entry.getKey()),
          Json.object("dtype", "F32", "shape", entry.getValue().shape(), "data_offsets", List.of(at, end)));
      at = end;
    }
    byte[] json = Json.bytes(header);
    byte[] bytes = Arrays.copyOf(json, (json.length + 7) / 8 * 8);
    Arrays.fill(bytes, json.length, bytes.length, (byte) ' ');
    return bytes;
  }
}
