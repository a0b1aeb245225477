package org.lenet4j.backend.cuda;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.lenet4j.backend.Backend;
import org.lenet4j.backend.KernelSet;
import org.lenet4j.backend.NativeException;
import org.lenet4j.backend.Precision;
import org.lenet4j.backend.Program;
import org.lenet4j.backend.Run;
import org.lenet4j.backend.Samples;
import org.lenet4j.data.Dataset;
import org.lenet4j.nn.Activation;
import org.lenet4j.nn.CrossEntropy;
import org.lenet4j.nn.LeNet5;
import org.lenet4j.nn.Model;
import org.lenet4j.nn.Pool2d;
import org.lenet4j.optim.Adam;
import org.lenet4j.optim.Recipe;
import org.lenet4j.optim.Sgd;
import org.lenet4j.reference.ReferenceBackend;

/** Which calls a step makes, and what follows from the device's settings: the stand-in counts and sets them. */
@Tag("cuda-standin")
class CudaCallsTest {
  private static final Recipe ADAM = Samples.recipe(new CrossEntropy(), new Adam(1e-3f));

  @BeforeEach void standIn() {
    StandIn.assume();
  }

  @AfterEach void nothingIsLeft() {
    assertEquals(List.of(), StandIn.violations());
    assertEquals(List.of(), StandIn.leaks());
  }

  /** The counts of one run, whose steps are all eager, so that each call of a step is counted. */
  private static Map<String, Long> calls(Model model, int steps) {
    StandIn.reset();
    try (Backend backend = new CudaBackend(Precision.FP32, false, KernelSet.CUDNN, true)) {
      Run.train(backend, model, ADAM, Samples.noise(model.input(), 8, 10, 1), 8, steps);
      return StandIn.counts();
    }
  }

  private static long perStep(Model model, String call) {
    return calls(model, 3).getOrDefault(call, 0L) - calls(model, 2).getOrDefault(call, 0L);
  }

  @Test void frozenLayersCostNothing() {
    Model all = LeNet5.create(10, 1);
    assertEquals(2, perStep(all, "cudnnConvolutionBackwardFilter"));
    assertEquals(2, perStep(all, "cudnnConvolutionBackwardBias"));
    assertEquals(1, perStep(all, "cudnnConvolutionBackwardData"), "the lowest layer's input needs no gradient");
    assertEquals(6, perStep(all, "cublasGemmEx"), "three products for dW, three for dx");

    Model head = LeNet5.create(10, 1).freeze("conv1", "conv2");
    for (String call : List.of("cudnnConvolutionBackwardFilter", "cudnnConvolutionBackwardBias", "cudnnConvolutionBackwardData",
        "cudnnPoolingBackward", "cudnnActivationBackward")) {
      assertEquals(0, perStep(head, call), call + " below the lowest trained layer");
    }
    assertEquals(5, perStep(head, "cublasGemmEx"), "no dx for fc1");

    Model between = LeNet5.create(10, 1).freeze("conv2", "fc1");
    assertEquals(1, perStep(between, "cudnnConvolutionBackwardFilter"), "of conv1 alone");
    assertEquals(1, perStep(between, "cudnnConvolutionBackwardData"), "through conv2");
    assertEquals(5, perStep(between, "cublasGemmEx"), "no dW for fc1");
  }

  @Test void aStepIsCapturedWhole() {
    CudaProfile profile = CudaProfile.of(KernelSet.CUDNN, LeNet5.create(10, 1),
        ADAM.withBatchSize(4), Samples.noise(LeNet5.INPUT, 4, 10, 1));
    assertEquals(32, profile.graphNodes(), "each call of a library or launch of ours is one node on the stand-in");
  }

  @Test void aReplayedStepIsOneCall() {
    long[] launches = new long[2];
    for (int i = 0; i < 2; i++) {
      StandIn.reset();
      try (Backend backend = new CudaBackend(Precision.FP32, false)) {
        Run.train(backend, LeNet5.create(10, 1), ADAM, Samples.noise(LeNet5.INPUT, 8, 10, 1), 8, 10 + i);
      }
      launches[i] = StandIn.counts().get("cuLaunchKernel");
      assertEquals(10 + i - 1, StandIn.counts().get("cudaGraphLaunch"), "all steps but the first");
    }
    assertEquals(launches[0], launches[1], "the eleventh step launches no kernel by itself");
  }

