package org.lenet4j.backend;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.lenet4j.data.Augment;
import org.lenet4j.data.Batches;
import org.lenet4j.data.Dataset;
import org.lenet4j.data.Idx;
import org.lenet4j.nn.Activation;
import org.lenet4j.nn.CrossEntropy;
import org.lenet4j.nn.Dropout;
import org.lenet4j.nn.Init;
import org.lenet4j.nn.LeNet5;
import org.lenet4j.nn.Linear;
import org.lenet4j.nn.Model;
import org.lenet4j.nn.Parameter;
import org.lenet4j.optim.Adam;
import org.lenet4j.optim.Anchor;
import org.lenet4j.optim.Optimizer;
import org.lenet4j.optim.Recipe;
import org.lenet4j.optim.Sgd;
import org.lenet4j.reference.ReferenceBackend;

/** What goes into a program comes out with the same bits, and a continued run is the same run. */
public interface StateContract {
  Backend backend();

  @Test
  default void theSameRunGivesTheSameBits() {
    Dataset data = Samples.noise(LeNet5.INPUT, 100, 10, 81);
    Recipe recipe = Samples.recipe(new CrossEntropy(), new Adam(1e-3f));
    Run first = Run.train(backend(), LeNet5.create(10, 82), recipe, data, 48, 7);
    Run.train(backend(), LeNet5.create(10, 82), recipe, data, 48, 7).assertSameBits(first, "second run");
  }

  @Test
  default void imagesOfAFileGiveTheBitsOfThoseInMemory(@TempDir Path folder) throws IOException {
    Dataset memory = Samples.noise(LeNet5.INPUT, 1500, 10, 91); // 1.2 MB: two blocks
    Path images = folder.resolve("images");
    Path labels = folder.resolve("labels");
    Idx.write(memory, images, labels);
    Dataset file = Idx.map(images, labels);
    Recipe recipe = Samples.recipe(new CrossEntropy(), new Adam(1e-3f));
    Model start = LeNet5.create(10, 92);
    Run.train(backend(), start, recipe, file, 48, 3).assertSameBits(Run.train(backend(), start, recipe, memory, 48, 3), "plain");
    Run.train(backend(), start, recipe, file, Augment.STRONG, 48, 2)
        .assertSameBits(Run.train(backend(), start, recipe, memory, Augment.STRONG, 48, 2), "distorted");
    int[] some = {1499, 7, 7, 800};
    try (Program program = backend().compile(start, 64)) {
      assertEquals(program.evaluate(memory, new CrossEntropy(), null), program.evaluate(file, new CrossEntropy(), null));
      assertEquals(program.evaluate(memory.subset(some), new CrossEntropy(), null),
          program.evaluate(file.subset(some), new CrossEntropy(), null));
    }
  }

  @Test
  default void aContinuedRunGivesTheBitsOfAnUninterruptedOne() {
    Dataset data = Samples.noise(Samples.SMALL, 50, 4, 83);
    Model start = new Model(Samples.SMALL, List.of(new Linear("fc1", 198, 30, Activation.RELU), new Dropout("drop", 0.5f),
        new Linear("fc2", 30, 4, Activation.NONE)), Init.KAIMING_UNIFORM, 84);
    for (Optimizer optimizer : Samples.optimizers()) {
      Recipe recipe = Samples.recipe(new CrossEntropy(), optimizer, List.of(), 1, 0.9f, Anchor.to(start, 0.1f, "fc2"));
      Run whole = Run.train(backend(), start, recipe, data, 20, 8);
      Model half = start.copy();
      List<Totals> totals = new ArrayList<>();
      OptimizerState state;
      try (TrainingProgram program = backend().compile(start, recipe.withBatchSize(20), Samples.SEED)) {
        program.bind(data, Augment.NONE);
        totals.addAll(Run.walk(program, data.size(), 20, 0, 4)); // in the middle of the second epoch
        program.read(half);
        state = program.state();
      }
      try (TrainingProgram program = backend().compile(half, recipe.withBatchSize(20), Samples.SEED)) {
        program.restore(state);
        program.bind(data, Augment.NONE);
        totals.addAll(Run.walk(program, data.size(), 20, 4, 8));
        program.read(half);
        new Run(start, half, totals, program.state()).assertSameBits(whole, optimizer.toString());
      }
    }
  }

