package org.lenet4j.backend.cuda;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import org.bytedeco.javacpp.Pointer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.lenet4j.Checkpoint;
import org.lenet4j.Device;
import org.lenet4j.DeviceSettings;
import org.lenet4j.Trainer;
import org.lenet4j.backend.Backend;
import org.lenet4j.backend.KernelChoice;
import org.lenet4j.backend.KernelSet;
import org.lenet4j.backend.NativeException;
import org.lenet4j.backend.Precision;
import org.lenet4j.backend.Program;
import org.lenet4j.backend.Run;
import org.lenet4j.backend.Samples;
import org.lenet4j.backend.TrainingProgram;
import org.lenet4j.backend.cuda.StandIn.Fault;
import org.lenet4j.data.Augment;
import org.lenet4j.data.Dataset;
import org.lenet4j.nn.CrossEntropy;
import org.lenet4j.nn.LeNet5;
import org.lenet4j.nn.MeanSquaredError;
import org.lenet4j.nn.Model;
import org.lenet4j.optim.Adam;
import org.lenet4j.optim.AdamW;
import org.lenet4j.optim.Recipe;

/** {@link KernelSet#AUTO}: what is chosen, and that choosing leaves no trace. */
@Tag("cuda-standin")
class AutoKernelsTest {
  private static final Recipe ADAM = Samples.recipe(new CrossEntropy(), new AdamW(1e-3f, 0.01f), List.of(), 1, 0.9f, null);
  private static final int FAULTS = 15; // of each kind; a run takes a while
  private static final Dataset DATA = Samples.noise(LeNet5.INPUT, 7, 10, 1);

  @BeforeEach void standIn() {
    StandIn.assume();
  }

  @AfterEach void nothingIsLeft() {
    assertEquals(List.of(), StandIn.violations());
    assertEquals(List.of(), StandIn.leaks());
  }

  private static Backend named(KernelSet kernels) {
    return new CudaBackend(Precision.FP32, false, kernels);
  }

  /** Really runs the trials, whatever their times. */
  private static Backend won(KernelSet winner) {
    return new CudaBackend(Precision.FP32, trial -> {
      trial.microseconds();
      return trial.kernels() == winner ? 1 : 2;
    });
  }

  private static Backend noTiming() {
    return new CudaBackend(Precision.FP32, trial -> {
      throw new AssertionError("nothing is to be timed");
    });
  }

  private static Run train(Backend backend, Augment augment) {
    return Run.train(backend, LeNet5.create(10, 3), ADAM, DATA, augment, 4, 6);
  }

  @ParameterizedTest @EnumSource(names = {"CUDNN", "FUSED"}) void theFasterOneTrainsAsIfItHadBeenNamed(KernelSet winner) {
    try (Backend named = named(winner); Backend auto = won(winner)) {
      train(auto, Augment.NONE).assertSameBits(train(named, Augment.NONE), "chosen by timing");
      train(auto, Augment.LIGHT).assertSameBits(train(named, Augment.LIGHT), "chosen by timing, distorted images");
      try (TrainingProgram program = auto.compile(LeNet5.create(10, 3), ADAM.withBatchSize(4), Samples.SEED)) {
        assertEquals(winner, program.kernels().kernels());
        assertTrue(program.kernels().describe().matches(winner.name().toLowerCase(Locale.ROOT)
            + " for training with batch size 4 \\(cudnn [12]\\.0 us, fused [12]\\.0 us a batch\\)"), program.kernels().describe());
      }
      assertTrue(auto.describe().endsWith(", kernels chosen by timing"), auto.describe());
    }
  }

  @ParameterizedTest @EnumSource(names = {"CUDNN", "FUSED"}) void theFasterOnePredictsAsIfItHadBeenNamed(KernelSet winner) {
    float[][] logits = new float[2][70];
    float[][] one = new float[2][10];
    for (int i = 0; i < 2; i++) {
      try (Backend backend = i == 0 ? named(winner) : won(winner); Program program = backend.compile(LeNet5.create(10, 4), 4)) {
        assertEquals(i == 0 ? null : winner, i == 0 ? program.kernels() : program.kernels().kernels());
        program.forward(DATA.images(), 7, logits[i]);
        program.forward(DATA.images(), 1, one[i]);
      }
    }
    Run.assertSameBits(logits[0], logits[1], "logits");
    Run.assertSameBits(one[0], one[1], "one image");
  }

