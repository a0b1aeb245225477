package org.lenet4j.backend.cuda;

import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** It runs; what it measures depends on the device. */
@Tag("cuda")
@ExtendWith(CudaDevice.class)
class CudaCeilingTest {
  @Test void allThree() throws IOException {
    CudaCeiling ceiling = CudaCeiling.measure(48, 5000, 20);
    assertTrue(ceiling.operations() > 0 && ceiling.bytes() > 0 && ceiling.kernel() > 0, ceiling.toString());
  }
}