  @Test
  default void stateIsACopy() {
    Dataset data = Samples.noise(Samples.SMALL, 20, 4, 85);
    Recipe recipe = Samples.recipe(new CrossEntropy(), new Sgd(0.1f, 0.9f));
    try (TrainingProgram program = backend().compile(Samples.small(4, 86), recipe.withBatchSize(20), Samples.SEED)) {
      program.bind(data, Augment.NONE);
      Run.walk(program, 20, 20, 0, 1);
      OptimizerState state = program.state();
      float[] buffer = state.slots().get("momentum_buffer.conv1.weight");
      float[] before = buffer.clone();
      Run.walk(program, 20, 20, 1, 2);
      Run.assertSameBits(before, buffer, "an older state does not change");
      program.restore(state);
      Arrays.fill(buffer, 9);
      Run.assertSameBits(before, program.state().slots().get("momentum_buffer.conv1.weight"), "nor does the program with it");
    }
  }

  @Test
  default void aStateOfOtherLengthsChangesNothing() {
    Dataset data = Samples.noise(Samples.SMALL, 20, 4, 85);
    Recipe recipe = Samples.recipe(new CrossEntropy(), new Adam(0.1f)).withBatchSize(20);
    try (TrainingProgram program = backend().compile(Samples.small(4, 86), recipe, Samples.SEED)) {
      program.bind(data, Augment.NONE);
      Run.walk(program, 20, 20, 0, 2);
      OptimizerState before = program.state();
      Map<String, float[]> slots = new HashMap<>();
      before.slots().forEach((name, values) -> slots.put(name, new float[values.length]));
      slots.put("exp_avg_sq.fc2.bias", new float[5]); // the last one
      assertThrows(IllegalArgumentException.class, () -> program.restore(new OptimizerState(9, slots)));
      assertEquals(before.step(), program.state().step());
      before.slots().forEach((name, values) -> Run.assertSameBits(values, program.state().slots().get(name), name));
    }
  }

  @Test
  default void layersThatThawStartWithoutState() {
    Dataset data = Samples.noise(Samples.SMALL, 40, 4, 87);
    for (Optimizer optimizer : Samples.optimizers()) {
      Recipe recipe = Samples.recipe(new CrossEntropy(), optimizer);
      Run expected = thaw(new ReferenceBackend(), recipe, data);
      double tolerance = optimizer instanceof Sgd ? Run.GRADIENT : Run.ADAM;
      thaw(backend(), recipe, data).assertClose(expected, tolerance, optimizer.toString());
    }
  }

  private static Run thaw(Backend backend, Recipe recipe, Dataset data) {
    Model model = Samples.small(4, 88).freeze("conv1", "conv2");
    Run frozen = Run.train(backend, model, recipe, data, 20, 3);
    model = frozen.model().copy().unfreeze("conv1", "conv2");
    try (TrainingProgram program = backend.compile(model, recipe.withBatchSize(20), Samples.SEED)) {
      program.restore(frozen.state());
      program.bind(data, Augment.NONE);
      List<Totals> totals = Run.walk(program, data.size(), 20, 3, 6);
      Model after = model.copy();
      program.read(after);
      return new Run(model, after, totals, program.state());
    }
  }

  @Test
  default void parametersGoInAndOutUnchanged() {
    Model first = Samples.small(4, 89);
    Model second = Samples.small(4, 90);
    Model read = Samples.small(4, 91);
    for (boolean training : new boolean[] {true, false}) {
      try (Program program = training ? backend().compile(first, Samples.recipe(new CrossEntropy(), new Adam(0.1f)).withBatchSize(8),
          Samples.SEED)
          : backend().compile(first, 8)) {
        program.read(read);
        assertSameBits(first, read);
        program.write(second);
        program.read(read);
        assertSameBits(second, read);
        float[] logits = new float[4];
        float[] expected = new float[4];
        byte[] image = Samples.noise(Samples.SMALL, 1, 4, 93).images();
        program.forward(image, 1, logits);
        new ReferenceBackend().compile(second, 1).forward(image, 1, expected);
        Run.assertNear(expected, logits, ForwardContract.LOGITS * Run.norm(expected), "logits of the parameters written");
      }
    }
  }

