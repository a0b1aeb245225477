package org.lenet4j.backend.cuda;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.lenet4j.Checkpoint;
import org.lenet4j.Device;
import org.lenet4j.DeviceUnavailableException;
import org.lenet4j.Trainer;
import org.lenet4j.backend.NativeException;
import org.lenet4j.backend.Run;
import org.lenet4j.backend.Samples;
import org.lenet4j.backend.cuda.StandIn.Fault;
import org.lenet4j.data.Dataset;
import org.lenet4j.nn.Model;
import org.lenet4j.nn.Parameter;
import org.lenet4j.optim.AdamW;
import org.lenet4j.optim.Recipe;

/**
 * A short training run, and each of its native calls failing in turn, in each way: the user gets one clear exception, nothing leaks, the
 * last checkpoint is whole, and a fresh device trains as if nothing had happened.
 */
@Tag("cuda-standin")
class FaultCampaignTest {
  private static final Dataset TRAIN = Samples.noise(Samples.SMALL, 20, 4, 1); // batches of 8, 8 and 4: eager, captured, replayed
  private static final Dataset TEST = Samples.noise(Samples.SMALL, 9, 4, 2);
  private static final Recipe RECIPE = Recipe.plain().withOptimizer(new AdamW(1e-3f, 0.01f)).withBatchSize(8);
  private static final Set<String> PASSES = Set.of("cudaStreamBeginCapture", "cudaGraphGetNodes", "cudaGraphInstantiate",
      "cudaDriverGetVersion");

  @TempDir Path folder;
  private Path checkpoint;
  private long callsBeforeClosing;

  @BeforeEach
  void reset() {
    StandIn.assume();
    checkpoint = folder.resolve("run.ckpt");
  }

  /** Two epochs with a checkpoint after each. */
  private Model train() throws IOException {
    try (Device device = Device.open("cuda"); Trainer trainer = new Trainer(device, Samples.small(4, 3), RECIPE, 5)) {
      for (int epoch = 0; epoch < 2; epoch++) {
        trainer.epoch(TRAIN, TEST);
        trainer.checkpoint().save(checkpoint);
      }
      Model model = trainer.model().copy();
      callsBeforeClosing = StandIn.calls();
      return model;
    }
  }

  @ParameterizedTest @EnumSource(names = {"OUT_OF_MEMORY", "LAUNCH_FAILURE", "DEVICE_LOST"})
  void eachCallFailsInTurn(Fault fault) throws IOException {
    Model undisturbed = train();
    long calls = StandIn.calls();
    assertTrue(calls > 100, "a run makes " + calls + " calls");
    long closing = callsBeforeClosing;
    for (long n = 1; n <= calls; n++) {
      StandIn.reset();
      StandIn.fail(n, fault);
      Model model = null;
      Exception thrown = null;
      try {
        model = train();
      } catch (NativeException e) {
        thrown = e;
      } catch (DeviceUnavailableException e) { // the call that failed is the cause, if the device was there at first
        thrown = e.getCause() instanceof NativeException refused ? refused : e;
      }
      String call = StandIn.failedCall();
      String what = fault + " in call " + n + ", " + call;
      assertFalse(call.isEmpty(), what + ": never came");
      assertEquals(List.of(), StandIn.violations(), what);
      assertEquals(List.of(), StandIn.leaks(), what);
      assertEquals(0, StandIn.objects(), what);
      if (thrown == null) {
        assertTrue(n > closing || fault == Fault.OUT_OF_MEMORY && passes(call), what + " was survived");
        assertSame(undisturbed, model, what);
      } else {
        assertClear(thrown, passes(call) ? null : call, what);
      }
      assertTrue(Checkpoint.load(checkpoint).epoch() > 0, what + ": the last checkpoint is whole");
      StandIn.reset();
      assertSame(undisturbed, train(), what + ": a fresh device");
    }
  }

  /**
   * Whether a run goes on after a failure of the call: while a step is captured it costs the graph, not the run; what frees has freed; and
   * a version is only told. If the device is lost, the next call that counts says so.
   */
  private static boolean passes(String call) {
    return StandIn.failedInCapture() || PASSES.contains(call) || call.contains("Destroy") || call.contains("Free");
  }

  /** One line that names the library, the call that failed (any, if that is null), the code and what it means. */
  private static void assertClear(Exception thrown, String call, String what) {
    String message = thrown.getMessage();
    assertFalse(message.contains("\n"), message);
    if (thrown instanceof NativeException e) {
      assertTrue(call == null || call.equals(e.call()), what + ": " + message);
      assertTrue(message.matches("(cuda|cuda driver|cublas|cudnn): " + e.call() + " failed with " + e.code() + ": \\w.+"), message);
    } else { // Device.open("cuda") says why CUDA cannot be used
      assertTrue(message.startsWith("cuda: ") && message.contains(call), what + ": " + message);
    }
    assertEquals(0, thrown.getSuppressed().length, what + ": one exception");
  }

  private static void assertSame(Model expected, Model actual, String what) {
    for (Parameter parameter : expected.parameters()) {
      Run.assertSameBits(parameter.values(), actual.parameter(parameter.name()).values(), what + ": " + parameter.name());
    }
  }
}
