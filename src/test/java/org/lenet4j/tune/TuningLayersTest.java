package org.lenet4j.tune;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Arrays;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.lenet4j.Device;
import org.lenet4j.Digits;
import org.lenet4j.EpochResult;
import org.lenet4j.Metrics;
import org.lenet4j.Trainer;
import org.lenet4j.data.Batches;
import org.lenet4j.data.Dataset;
import org.lenet4j.data.Splits;
import org.lenet4j.nn.Model;
import org.lenet4j.nn.Parameter;
import org.lenet4j.optim.AdamW;
import org.lenet4j.optim.LrSchedule;
import org.lenet4j.optim.ParamGroup;
import org.lenet4j.optim.Recipe;

/** When layers begin and training ends. */
class TuningLayersTest {
  private static Device device;
  private static Dataset train;
  private static Dataset validation;

  @BeforeAll static void open() {
    device = Device.open("openblas", 1);
    Splits split = Digits.NEW.holdOut(0.2, 1);
    train = split.train();
    validation = split.test();
  }

  @AfterAll static void close() {
    device.close();
  }

  private static Recipe recipe(int epochs) {
    return Recipe.tune().withEpochs(epochs).withOptimizer(new AdamW(3e-3f, 0.01f));
  }

  /** With a rate of 0 for the layer that is unfrozen, the others must move as if it had stayed frozen: their state is kept. */
  @Test void unfreezingKeepsTheStateOfLayersInTraining() {
    Model frozen = Digits.trained(device).freeze("conv1");
    Model still = Digits.trained(device).freeze("conv1");
    Recipe recipe = recipe(5).withGroups(new ParamGroup(List.of("conv1"), 0, 0));
    Tune.fit(device, frozen, new FineTuning(recipe), new TuningData(train, null));
    Tune.fit(device, still, new FineTuning(recipe).withUnfreezing(2, "conv1"), new TuningData(train, null));
    for (Parameter parameter : frozen.parameters()) {
      assertArrayEquals(parameter.values(), still.parameter(parameter.name()).values(), 0f, parameter.name());
    }
    assertEquals(Set.of("conv1"), frozen.frozen());
    assertEquals(Set.of(), still.frozen());
  }

  @Test void layersMoveFromTheEpochOnInWhichTheyAreUnfrozen() {
    Model model = Digits.trained(device).freeze("conv1", "conv2", "fc1");
    float[] conv1 = model.parameter("conv1.weight").values().clone();
    float[] conv2 = model.parameter("conv2.weight").values().clone();
    FineTuning settings = new FineTuning(recipe(4)).withUnfreezing(1, "fc1", "conv2").withUnfreezing(3, "conv1");
    try (FineTuner tuning = new FineTuner(device, model, settings, new TuningData(train, null))) {
      for (int epoch = 1; epoch <= 4; epoch++) {
        tuning.epoch();
        assertEquals(epoch < 2, Arrays.equals(conv2, tuning.trained().parameter("conv2.weight").values()), "conv2, " + epoch);
        assertEquals(epoch < 4, Arrays.equals(conv1, tuning.trained().parameter("conv1.weight").values()), "conv1, " + epoch);
      }
      assertArrayEquals(conv1, model.parameter("conv1.weight").values()); // the model itself changes at the end
      tuning.finish();
      assertThrows(IllegalStateException.class, tuning::epoch);
    }
  }

  /** Adam's first update of a layer is about one learning rate for each weight; with moments taken for old ones it would be threefold. */
  @Test void theFirstUpdateOfANewLayerIsNoLargerThanOthers() {
    float rate = 1e-3f;
    Recipe recipe = Recipe.tune().withOptimizer(new AdamW(rate, 0)).withEma(0).withSchedule(new LrSchedule.Constant());
    Model model = Digits.trained(device).freeze("conv1");
    float[] before = model.parameter("conv1.weight").values().clone();
    try (Trainer trainer = new Trainer(device, model, recipe, 1)) {
      for (int i = 0; i < 20; i++) {
        trainer.epoch(train, null);
      }
      int[] order = Batches.order(train.size(), 1, 20);
      try (Trainer more = Unfreezing.unfreeze(device, trainer, train, order, List.of("conv1"))) {
        more.step(train, Arrays.copyOf(order, 32));
        float[] after = more.model().parameter("conv1.weight").values();
        double largest = 0;
        double sum = 0;
        for (int i = 0; i < after.length; i++) {
          largest = Math.max(largest, Math.abs(after[i] - before[i]));
          sum += Math.abs(after[i] - before[i]);
        }
        assertTrue(largest < 2 * rate && sum / after.length > rate / 20, largest + ", mean " + sum / after.length);
      }
    }
  }

  @Test void earlyStoppingEndsAndRestoresTheBest() {
    for (EarlyStopping.Measure measure : EarlyStopping.Measure.values()) {
      Model model = Digits.trained(device);
      // much too high a rate: it gets worse again
      Recipe recipe = recipe(30).withOptimizer(new AdamW(0.01f, 0)).withSchedule(new LrSchedule.Constant()).withEma(0);
      FineTuner.Result report = Tune.fit(device, model, new FineTuning(recipe).withStopping(new EarlyStopping(measure, 3, 0)),
          new TuningData(train, validation));
      List<EpochResult> epochs = report.history().epochs();
      assertTrue(epochs.size() < 30, "never stopped");
      assertEquals(epochs.size(), report.bestEpoch() + 3);
      for (EpochResult epoch : epochs) {
        assertTrue(measure == EarlyStopping.Measure.LOSS ? epoch.testLoss() >= epochs.get(report.bestEpoch() - 1).testLoss()
            : epoch.testAccuracy() <= epochs.get(report.bestEpoch() - 1).testAccuracy());
      }
      assertEquals(epochs.get(report.bestEpoch() - 1).testLoss(), Metrics.of(device, model, validation).loss());
      assertEquals(report.bestEpoch(), Generation.of(model).get(0).epochs());
    }
  }

  @Test void aLeastImprovementAndUnfreezingCount() {
    Recipe recipe = recipe(12);
    FineTuning settings = new FineTuning(recipe).withStopping(new EarlyStopping(EarlyStopping.Measure.LOSS, 2, 10));
    TuningData data = new TuningData(train, validation);
    // no improvement is as large as 10: what was before stays the best
    assertEquals(2, Tune.fit(device, Digits.trained(device).freeze("conv1"), settings, data).history().epochs().size());
    // not before the layer was unfrozen, and then two epochs more
    FineTuning later = settings.withUnfreezing(6, "conv1");
    assertEquals(8, Tune.fit(device, Digits.trained(device).freeze("conv1"), later, data).history().epochs().size());
    assertThrows(IllegalArgumentException.class, () -> new EarlyStopping(0));
    assertThrows(IllegalArgumentException.class, () -> new EarlyStopping(EarlyStopping.Measure.LOSS, 1, -1));
    assertThrows(IllegalArgumentException.class, () -> Tune.fit(device, Digits.trained(device), settings, data.withValidation(null)));
  }

  @Test void theAverageIsWhatIsKept() {
    Model plain = Digits.trained(device);
    Model averaged = Digits.trained(device);
    Tune.fit(device, plain, new FineTuning(recipe(2).withEma(0)), new TuningData(train, null));
    FineTuner.Result report = Tune.fit(device, averaged, new FineTuning(recipe(2).withEma(0.99f)), new TuningData(train, validation));
    assertFalse(Arrays.equals(plain.parameter("fc1.weight").values(), averaged.parameter("fc1.weight").values()));
    assertEquals(report.history().last().testLoss(), Metrics.of(device, averaged, validation).loss());
  }
}
