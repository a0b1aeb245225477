package org.lenet4j;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** Files of the repository that are made from the code: tests say when they are out of date, and write them with {@code -Dgenerate}. */
public final class GeneratedFile {
  private GeneratedFile() {}

  /** Writes or compares. */
  public static void check(Path file, String content) throws IOException {
    if (Boolean.getBoolean("generate")) {
      Files.createDirectories(file.getParent());
      Files.writeString(file, content);
    }
    assertEquals(content, Files.exists(file) ? Files.readString(file) : "",
        file + " is out of date; this test writes it anew with -Dgenerate");
  }
}
