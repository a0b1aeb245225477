package org.lenet4j;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.condition.EnabledIfSystemProperty;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.lenet4j.nn.Model;

/** {@link Stress} on the CPU, with both sets of kernels; {@code -Dlenet4j.stress.seconds=N} makes it long. */
class StressTest {
  @AfterEach void vectorAgain() {
    System.clearProperty("lenet4j.vector");
  }

  private static void run(boolean vector, int threads, List<Model> models, double seconds, int swaps) throws InterruptedException {
    System.setProperty("lenet4j.vector", Boolean.toString(vector));
    Stress stress = new Stress(threads, models, () -> Device.open("openblas", 2));
    List<String> wrong = stress.run(seconds, swaps);
    System.out.println((vector ? "vector: " : "gemm: ") + stress);
    assertEquals(List.of(), wrong);
  }

  @ParameterizedTest @ValueSource(booleans = {true, false})
  void fewSwaps(boolean vector) throws InterruptedException {
    run(vector, 8, Stress.SMALL, 0.5, 20);
  }

  @Tag("stress") @EnabledIfSystemProperty(named = "lenet4j.stress.seconds", matches = "\\d+")
  @ParameterizedTest @ValueSource(booleans = {true, false})
  void manySwaps(boolean vector) throws InterruptedException {
    run(vector, 64, Stress.LENETS, Integer.getInteger("lenet4j.stress.seconds"), 10_000);
  }
}
