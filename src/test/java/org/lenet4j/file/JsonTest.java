package org.lenet4j.file;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** What is written, and that it is read again; files that nobody vouches for are in {@link SafetensorsTest} and its fuzzing. */
class JsonTest {
  private enum Colour { DARK_RED }

  @Test void everyKindOfValue() throws IOException {
    Map<String, Object> value = Json.object("none", null, "truth", true, "integer", -3, "long", 1L << 40, "float", 0.1f, "double", 1e-7,
        "text", "a \"b\"\n", "constant", Colour.DARK_RED, "list", Arrays.asList(1, null, List.of()), "array", new int[][] {{1, 2}, {}},
        "map", Map.of());
    String text = "{\"none\":null,\"truth\":true,\"integer\":-3,\"long\":1099511627776,\"float\":0.1,\"double\":1.0E-7,"
        + "\"text\":\"a \\\"b\\\"\\n\",\"constant\":\"dark_red\",\"list\":[1,null,[]],\"array\":[[1,2],[]],\"map\":{}}";
    assertEquals(text, Json.text(value));
    assertEquals(text, new String(Json.bytes(value), StandardCharsets.US_ASCII));
    assertEquals(List.copyOf(value.keySet()), List.copyOf(((Map<?, ?>) Json.parse(text)).keySet()), "in order");
    assertEquals(Json.parse(text), Json.parse(Json.lines(value)));
  }

  @Test void whatIsNoNumberIsNull() {
    assertEquals("[null,null,null,1.0]", Json.text(new double[] {Double.NaN, Double.POSITIVE_INFINITY, Double.NEGATIVE_INFINITY, 1}));
    assertEquals("[null,null]", Json.text(new float[] {Float.NaN, Float.NEGATIVE_INFINITY}));
  }

  @Test void linesAreForPeople() {
    assertEquals("{\n  \"a\" : [ 1, 2 ],\n  \"b\" : null\n}\n", Json.lines(Json.object("a", List.of(1, 2), "b", null)).replace("\r", ""));
  }

  @Test void otherThingsAreNoValues() {
    assertThrows(IllegalArgumentException.class, () -> Json.text(Map.of("file", Path.of("a")))); // which is a collection of its own parts
  }
}
