package org.lenet4j.backend.cuda;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import org.bytedeco.javacpp.Pointer;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.lenet4j.Device;
import org.lenet4j.DeviceSettings;
import org.lenet4j.Predictor;
import org.lenet4j.Together;
import org.lenet4j.Trainer;
import org.lenet4j.backend.Backend;
import org.lenet4j.backend.KernelSet;
import org.lenet4j.backend.Precision;
import org.lenet4j.backend.Program;
import org.lenet4j.backend.Run;
import org.lenet4j.backend.Samples;
import org.lenet4j.backend.Totals;
import org.lenet4j.backend.TrainingProgram;
import org.lenet4j.backend.cuda.device.Cuda;
import org.lenet4j.data.Augment;
import org.lenet4j.data.Dataset;
import org.lenet4j.data.Normalization;
import org.lenet4j.data.Splits;
import org.lenet4j.nn.Activation;
import org.lenet4j.nn.CrossEntropy;
import org.lenet4j.nn.Dropout;
import org.lenet4j.nn.Init;
import org.lenet4j.nn.LeNet5;
import org.lenet4j.nn.Linear;
import org.lenet4j.nn.Model;
import org.lenet4j.optim.Adam;
import org.lenet4j.optim.AdamW;
import org.lenet4j.optim.Recipe;
import org.lenet4j.optim.Sgd;

/** Runs on CUDA that the contract does not have: long ones, large ones, real digits, eager beside replayed ones. */
@Tag("cuda")
@ExtendWith(CudaDevice.class)
class CudaTrainingTest {
  private static final Recipe ADAM = Samples.recipe(new CrossEntropy(), new Adam(1e-3f));

  private static Backend open(KernelSet kernels) {
    return new CudaBackend(Precision.FP32, false, kernels);
  }

  /** Four shards of 5 samples, of 1 or 2 in the last batch, and then of which some are empty. */
  @ParameterizedTest @EnumSource(names = {"CUDNN", "FUSED"}) void shards(KernelSet kernels) {
    Recipe recipe = Samples.recipe(new CrossEntropy(), new Sgd(0.05f, 0.9f)).withAccumulate(4);
    try (Backend backend = open(kernels)) {
      Run.assertParity(backend, LeNet5.create(10, 6), recipe, Samples.noise(LeNet5.INPUT, 45, 10, 5), 20, 3);
      Run.assertParity(backend, LeNet5.create(10, 6), recipe.withClipNorm(0.5f), Samples.noise(LeNet5.INPUT, 42, 10, 5), 20, 3);
      Run.assertParity(backend, Samples.small(4, 6), recipe, Samples.noise(Samples.SMALL, 45, 4, 5), 20, 80); // also 32 steps in one launch
      IllegalArgumentException e = assertThrows(IllegalArgumentException.class,
          () -> backend.compile(LeNet5.create(10, 1), ADAM.withBatchSize(3).withAccumulate(4), Samples.SEED));
      assertEquals("a batch of 3 samples can be cut into at most 3 shards here, got 4", e.getMessage());
    }
  }

  @Test void memoryStaysFlatOverTenThousandSteps() {
    Dataset data = Samples.noise(Samples.SMALL, 1, 4, 1); // a leak is one of a step, however little it computes
    Recipe recipe = Samples.recipe(new CrossEntropy(), new AdamW(1e-3f, 0.01f), List.of(), 1);
    try (Backend backend = open(KernelSet.CUDNN);
        TrainingProgram program = backend.compile(Samples.small(4, 2), recipe.withBatchSize(1), Samples.SEED)) {
      program.bind(data, Augment.NONE);
      Run.walk(program, 1, 1, 0, 100);
      program.evaluate(data, new CrossEntropy(), null);
      long device = Cuda.freeMemory();
      long host = Pointer.totalBytes();
      long pointers = Pointer.totalCount();
      Run.walk(program, 1, 1, 100, 10_100);
      program.evaluate(data, new CrossEntropy(), null);
      assertEquals(device, Cuda.freeMemory(), "device memory");
      assertTrue(Pointer.totalBytes() <= host, host + " bytes became " + Pointer.totalBytes());
      assertTrue(Pointer.totalCount() <= pointers, pointers + " owners of native memory became " + Pointer.totalCount());
    }
  }

