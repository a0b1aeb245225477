package org.lenet4j.backend;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.lenet4j.data.Augment;
import org.lenet4j.data.Dataset;
import org.lenet4j.nn.CrossEntropy;
import org.lenet4j.nn.Model;
import org.lenet4j.nn.Parameter;
import org.lenet4j.optim.AdamW;
import org.lenet4j.optim.Optimizer;
import org.lenet4j.optim.Recipe;
import org.lenet4j.optim.Sgd;

/** The exponential moving average of the parameters follows its equation and disturbs nothing else. */
public interface AverageContract {
  /** fp32 sums of two products: a few roundings of 6e-8; a wrong decay would be seen at 1e-3 and more. */
  double AVERAGE = 1e-6;

  Backend backend();

  @ParameterizedTest @ValueSource(floats = {0.05f, 0.5f, 0.9f, 0.999f})
  default void theAverageFollowsTheParameters(float ema) {
    Dataset data = Samples.noise(Samples.SMALL, 50, 4, 121);
    Recipe recipe = recipe(new Sgd(0.1f, 0.9f), ema);
    Model now = Samples.small(4, 122).freeze("conv2");
    Model read = now.copy();
    Model expected = now.copy(); // the average starts at the parameters
    try (TrainingProgram program = backend().compile(now, recipe.withBatchSize(20), Samples.SEED)) {
      program.bind(data, Augment.NONE);
      for (int step = 0; step < 12; step++) {
        Run.walk(program, data.size(), 20, step, step + 1);
        program.read(now);
        double d = Math.min(ema, (2.0 + step) / (11 + step)); // t counts from 1
        for (Parameter parameter : expected.parameters()) {
          float[] average = parameter.values();
          float[] theta = now.parameter(parameter.name()).values();
          for (int i = 0; i < average.length; i++) {
            average[i] = (float) (d * average[i] + (1 - d) * theta[i]);
          }
        }
        program.readAverage(read);
        for (Parameter parameter : expected.parameters()) {
          float[] e = parameter.values();
          Run.assertNear(e, read.parameter(parameter.name()).values(), AVERAGE * Run.norm(e), parameter.name() + " after " + (step + 1));
        }
      }
      Run.assertSameBits(now.parameter("conv2.weight").values(), read.parameter("conv2.weight").values(), "frozen, so as it is");
    }
  }

  @Test
  default void theAverageIsLikeTheReferences() {
    Dataset data = Samples.noise(Samples.SMALL, 50, 4, 123);
    for (Optimizer optimizer : Samples.optimizers()) {
      Run.assertParity(backend(), Samples.small(4, 124), recipe(optimizer, 0.8f), data, 20, 6);
    }
  }

  @Test
  default void averagingDoesNotChangeTheTraining() {
    Dataset data = Samples.noise(Samples.SMALL, 50, 4, 125);
    Run without = Run.train(backend(), Samples.small(4, 126), recipe(new AdamW(1e-3f, 0.1f), 0), data, 20, 6);
    Run with = Run.train(backend(), Samples.small(4, 126), recipe(new AdamW(1e-3f, 0.1f), 0.9f), data, 20, 6);
    assertEquals(without.totals(), with.totals());
    for (Parameter parameter : without.model().parameters()) {
      Run.assertSameBits(parameter.values(), with.model().parameter(parameter.name()).values(), parameter.name());
      assertTrue(with.state().slots().containsKey("ema." + parameter.name()), "a checkpoint holds it");
    }
  }

  @Test
  default void withoutAnAverageTheParametersAreRead() {
    Model model = Samples.small(4, 127);
    try (TrainingProgram program = backend().compile(model, recipe(new Sgd(0.1f), 0).withBatchSize(8), Samples.SEED)) {
      Model read = Samples.small(4, 128);
      program.readAverage(read);
      assertSameBits(model, read);
    }
  }

  @Test
  default void theAverageStartsAgainWithWhatIsWritten() {
    Dataset data = Samples.noise(Samples.SMALL, 20, 4, 129);
    Recipe recipe = recipe(new Sgd(0.1f), 0.9f);
    Model written = Samples.small(4, 130);
    Model read = written.copy();
    try (TrainingProgram program = backend().compile(Samples.small(4, 131), recipe.withBatchSize(20), Samples.SEED)) {
      program.bind(data, Augment.NONE);
      Run.walk(program, 20, 20, 0, 3);
      program.write(written);
      program.readAverage(read);
      assertSameBits(written, read);
    }
  }

  @Test
  default void aStateWithoutAnAverageStartsItAtTheParameters() {
    Dataset data = Samples.noise(Samples.SMALL, 20, 4, 132);
    Run frozen = Run.train(backend(), Samples.small(4, 133).freeze("conv1", "fc1"), recipe(new Sgd(0.1f, 0.9f), 0.5f), data, 20, 3);
    Model thawed = frozen.model().copy().unfreeze("conv1", "fc1");
    Model read = thawed.copy();
    try (TrainingProgram program = backend().compile(thawed, recipe(new Sgd(0.1f, 0.9f), 0.5f).withBatchSize(20), Samples.SEED)) {
      program.bind(data, Augment.NONE);
      program.restore(frozen.state());
      program.readAverage(read);
    }
    for (Parameter parameter : thawed.parameters()) {
      float[] e = frozen.state().slots().getOrDefault("ema." + parameter.name(), parameter.values());
      Run.assertSameBits(e, read.parameter(parameter.name()).values(), parameter.name());
    }
  }

  private static Recipe recipe(Optimizer optimizer, float ema) {
    return Samples.recipe(new CrossEntropy(), optimizer, List.of(), Float.POSITIVE_INFINITY, ema, null);
  }

  private static void assertSameBits(Model expected, Model actual) {
    for (Parameter parameter : expected.parameters()) {
      Run.assertSameBits(parameter.values(), actual.parameter(parameter.name()).values(), parameter.name());
    }
  }
}
