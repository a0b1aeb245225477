package org.lenet4j.onnx;

import static org.junit.jupiter.api.Assertions.assertTrue;

import com.code_intelligence.jazzer.junit.FuzzTest;
import java.io.IOException;
import org.lenet4j.Bounds;
import org.lenet4j.nn.Assumptions;

/** Whatever bytes an ONNX file holds: a model, or an IOException with one line of text. */
class OnnxFuzzTest {
  @FuzzTest(maxDuration = "20s") void graphs(byte[] bytes) {
    Bounds.check(64 << 20, () -> {
      try {
        assertTrue(OnnxImport.decode(bytes, Assumptions.NONE).model().parameterCount() > 0);
      } catch (IOException e) {
        assertTrue(e.getMessage() != null && e.getMessage().length() < 4000, e.toString());
        assertTrue(e.getMessage().chars().noneMatch(Character::isISOControl), e.getMessage());
      }
    });
  }
}
