package org.lenet4j.backend.cpu.vector;

import java.io.IOException;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.lenet4j.GeneratedFile;

/** The unrolled loops are what their generator writes. */
class GeneratedBlocksTest {
  @Test
  void theBlocksAreWhatTheGeneratorWrites() throws IOException {
    for (Map.Entry<String, String> source : GenerateBlocks.sources().entrySet()) {
      GeneratedFile.check(Path.of("src/main/java/org/lenet4j/backend/cpu/vector", source.getKey() + ".java"), source.getValue());
    }
  }
}
