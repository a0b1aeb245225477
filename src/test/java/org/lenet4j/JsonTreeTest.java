package org.lenet4j;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.util.List;
import org.junit.jupiter.api.Test;

class JsonTreeTest {
  @Test void aPathLeadsToAValueOrFailsWithItself() throws IOException {
    JsonTree json = JsonTree.parse("{\"a\": [{\"b\": 1}, {\"b\": null}], \"c\": 0.5}");
    assertEquals(1L, json.at("a", 0, "b"));
    assertNull(json.at("a", 1, "b"));
    assertEquals(0.5, json.number("c"));
    assertEquals(2, json.list("a").size());
    assertEquals(List.of("a", "c"), List.copyOf(json.names()));
    AssertionError e = assertThrows(AssertionError.class, () -> json.at("a", 2, "b"));
    assertTrue(e.getMessage().startsWith("no 2 of [a, 2, b] in "), e.getMessage());
    assertThrows(AssertionError.class, () -> json.at("d"));
    assertThrows(AssertionError.class, () -> json.at("c", "d"));
  }
}