  @Test
  default void theCompiledModelIsOnlyRead() {
    Model model = Samples.small(4, 94);
    Model before = model.copy();
    Dataset data = Samples.noise(Samples.SMALL, 20, 4, 95);
    Run run = Run.train(backend(), model, Samples.recipe(new CrossEntropy(), new Sgd(0.1f)), data, 20, 2);
    assertSameBits(before, model);
    assertNotEquals(before.parameter("fc1.bias").values()[0], run.model().parameter("fc1.bias").values()[0]);
  }

  @Test
  default void changingTheModelAfterCompilingChangesNothing() {
    Model model = Samples.small(4, 96);
    Model read = model.copy();
    Model before = model.copy();
    try (Program program = backend().compile(model, 4)) {
      Arrays.fill(model.parameter("conv1.weight").values(), 5);
      program.read(read);
      assertSameBits(before, read);
    }
  }

  @Test
  default void programsOfOneBackendDoNotDisturbEachOther() {
    Dataset data = Samples.noise(Samples.SMALL, 60, 4, 97);
    Recipe recipe = Samples.recipe(new CrossEntropy(), new Sgd(0.1f, 0.9f));
    Run alone = Run.train(backend(), Samples.small(4, 98), recipe, data, 25, 12);
    try (Program evaluation = backend().compile(Samples.small(4, 99), 7);
        TrainingProgram program = backend().compile(Samples.small(4, 98), recipe.withBatchSize(25), Samples.SEED)) {
      Totals expected = evaluation.evaluate(data, new CrossEntropy(), null);
      program.bind(data, Augment.NONE);
      List<Totals> totals = new ArrayList<>();
      for (int step = 0; step < 12; step++) {
        totals.addAll(Run.walk(program, data.size(), 25, step, step + 1));
        assertEquals(expected, evaluation.evaluate(data, new CrossEntropy(), null));
        program.evaluate(data.head(9), new CrossEntropy(), null); // in the middle of an epoch
      }
      Model after = Samples.small(4, 98);
      program.read(after);
      new Run(Samples.small(4, 98), after, totals, program.state()).assertSameBits(alone, "interleaved with others");
    }
    CompletableFuture<?>[] runs = new CompletableFuture<?>[3];
    for (int i = 0; i < runs.length; i++) {
      runs[i] = CompletableFuture.runAsync(() ->
          Run.train(backend(), Samples.small(4, 98), recipe, data, 25, 12).assertSameBits(alone, "beside others, on a thread of its own"));
    }
    CompletableFuture.allOf(runs).join();
  }

  @Test
  default void theOrderIsCopied() {
    Dataset data = Samples.noise(Samples.SMALL, 20, 4, 100);
    Recipe recipe = Samples.recipe(new CrossEntropy(), new Sgd(0.1f));
    Run expected = Run.train(backend(), Samples.small(4, 101), recipe, data, 20, 1);
    try (TrainingProgram program = backend().compile(Samples.small(4, 101), recipe.withBatchSize(20), Samples.SEED)) {
      program.bind(data, Augment.NONE);
      int[] order = Batches.order(20, Samples.SEED, 0);
      program.order(0, order);
      Arrays.fill(order, 0);
      program.step(0, 20, 1);
      assertEquals(expected.totals().get(0), program.drain());
    }
  }

  private static void assertSameBits(Model expected, Model actual) {
    for (Parameter parameter : expected.parameters()) {
      Run.assertSameBits(parameter.values(), actual.parameter(parameter.name()).values(), parameter.name());
    }
  }
}
