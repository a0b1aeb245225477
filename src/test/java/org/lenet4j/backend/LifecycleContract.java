package org.lenet4j.backend;

import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.function.Executable;
import org.lenet4j.data.Augment;
import org.lenet4j.data.Dataset;
import org.lenet4j.data.Shape;
import org.lenet4j.nn.CrossEntropy;
import org.lenet4j.nn.LeNet5;
import org.lenet4j.nn.MeanSquaredError;
import org.lenet4j.nn.Model;
import org.lenet4j.optim.Adam;
import org.lenet4j.optim.Optimizer;
import org.lenet4j.optim.ParamGroup;
import org.lenet4j.optim.Recipe;
import org.lenet4j.optim.Sgd;

/** Calls that make no sense get an exception that says so; none of them reaches native code. */
public interface LifecycleContract {
  Backend backend();

  @Test
  default void aClosedProgramThrows() {
    Model model = Samples.small(4, 1);
    Dataset data = Samples.noise(Samples.SMALL, 10, 4, 1);
    TrainingProgram program = training(new Sgd(0.1f, 0.9f));
    program.bind(data, Augment.NONE);
    program.order(0, new int[] {0, 1, 2});
    OptimizerState state = program.state();
    program.close();
    program.close(); // the second time is fine
    assertStates(() -> program.bind(data, Augment.NONE), "closed");
    assertStates(() -> program.order(0, new int[] {0}), "closed");
    assertStates(() -> program.step(0, 1, 1), "closed");
    assertStates(program::drain, "closed");
    assertStates(() -> program.evaluate(data, new CrossEntropy(), null), "closed");
    assertStates(() -> program.forward(data.images(), 10, new float[40]), "closed");
    assertStates(() -> program.read(model), "closed");
    assertStates(() -> program.write(model), "closed");
    assertStates(program::state, "closed");
    assertStates(() -> program.restore(state), "closed");
  }

  @Test
  default void aStepNeedsDataAndAnOrder() {
    Dataset data = Samples.noise(Samples.SMALL, 10, 4, 2);
    try (TrainingProgram program = training(new Sgd(0.1f))) {
      assertStates(() -> program.step(0, 1, 1), "bind");
      assertStates(() -> program.order(0, new int[] {0}), "bind");
      program.bind(data, Augment.NONE);
      assertStates(() -> program.step(0, 1, 1), "order");
    }
  }

  @Test
  default void otherDataNeedAnOrderOfTheirOwn() {
    try (TrainingProgram program = training(new Sgd(0.1f))) {
      program.bind(Samples.noise(Samples.SMALL, 10, 4, 3), Augment.NONE);
      program.order(0, new int[] {9});
      program.bind(Samples.noise(Samples.SMALL, 5, 4, 3), Augment.NONE); // index 9 would read past its end
      assertStates(() -> program.step(0, 1, 1), "order");
    }
  }

  @Test
  default void batchSizesBelowOneAreRefused() {
    Recipe recipe = Samples.recipe(new CrossEntropy(), new Sgd(0.1f));
    for (int batchSize : new int[] {0, -1, Integer.MIN_VALUE}) {
      assertArgument(() -> recipe.withBatchSize(batchSize), "batch", String.valueOf(batchSize));
      assertArgument(() -> backend().compile(Samples.small(4, 5), batchSize).close(), "batch", String.valueOf(batchSize));
    }
  }

  @Test
  default void stepsOutsideTheOrderOrTheBatchAreRefused() {
    try (TrainingProgram program = training(new Sgd(0.1f))) {
      program.bind(Samples.noise(Samples.SMALL, 30, 4, 6), Augment.NONE);
      program.order(0, new int[] {3, 1, 2, 4, 5, 6, 7, 8, 9, 10});
      assertArgument(() -> program.step(0, 0, 1), "0");
      assertArgument(() -> program.step(0, -3, 1), "-3");
      assertArgument(() -> program.step(0, 9, 1), "8", "9"); // compiled for 8
      assertArgument(() -> program.step(-1, 2, 1), "-1", "10");
      assertArgument(() -> program.step(10, 1, 1), "10");
      assertArgument(() -> program.step(5, 6, 1), "10");
      assertArgument(() -> program.step(Integer.MAX_VALUE, 2, 1), "10"); // first + count overflows
      assertTrue(program.drain().samples() == 0, "a refused step is not counted");
    }
  }

