package org.lenet4j.backend.cuda;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledIfSystemProperty;
import org.junit.jupiter.api.extension.ExtendWith;
import org.lenet4j.Device;
import org.lenet4j.Stress;

/** {@link Stress} on a GPU or the stand-in, which counts launches and copies and says what was used wrongly or not freed. */
@Tag("cuda")
@ExtendWith(CudaDevice.class)
class CudaStressTest {
  @Tag("stress") @EnabledIfSystemProperty(named = "lenet4j.stress.seconds", matches = "\\d+")
  @Test void manySwaps() throws InterruptedException {
    Stress stress = new Stress(64, Stress.SMALL, () -> Device.open("cuda"));
    List<String> wrong = stress.run(Integer.getInteger("lenet4j.stress.seconds"), 10_000);
    System.out.println("cuda: " + stress);
    assertEquals(List.of(), wrong);
  }
}