  @ParameterizedTest @ValueSource(ints = {1, 2, 63, 255, 256, 257, 512, 1000, 4096, 8192})
  void anyBatchSize(int batchSize) {
    Model model = new Model(Samples.SMALL, List.of(new Linear("fc1", 198, 33, Activation.RELU), new Dropout("drop", 0.2f),
        new Linear("fc2", 33, 4, Activation.NONE)), Init.KAIMING_UNIFORM, 3);
    Dataset data = Samples.noise(Samples.SMALL, batchSize + batchSize / 3 + 1, 4, 4); // the second batch is a third of the first
    try (Backend backend = open(KernelSet.CUDNN)) {
      Run.assertParity(backend, model, Samples.recipe(new CrossEntropy(), new Sgd(0.1f, 0.9f)), data, batchSize, 3);
    }
  }

  /** An algorithm of cuDNN that wants more than 64 MB for itself is not taken, however it is ranked. */
  @Test void cudnnsWorkspaceIsBounded() {
    StandIn.assume();
    Dataset data = Samples.noise(LeNet5.INPUT, 40, 10, 5);
    Map<Integer, Long> taken = new HashMap<>();
    for (int megabytes : List.of(0, 50, 70)) {
      StandIn.indexBytes((long) megabytes << 20);
      try (Backend backend = open(KernelSet.CUDNN)) {
        long before = StandIn.bytes();
        try (TrainingProgram program = backend.compile(LeNet5.create(10, 6), ADAM.withBatchSize(20), Samples.SEED)) {
          taken.put(megabytes, StandIn.bytes() - before >> 20);
        }
        Run.assertParity(backend, LeNet5.create(10, 6), ADAM, data, 20, 2);
      } finally {
        StandIn.indexBytes(0);
      }
    }
    assertEquals(Map.of(0, taken.get(0), 50, taken.get(0) + 50, 70, taken.get(0)), taken);
  }

  @Test void lenet5WithALargeBatch() {
    Dataset data = Samples.noise(LeNet5.INPUT, 700, 10, 5);
    for (KernelSet kernels : List.of(KernelSet.CUDNN, KernelSet.FUSED)) {
      try (Backend backend = open(kernels)) {
        Run.assertParity(backend, LeNet5.create(10, 6), Samples.recipe(new CrossEntropy(), new Sgd(0.05f, 0.9f)), data, 640, 3);
      }
    }
  }

  @ParameterizedTest @EnumSource(names = {"CUDNN", "FUSED"}) void replayedStepsAreEagerSteps(KernelSet kernels) {
    Dataset data = Samples.noise(LeNet5.INPUT, 50, 10, 7);
    for (Augment augment : List.of(Augment.NONE, Augment.STRONG)) {
      Run replayed;
      try (Backend backend = open(kernels)) {
        replayed = Run.train(backend, LeNet5.create(10, 8), ADAM, data, augment, 16, 9);
        Run.train(backend, LeNet5.create(10, 8), ADAM, data, augment, 16, 9).assertSameBits(replayed, "again");
      }
      try (Backend eager = new CudaBackend(Precision.FP32, false, kernels, true)) {
        Run.train(eager, LeNet5.create(10, 8), ADAM, data, augment, 16, 9).assertSameBits(replayed, "eager");
      }
    }
  }

  /** An order longer than the data set, and steps that are not whole batches, in whatever order. */
  @Test void ordersMayBeLongerThanTheDataAndStepsMayJump() {
    Dataset data = Samples.noise(Samples.SMALL, 10, 4, 9);
    int[] order = new int[37];
    Arrays.setAll(order, i -> i * 7 % 10);
    try (Backend backend = open(KernelSet.CUDNN);
        TrainingProgram program = backend.compile(Samples.small(4, 10), ADAM.withBatchSize(8), Samples.SEED)) {
      program.bind(data, Augment.NONE);
      program.order(0, new int[] {1, 2, 3});
      program.step(0, 3, 1);
      program.order(1, order);
      program.step(30, 7, 1);
      program.step(2, 8, 1);
      assertEquals(3 + 7 + 8, program.drain().samples());
    }
  }

