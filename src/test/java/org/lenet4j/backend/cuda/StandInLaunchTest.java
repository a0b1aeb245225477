package org.lenet4j.backend.cuda;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.lenet4j.backend.Backend;
import org.lenet4j.backend.KernelSet;
import org.lenet4j.backend.NativeException;
import org.lenet4j.backend.Precision;
import org.lenet4j.backend.Run;
import org.lenet4j.backend.Samples;
import org.lenet4j.backend.Totals;
import org.lenet4j.backend.TrainingProgram;
import org.lenet4j.backend.cuda.StandIn.Fault;
import org.lenet4j.data.Augment;
import org.lenet4j.data.Batches;
import org.lenet4j.data.Dataset;
import org.lenet4j.nn.CrossEntropy;
import org.lenet4j.nn.LeNet5;
import org.lenet4j.nn.Model;
import org.lenet4j.optim.AdamW;
import org.lenet4j.optim.Recipe;

/** What the calls of many steps are: launches of many steps at once, and one upload of data that several programs use. */
@Tag("cuda-standin")
@SuppressWarnings("try") // closing is what is tested
class StandInLaunchTest {
  private static final Recipe CONFIG = Samples.recipe(new CrossEntropy(0.1f), new AdamW(1e-3f, 0.01f));
  private static final Dataset DATA = Samples.noise(Samples.SMALL, 101, 4, 1);
  private static final int BATCH = 2;

  @BeforeEach
  void reset() {
    StandIn.assume();
  }

  /** What an epoch of 51 steps, twice, ended with. */
  private record End(List<Totals> totals, Model model) {}

  private static End epochs(Backend backend, Model model, Dataset data) {
    try (TrainingProgram program = backend.compile(model, CONFIG.withBatchSize(BATCH), Samples.SEED)) {
      program.bind(data, Augment.NONE);
      List<Totals> totals = new ArrayList<>();
      for (int epoch = 0; epoch < 2; epoch++) {
        program.order(epoch, Batches.order(data.size(), 3, epoch));
        for (int first = 0; first < data.size(); first += BATCH) {
          program.step(first, Math.min(BATCH, data.size() - first), 1 - first / 200f);
        }
        totals.add(program.drain());
      }
      Model after = model.copy();
      program.read(after);
      return new End(totals, after);
    }
  }

  private static void assertSame(End expected, End actual, String what) {
    assertEquals(expected.totals, actual.totals, what);
    expected.model.parameters().forEach(parameter ->
        Run.assertSameBits(parameter.values(), actual.model.parameter(parameter.name()).values(), what + ": " + parameter.name()));
  }

  private static Backend open(KernelSet kernels, boolean eager) {
    return new CudaBackend(Precision.FP32, false, kernels, eager);
  }

  @ParameterizedTest @EnumSource(names = {"CUDNN", "FUSED"}) void thirtyTwoStepsAreOneLaunch(KernelSet kernels) {
    boolean fused = kernels == KernelSet.FUSED;
    Model model = fused ? LeNet5.create(10, 2) : Samples.small(4, 2);
    Dataset data = fused ? Samples.noise(LeNet5.INPUT, 101, 10, 1) : DATA;
    End eager;
    try (Backend backend = open(kernels, true)) {
      eager = epochs(backend, model, data);
    }
    assertEquals(null, StandIn.counts().get("cudaGraphLaunch"));
    StandIn.reset();
    try (Backend backend = open(kernels, false)) {
      assertSame(eager, epochs(backend, model, data), "replayed");
    }
    // 1 eager and 31 single steps, then 19 that are left; 32 at once, then 19
    assertEquals(31 + 19 + 1 + 19, StandIn.counts().get("cudaGraphLaunch"));
    assertEquals(2, StandIn.counts().get("cudaGraphInstantiate"));
    assertEquals(List.of(), StandIn.violations());
    assertEquals(List.of(), StandIn.leaks());
  }

  /** The first or the second of the two graphs: from there on steps are eager, with the same bits. */
  @ParameterizedTest @ValueSource(ints = {1, 2}) void graphsThatCannotBeMadeCostOnlyTime(int which) {
    Model model = Samples.small(4, 4);
    End undisturbed;
    try (Backend backend = open(KernelSet.CUDNN, false)) {
      undisturbed = epochs(backend, model, DATA);
    }
    for (String call : List.of("cudaStreamBeginCapture", "cudaStreamEndCapture", "cudaGraphInstantiate")) {
      StandIn.reset();
      StandIn.fail(call, which, Fault.OUT_OF_MEMORY);
      try (Backend backend = open(KernelSet.CUDNN, false)) {
        assertSame(undisturbed, epochs(backend, model, DATA), call);
      }
      assertEquals(call, StandIn.failedCall());
      assertEquals(List.of(), StandIn.violations(), call);
      assertEquals(List.of(), StandIn.leaks(), call);
    }
  }

  @Test void programsShareTheirData() {
    Dataset data = Samples.noise(Samples.SMALL, 20_000, 4, 5);
    Model model = Samples.small(4, 6);
    try (Backend backend = open(KernelSet.CUDNN, false);
        TrainingProgram first = backend.compile(model, CONFIG.withBatchSize(4), Samples.SEED);
        TrainingProgram second = backend.compile(model, CONFIG.withBatchSize(4), Samples.SEED)) {
      long before = StandIn.bytes();
      long images = data.images().length;
      first.bind(data, Augment.NONE);
      long one = StandIn.bytes() - before;
      assertTrue(one >= images, "uploaded: " + one);
      second.bind(data, Augment.NONE);
      second.evaluate(data, new CrossEntropy(), null);
      assertTrue(StandIn.bytes() - before < one + images / 2, "uploaded once: " + (StandIn.bytes() - before));
      first.bind(DATA, Augment.NONE);
      first.close();
      second.order(0, Batches.order(data.size(), 1, 0));
      second.step(0, 4, 1);
      assertEquals(4, second.drain().samples());
      second.close();
      assertTrue(StandIn.bytes() < before, "freed with the last program");
    }
    assertEquals(List.of(), StandIn.violations());
    assertEquals(List.of(), StandIn.leaks());
  }

  /** The same data set after all its programs have gone, and one whose upload failed. */
  @Test void dataCanComeBack() {
    try (Backend backend = open(KernelSet.CUDNN, false)) {
      End first = epochs(backend, Samples.small(4, 7), DATA);
      assertSame(first, epochs(backend, Samples.small(4, 7), DATA), "again");
      try (TrainingProgram program = backend.compile(Samples.small(4, 7), CONFIG.withBatchSize(BATCH), Samples.SEED)) {
        StandIn.fail("cudaMalloc", 1, Fault.OUT_OF_MEMORY);
        assertThrows(NativeException.class, () -> program.bind(DATA, Augment.NONE));
        program.bind(DATA, Augment.NONE);
      }
      assertSame(first, epochs(backend, Samples.small(4, 7), DATA), "after a failure");
    }
    assertEquals(List.of(), StandIn.leaks());
  }
}