  @Test
  default void ordersOutsideTheDataAreRefused() {
    try (TrainingProgram program = training(new Sgd(0.1f))) {
      program.bind(Samples.noise(Samples.SMALL, 10, 4, 7), Augment.NONE);
      assertArgument(() -> program.order(0, new int[] {0, 10}), "10");
      assertArgument(() -> program.order(0, new int[] {-1}), "-1", "10");
    }
  }

  @Test
  default void dataThatDoNotFitAreRefused() {
    Dataset otherShape = Samples.noise(new Shape(1, 28, 28), 4, 4, 8);
    Dataset transposed = Samples.noise(new Shape(2, 9, 11), 4, 4, 8); // as many pixels as the model takes
    Dataset otherLabels = new Dataset(Samples.SMALL, new byte[2 * 198], new int[] {0, 4}, 5);
    Dataset real = Samples.regression(Samples.SMALL, 4, 4, 8);
    Dataset wide = Samples.regression(Samples.SMALL, 4, 5, 8);
    try (TrainingProgram program = training(new Sgd(0.1f))) {
      assertArgument(() -> program.bind(otherShape, Augment.NONE), "2x11x9", "1x28x28");
      assertArgument(() -> program.bind(transposed, Augment.NONE), "2x11x9", "2x9x11");
      assertArgument(() -> program.bind(otherLabels, Augment.NONE), "4");
      assertArgument(() -> program.bind(real, Augment.NONE), "CrossEntropy");
      assertArgument(() -> program.evaluate(otherShape, new CrossEntropy(), null), "2x11x9", "1x28x28");
      assertArgument(() -> program.evaluate(otherLabels, new CrossEntropy(), null), "4");
      assertArgument(() -> program.evaluate(real, new CrossEntropy(), null), "CrossEntropy");
      assertArgument(() -> program.evaluate(wide, new MeanSquaredError(), null), "4", "5");
    }
  }

  @Test
  default void imagesThatDoNotFitAreRefused() {
    try (Program program = backend().compile(Samples.small(4, 9), 8)) {
      assertArgument(() -> program.forward(new byte[198], 0, new float[4]), "0");
      assertArgument(() -> program.forward(new byte[198], -1, new float[4]), "-1");
      assertArgument(() -> program.forward(new byte[2 * 198 - 1], 2, new float[8]), "2x11x9", "395");
      assertArgument(() -> program.forward(new byte[2 * 198], 2, new float[7]), "7");
    }
  }

  @Test
  default void otherModelsAreRefused() {
    try (TrainingProgram program = training(new Sgd(0.1f))) {
      assertArgument(() -> program.read(LeNet5.create(10, 1)));
      assertArgument(() -> program.write(LeNet5.create(10, 1)));
      assertArgument(() -> program.read(Samples.small(5, 1))); // the same names, another size
      assertArgument(() -> program.write(Samples.small(5, 1)));
    }
  }

  @Test
  default void aStateThatDoesNotFitIsRefused() {
    try (TrainingProgram program = training(new Adam(0.1f))) {
      assertArgument(() -> program.restore(new OptimizerState(3, Map.of("exp_avg.conv1.bias", new float[4]))), "exp_avg.conv1.bias");
    }
  }

  @Test
  default void groupsOfUnknownLayersAreRefused() {
    Recipe recipe = Samples.recipe(new CrossEntropy(), new Sgd(0.1f), List.of(new ParamGroup(List.of("conv3"), 1, 0)), 1);
    assertArgument(() -> backend().compile(Samples.small(4, 10), recipe.withBatchSize(8), Samples.SEED).close(), "conv3", "conv1", "fc2");
  }

  @Test
  default void aBackendSaysWhatItIs() {
    assertFalse(backend().name().isBlank());
    assertFalse(backend().describe().isBlank());
    assertFalse(backend().describe().contains("\n"), "one line");
  }

  private TrainingProgram training(Optimizer optimizer) {
    return backend().compile(Samples.small(4, 1), Samples.recipe(new CrossEntropy(), optimizer).withBatchSize(8), Samples.SEED);
  }

  private static void assertStates(Executable call, String word) {
    String message = assertThrows(IllegalStateException.class, call).getMessage();
    assertTrue(message.contains(word), message);
  }

  private static void assertArgument(Executable call, String... words) {
    String message = assertThrows(IllegalArgumentException.class, call).getMessage();
    for (String word : words) {
      assertTrue(message.contains(word), "'" + message + "' does not say '" + word + "'");
    }
  }
}
