package org.lenet4j.backend.cuda;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTimeoutPreemptively;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.lenet4j.Checkpoint;
import org.lenet4j.Device;
import org.lenet4j.DeviceSettings;
import org.lenet4j.DeviceUnavailableException;
import org.lenet4j.Trainer;
import org.lenet4j.backend.KernelSet;
import org.lenet4j.backend.NativeException;
import org.lenet4j.backend.OptimizerState;
import org.lenet4j.backend.Run;
import org.lenet4j.backend.Samples;
import org.lenet4j.backend.cuda.StandIn.Fault;
import org.lenet4j.backend.cuda.StandIn.Refusal;
import org.lenet4j.data.Augment;
import org.lenet4j.data.Dataset;
import org.lenet4j.nn.LeNet5;
import org.lenet4j.nn.Model;
import org.lenet4j.nn.Parameter;
import org.lenet4j.optim.AdamW;
import org.lenet4j.optim.Recipe;

/** Several GPUs that train one model: the bits are those of one GPU that walks all shards. */
@Tag("cuda-standin")
class OneModelOnSeveralDevicesTest {
  private static final Recipe RECIPE = Recipe.plain().withOptimizer(new AdamW(2e-3f, 0.1f)).withBatchSize(16).withClipNorm(0.5f)
      .withEma(0.9f).withAugment(Augment.LIGHT).withAccumulate(4);

  @BeforeEach void standIn() {
    StandIn.assume();
    StandIn.devices(4);
  }

  @AfterEach void nothingIsLeft() {
    assertEquals(List.of(), StandIn.leaks());
    StandIn.reset();
  }

  /** Augmented, averaged, clipped; the last batch has 3 samples, so that a shard is empty. */
  @ParameterizedTest @CsvSource({"CUDNN,cuda:0+1", "CUDNN,cuda:0+1+2+3", "FUSED,cuda:0+1", "FUSED,cuda:3+1+0+2"})
  void lenet5(KernelSet kernels, String name) {
    assertAsOnOne(name, new DeviceSettings().withKernels(kernels), LeNet5.create(10, 1), Samples.noise(LeNet5.INPUT, 19, 10, 2),
        RECIPE.withBatchSize(8));
  }

  /** With dropout, and more steps than one launch takes. */
  @ParameterizedTest @CsvSource({"cuda:0+1,4", "cuda:0+1+2+3,4", "cuda:2+1,2"})
  void anyModel(String name, int shards) {
    assertAsOnOne(name, new DeviceSettings(), Samples.small(4, 3), Samples.noise(Samples.SMALL, 163, 4, 4),
        RECIPE.withBatchSize(4).withAccumulate(shards));
  }

  private static void assertAsOnOne(String name, DeviceSettings settings, Model model, Dataset data, Recipe recipe) {
    try (Device one = Device.open("cuda", settings); Device several = Device.open(name, settings);
        Trainer expected = new Trainer(one, model.copy(), recipe, 5); Trainer actual = new Trainer(several, model.copy(), recipe, 5)) {
      for (int epoch = 0; epoch < 2; epoch++) {
        double loss = expected.epoch(data, data).trainLoss();
        // Each device adds up the losses of its own shards in double precision, and the host adds those.
        assertEquals(loss, actual.epoch(data, data).trainLoss(), 1e-12 * loss, "loss of epoch " + epoch);
      }
      assertSame(expected.checkpoint(), actual.checkpoint());
      assertEquals(expected.history().epochs().get(1).testLoss(), actual.history().epochs().get(1).testLoss());
      assertEquals(expected.history().epochs().get(1).trainAccuracy(), actual.history().epochs().get(1).trainAccuracy());
    }
    assertEquals(List.of(), StandIn.violations());
  }

  private static void assertSame(Checkpoint expected, Checkpoint actual) {
    for (Parameter parameter : expected.model().parameters()) {
      Run.assertSameBits(parameter.values(), actual.model().parameter(parameter.name()).values(), parameter.name());
    }
    OptimizerState state = actual.optimizer();
    assertEquals(expected.optimizer().step(), state.step());
    expected.optimizer().slots().forEach((slot, values) -> Run.assertSameBits(values, state.slots().get(slot), slot));
    assertEquals(expected.arithmetic(), actual.arithmetic());
  }

  /** A run begun on two devices goes on with the same bits on one, and back. */
  @Test void resumedElsewhere() {
    Dataset data = Samples.noise(Samples.SMALL, 64, 4, 6);
    try (Device one = Device.open("cuda"); Device two = Device.open("cuda:0+1");
        Trainer whole = new Trainer(one, Samples.small(4, 7), RECIPE, 8);
        Trainer begun = new Trainer(two, Samples.small(4, 7), RECIPE, 8)) {
      whole.fit(data, 2, null);
      begun.fit(data, 1, null);
      try (Trainer resumed = Trainer.resume(one, begun.checkpoint())) {
        resumed.fit(data, 1, null);
        assertSame(whole.checkpoint(), resumed.checkpoint());
      }
    }
  }