  @ParameterizedTest @EnumSource(value = StandIn.Refusal.class, mode = EnumSource.Mode.EXCLUDE, names = "NONE")
  void withoutCaptureStepsStayEagerAndGiveTheSameBits(StandIn.Refusal refusal) {
    Dataset data = Samples.noise(Samples.SMALL, 20, 4, 12);
    Run expected;
    try (Backend backend = new CudaBackend(Precision.FP32, false)) {
      expected = Run.train(backend, Samples.small(4, 13), ADAM, data, 8, 6);
      StandIn.refuseCapture(refusal);
      Run.train(backend, Samples.small(4, 13), ADAM, data, 8, 6).assertSameBits(expected, "capture refused by " + refusal);
    }
    assertEquals(6 - 1, StandIn.counts().get("cudaGraphLaunch"), "of the first run alone");
  }

  @Test void withoutEpiloguesTheLinearLayersAreTheReferences() {
    StandIn.ltEpilogues(false);
    Dataset data = Samples.noise(Samples.SMALL, 20, 4, 2);
    try (Backend backend = new CudaBackend(Precision.FP32, false)) {
      for (Activation activation : Activation.values()) {
        Model model = Samples.small(4, activation, Pool2d.Kind.MAX, 3);
        Run.assertParity(backend, model, Samples.recipe(new CrossEntropy(), new Sgd(0.1f, 0.9f)), data, 8, 4);
      }
    }
    assertFalse(StandIn.counts().containsKey("cublasLtMatmul"));
  }

  @Test void fastAlgorithmsTrainAsWell() {
    Dataset data = Samples.noise(LeNet5.INPUT, 24, 10, 4);
    Recipe recipe = Samples.recipe(new CrossEntropy(), new Sgd(0.05f, 0.9f));
    Run expected = Run.train(new ReferenceBackend(), LeNet5.create(10, 5), recipe, data, 8, 6);
    try (Backend backend = new CudaBackend(Precision.FP32, true)) {
      assertTrue(backend.describe().endsWith(", fast"), backend.describe());
      Run.train(backend, LeNet5.create(10, 5), recipe, data, 8, 6).assertClose(expected, Run.GRADIENT, "fast");
    }
    assertTrue(StandIn.counts().containsKey("cudnnFindConvolutionForwardAlgorithm"), "algorithms are timed");
  }

  @ParameterizedTest @EnumSource(Precision.class) void precisionShowsInTheLogits(Precision precision) {
    Model model = LeNet5.create(10, 6);
    Dataset data = Samples.noise(LeNet5.INPUT, 32, 10, 7);
    float[] expected = new float[320];
    float[] actual = new float[320];
    try (Program reference = new ReferenceBackend().compile(model, 1)) {
      reference.forward(data.images(), 32, expected);
    }
    try (Backend backend = new CudaBackend(precision, false); Program program = backend.compile(model, 32)) {
      program.forward(data.images(), 32, actual);
    }
    double error = Run.distance(expected, actual) / Run.norm(expected);
    switch (precision) { // a factor is off by up to 2^-24, 2^-11, 2^-9; sums of many products by less, for the errors cancel in part
      case FP32 -> assertTrue(error < 1e-6, "fp32: " + error);
      case TF32 -> assertTrue(error > 1e-5 && error < 0x1p-10, "tf32: " + error);
      case BF16 -> assertTrue(error > 1e-4 && error < 0x1p-7, "bf16: " + error);
      default -> throw new AssertionError(precision);
    }
  }

  @Test void tooLittleMemorySaysHowMuchAndWhatWouldFit() {
    StandIn.memory(100 << 20);
    try (Backend backend = new CudaBackend(Precision.FP32, false)) {
      NativeException e = assertThrows(NativeException.class, () -> backend.compile(LeNet5.create(10, 1), ADAM.withBatchSize(8192),
          Samples.SEED).close());
      assertTrue(e.getMessage().matches("cuda: cudaMalloc failed with 2: out of device memory: \\d+ MiB wanted for the activations of 8192"
          + " samples, \\d+ MiB are free; a batch size of about \\d+ would fit"), e.getMessage());
      int fits = Integer.parseInt(e.getMessage().replaceAll(".* about (\\d+) would fit", "$1"));
      assertTrue(fits > 500 && fits < 4000, "LeNet-5 has about 60 KB of activations and gradients a sample: " + fits);
      backend.compile(LeNet5.create(10, 1), ADAM.withBatchSize(fits), Samples.SEED).close();
      NativeException data = assertThrows(NativeException.class, () -> {
        try (Program program = backend.compile(LeNet5.create(10, 1), 8)) {
          program.evaluate(Samples.noise(LeNet5.INPUT, 150_000, 10, 8), new CrossEntropy(), null);
        }
      });
      assertTrue(data.getMessage().contains("wanted for a data set of 150000 images"), data.getMessage());
    }
  }
}
