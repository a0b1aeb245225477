package org.lenet4j;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.Arrays;
import java.util.List;
import java.util.function.LongFunction;
import org.lenet4j.backend.Run;
import org.lenet4j.data.Augment;
import org.lenet4j.data.Dataset;
import org.lenet4j.nn.Model;
import org.lenet4j.nn.Parameter;
import org.lenet4j.optim.AdamW;
import org.lenet4j.optim.LrSchedule;
import org.lenet4j.optim.Recipe;
import org.lenet4j.optim.Sgd;

/** Independent trainers, side by side and each alone. */
public final class Together {
  private static final int EPOCHS = 2;

  private Together() {}

  /** Seeds, a fold, and candidates of other batch sizes, optimizers, averages, augmentation and frozen layers. */
  private static List<Trainer> trainers(Device device, LongFunction<Model> models, int batchSize) {
    Recipe recipe = Recipe.plain().withEpochs(EPOCHS).withBatchSize(batchSize);
    Recipe other = recipe.withOptimizer(new AdamW(2e-3f, 0.1f)).withBatchSize(batchSize + 3).withSchedule(new LrSchedule.OneCycle())
        .withEma(0.9f).withAugment(Augment.LIGHT);
    Model frozen = models.apply(5);
    frozen.freeze("conv1");
    return List.of(new Trainer(device, models.apply(1), recipe, 1), new Trainer(device, models.apply(2), recipe, 2),
        new Trainer(device, models.apply(3), other, 3), new Trainer(device, models.apply(4), recipe.withOptimizer(new Sgd(0.05f, 0.9f)), 4),
        new Trainer(device, frozen, recipe, 5));
  }

  /**
   * Both ways give the same bits: parameters, state, history.
   *
   * @param models gives the model of a seed
   * @param train  what the first three learn
   * @param fold   what the others learn; of another size
   */
  public static void assertAsAlone(Device device, LongFunction<Model> models, int batchSize, Dataset train, Dataset fold, Dataset test) {
    List<Dataset> data = List.of(train, train, train, fold, fold);
    List<Dataset> tests = Arrays.asList(test, null, test, test, test);
    List<Trainer> together = trainers(device, models, batchSize);
    List<Trainer> alone = trainers(device, models, batchSize);
    try {
      List<History> histories = Trainer.fitTogether(together, data, EPOCHS, tests);
      for (int i = 0; i < alone.size(); i++) {
        String what = "trainer " + i;
        History expected = alone.get(i).fit(data.get(i), EPOCHS, tests.get(i));
        assertEquals(numbers(expected.epochs()), numbers(histories.get(i).epochs()), what);
        assertSame(alone.get(i), together.get(i), what);
      }
    } finally {
      together.forEach(Trainer::close);
      alone.forEach(Trainer::close);
    }
  }

  /** Both could go on with the same bits, and have the same parameters on the host. */
  static void assertSame(Trainer expected, Trainer actual, String what) {
    Checkpoint e = expected.checkpoint();
    Checkpoint a = actual.checkpoint();
    for (Parameter parameter : e.model().parameters()) {
      String name = parameter.name();
      Run.assertSameBits(parameter.values(), a.model().parameter(name).values(), what + ": " + name);
      Run.assertSameBits(expected.model().parameter(name).values(), actual.model().parameter(name).values(), what + ": " + name);
    }
    assertEquals(e.optimizer().step(), a.optimizer().step(), what);
    assertEquals(e.optimizer().slots().keySet(), a.optimizer().slots().keySet(), what);
    e.optimizer().slots().forEach((name, slot) -> Run.assertSameBits(slot, a.optimizer().slots().get(name), what + ": " + name));
  }

  /** All but the seconds. */
  public static List<List<Double>> numbers(List<EpochResult> epochs) {
    return epochs.stream().map(e -> List.of((double) e.epoch(), e.trainLoss(), e.trainAccuracy(), e.testLoss(), e.testAccuracy())).toList();
  }
}