  @Test void programsOfAClosedDeviceThrow() {
    Backend backend = open(KernelSet.CUDNN);
    Program program = backend.compile(Samples.small(4, 11), 8);
    backend.close();
    backend.close();
    byte[] image = new byte[Samples.SMALL.size()];
    assertTrue(assertThrows(IllegalStateException.class, () -> program.forward(image, 1, new float[4])).getMessage().contains("closed"));
    assertThrows(IllegalStateException.class, () -> backend.compile(Samples.small(4, 11), 8));
    program.close();
  }

  @Test void predictionsFromManyThreads() throws InterruptedException {
    Model model = LeNet5.create(10, 12);
    Dataset data = Samples.noise(LeNet5.INPUT, 1, 10, 13);
    try (Device device = Device.open("cuda"); Predictor predictor = new Predictor(device, model)) {
      float[] expected = new float[10];
      predictor.logits(data.images(), 1, expected);
      List<Throwable> failures = new CopyOnWriteArrayList<>();
      Thread[] threads = new Thread[3];
      for (int t = 0; t < threads.length; t++) {
        threads[t] = new Thread(() -> {
          float[] logits = new float[10];
          for (int i = 0; i < 20; i++) {
            predictor.logits(data.images(), 1, logits);
            Run.assertSameBits(expected, logits, "whatever thread asks");
          }
        });
        threads[t].setUncaughtExceptionHandler((thread, e) -> failures.add(e));
        threads[t].start();
      }
      for (Thread thread : threads) {
        thread.join();
      }
      assertEquals(List.of(), failures);
    }
  }

  @ParameterizedTest @EnumSource(names = {"CUDNN", "FUSED"}) void modelsSideBySideAreAsAlone(KernelSet kernels) {
    try (Device device = Device.open("cuda", new DeviceSettings().withKernels(kernels))) {
      Dataset digits = Samples.noise(LeNet5.INPUT, 80, 10, 17);
      Together.assertAsAlone(device, seed -> LeNet5.create(10, seed), 16, digits, digits.head(50), digits.head(30));
      Dataset many = Samples.noise(Samples.SMALL, 300, 4, 18);
      Together.assertAsAlone(device, seed -> Samples.small(4, seed), 4, many, many.head(150), many.head(30));
    }
  }

  /** Real digits: the losses of the steps are those of OpenBLAS, and both have learnt the same. */
  @ParameterizedTest @EnumSource(names = {"CUDNN", "FUSED"}) void mnistLearnsAsOnOpenBlas(KernelSet kernels) throws IOException {
    String folder = System.getenv("LENET4J_DATA");
    assumeTrue(folder != null, "LENET4J_DATA is not set, so there is no MNIST");
    Splits mnist = Splits.open(Path.of(folder, "mnist").toString());
    Dataset train = mnist.train().head(512);
    Normalization normalization = train.normalization();
    Model model = LeNet5.create(10, 14).normalization(normalization);
    List<Totals> cuda;
    List<Totals> cpu;
    try (Backend backend = open(kernels)) {
      cuda = Run.train(backend, model, ADAM, train, 32, 32).totals();
    }
    try (Device openBlas = Device.open("openblas")) {
      cpu = Run.train(openBlas.backend(), model, ADAM, train, 32, 32).totals();
    }
    for (int step = 0; step < 32; step++) {
      assertEquals(cpu.get(step).loss(), cuda.get(step).loss(), 0.01 * cpu.get(step).loss(), "loss of step " + step);
    }
    assertTrue(cuda.get(31).loss() < cuda.get(0).loss() / 2, "it learns: " + cuda.get(0).loss() + " to " + cuda.get(31).loss());
    Recipe recipe = Recipe.plain().withEpochs(1).withBatchSize(32);
    double[] accuracy = new double[2];
    for (int i = 0; i < 2; i++) {
      try (Device device = i == 0 ? Device.open("cuda", new DeviceSettings().withKernels(kernels)) : Device.open("openblas");
          Trainer trainer = new Trainer(device, LeNet5.create(10, 15), recipe, 16)) {
        accuracy[i] = trainer.fit(train, 1, mnist.test().head(300)).last().testAccuracy();
      }
    }
    assertEquals(accuracy[1], accuracy[0], 0.011, "test accuracy after an epoch: at most three of 300 digits apart");
  }
}
