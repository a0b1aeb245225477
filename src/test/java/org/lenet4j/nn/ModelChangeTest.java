package org.lenet4j.nn;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** New heads, dropout and the hash of a model. */
class ModelChangeTest {
  private static float[] row(Model model, int output) {
    return Arrays.copyOfRange(model.parameter("fc3.weight").values(), 84 * output, 84 * (output + 1));
  }

  @Test void aNewHeadIsSeededAndTheRestStays() {
    Model model = LeNet5.create(10, 1).freeze("conv1", "fc3");
    Model before = model.copy();
    assertEquals(model, model.replaceHead(26, 7)); // itself, as freeze returns
    assertEquals(26, model.outputSize());
    assertEquals(List.of(26, 84), model.parameter("fc3.weight").shape());
    assertEquals(61_706 + 16 * 85, model.parameterCount());
    assertEquals(Set.of("conv1"), model.frozen());
    for (Parameter parameter : before.parameters()) {
      if (!parameter.layer().equals("fc3")) {
        assertArrayEquals(parameter.values(), model.parameter(parameter.name()).values());
      }
    }
    Model again = before.copy().replaceHead(26, 7);
    assertArrayEquals(model.parameter("fc3.weight").values(), again.parameter("fc3.weight").values());
    assertFalse(Arrays.equals(row(model, 3), row(before.copy().replaceHead(26, 8), 3)));
    assertEquals(10, before.outputSize()); // a copy was changed
    // Xavier's bound, and a spread near it
    double bound = Math.sqrt(6.0 / (84 + 26));
    double largest = 0;
    for (float w : model.parameter("fc3.weight").values()) {
      largest = Math.max(largest, Math.abs(w));
    }
    assertTrue(largest <= bound && largest > 0.95 * bound, "" + largest);
  }

  @Test void rowsOfTheOldHeadCanStay() {
    Model old = LeNet5.create(10, 1);
    for (int i = 0; i < 10; i++) {
      old.parameter("fc3.bias").values()[i] = i + 1;
    }
    Model model = old.copy().replaceHead(4, 7, 9, -1, 2);
    assertArrayEquals(row(old, 9), row(model, 0));
    assertArrayEquals(row(old, 2), row(model, 2));
    assertArrayEquals(new float[] {10, 0, 3, 0}, model.parameter("fc3.bias").values());
    Model grown = old.copy().growHead(12, 7);
    for (int i = 0; i < 10; i++) {
      assertArrayEquals(row(old, i), row(grown, i));
    }
    assertArrayEquals(row(old.copy().replaceHead(12, 7), 11), row(grown, 11));
    assertThrows(IllegalArgumentException.class, () -> old.replaceHead(3, 1, 10));
    assertThrows(IllegalArgumentException.class, () -> old.replaceHead(1, 1, 0, 1));
    assertThrows(IllegalArgumentException.class, () -> old.growHead(9, 1));
    assertThrows(IllegalArgumentException.class, () -> old.replaceHead(0, 1));
    assertEquals(10, old.outputSize());
  }

  @Test void namesStayWithTheirRows() {
    Model model = LeNet5.create(3, 1).classNames(List.of("ape", "bat", "cat"));
    assertEquals(List.of("ape", "bat", "cat"), model.copy().classNames());
    assertEquals(List.of("cat", "1", "ape", "3"), model.copy().replaceHead(4, 7, 2, -1, 0).classNames());
    assertEquals(List.of("ape", "bat", "cat", "3"), model.copy().growHead(4, 7).classNames());
    assertEquals(List.of("0", "1"), model.copy().replaceHead(2, 7).classNames());
    assertEquals(List.of("3", "7"), LeNet5.create(10, 1).replaceHead(2, 7, 3, 7).classNames()); // digits that nobody named
    assertEquals(List.of("0", "1", "2", "3"), LeNet5.create(10, 1).replaceHead(4, 7, 7, 3).classNames(), "no two are 3");
    assertThrows(IllegalArgumentException.class, () -> model.classNames(List.of("ape", "bat")));
    assertThrows(IllegalArgumentException.class, () -> model.classNames(List.of("ape", "", "cat")));
    assertThrows(IllegalArgumentException.class, () -> model.replaceHead(1, 1, 0, 1));
    assertEquals(List.of("ape", "bat", "cat"), model.classNames());
  }

  @Test void dropoutComesGoesAndSurvivesAFile(@TempDir Path folder) throws IOException {
    Model model = LeNet5.create(10, 1);
    List<?> plain = model.layers();
    model.dropout(0.2f).dropout(0.5f);
    assertEquals(List.of(new Dropout("dropout_fc2", 0.5f), new Dropout("dropout_fc3", 0.5f)),
        model.layers().stream().filter(layer -> layer instanceof Dropout).toList());
    Path file = folder.resolve("m.safetensors");
    model.replaceHead(3, 1).save(file);
    assertEquals(model.layers(), Model.load(file).layers());
    assertEquals("fc3", model.head());
    assertEquals(plain.size(), model.dropout(0).layers().size());
    assertThrows(IllegalArgumentException.class, () -> model.dropout(1));
  }

  @Test void theHashIsThatOfTheFile(@TempDir Path folder) throws Exception {
    Path file = folder.resolve("m.safetensors");
    Model model = LeNet5.create(10, 1);
    model.metadata().put("note", "x");
    model.save(file);
    byte[] digest = MessageDigest.getInstance("SHA-256").digest(Files.readAllBytes(file));
    assertEquals(HexFormat.of().formatHex(digest), model.sha256());
    assertEquals(model.sha256(), Model.load(file).sha256());
    assertFalse(model.sha256().equals(LeNet5.create(10, 2).sha256()));
  }
}
