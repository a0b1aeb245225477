package org.lenet4j.backend.cpu;

import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.util.List;
import org.bytedeco.javacpp.Pointer;
import org.junit.jupiter.api.Test;
import org.lenet4j.backend.Backend;
import org.lenet4j.backend.BackendContractTest;
import org.lenet4j.backend.Program;
import org.lenet4j.backend.Run;
import org.lenet4j.backend.Samples;
import org.lenet4j.backend.ThreadsContract;
import org.lenet4j.backend.TrainingProgram;
import org.lenet4j.data.Augment;
import org.lenet4j.data.Dataset;
import org.lenet4j.nn.CrossEntropy;
import org.lenet4j.nn.LeNet5;
import org.lenet4j.nn.Model;
import org.lenet4j.optim.AdamW;
import org.lenet4j.optim.Recipe;

/** OpenBLAS with the Vector API keeps the contract, with vectors of any width, and its threads do not show in the results. */
class CpuBackendContractTest extends BackendContractTest implements ThreadsContract {
  /** Which kernels. */
  boolean vector() {
    return true;
  }

  @Override protected Backend open() {
    return new CpuBackend(2, vector());
  }

  @Override public Backend another() {
    return open();
  }

  @Test
  void theVectorsAreAsWideAsTheBuildSays() {
    String bits = System.getProperty("lenet4j.test.vectors");
    assumeTrue(bits != null && vector() && System.getProperty("os.arch").equals("amd64"), "as wide as the processor's");
    try (Backend backend = open()) {
      assertTrue(backend.describe().contains(bits + " bit"), backend.describe());
    }
  }

  @Test
  void programsOfAClosedBackendThrow() {
    Backend backend = open();
    Program program = backend.compile(Samples.small(4, 1), 8);
    backend.close();
    backend.close();
    assertThrows(IllegalStateException.class, () -> program.forward(new byte[17 * Samples.SMALL.size()], 17, new float[17 * 4]));
    program.close();
    assertThrows(IllegalArgumentException.class, () -> new CpuBackend(0));
  }

  @Test
  void anyNumberOfThreadsGivesTheSameBits() {
    Recipe recipe = Samples.recipe(new CrossEntropy(0.1f), new AdamW(1e-3f, 0.01f), List.of(), 1);
    assertSameForAnyThreads(LeNet5.create(10, 3), recipe, 100);
    for (int batchSize : new int[] {1, 17, 64, 600}) { // 600: 38 chunks, more than the 32 slots
      assertSameForAnyThreads(Samples.small(10, 3), recipe, batchSize);
    }
  }

  private void assertSameForAnyThreads(Model model, Recipe recipe, int batchSize) {
    Dataset data = Samples.noise(model.input(), 700, 10, 1);
    Run expected = run(1, vector(), model, recipe, data, batchSize, 20);
    for (int threads = 2; threads <= 4; threads++) {
      run(threads, vector(), model, recipe, data, batchSize, 20).assertSameBits(expected, threads + " threads, batch " + batchSize);
    }
  }

  @Test
  void nativeMemoryStaysFlatOverTenThousandSteps() {
    Dataset data = Samples.noise(Samples.SMALL, 20, 4, 10);
    Recipe recipe = Samples.recipe(new CrossEntropy(), new AdamW(1e-3f, 0.01f), List.of(), 1);
    long before = Pointer.totalBytes();
    try (Backend backend = new CpuBackend(1, vector());
        TrainingProgram program = backend.compile(Samples.small(4, 11), recipe.withBatchSize(20), Samples.SEED)) {
      program.bind(data, Augment.NONE);
      Run.walk(program, 20, 20, 0, 100);
      long bytes = Pointer.totalBytes();
      long count = Pointer.totalCount();
      assertTrue(vector() ? bytes <= before : bytes > before, "only the matrices of OpenBLAS are in native memory");
      Run.walk(program, 20, 20, 100, 10_100);
      // At most, not exactly: the garbage collector may free what others have left.
      assertTrue(Pointer.totalBytes() <= bytes, bytes + " bytes became " + Pointer.totalBytes());
      assertTrue(Pointer.totalCount() <= count, count + " owners of native memory became " + Pointer.totalCount());
    }
    assertTrue(Pointer.totalBytes() <= before, "all of it is given back");
  }

  static Run run(int threads, boolean vector, Model model, Recipe recipe, Dataset data, int batchSize, int steps) {
    try (Backend backend = new CpuBackend(threads, vector)) {
      return Run.train(backend, model, recipe, data, batchSize, steps);
    }
  }
}