  @Test void theDevicesClockIsReadForBoth() {
    try (Backend backend = named(KernelSet.AUTO);
        TrainingProgram program = backend.compile(LeNet5.create(10, 5), ADAM.withBatchSize(2), Samples.SEED)) {
      KernelChoice choice = program.kernels();
      assertTrue(choice.cudnn() > 0 && choice.fused() > 0 && choice.reason().isEmpty(), choice.describe());
      assertEquals(choice.fused() < choice.cudnn() ? KernelSet.FUSED : KernelSet.CUDNN, choice.kernels());
    }
  }

  @Test void whatTheFusedKernelsCannotDoIsNotTimed() {
    Model frozen = LeNet5.create(10, 6).freeze("conv1");
    try (Backend backend = noTiming()) {
      for (Model model : List.of(LeNet5.classic(10, 6), LeNet5.create(65, 6), frozen)) {
        try (TrainingProgram program = backend.compile(model, ADAM.withBatchSize(2), Samples.SEED)) {
          assertEquals(KernelSet.CUDNN, program.kernels().kernels());
          assertTrue(program.kernels().describe().contains("not for this network"), program.kernels().describe());
        }
      }
    }
    try (Backend backend = new CudaBackend(Precision.TF32, false, KernelSet.AUTO); Program program = backend.compile(frozen, 2)) {
      assertEquals("cudnn for inference with batch size 2 (the fused kernels compute in fp32 only)", program.kernels().describe());
    }
    try (Backend backend = named(KernelSet.FUSED); Program program = backend.compile(LeNet5.create(10, 6), 2)) {
      assertNull(program.kernels(), "there was no choice");
    }
  }

  @Test void aKindOfProgramIsTimedOnce() {
    List<KernelSet> timed = new ArrayList<>();
    KernelChoices.Timing timing = trial -> {
      timed.add(trial.kernels());
      return timed.size();
    };
    try (Backend backend = new CudaBackend(Precision.FP32, timing)) {
      backend.compile(LeNet5.create(10, 7), ADAM.withBatchSize(2), Samples.SEED).close();
      int once = timed.size();
      assertEquals(List.of(KernelSet.CUDNN, KernelSet.FUSED, KernelSet.CUDNN), timed.subList(0, 3), "in turn");
      backend.compile(LeNet5.create(10, 8), Samples.recipe(new MeanSquaredError(), new Adam(1)).withBatchSize(2), Samples.SEED).close();
      assertEquals(once, timed.size());
      backend.compile(LeNet5.create(10, 7), 2).close();
      backend.compile(LeNet5.create(10, 7), ADAM.withBatchSize(3), Samples.SEED).close();
      backend.compile(LeNet5.create(9, 7), ADAM.withBatchSize(2), Samples.SEED).close();
      assertEquals(4 * once, timed.size(), "inference, another batch size and another number of classes");
    }
  }

  @Test void theMedianDecides() {
    double[] cudnn = {90, 9, 1, 1, 9, 1, 9, 9}; // the first warms up
    int[] run = new int[1];
    KernelChoices.Timing timing = trial -> trial.kernels() == KernelSet.CUDNN ? cudnn[run[0]++] : 5;
    try (Backend backend = new CudaBackend(Precision.FP32, timing); Program program = backend.compile(LeNet5.create(10, 9), 1)) {
      assertEquals(new KernelChoice(KernelSet.FUSED, false, 1, 9, 5, ""), program.kernels());
    }
  }

