package org.lenet4j.data;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.code_intelligence.jazzer.junit.FuzzTest;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.lenet4j.Bounds;

/** Whatever bytes an image file holds, the reader returns a picture or throws IOException that names the file, and nothing else, soon. */
class ImageFuzzTest {
  private static final int ROUNDS = 300; // of each file
  private static final long BYTES = 256 << 20; // a megapixel in colour, and what the readers of Java make of it

  /** With JAZZER_FUZZ=1 this fuzzes; otherwise it runs the inputs kept in the test resources. */
  @FuzzTest(maxDuration = "20s")
  void readerThrowsOnlyIOException(byte[] bytes) {
    System.setProperty("lenet4j.megapixels", "1"); // so that a bound of memory says something
    try {
      Bounds.check(BYTES, () -> read(bytes));
    } finally {
      System.clearProperty("lenet4j.megapixels");
    }
  }

  @Test void mutationsOfValidFilesThrowOnlyIOException() throws IOException {
    List<byte[]> seeds = new ArrayList<>(TestImages.all().values());
    seeds.add(TestImages.withSegment(TestImages.jpeg(), 0xE1, TestImages.bytes("Exif", 0, 0, TestImages.exif(true, 6))));
    Random random = new Random(42);
    int accepted = 0;
    long slowest = 0;
    for (int i = 0; i < ROUNDS * seeds.size(); i++) {
      byte[] bytes = seeds.get(i % seeds.size()).clone();
      if (i % 3 == 0) { // longer or shorter
        bytes = Arrays.copyOf(bytes, random.nextInt(bytes.length + 8));
      }
      for (int n = random.nextInt(4); n > 0 && bytes.length > 0; n--) {
        int at = random.nextInt(random.nextBoolean() ? bytes.length : Math.min(64, bytes.length)); // headers are most of the logic
        bytes[at] = (byte) switch (random.nextInt(4)) {
          case 0 -> bytes[at] ^ 1 << random.nextInt(8);
          case 1 -> 0;
          case 2 -> 0xFF;
          default -> random.nextInt(256);
        };
      }
      long start = System.nanoTime();
      accepted += read(bytes) ? 1 : 0;
      slowest = Math.max(slowest, System.nanoTime() - start);
    }
    assertTrue(accepted > 200, "mutations that leave a file valid should be read, got " + accepted);
    assertTrue(slowest < 20e9, "the slowest took " + slowest / 1e9 + " s");
  }

  private static boolean read(byte[] bytes) {
    try {
      Picture picture = ImageFile.read("fuzzed", bytes);
      assertEquals(picture.height() * picture.width(), picture.grey().length);
      return true;
    } catch (IOException e) {
      assertTrue(e.getMessage().startsWith("fuzzed: "), e.getMessage());
      return false;
    }
  }
}
