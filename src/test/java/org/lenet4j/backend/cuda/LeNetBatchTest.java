package org.lenet4j.backend.cuda;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.lenet4j.backend.Backend;
import org.lenet4j.backend.KernelSet;
import org.lenet4j.backend.Precision;
import org.lenet4j.backend.Program;
import org.lenet4j.backend.Run;
import org.lenet4j.backend.Samples;
import org.lenet4j.backend.Totals;
import org.lenet4j.backend.cuda.device.Operation;
import org.lenet4j.data.Augment;
import org.lenet4j.data.Dataset;
import org.lenet4j.data.Normalization;
import org.lenet4j.nn.CrossEntropy;
import org.lenet4j.nn.LeNet5;
import org.lenet4j.nn.Loss;
import org.lenet4j.nn.Model;
import org.lenet4j.optim.Adam;
import org.lenet4j.optim.Recipe;
import org.lenet4j.optim.Sgd;
import org.lenet4j.reference.ReferenceBackend;

/** The kernels for large batches keep the contract, and agree with those that walk each sample. */
@Tag("cuda")
@ExtendWith(CudaDevice.class)
class LeNetBatchTest {
  private static final int BATCH = LeNetBatch.LEAST;

  private static Backend fused;

  @BeforeAll static void open() {
    fused = new CudaBackend(Precision.FP32, false, KernelSet.FUSED);
  }

  @AfterAll static void close() {
    fused.close();
  }

  private static Dataset noise(int size, int classes) {
    return Samples.noise(LeNet5.INPUT, size, classes, size);
  }

  /** A whole batch and one of three samples: most lanes of the second step are empty, and its last pair is half a one. */
  @ParameterizedTest @ValueSource(ints = {BATCH, BATCH + 33})
  void stepsAreTheReferences(int batchSize) {
    Model model = LeNet5.create(10, 1).normalization(new Normalization(0.3f, 0.4f));
    Run.assertParity(fused, model, Samples.recipe(new CrossEntropy(0.1f), new Sgd(0.05f, 0.9f)), noise(batchSize + 3, 10), batchSize, 2);
  }

  @ParameterizedTest @ValueSource(ints = {1, 3, 26, 64})
  void anyNumberOfClasses(int classes) {
    Recipe recipe = Samples.recipe(new CrossEntropy(), new Sgd(0.05f, 0.9f));
    Run.assertParity(fused, LeNet5.create(classes, 2), recipe, noise(41, classes), BATCH, 1);
  }

  @Test void everyLoss() {
    for (Loss loss : Samples.losses()) {
      Run.assertParity(fused, LeNet5.create(10, 3), Samples.recipe(loss, new Sgd(0.05f, 0.9f)), noise(70, 10), BATCH, 1);
    }
  }

  @Test void agreesWithTheWalk() {
    Recipe recipe = Samples.recipe(new CrossEntropy(), new Sgd(0.05f, 0.9f));
    Dataset data = noise(200, 10);
    Run walked = Run.train(fused, LeNet5.create(10, 4), recipe, data, BATCH - 1, 2);
    Run.train(fused, LeNet5.create(10, 4), recipe, data, BATCH, 2).assertClose(walked, Run.GRADIENT, "200 samples");
  }

  @Test void distortedImages() {
    Recipe recipe = Samples.recipe(new CrossEntropy(), new Sgd(0.05f, 0.9f));
    Dataset data = noise(50, 10);
    Run walked = Run.train(fused, LeNet5.create(10, 5), recipe, data, Augment.STRONG, BATCH - 1, 2);
    Run.train(fused, LeNet5.create(10, 5), recipe, data, Augment.STRONG, BATCH, 2).assertClose(walked, Run.GRADIENT, "distorted");
  }

  @Test void runsAgainWithTheSameBits() {
    Recipe recipe = Samples.recipe(new CrossEntropy(), new Adam(1e-3f));
    Dataset data = noise(BATCH + 7, 10);
    Run first = Run.train(fused, LeNet5.create(10, 6), recipe, data, BATCH, 2);
    Run.train(fused, LeNet5.create(10, 6), recipe, data, BATCH, 2).assertSameBits(first, "again");
    try (Backend eager = new CudaBackend(Precision.FP32, false, KernelSet.FUSED, true)) {
      Run.train(eager, LeNet5.create(10, 6), recipe, data, BATCH, 2).assertSameBits(first, "eager");
    }
  }

  @Test void evaluationAndLogitsAreTheReferences() {
    Dataset data = noise(BATCH + 45, 10);
    Model model = LeNet5.create(10, 7);
    int[] expectedClasses = new int[data.size()];
    int[] classes = new int[data.size()];
    try (Program reference = new ReferenceBackend().compile(model, 1); Program program = fused.compile(model, BATCH)) {
      Totals expected = reference.evaluate(data, new CrossEntropy(), expectedClasses);
      Totals actual = program.evaluate(data, new CrossEntropy(), classes);
      assertEquals(expected.correct(), actual.correct());
      assertEquals(expected.lossSum(), actual.lossSum(), 1e-5 * expected.lossSum());
      assertArrayEquals(expectedClasses, classes);
    }
  }

  @Test void aStepIsFiveKernels() {
    Recipe recipe = Samples.recipe(new CrossEntropy(), new Adam(1e-3f)).withBatchSize(BATCH);
    try (CudaBackend backend = new CudaBackend(Precision.FP32, false, KernelSet.FUSED);
        CudaTrainingProgram program = backend.unguarded(LeNet5.create(10, 8), recipe, 8, null)) {
      program.bind(noise(20, 10), Augment.NONE);
      program.order(0, IntStream.range(0, 20).toArray());
      for (int i = 0; i < 2; i++) { // the second is captured
        program.step(0, 20, 1);
        program.drain();
      }
      assertEquals(5, program.timedGraph().nodes());
      assertEquals(List.of("features", "classifier", "features backward", "gradients", "update"),
          program.timedGraph().operations().stream().map(Operation::name).toList());
    }
  }
}