  @Test void aRunKeepsTheKernelsOfItsCheckpoint() {
    Recipe recipe = Recipe.plain().withBatchSize(3).withEma(0.9f);
    for (KernelSet kernels : List.of(KernelSet.CUDNN, KernelSet.FUSED)) {
      Checkpoint checkpoint;
      Model expected = LeNet5.create(10, 10);
      try (Device device = Device.open("cuda", new DeviceSettings().withKernels(kernels));
          Trainer trainer = new Trainer(device, expected, recipe, 5)) {
        trainer.epoch(DATA, null);
        Checkpoint own = trainer.checkpoint();
        checkpoint = new Checkpoint(own.model(), own.recipe(), own.optimizer(), own.seed(), own.epoch(), kernels, own.arithmetic(),
            own.history(), Map.of());
        trainer.epoch(DATA, null);
      }
      try (Device device = Device.open("cuda", new DeviceSettings().withKernels(KernelSet.AUTO));
          Trainer trainer = Trainer.resume(device, checkpoint)) {
        assertEquals(kernels, trainer.kernels().kernels());
        assertEquals("the run has begun with them", trainer.kernels().reason());
        trainer.epoch(DATA, null);
        Run.assertSameBits(expected.parameter("fc1.weight").values(), trainer.model().parameter("fc1.weight").values(), "resumed");
        assertEquals(kernels, trainer.checkpoint().kernels());
      }
    }
  }

  @Test void memoryIsThatOfTheChosenProgram() {
    for (KernelSet winner : List.of(KernelSet.CUDNN, KernelSet.FUSED)) {
      long named;
      try (Backend backend = named(winner);
          TrainingProgram program = backend.compile(LeNet5.create(10, 11), ADAM.withBatchSize(1), Samples.SEED)) {
        named = StandIn.bytes();
        assertNull(program.kernels());
      }
      try (Backend backend = won(winner)) {
        long open = StandIn.bytes();
        long pointers = 0;
        long host = 0;
        for (int i = 0; i < 4; i++) {
          try (TrainingProgram program = backend.compile(LeNet5.create(10, 11), ADAM.withBatchSize(1 + i), Samples.SEED)) {
            assertTrue(i > 0 || StandIn.bytes() == named, winner + ": " + StandIn.bytes() + " bytes, by name " + named);
            program.bind(DATA, Augment.NONE);
            Run.walk(program, 7, 1, 0, 5);
            long flat = StandIn.bytes();
            Run.walk(program, 7, 1, 5, 20);
            assertEquals(flat, StandIn.bytes());
          }
          assertEquals(open, StandIn.bytes(), "all of both trials is freed");
          assertTrue(i < 2 || Pointer.totalCount() <= pointers && Pointer.totalBytes() <= host, "JavaCPP's owners of memory");
          pointers = Math.max(pointers, Pointer.totalCount());
          host = Math.max(host, Pointer.totalBytes());
        }
      }
    }
  }

  /** Device memory of a device with one program for training. */
  private static long memory(KernelSet kernels, int batchSize) {
    try (Backend backend = named(kernels);
        TrainingProgram program = backend.compile(LeNet5.create(10, 12), ADAM.withBatchSize(batchSize), Samples.SEED)) {
      assertNull(program.kernels());
      return StandIn.bytes();
    }
  }

  @Test void whereOnlyOneFitsItIsTaken() {
    int batch = 256;
    long cudnn = memory(KernelSet.CUDNN, batch);
    long fused = memory(KernelSet.FUSED, batch);
    assertTrue(fused + (2 << 20) < cudnn, fused + " bytes fused, " + cudnn + " with cuDNN");
    Map<KernelSet, Long> sizes = Map.of(KernelSet.CUDNN, cudnn + (1 << 20), KernelSet.FUSED, (fused + cudnn) / 2);
    sizes.forEach((fits, bytes) -> {
      StandIn.memory(bytes);
      try (Backend backend = noTiming();
          TrainingProgram program = backend.compile(LeNet5.create(10, 12), ADAM.withBatchSize(batch), Samples.SEED)) {
        assertEquals(fits, program.kernels().kernels());
        assertTrue(program.kernels().reason().startsWith("they could not be timed: cuda: cudaMalloc failed with 2: out of device memory"),
            program.kernels().reason());
      }
    });
    StandIn.memory(fused / 2);
    try (Backend backend = noTiming()) {
      NativeException e = assertThrows(NativeException.class, () -> backend.compile(LeNet5.create(10, 12), ADAM.withBatchSize(batch),
          Samples.SEED).close());
      assertTrue(e.getMessage().contains("out of device memory"), e.getMessage());
    }
  }

