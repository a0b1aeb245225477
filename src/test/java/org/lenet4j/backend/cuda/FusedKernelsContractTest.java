package org.lenet4j.backend.cuda;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.lenet4j.backend.Backend;
import org.lenet4j.backend.BackendContractTest;
import org.lenet4j.backend.KernelSet;
import org.lenet4j.backend.Precision;
import org.lenet4j.backend.Program;
import org.lenet4j.backend.Run;
import org.lenet4j.backend.Samples;
import org.lenet4j.backend.ThreadsContract;
import org.lenet4j.backend.Totals;
import org.lenet4j.data.Augment;
import org.lenet4j.data.Dataset;
import org.lenet4j.data.Normalization;
import org.lenet4j.nn.CrossEntropy;
import org.lenet4j.nn.LeNet5;
import org.lenet4j.nn.Loss;
import org.lenet4j.nn.Model;
import org.lenet4j.optim.Adam;
import org.lenet4j.optim.Anchor;
import org.lenet4j.optim.Optimizer;
import org.lenet4j.optim.ParamGroup;
import org.lenet4j.optim.Recipe;
import org.lenet4j.optim.Sgd;
import org.lenet4j.reference.ReferenceBackend;

/** The fused kernels keep the contract, and agree with cuDNN's. */
@Tag("cuda")
@ExtendWith(CudaDevice.class)
class FusedKernelsContractTest extends BackendContractTest implements ThreadsContract {
  @Override protected Backend open() {
    return new CudaBackend(Precision.FP32, false, KernelSet.FUSED);
  }

  @Override public Backend another() {
    return open();
  }

  private static Dataset noise(int size) {
    return Samples.noise(LeNet5.INPUT, size, 10, size);
  }

  @Test void everyLossAndOptimizer() {
    for (Loss loss : Samples.losses()) {
      for (Optimizer optimizer : Samples.optimizers()) {
        Model model = LeNet5.create(10, 1).normalization(new Normalization(0.3f, 0.4f));
        Run.assertParity(backend(), model, Samples.recipe(loss, optimizer), noise(21), 8, 4);
      }
    }
  }

  @Test void groupsClippingAverageAndAnchor() {
    Model model = LeNet5.create(10, 2);
    List<ParamGroup> groups = List.of(new ParamGroup(List.of("conv1", "fc2"), 0.2f, 0.1f));
    Recipe recipe = Samples.recipe(new CrossEntropy(0.1f), new Sgd(0.05f, 0.9f), groups, 0.5f, 0.9f, Anchor.to(LeNet5.create(10, 3), 0.1f,
        "fc3"));
    Run.assertParity(backend(), model, recipe, noise(40), 16, 6);
  }

  @ParameterizedTest @ValueSource(ints = {1, 5, 127, 128, 129, 300})
  void anyBatchSizeWithEmptyLanes(int batchSize) {
    Run.assertParity(backend(), LeNet5.create(10, 4), Samples.recipe(new CrossEntropy(), new Sgd(0.05f, 0.9f)), noise(batchSize + 3),
        batchSize, 4);
  }

  @Test void distortedImages() {
    Recipe recipe = Samples.recipe(new CrossEntropy(), new Sgd(0.05f, 0.9f));
    Dataset data = noise(20);
    for (Augment augment : List.of(Augment.LIGHT, Augment.STRONG)) {
      try (Backend cudnn = new CudaBackend(Precision.FP32, false)) { // whose distortions are compared with the reference's
        Run expected = Run.train(cudnn, LeNet5.create(10, 5), recipe, data, augment, 8, 6);
        Run.train(backend(), LeNet5.create(10, 5), recipe, data, augment, 8, 6).assertClose(expected, Run.GRADIENT, augment.toString());
      }
    }
  }

  @Test void agreesWithTheKernelsOfCudnn() {
    Recipe recipe = Samples.recipe(new CrossEntropy(), new Adam(1e-3f));
    Dataset data = noise(64);
    try (Backend cudnn = new CudaBackend(Precision.FP32, false)) {
      Run expected = Run.train(cudnn, LeNet5.create(10, 6), recipe, data, 32, 10);
      Run.train(backend(), LeNet5.create(10, 6), recipe, data, 32, 10).assertClose(expected, Run.ADAM, "fused");
    }
  }

  @Test void replayedStepsAreEagerSteps() {
    Recipe recipe = Samples.recipe(new CrossEntropy(), new Adam(1e-3f));
    Run replayed = Run.train(backend(), LeNet5.create(10, 7), recipe, noise(50), 16, 9);
    try (Backend eager = new CudaBackend(Precision.FP32, false, KernelSet.FUSED, true)) {
      Run.train(eager, LeNet5.create(10, 7), recipe, noise(50), 16, 9).assertSameBits(replayed, "eager");
    }
  }

  @Test void evaluationGivesTheReferencesTotals() {
    Dataset data = noise(45);
    for (Loss loss : Samples.losses()) {
      int[] expectedClasses = new int[45];
      int[] classes = new int[45];
      Totals expected;
      try (Program reference = new ReferenceBackend().compile(LeNet5.create(10, 8), 1)) {
        expected = reference.evaluate(data, loss, expectedClasses);
      }
      try (Program program = backend().compile(LeNet5.create(10, 8), 16)) {
        Totals actual = program.evaluate(data, loss, classes);
        assertEquals(expected.correct(), actual.correct());
        assertEquals(expected.lossSum(), actual.lossSum(), 1e-5 * expected.lossSum());
      }
      assertEquals(List.of(boxed(expectedClasses)), List.of(boxed(classes)));
    }
  }

  private static Integer[] boxed(int[] values) {
    return Arrays.stream(values).boxed().toArray(Integer[]::new);
  }

  @Test void aStepIsThreeKernels() {
    CudaProfile profile = CudaProfile.of(KernelSet.FUSED, LeNet5.create(10, 9),
        Samples.recipe(new CrossEntropy(), new Adam(1e-3f)).withBatchSize(4), noise(4));
    assertEquals(3, profile.graphNodes());
    assertEquals(List.of("walk", "gradients", "update"), List.copyOf(profile.microseconds().keySet()));
  }

  @Test void otherNetworksAndFrozenLayersUseCudnn() {
    assertTrue(FusedLeNet.fits(LeNet5.create(10, 1), false));
    assertTrue(FusedLeNet.fits(LeNet5.create(26, 1), true));
    assertTrue(!FusedLeNet.fits(LeNet5.classic(10, 1), false));
    assertTrue(!FusedLeNet.fits(LeNet5.create(65, 1), false));
    assertTrue(!FusedLeNet.fits(LeNet5.create(10, 1).freeze("conv1"), true));
    assertTrue(FusedLeNet.fits(LeNet5.create(10, 1).freeze("conv1"), false));
  }

  @Test void theyComputeInFp32Only() {
    assertThrows(IllegalArgumentException.class, () -> new CudaBackend(Precision.TF32, false, KernelSet.FUSED));
  }
}
