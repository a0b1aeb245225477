package org.lenet4j.backend.cpu;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.lenet4j.backend.Backend;
import org.lenet4j.backend.Run;
import org.lenet4j.backend.Samples;
import org.lenet4j.backend.Totals;
import org.lenet4j.data.Augment;
import org.lenet4j.data.Dataset;
import org.lenet4j.nn.Activation;
import org.lenet4j.nn.Conv2d;
import org.lenet4j.nn.CrossEntropy;
import org.lenet4j.nn.Dropout;
import org.lenet4j.nn.Init;
import org.lenet4j.nn.LeNet5;
import org.lenet4j.nn.Linear;
import org.lenet4j.nn.Model;
import org.lenet4j.nn.Pool2d;
import org.lenet4j.optim.AdamW;
import org.lenet4j.optim.Anchor;
import org.lenet4j.optim.Recipe;

/** Training on kept features gives the bits of training on images. */
@Tag("slow")
class FeatureCacheTest {
  @ParameterizedTest @ValueSource(strings = {"conv1", "conv1,conv2", "conv1,conv2,fc1", "conv1,conv2,fc1,fc2", "conv1,fc2"})
  void leNet5(String frozen) {
    Model model = LeNet5.create(10, 1).freeze(frozen.split(","));
    assertSameBits(model, Samples.noise(LeNet5.INPUT, 150, 10, 2), 32, true);
    assertSameBits(LeNet5.classic(10, 3).freeze(frozen.split(",")), Samples.noise(LeNet5.INPUT, 50, 10, 4), 17, true);
  }

  @ParameterizedTest @ValueSource(ints = {1, 5, 16, 20, 64, 600})
  void anyBatchSize(int batchSize) {
    assertSameBits(Samples.small(4, 5).freeze("conv1", "conv2"), Samples.noise(Samples.SMALL, 70 + batchSize, 4, 6), batchSize, true);
  }

  @Test
  void paddedConvolutionsReadTheFeaturesWithTheirBorder() {
    Model model = new Model(Samples.SMALL, List.of(new Conv2d("below", 2, 3, 3, 1, Activation.TANH),
        new Conv2d("padded", 3, 4, 5, 2, Activation.RELU), new Pool2d("pool", Pool2d.Kind.MAX, 2),
        new Linear("fc", 80, 4, Activation.NONE)), Init.KAIMING_UNIFORM, 7).freeze("below");
    assertSameBits(model, Samples.noise(Samples.SMALL, 40, 4, 8), 19, true);
  }

  @Test
  void dropoutIsDrawnInEveryEpoch() {
    Model above = new Model(Samples.SMALL, List.of(new Pool2d("pool", Pool2d.Kind.MAX, 2), new Dropout("idle", 0), // 2x5x4
        new Linear("fc1", 40, 20, Activation.RELU), new Dropout("drop", 0.5f), new Linear("fc2", 20, 10, Activation.RELU),
        new Linear("fc3", 10, 4, Activation.NONE)), Init.KAIMING_UNIFORM, 9).freeze("fc1", "fc2");
    assertSameBits(above, Samples.noise(Samples.SMALL, 40, 4, 10), 19, true);
    Model below = new Model(Samples.SMALL, List.of(new Dropout("drop", 0.5f), new Linear("fc1", 198, 20, Activation.RELU),
        new Linear("fc2", 20, 4, Activation.NONE)), Init.KAIMING_UNIFORM, 9).freeze("fc1");
    assertSameBits(below, Samples.noise(Samples.SMALL, 40, 4, 10), 19, false);
  }

  @Test
  void nothingIsTrained() {
    Model model = Samples.small(4, 11).freeze("conv1", "conv2", "fc1", "fc2");
    assertSameBits(model, Samples.noise(Samples.SMALL, 40, 4, 12), 19, true);
  }

