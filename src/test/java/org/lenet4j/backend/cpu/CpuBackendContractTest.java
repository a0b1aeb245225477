package org.lenet4j.backend.cpu;

import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import org.bytedeco.javacpp.Pointer;
import org.junit.jupiter.api.Test;
import org.lenet4j.LeNet5;
import org.lenet4j.Model;
import org.lenet4j.backend.Backend;
import org.lenet4j.backend.BackendContractTest;
import org.lenet4j.backend.Program;
import org.lenet4j.backend.Run;
import org.lenet4j.backend.Samples;
import org.lenet4j.backend.TrainConfig;
import org.lenet4j.data.Augment;
import org.lenet4j.data.Dataset;
import org.lenet4j.layer.Activation;
import org.lenet4j.layer.Conv2d;
import org.lenet4j.layer.Dropout;
import org.lenet4j.layer.Init;
import org.lenet4j.layer.Linear;
import org.lenet4j.layer.Pool2d;
import org.lenet4j.loss.CrossEntropy;
import org.lenet4j.loss.Loss;
import org.lenet4j.optim.AdamW;
import org.lenet4j.optim.Sgd;

/** OpenBLAS keeps the contract, and its threads and kernels do not show in the results. */
class CpuBackendContractTest extends BackendContractTest {
  @Override protected Backend open() {
    return new CpuBackend(2);
  }

  @Test
  void programsOfAClosedBackendThrow() {
    Backend backend = new CpuBackend(2);
    Program program = backend.compile(Samples.small(4, 1), 8);
    backend.close();
    backend.close();
    assertThrows(IllegalStateException.class, () -> program.forward(new byte[17 * Samples.SMALL.size()], 17, new float[17 * 4]));
    program.close();
    assertThrows(IllegalArgumentException.class, () -> new CpuBackend(0));
  }

  @Test
  void anyNumberOfThreadsGivesTheSameBits() {
    TrainConfig config = new TrainConfig(new CrossEntropy(0.1f), new AdamW(1e-3f, 0.01f), List.of(), 1, 2);
    assertSameForAnyThreads(LeNet5.create(10, 3), config, 100);
    for (int batchSize : new int[] {1, 17, 64, 333}) { // 333: more chunks than slots
      assertSameForAnyThreads(Samples.small(10, 3), config, batchSize);
    }
  }

  private static void assertSameForAnyThreads(Model model, TrainConfig config, int batchSize) {
    Dataset data = Samples.noise(model.input(), 333, 10, 1);
    Run expected = run(1, true, model, config, data, batchSize);
    for (int threads = 2; threads <= 4; threads++) {
      run(threads, true, model, config, data, batchSize).assertSameBits(expected, threads + " threads, batch " + batchSize);
    }
  }

  @Test
  void vectorAndPlainKernelsGiveTheSameBits() {
    try (Backend vector = new CpuBackend(1, true); Backend plain = new CpuBackend(1, false)) {
      assertTrue(vector.describe().contains("Vector API"), vector.describe());
      assertTrue(plain.describe().contains("plain Java"), plain.describe());
    }
    for (Activation activation : Activation.values()) {
      for (Pool2d.Kind kind : Pool2d.Kind.values()) {
        assertSameKernels(Samples.small(4, activation, kind, 4), new CrossEntropy());
      }
    }
    for (Loss loss : Samples.losses()) {
      assertSameKernels(Samples.small(4, 5), loss);
    }
    for (int kernelSize : new int[] {1, 2, 3, 5}) {
      for (int padding = 0; padding < kernelSize; padding++) {
        Conv2d conv = new Conv2d("conv", 2, 7, kernelSize, padding, Activation.RELU);
        Pool2d pool = new Pool2d("pool", Pool2d.Kind.MAX, 3);
        int features = pool.output(conv.output(Samples.SMALL)).size();
        assertSameKernels(new Model(Samples.SMALL, List.of(conv, pool, new Dropout("drop", 0.3f),
            new Linear("fc", features, 4, Activation.NONE)), Init.KAIMING_UNIFORM, 6), new CrossEntropy());
      }
    }
    assertSameKernels(LeNet5.create(10, 7), new CrossEntropy());
    assertSameKernels(LeNet5.classic(10, 8), new CrossEntropy());
  }

  @Test
  void nativeMemoryStaysFlatOverTenThousandSteps() {
    Dataset data = Samples.noise(Samples.SMALL, 20, 4, 10);
    TrainConfig config = new TrainConfig(new CrossEntropy(), new AdamW(1e-3f, 0.01f), List.of(), 1, 2);
    long before = Pointer.totalBytes();
    try (Backend backend = new CpuBackend(1); Program program = backend.compile(Samples.small(4, 11), config, 20)) {
      program.bind(data, Augment.NONE);
      Run.walk(program, config, 20, 20, 0, 100);
      long bytes = Pointer.totalBytes();
      long count = Pointer.totalCount();
      assertTrue(bytes > before, "the program has native memory");
      Run.walk(program, config, 20, 20, 100, 10_100);
      // At most, not exactly: the garbage collector may free what others have left.
      assertTrue(Pointer.totalBytes() <= bytes, bytes + " bytes became " + Pointer.totalBytes());
      assertTrue(Pointer.totalCount() <= count, count + " owners of native memory became " + Pointer.totalCount());
    }
    assertTrue(Pointer.totalBytes() <= before, "all of it is given back");
  }

  private static void assertSameKernels(Model model, Loss loss) {
    Dataset data = Samples.noise(model.input(), 70, 4, 9);
    TrainConfig config = Samples.config(loss, new Sgd(0.05f, 0.9f));
    Run plain = run(2, false, model, config, data, 33);
    run(2, true, model, config, data, 33).assertSameBits(plain, model.layers().toString());
  }

  private static Run run(int threads, boolean vector, Model model, TrainConfig config, Dataset data, int batchSize) {
    try (Backend backend = new CpuBackend(threads, vector)) {
      return Run.train(backend, model, config, data, batchSize, 20);
    }
  }
}