  @ParameterizedTest @EnumSource(names = {"CUDNN", "FUSED"}) void aFaultInATimedStepLeavesCudnn(KernelSet faulty) {
    Run expected;
    try (Backend backend = named(KernelSet.CUDNN)) {
      expected = train(backend, Augment.NONE);
    }
    KernelChoices.Timing timing = trial -> {
      if (trial.kernels() == faulty) {
        StandIn.fail("cudaGraphLaunch", 1, Fault.OUT_OF_MEMORY);
      }
      return trial.microseconds() < 0 ? 1 : trial.kernels() == KernelSet.FUSED ? 1 : 2;
    };
    try (Backend backend = new CudaBackend(Precision.FP32, timing)) {
      train(backend, Augment.NONE).assertSameBits(expected, "after a fault in the " + faulty + " trial");
      StandIn.fail("", 0, Fault.NONE);
      try (TrainingProgram program = backend.compile(LeNet5.create(10, 3), ADAM.withBatchSize(5), Samples.SEED)) {
        assertEquals(KernelSet.CUDNN, program.kernels().kernels());
        assertTrue(program.kernels().reason().contains("cudaGraphLaunch failed with "), program.kernels().reason());
      }
    }
  }

  /** Calls of compiling, timing, training and closing fail in turn: one clear exception, or a run that is one of the two. */
  @ParameterizedTest @EnumSource(names = {"OUT_OF_MEMORY", "LAUNCH_FAILURE", "DEVICE_LOST"}) void callsFailInTurn(Fault fault) {
    Dataset two = DATA.head(2);
    List<Model> undisturbed = new ArrayList<>();
    for (KernelSet kernels : List.of(KernelSet.CUDNN, KernelSet.FUSED)) {
      undisturbed.add(threeSteps(named(kernels), two));
    }
    StandIn.reset();
    assertTrue(same(undisturbed.get(1), threeSteps(timedOnce(), two)));
    long calls = StandIn.calls();
    long stride = calls / FAULTS;
    assertTrue(stride > 1, "a run makes " + calls + " calls");
    for (long n = 1 + fault.ordinal() * stride / 4; n <= calls; n += stride) { // others for each fault
      StandIn.reset();
      StandIn.fail(n, fault);
      String what = fault + " in call " + n;
      try {
        Model model = threeSteps(timedOnce(), two);
        assertTrue(undisturbed.stream().anyMatch(expected -> same(expected, model)), what + " was survived with other bits");
      } catch (NativeException | IllegalStateException e) {
        assertTrue(!e.getMessage().contains("\n"), what + ": " + e.getMessage());
      }
      assertEquals(List.of(), StandIn.violations(), what + ", " + StandIn.failedCall());
      assertEquals(List.of(), StandIn.leaks(), what + ", " + StandIn.failedCall());
    }
    StandIn.reset();
  }

  /** The fused kernels win after one run of each trial. */
  private static Backend timedOnce() {
    Set<KernelTrial> done = new HashSet<>();
    return new CudaBackend(Precision.FP32, trial -> {
      if (done.add(trial)) {
        trial.microseconds();
      }
      return trial.kernels() == KernelSet.FUSED ? 1 : 2;
    });
  }

  private static Model threeSteps(Backend backend, Dataset data) {
    try (backend) {
      return Run.train(backend, LeNet5.create(10, 13), ADAM, data, 1, 3).model();
    }
  }

  private static boolean same(Model a, Model b) {
    return a.parameters().stream().allMatch(parameter ->
        Arrays.equals(parameter.values(), b.parameter(parameter.name()).values()));
  }
}
