package org.lenet4j.file;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class SafetensorsTest {
  @TempDir Path folder;

  /** A file with this header, in the bytes of UTF-8, and this data. */
  static byte[] file(String header, byte... data) {
    return file(header.getBytes(StandardCharsets.UTF_8), data);
  }

  static byte[] file(byte[] header, byte... data) {
    return ByteBuffer.allocate(8 + header.length + data.length).order(ByteOrder.LITTLE_ENDIAN).putLong(header.length).put(header)
        .put(data).array();
  }

  /** Reads from a file and from memory, which must agree, and returns the reason. */
  private String rejection(byte[] bytes) throws IOException {
    Path file = folder.resolve("broken.safetensors");
    Files.write(file, bytes);
    String fromFile = assertThrows(IOException.class, () -> Safetensors.read(file)).getMessage();
    String fromMemory = assertThrows(IOException.class, () -> Safetensors.read(bytes, file.toString())).getMessage();
    assertEquals(fromFile, fromMemory);
    assertTrue(fromFile.startsWith(file + ": "), fromFile);
    assertFalse(fromFile.contains("\n"), fromFile);
    assertTrue(fromFile.length() < 1000, fromFile);
    return fromFile.substring((file + ": ").length());
  }

  private static String tensor(String dtype, String shape, String offsets) {
    return "{\"w\":{\"dtype\":\"" + dtype + "\",\"shape\":" + shape + ",\"data_offsets\":" + offsets + "}}";
  }

  @Test void readsTheExampleOfTheFormat() throws IOException {
    byte[] data = ByteBuffer.allocate(12).order(ByteOrder.LITTLE_ENDIAN).putFloat(1.5f).putFloat(-2).putFloat(3).array();
    Safetensors file = Safetensors.read(file("{\"__metadata__\":{\"a\":\"b\"},\"second\":{\"dtype\":\"F32\",\"shape\":[],"
        + "\"data_offsets\":[8,12]},\"first\":{\"shape\":[1,2],\"dtype\":\"F32\",\"data_offsets\":[0,8]}}    ", data), "example");
    assertEquals(Map.of("a", "b"), file.metadata());
    assertEquals(List.of("first", "second"), List.copyOf(file.tensors().keySet()), "in the order of the data");
    assertEquals(List.of(1, 2), file.tensors().get("first").shape());
    assertArrayEquals(new float[] {1.5f, -2}, file.tensors().get("first").values());
    assertEquals(List.of(), file.tensors().get("second").shape());
    assertArrayEquals(new float[] {3}, file.tensors().get("second").values());
  }

  @Test void writesWhatTheReferenceImplementationReads() throws IOException {
    Path file = folder.resolve("two.safetensors");
    Map<String, Safetensors.Tensor> tensors = new LinkedHashMap<>();
    tensors.put("b", new Safetensors.Tensor(List.of(2), new float[] {1, 2}));
    tensors.put("a", new Safetensors.Tensor(List.of(1, 1), new float[] {3}));
    new Safetensors(Map.of("format", "pt"), tensors).write(file);
    byte[] bytes = Files.readAllBytes(file);
    long header = ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN).getLong();
    assertEquals(0, header % 8);
    assertEquals("{\"__metadata__\":{\"format\":\"pt\"},\"b\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[0,8]},"
        + "\"a\":{\"dtype\":\"F32\",\"shape\":[1,1],\"data_offsets\":[8,12]}}",
        new String(bytes, 8, (int) header, StandardCharsets.UTF_8).stripTrailing());
    assertEquals(8 + header + 12, bytes.length);
    assertEquals(List.of("b", "a"), List.copyOf(Safetensors.read(file).tensors().keySet()));
  }

  @Test void bitsSurvive() throws IOException {
    float[] values = new float[100_003]; // several chunks and a rest
    for (int i = 0; i < values.length; i++) {
      float any = Float.intBitsToFloat(i * 0x9E3779B9);
      values[i] = Float.isFinite(any) ? any : i;
    }
    float[] special = {-0f, 0f, Float.MIN_VALUE, -Float.MIN_VALUE, Float.MIN_NORMAL, Math.nextDown(Float.MIN_NORMAL), Float.MAX_VALUE,
        -Float.MAX_VALUE, 0.1f};
    System.arraycopy(special, 0, values, 0, special.length);
    Path file = folder.resolve("bits.safetensors");
    Map<String, String> notes = Map.of("umlaut \u00e4 \ud83d\ude00", "quote \" backslash \\ line\n tab\t nul\0", "", "");
    Safetensors written = new Safetensors(notes, Map.of("w", new Safetensors.Tensor(List.of(values.length), values),
        "empty", new Safetensors.Tensor(List.of(0, 5), new float[0])));
    written.write(file);
    Safetensors read = Safetensors.read(file);
    assertEquals(notes, read.metadata());
    assertEquals(List.of(0, 5), read.tensors().get("empty").shape());
    for (int i = 0; i < values.length; i++) {
      assertEquals(Float.floatToRawIntBits(values[i]), Float.floatToRawIntBits(read.tensors().get("w").values()[i]));
    }
    byte[] once = Files.readAllBytes(file);
    read.write(file);
    assertArrayEquals(once, Files.readAllBytes(file));
  }

  @Test void anEmptyFileOfTheFormatIsFine() throws IOException {
    assertEquals(new Safetensors(Map.of(), Map.of()), Safetensors.read(file("{}"), "empty"));
  }

  @Test void filesThatAreNone() throws IOException {
    Path missing = folder.resolve("missing.safetensors");
    assertEquals(missing + ": no such file", assertThrows(NoSuchFileException.class, () -> Safetensors.read(missing)).getMessage());
    assertEquals(folder + ": it is a folder, not a file", assertThrows(IOException.class, () -> Safetensors.read(folder)).getMessage());
    if (Files.exists(Path.of("/dev/zero"))) {
      assertEquals("/dev/zero: it is not a regular file",
          assertThrows(IOException.class, () -> Safetensors.read(Path.of("/dev/zero"))).getMessage());
    }
  }

  @Test void brokenLengths() throws IOException {
    assertEquals("a safetensors file has at least 8 bytes, this one has 0", rejection(new byte[0]));
    assertEquals("a safetensors file has at least 8 bytes, this one has 7", rejection(new byte[7]));
    assertEquals("a header of 9 bytes ends past the file's end at 16 bytes: " + SafetensorsHeader.CUT_OFF,
        rejection(new byte[] {9, 0, 0, 0, 0, 0, 0, 0, '{', '}', ' ', ' ', ' ', ' ', ' ', ' '}));
    assertEquals("a header of 1048577 bytes is over the limit of 1048576: this is not a safetensors file, or a damaged one",
        rejection(new byte[] {1, 0, 16, 0, 0, 0, 0, 0, '{', '}'}));
    assertEquals("a header of 18446744073709551615 bytes is over the limit of 1048576: this is not a safetensors file, or a damaged one",
        rejection(new byte[] {-1, -1, -1, -1, -1, -1, -1, -1, '{', '}'}));
    assertEquals("the header must start with '{': this is not a safetensors file", rejection(new byte[8]));
  }

  @Test void theLongestHeaderIsRead() throws IOException {
    String header = "{}" + " ".repeat(Safetensors.MAX_HEADER - 2);
    assertEquals(0, Safetensors.read(file(header), "long").tensors().size());
    assertTrue(rejection(file(header + " ")).contains("over the limit"));
  }

  @Test void badUtf8() throws IOException {
    assertEquals("the header is not valid UTF-8", rejection(file(new byte[] {'{', '"', (byte) 0xC3, '"', ':', '1', '}'})));
    assertEquals("the header is not valid UTF-8", rejection(file(new byte[] {'{', '"', (byte) 0xC0, (byte) 0x80, '"', ':', '1', '}'})));
    assertEquals("the header is not valid UTF-8",
        rejection(file(new byte[] {'{', '"', (byte) 0xED, (byte) 0xA0, (byte) 0x80, '"', ':', '1', '}'})), "half a surrogate pair");
    assertEquals("header: the string '?' is not valid Unicode", rejection(file("{\"__metadata__\":{\"a\":\"\\ud800\"}}")));
  }

  @ParameterizedTest
  @CsvSource(delimiter = '|', quoteCharacter = '`', value = {
      "{                            | header: bad JSON: Unexpected end-of-input: expected close marker for Object",
      "{}}                          | header: bad JSON: Unexpected close marker '}'",
      "{}{}                         | header: bad JSON: there is more after its end",
      "{} x                         | header: bad JSON: Unrecognized token 'x'",
      "{\"w\":}                     | header: bad JSON: Unexpected character ('}'",
      "{'w':1}                      | header: bad JSON: Unexpected character ('''",
      "{\"w\":NaN}                  | header: bad JSON: Non-standard token 'NaN'",
      "{\"w\":01}                   | header: bad JSON: Invalid numeric value: Leading zeroes not allowed",
      "{\"w\":1,}                   | header: bad JSON: Unexpected character ('}'",
      "{/* */}                      | header: bad JSON: Unexpected character ('/'",
      "[]                           | the header must start with '{'",
      "` {}`                        | the header must start with '{'",
      "\uFEFF{}                     | the header must start with '{'",
      "{\"w\":1}                    | header: tensor 'w' must be an object with dtype, shape and data_offsets",
      "{\"w\":null}                 | header: tensor 'w' must be an object with dtype, shape and data_offsets",
      "{\"w\":{}}                   | header: tensor 'w': dtype must be a string",
      "{\"w\":{\"dtype\":\"F32\"}}  | header: tensor 'w': shape must be a list of at most 32 integers",
      "{\"__metadata__\":[]}        | header: __metadata__ must be an object",
      "{\"__metadata__\":{\"a\":1}} | header: __metadata__ entry 'a' must be a string",
      "{\"w\":99999999999999999999} | header: bad JSON: the number 99999999999999999999 is too large",
  })
  void badJson(String header, String reason) throws IOException {
    String got = rejection(file(header));
    assertTrue(got.startsWith(reason), got);
  }

  @Test void bombs() throws IOException {
    String deep = "(?s)header: bad JSON: Document nesting depth \\(\\S\\) exceeds.*"; // 9, in the language's digits
    assertTrue(rejection(file("{\"w\":" + "[".repeat(500_000))).matches(deep));
    assertTrue(rejection(file("{\"w\":" + "{\"a\":".repeat(100_000))).matches(deep));
    assertTrue(rejection(file("{\"w\":" + "1".repeat(500_000) + "}")).startsWith("header: bad JSON: Number value length"));
    assertTrue(rejection(file("{\"" + "n".repeat(500_000) + "\":1}")).startsWith("header: bad JSON: Name length"));
    assertTrue(rejection(file("{\"" + "n\\n".repeat(10_000) + "\":1}")).startsWith("header: tensor 'n?n?"));
  }

  @Test void duplicateKeys() throws IOException {
    String w = "\"w\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[0,4]}";
    assertEquals("header: bad JSON: Duplicate field 'w'", rejection(file("{" + w + "," + w + "}", new byte[4])));
    assertEquals("header: bad JSON: Duplicate field 'w'", rejection(file("{" + w + "," + w.replace("w", "\\u0077") + "}", new byte[4])));
    assertEquals("header: bad JSON: Duplicate field 'a'", rejection(file("{\"__metadata__\":{\"a\":\"1\",\"a\":\"1\"}}")));
    assertEquals("header: bad JSON: Duplicate field '__metadata__'", rejection(file("{\"__metadata__\":{},\"__metadata__\":{}}")));
    assertEquals("header: bad JSON: Duplicate field 'dtype'", rejection(file("{\"w\":{\"dtype\":\"F32\",\"dtype\":\"F32\"}}")));
  }

  @ParameterizedTest
  @CsvSource(delimiter = '|', value = {
      "F8_E4M3 | [4] | [0,4] | tensor 'w' is F8_E4M3, which is not read: convert it before saving, in PyTorch with tensor.float()",
      "C64  | [2]   | [0,4] | tensor 'w' is C64, which is not read: convert it before saving, in PyTorch with tensor.float()",
      "F64  | [2]   | [0,4] | tensor 'w': data_offsets [0, 4] hold 4 bytes, F64 of shape [2] needs 16",
      "F33  | [2]   | [0,4] | tensor 'w' has an unknown dtype 'F33'",
      "f32  | [2]   | [0,4] | tensor 'w' has an unknown dtype 'f32'",
      "F32  | [-1]  | [0,4] | tensor 'w': shape [-1] has a negative dimension",
      "F32  | [-1,-1] | [0,4] | tensor 'w': shape [-1, -1] has a negative dimension",
      "F32  | [1.0] | [0,4] | tensor 'w': shape must be a list of at most 32 integers",
      "F32  | [\"1\"] | [0,4] | tensor 'w': shape must be a list of at most 32 integers",
      "F32  | 1     | [0,4] | tensor 'w': shape must be a list of at most 32 integers",
      "F32  | [1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1] | [0,4] | tensor 'w': shape must be a list of at"
          + " most 32 integers",
      "F32  | [2147483648] | [0,4] | tensor 'w': shape [2147483648] overflows",
      "F32  | [9223372036854775808] | [0,4] | bad JSON: the number 9223372036854775808 is too large",
      "F32  | [2147483647,2147483647,2147483647] | [0,4] | tensor 'w': shape [2147483647, 2147483647, 2147483647] overflows",
      "F32  | [65536,65536,65536,65536] | [0,0] | tensor 'w': shape [65536, 65536, 65536, 65536] overflows",
      "F32  | [1]   | [0]   | tensor 'w': data_offsets must be two integers",
      "F32  | [1]   | [0,4,8] | tensor 'w': data_offsets must be two integers",
      "F32  | [1]   | [0,4.0] | tensor 'w': data_offsets must be two integers",
      "F32  | [1]   | {}    | tensor 'w': data_offsets must be two integers",
      "F32  | [1]   | [-4,0] | tensor 'w': data_offsets [-4, 0] are not a range",
      "F32  | [1]   | [4,0] | tensor 'w': data_offsets [4, 0] are not a range",
      "F32  | [2]   | [0,4] | tensor 'w': data_offsets [0, 4] hold 4 bytes, F32 of shape [2] needs 8",
      "F32  | []    | [0,0] | tensor 'w': data_offsets [0, 0] hold 0 bytes, F32 of shape [] needs 4",
      "F32  | [0]   | [0,4] | tensor 'w': data_offsets [0, 4] hold 4 bytes, F32 of shape [0] needs 0",
      "F32  | [2]   | [0,8] | tensor 'w': data_offsets [0, 8] end past the file's end, it has 4 bytes of data: "
          + SafetensorsHeader.CUT_OFF,
      "F32  | [536870911] | [0,2147483644] | tensor 'w': data_offsets [0, 2147483644] end past the file's end, it has 4 bytes of data: "
          + SafetensorsHeader.CUT_OFF,
      "F32  | [1]   | [4,8] | tensor 'w': data_offsets [4, 8] end past the file's end, it has 4 bytes of data: "
          + SafetensorsHeader.CUT_OFF,
  })
  void badTensors(String dtype, String shape, String offsets, String reason) throws IOException {
    assertEquals("header: " + reason, rejection(file(tensor(dtype, shape, offsets), new byte[4])));
  }

  @Test void otherTypesAreReadAsFloats() throws IOException {
    byte[] halves = ByteBuffer.allocate(16).order(ByteOrder.LITTLE_ENDIAN).putShort((short) 0x3C00).putShort((short) 0xC000)
        .putShort((short) 0x0001).putShort((short) 0x8000).putShort((short) 0x7BFF).putShort((short) 0x3555).putShort((short) 0x03FF)
        .putShort((short) 0x0400).array();
    assertReads("F16", halves, 1, -2, 0x1p-24f, -0f, 65504, 0.33325195f, 0x1.ff8p-15f, 0x1p-14f);
    assertReads("BF16", ByteBuffer.allocate(4).order(ByteOrder.LITTLE_ENDIAN).putShort((short) 0x3F80).putShort((short) 0xC049).array(),
        1, -3.140625f);
    assertReads("F64", ByteBuffer.allocate(16).order(ByteOrder.LITTLE_ENDIAN).putDouble(0.1).putDouble(-1e30).array(), 0.1f, -1e30f);
    assertReads("I64", ByteBuffer.allocate(8).order(ByteOrder.LITTLE_ENDIAN).putLong(-7).array(), -7);
    assertReads("U8", new byte[] {-1, 2}, 255, 2);
    assertReads("BOOL", new byte[] {1, 0, 3}, 1, 0, 1);
    assertEquals("tensor 'w' holds Infinity at index 0", rejection(file(tensor("F16", "[1]", "[0,2]"), (byte) 0, (byte) 0x7C)));
    assertEquals("tensor 'w' holds Infinity at index 0", rejection(file(tensor("F64", "[1]", "[0,8]"),
        ByteBuffer.allocate(8).order(ByteOrder.LITTLE_ENDIAN).putDouble(1e300).array())), "which no float32 is");
  }

  private static void assertReads(String type, byte[] data, float... expected) throws IOException {
    Safetensors.Tensor read = Safetensors.read(file(tensor(type, "[" + expected.length + "]", "[0," + data.length + "]"), data), type)
        .tensors().get("w");
    assertArrayEquals(expected, read.values(), type);
    assertEquals(type, read.type());
    assertEquals(type.contains("F"), read.isReal());
  }

  @Test void unexpectedKey() throws IOException {
    assertEquals("header: tensor 'w' has an unexpected key 'strides'", rejection(file("{\"w\":{\"dtype\":\"F32\",\"strides\":[1]}}")));
  }

  @Test void gapsOverlapsAndTrailingBytes() throws IOException {
    String two = "{\"v\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[%d,%d]},"
        + "\"w\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[%d,%d]}}";
    assertEquals("tensor 'w' starts at byte 12 of the data, which leaves a gap after byte 8",
        rejection(file(String.format(Locale.ROOT, two, 0, 8, 12, 16), new byte[16])));
    assertEquals("tensor 'w' starts at byte 4 of the data, which leaves a gap after byte 0",
        rejection(file(String.format(Locale.ROOT, two, 8, 16, 4, 8), new byte[16])));
    assertEquals("tensor 'w' starts at byte 4 of the data, which overlaps the tensor that ends at byte 8",
        rejection(file(String.format(Locale.ROOT, two, 0, 8, 4, 8), new byte[8])));
    assertEquals("tensor 'v' starts at byte 0 of the data, which overlaps the tensor that ends at byte 4",
        rejection(file(String.format(Locale.ROOT, two, 0, 8, 0, 4), new byte[8])));
    assertEquals("1 trailing bytes after the last tensor", rejection(file(String.format(Locale.ROOT, two, 0, 8, 8, 12), new byte[13])));
    assertEquals("4 trailing bytes after the last tensor", rejection(file("{}", new byte[4])));
  }

  @Test void valuesThatAreNoNumbers() throws IOException {
    for (float bad : new float[] {Float.NaN, Float.POSITIVE_INFINITY, Float.NEGATIVE_INFINITY}) {
      byte[] data = ByteBuffer.allocate(12).order(ByteOrder.LITTLE_ENDIAN).putFloat(8, bad).array();
      assertEquals("tensor 'w' holds " + bad + " at index 2", rejection(file(tensor("F32", "[3]", "[0,12]"), data)));
    }
  }

  @Test void refusesToWriteWhatItWouldNotRead() throws IOException {
    Path file = folder.resolve("kept.safetensors");
    Files.writeString(file, "old");
    Safetensors nan = new Safetensors(Map.of(), Map.of("w", new Safetensors.Tensor(List.of(2), new float[] {0, Float.NaN})));
    assertEquals("cannot write " + file + ": tensor 'w' holds NaN at index 1",
        assertThrows(IOException.class, () -> nan.write(file)).getMessage());
    Safetensors wordy = new Safetensors(Map.of("a", "x".repeat(Safetensors.MAX_HEADER)), Map.of());
    assertTrue(assertThrows(IOException.class, () -> wordy.write(file)).getMessage().contains("over the limit of 1048576"));
    Safetensors half = new Safetensors(Map.of("a", "\ud800"), Map.of());
    assertEquals("cannot write " + file + ": the string '?' is not valid Unicode",
        assertThrows(IOException.class, () -> half.write(file)).getMessage());
    assertEquals("old", Files.readString(file));
    assertThrows(IllegalArgumentException.class,
        () -> new Safetensors(Map.of(), Map.of("__metadata__", new Safetensors.Tensor(List.of(), new float[1]))));
    for (List<Integer> shape : List.of(List.of(2), List.of(-1), List.of(-1, -1), List.of(-1, 0), List.of(65536, 65536))) {
      assertThrows(IllegalArgumentException.class, () -> new Safetensors.Tensor(shape, new float[shape.contains(0) ? 0 : 1]));
    }
  }

  @Test void aFileLargerThanTheMemory() throws IOException {
    long elements = Runtime.getRuntime().maxMemory() / 8; // half the memory, as floats
    long perTensor = Math.min(elements, Integer.MAX_VALUE / 2);
    StringBuilder header = new StringBuilder("{");
    long at = 0;
    for (int i = 0; at < 4 * elements; i++) {
      header.append(i == 0 ? "" : ",").append("\"w").append(i).append("\":{\"dtype\":\"F32\",\"shape\":[").append(perTensor)
          .append("],\"data_offsets\":[").append(at).append(',').append(at += 4 * perTensor).append("]}");
    }
    byte[] start = file(header.append('}').toString());
    Path file = folder.resolve("sparse.safetensors");
    try (RandomAccessFile out = new RandomAccessFile(file.toFile(), "rw")) {
      out.write(start);
      out.setLength(start.length + at); // no blocks on the disk
    }
    String message = assertThrows(IOException.class, () -> Safetensors.read(file)).getMessage();
    assertTrue(message.endsWith("; start Java with a larger -Xmx"), message);
    Files.delete(file);
  }

  /** Of the characters beyond 16 bits each half is an escape, all others are UTF-8; a digest of a file must not change between versions. */
  @Test void theHeaderIsTheSameBytesInEveryVersion() throws IOException {
    Path file = folder.resolve("header.safetensors");
    Map<String, String> notes = new LinkedHashMap<>();
    notes.put("a \"name\" \\ of \u00fc\u4e2d", "\n\t\u0001 \ud83d\ude00");
    new Safetensors(notes, Map.of("w", new Safetensors.Tensor(List.of(1, 2), new float[] {0, 0}))).write(file);
    assertArrayEquals(file("{\"__metadata__\":{\"a \\\"name\\\" \\\\ of \u00fc\u4e2d\":\"\\n\\t\\u0001 \\uD83D\\uDE00\"},"
        + "\"w\":{\"dtype\":\"F32\",\"shape\":[1,2],\"data_offsets\":[0,8]}}    ", new byte[8]), Files.readAllBytes(file));
  }

  @Test void anInterruptedThreadStillReadsAndWrites() throws IOException {
    Path file = folder.resolve("interrupted.safetensors");
    Thread.currentThread().interrupt();
    try {
      Safetensors content = new Safetensors(Map.of("a", "b"), Map.of());
      content.write(file);
      assertEquals(content, Safetensors.read(file));
    } finally {
      assertTrue(Thread.interrupted(), "and stays interrupted");
    }
  }

  @Test void everyTruncationIsRejected() throws IOException {
    byte[] whole = file(tensor("F32", "[3]", "[0,12]"), new byte[12]);
    for (int length = 0; length < whole.length; length++) {
      byte[] part = Arrays.copyOf(whole, length);
      assertThrows(IOException.class, () -> Safetensors.read(part, "part"));
    }
  }
}