  @Test
  void whatCannotBeKept() {
    Dataset data = Samples.noise(Samples.SMALL, 40, 4, 13);
    assertSameBits(Samples.small(4, 14).freeze("conv2", "fc1"), data, 20, false); // conv1 is trained
    try (CpuBackend backend = new CpuBackend(1);
        CpuTrainingProgram program = compile(backend, Samples.small(4, 14).freeze("conv1", "conv2"))) {
      program.bind(data, Augment.LIGHT);
      assertFalse(program.keepsFeatures(), "every epoch has its own images");
      program.bind(data, Augment.NONE);
      assertTrue(program.keepsFeatures());
    }
    long bytes = 40 * 42 * Float.BYTES; // the last pooling is 7x3x2
    for (int missing = 0; missing < 2; missing++) {
      try (CpuBackend backend = new CpuBackend(1, true, bytes - missing);
          CpuTrainingProgram program = compile(backend, Samples.small(4, 14).freeze("conv1", "conv2"))) {
        program.bind(data, Augment.NONE);
        assertEquals(missing == 0, program.keepsFeatures(), "bound of " + (bytes - missing) + " bytes");
      }
    }
  }

  @Test
  void otherDataAndOtherParametersHaveOtherFeatures() {
    List<Totals> with = changes(FeatureCache.MOST_BYTES);
    assertEquals(changes(0), with);
    assertEquals(4, with.stream().map(Totals::lossSum).distinct().count());
  }

  private static List<Totals> changes(long featureBytes) {
    Dataset first = Samples.noise(Samples.SMALL, 40, 4, 15);
    Dataset second = Samples.noise(Samples.SMALL, 40, 4, 16);
    Model model = Samples.small(4, 17).freeze("conv1", "conv2");
    Recipe recipe = recipe(model);
    try (CpuBackend backend = new CpuBackend(2, true, featureBytes); CpuTrainingProgram program = compile(backend, model)) {
      Totals[] totals = new Totals[4];
      program.bind(first, Augment.NONE);
      totals[0] = Run.walk(program, 40, 20, 0, 1).get(0);
      program.bind(second, Augment.NONE);
      totals[1] = Run.walk(program, 40, 20, 0, 1).get(0);
      program.write(Samples.small(4, 18)); // the frozen layers too
      program.step(0, 20, 1);
      totals[2] = program.drain();
      Arrays.fill(second.images(), 0, 198, (byte) 7);
      program.bind(second, Augment.NONE); // the same data set, changed and bound again
      totals[3] = Run.walk(program, 40, 20, 0, 1).get(0);
      return List.of(totals);
    }
  }

  private static void assertSameBits(Model model, Dataset data, int batchSize, boolean kept) {
    for (boolean vector : new boolean[] {true, false}) {
      for (int threads = 1; threads <= 3; threads += 2) {
        Run without = run(threads, vector, 0, model, data, batchSize);
        Run with = run(threads, vector, FeatureCache.MOST_BYTES, model, data, batchSize);
        with.assertSameBits(without, (vector ? "vector, " : "gemm, ") + threads + " threads, " + model.layers());
      }
    }
    for (boolean vector : new boolean[] {true, false}) {
      try (CpuBackend backend = new CpuBackend(1, vector); CpuTrainingProgram program = compile(backend, model)) {
        program.bind(data, Augment.NONE);
        assertEquals(kept && vector, program.keepsFeatures(), "OpenBLAS's sums may depend on the lane");
      }
    }
  }

  private static Run run(int threads, boolean vector, long featureBytes, Model model, Dataset data, int batchSize) {
    try (Backend backend = new CpuBackend(threads, vector, featureBytes)) {
      int perEpoch = (data.size() + batchSize - 1) / batchSize;
      return Run.train(backend, model, recipe(model), data, batchSize, 2 * perEpoch + 1); // into the third epoch
    }
  }

  private static CpuTrainingProgram compile(CpuBackend backend, Model model) {
    return backend.unguarded(model, recipe(model).withBatchSize(20), Samples.SEED, null);
  }

  private static Recipe recipe(Model model) {
    return Samples.recipe(new CrossEntropy(), new AdamW(1e-3f, 0.1f), List.of(), 1, 0.9f, Anchor.to(model, 0.01f));
  }
}
