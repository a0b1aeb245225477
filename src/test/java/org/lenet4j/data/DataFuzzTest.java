package org.lenet4j.data;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.code_intelligence.jazzer.junit.FuzzTest;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import org.lenet4j.Bounds;

/** Whatever a file of data holds, CSV, NumPy's arrays or another thing: data, or an IOException that names the file. */
class DataFuzzTest {
  private static final List<String> NAMES = List.of("train.csv", "data.csv.gz", "data.npz", "data", "x_train.npy", "data.tsv");
  private static Path folder;

  /** The first byte says what the file is called; the others are its bytes. */
  @FuzzTest(maxDuration = "20s") void data(byte[] bytes) throws IOException {
    if (bytes.length > 0) {
      folder = folder == null ? Files.createTempDirectory("fuzz") : folder;
      Path file = folder.resolve(NAMES.get(Math.floorMod(bytes[0] - '0', NAMES.size())));
      Files.write(file, Arrays.copyOfRange(bytes, 1, bytes.length));
      try {
        Bounds.check(64 << 20, () -> read(file));
      } finally {
        Files.delete(file);
      }
    }
  }

  static void read(Path file) {
    try {
      Splits splits = Splits.open(file.toString());
      for (Dataset part : Arrays.asList(splits.train(), splits.validation(), splits.test())) {
        if (part != null) {
          assertEquals(part.images().length, part.size() * part.shape().size());
          assertEquals(part.labels().length, part.size());
        }
      }
    } catch (IllegalArgumentException e) {
      assertTrue(e.getMessage() != null && !e.getMessage().isBlank(), e.toString());
    } catch (IOException e) {
      assertTrue(e.getMessage().contains(file.toString()), e.getMessage());
      boolean plain = e.getMessage().chars().noneMatch(Character::isISOControl);
      assertTrue(plain || Files.isDirectory(file), e.getMessage()); // of a folder it has the names, as they are
    }
  }
}