  /** One device that goes eager while the others replay graphs is what NCCL cannot have. */
  @Test void withoutCaptureItEnds() {
    Dataset data = Samples.noise(Samples.SMALL, 40, 4, 9);
    StandIn.refuseCapture(Refusal.INSTANTIATE);
    try (Device two = Device.open("cuda:0+1"); Trainer trainer = new Trainer(two, Samples.small(4, 3), RECIPE, 5)) {
      assertThrows(NativeException.class, () -> trainer.fit(data, 1, null));
    }
  }

  @Test void sideBySide() {
    Dataset data = Samples.noise(Samples.SMALL, 163, 4, 9);
    Recipe recipe = RECIPE.withBatchSize(4);
    try (Device one = Device.open("cuda"); Device two = Device.open("cuda:0+1");
        Trainer first = new Trainer(one, Samples.small(4, 1), recipe, 1); Trainer second = new Trainer(one, Samples.small(4, 2), recipe, 2);
        Trainer a = new Trainer(two, Samples.small(4, 1), recipe, 1); Trainer b = new Trainer(two, Samples.small(4, 2), recipe, 2)) {
      Trainer.fitTogether(List.of(first, second), data, 1, data);
      Trainer.fitTogether(List.of(a, b), data, 1, data);
      assertSame(first.checkpoint(), a.checkpoint());
      assertSame(second.checkpoint(), b.checkpoint());
    }
    assertEquals(List.of(), StandIn.violations());
  }

  /** The exchange is part of the graph: after the first steps a launch is all that a device gets. */
  @Test void theExchangeIsCaptured() {
    Dataset data = Samples.noise(Samples.SMALL, 64 * 4, 4, 10);
    try (Device two = Device.open("cuda:0+1"); Trainer trainer = new Trainer(two, Samples.small(4, 3), RECIPE.withBatchSize(4), 5)) {
      trainer.fit(data, 2, null);
      long gathers = StandIn.counts().get("ncclAllGather");
      trainer.fit(data, 1, null);
      assertEquals(gathers, StandIn.counts().get("ncclAllGather"));
    }
  }

  /** By hand with -Dlenet4j.stride=1: each call of a run that fails ends it, and nothing is left, nor does anybody wait. */
  @ParameterizedTest @EnumSource(names = {"OUT_OF_MEMORY", "LAUNCH_FAILURE", "DEVICE_LOST"}) void callsFail(Fault fault) {
    Dataset data = Samples.noise(Samples.SMALL, 20, 4, 11);
    train(data);
    long calls = StandIn.calls();
    for (long n = 1; n <= calls; n += Long.getLong("lenet4j.stride", 131)) {
      StandIn.reset();
      StandIn.devices(4);
      StandIn.fail(n, fault);
      String what = fault + " in call " + n;
      try {
        assertTimeoutPreemptively(Duration.ofSeconds(50), () -> train(data), what);
      } catch (NativeException | DeviceUnavailableException e) {
        assertFalse(e.getMessage().contains("\n"), what);
      }
      assertEquals(List.of(), StandIn.violations(), () -> what + ", " + StandIn.failedCall());
      assertEquals(List.of(), StandIn.leaks(), () -> what + ", " + StandIn.failedCall());
    }
  }

  private static void train(Dataset data) {
    try (Device two = Device.open("cuda:0+1"); Trainer trainer = new Trainer(two, Samples.small(4, 3), RECIPE.withBatchSize(8), 5)) {
      trainer.fit(data, 2, data);
    }
  }

  /** The other device waits in a collective for the one that failed, and is let go. */
  @Test void oneThatFailsEndsAll() {
    Dataset data = Samples.noise(Samples.SMALL, 64, 4, 11);
    try (Device two = Device.open("cuda:0+1"); Trainer trainer = new Trainer(two, Samples.small(4, 3), RECIPE, 5)) {
      trainer.fit(data, 1, null);
      StandIn.fail("cudaGraphLaunch", 1, Fault.LAUNCH_FAILURE);
      NativeException e = assertThrows(NativeException.class, () -> trainer.fit(data, 1, null));
      assertTrue(e.getMessage().contains("cudaGraphLaunch failed with 719"), e.getMessage());
      assertThrows(NativeException.class, () -> trainer.evaluate(data));
    }
  }

  @Test void whatCannotBe() {
    assertEquals("one model is trained by 2, 4, 8 or another power of two of GPUs, each named once, got cuda:0, cuda:1, cuda:2",
        assertThrows(IllegalArgumentException.class, () -> Device.open("cuda:0+1+2")).getMessage());
    assertThrows(IllegalArgumentException.class, () -> Device.open("cuda:1+1"));
    assertThrows(RuntimeException.class, () -> Device.open("cuda:1+7"));
    try (Device two = Device.open("cuda:0+1")) {
      assertEquals("2 GPUs share the shards of a batch, and the recipe cuts it into 1; choose 2 shards or more",
          assertThrows(IllegalArgumentException.class, () -> new Trainer(two, Samples.small(4, 3), Recipe.plain(), 5)).getMessage());
    }
  }
}
