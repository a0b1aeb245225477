package org.lenet4j.data;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.code_intelligence.jazzer.junit.FuzzTest;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.lenet4j.Bounds;

/** Whatever bytes a file holds, the readers return what its header says or throw IOException, and nothing else. */
class IdxFuzzTest {
  /** With JAZZER_FUZZ=1 this fuzzes; otherwise it runs the inputs kept in the test resources. */
  @FuzzTest(maxDuration = "20s")
  void readersThrowOnlyIOException(byte[] bytes) {
    Bounds.check(64 << 20, () -> read(bytes));
  }

  @Test void mutationsOfValidFilesThrowOnlyIOException() throws IOException {
    byte[] images = IdxTest.idx(new byte[5 * 4 * 4], 0x803, 5, 4, 4);
    byte[] labels = IdxTest.idx(new byte[20], 0x801, 20);
    byte[][] seeds = {images, labels, IdxTest.gzip(images), IdxTest.gzip(labels)};
    Random random = new Random(42);
    int accepted = 0;
    for (int i = 0; i < 20_000; i++) {
      byte[] bytes = seeds[i % 4].clone();
      if (i % 3 == 0) { // longer or shorter
        bytes = Arrays.copyOf(bytes, random.nextInt(bytes.length + 8));
      }
      for (int n = random.nextInt(4); n > 0 && bytes.length > 0; n--) {
        int at = random.nextInt(random.nextBoolean() ? bytes.length : Math.min(20, bytes.length)); // headers are most of the logic
        bytes[at] = (byte) switch (random.nextInt(4)) {
          case 0 -> bytes[at] ^ 1 << random.nextInt(8);
          case 1 -> 0;
          case 2 -> 0xFF;
          default -> random.nextInt(256);
        };
      }
      accepted += read(bytes);
    }
    assertTrue(accepted > 1000, "mutations that leave a file valid should be read, got " + accepted);
  }

  /** How many of the readers accepted the bytes. */
  private static int read(byte[] bytes) {
    int accepted = 0;
    try {
      Idx.Images images = Idx.readImages("fuzzed", new ByteArrayInputStream(bytes), new ArrayList<>());
      assertEquals(images.pixels().length, images.count() * images.shape().size());
      accepted++;
    } catch (IOException e) {
      assertTrue(e.getMessage().startsWith("fuzzed: "), e.getMessage());
    }
    try {
      assertTrue(Idx.readLabels("fuzzed", new ByteArrayInputStream(bytes)).length > 0);
      accepted++;
    } catch (IOException e) {
      assertTrue(e.getMessage().startsWith("fuzzed: "), e.getMessage());
    }
    return accepted;
  }
}
