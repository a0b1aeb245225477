package org.lenet4j.tune;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.lenet4j.Checkpoint;
import org.lenet4j.Device;
import org.lenet4j.Digits;
import org.lenet4j.Trainer;
import org.lenet4j.data.Augment;
import org.lenet4j.data.Dataset;
import org.lenet4j.data.ReplayBuffer;
import org.lenet4j.data.Splits;
import org.lenet4j.nn.LeNet5;
import org.lenet4j.nn.MeanSquaredError;
import org.lenet4j.nn.Model;
import org.lenet4j.nn.Parameter;
import org.lenet4j.optim.Adam;
import org.lenet4j.optim.AdamW;
import org.lenet4j.optim.Anchor;
import org.lenet4j.optim.Optimizer;
import org.lenet4j.optim.ParamGroup;
import org.lenet4j.optim.Recipe;
import org.lenet4j.optim.Sgd;

class FineTunerTest {
  private static Device device;
  private static Dataset train;
  private static Dataset validation;

  @BeforeAll static void open() {
    device = Device.open("openblas", 2);
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

  @Test void learnsTheNewAndReportsBoth() {
    Model model = Digits.trained(device);
    double oldBefore = Digits.accuracy(device, model, Digits.OLD_TEST);
    FineTuner.Report report = new FineTuner(device, model).recipe(recipe(6)).target(Digits.NEW_TEST).source(Digits.OLD_TEST)
        .fit(train, validation);
    assertEquals(oldBefore, report.before().sourceAccuracy());
    assertEquals(Digits.accuracy(device, model, Digits.OLD_TEST), report.after().sourceAccuracy());
    assertEquals(Digits.accuracy(device, model, Digits.NEW_TEST), report.after().targetAccuracy());
    assertTrue(report.after().targetAccuracy() > report.before().targetAccuracy() + 0.4, report.toString());
    assertTrue(report.after().sourceAccuracy() < oldBefore, "nothing was forgotten, so nothing is tested");
    assertEquals(480, report.samples());
    assertEquals(0, report.replayed());
    assertEquals(6, report.best());
  }

  @Test void replayForgetsLess() {
    Model without = Digits.trained(device);
    Model with = Digits.trained(device);
    double lost = new FineTuner(device, without).recipe(recipe(4)).source(Digits.OLD_TEST).fit(train, null).after().sourceAccuracy();
    FineTuner.Report report = new FineTuner(device, with).recipe(recipe(4)).source(Digits.OLD_TEST).target(Digits.NEW_TEST)
        .replay(Digits.OLD).fit(train, null);
    assertEquals(480, report.replayed());
    assertTrue(report.after().sourceAccuracy() > lost + 0.05, report + ", without replay " + lost);
    assertTrue(report.after().targetAccuracy() > report.before().targetAccuracy() + 0.4, report.toString());
    // the replayed samples themselves, where no others are given
    assertEquals(Digits.accuracy(device, Digits.trained(device), Digits.OLD), new FineTuner(device, Digits.trained(device))
        .recipe(recipe(1)).replay(Digits.OLD, 0.1f).fit(train, null).before().sourceAccuracy());
  }

  @ParameterizedTest @ValueSource(strings = {"l2sp", "ewc"})
  void anAnchorForgetsLess(String kind) {
    Model free = Digits.trained(device);
    Model held = Digits.trained(device);
    Anchor anchor = kind.equals("l2sp") ? Anchor.to(held, 0.3f) : Fisher.anchor(device, held, Digits.OLD, 300, 100, 1);
    double lost = new FineTuner(device, free).recipe(recipe(5)).source(Digits.OLD_TEST).fit(train, null).after().sourceAccuracy();
    FineTuner.Report report = new FineTuner(device, held).recipe(recipe(5)).anchor(anchor).source(Digits.OLD_TEST)
        .target(Digits.NEW_TEST).fit(train, null);
    assertTrue(report.after().sourceAccuracy() > lost + 0.02, report + ", without an anchor " + lost);
    assertTrue(report.after().targetAccuracy() > report.before().targetAccuracy() + 0.1, report.toString());
  }

  @Test void newClassesJoinWithABoundedBuffer() {
    Dataset first = Digits.OLD.ofClasses(0, 1, 2, 3, 4).withClasses(5);
    Dataset second = Digits.OLD.ofClasses(5, 6, 7, 8, 9);
    Model model = LeNet5.create(5, 1).normalization(first.normalization());
    try (Trainer trainer = new Trainer(device, model, Recipe.fast().withBatchSize(32), 1)) {
      trainer.fit(first, null);
    }
    Dataset buffer = new ReplayBuffer(40, 1).add(first).samples();
    Model forgetful = model.copy().growHead(10, 2);
    new FineTuner(device, forgetful).recipe(recipe(6)).allowMissing().fit(second, null);
    FineTuner.Report report = new FineTuner(device, model.growHead(10, 2)).recipe(recipe(6)).replay(buffer).fit(second, null);
    assertEquals(second.size(), report.replayed()); // five old classes, five new ones
    assertTrue(Digits.accuracy(device, forgetful, Digits.OLD_TEST) < 0.6);
    assertTrue(Digits.accuracy(device, model, Digits.OLD_TEST) > 0.85, "" + Digits.accuracy(device, model, Digits.OLD_TEST));
  }

  /** All that could move a weight is on. */
  @ParameterizedTest @ValueSource(strings = {"conv1", "conv1,conv2", "conv1,conv2,fc1,fc2", "fc1,fc3"})
  void frozenLayersKeepEveryBit(String frozen) {
    Model elsewhere = LeNet5.create(10, 9);
    for (Optimizer optimizer : List.of(new Sgd(0.01f, 0.9f, true, 0.1f), new Adam(1e-3f).withWeightDecay(0.1f), new AdamW(1e-3f, 0.1f))) {
      for (float ema : new float[] {0, 0.9f}) {
        for (Anchor anchor : new Anchor[] {null, Anchor.to(elsewhere, 0.1f)}) {
          for (Augment augment : List.of(Augment.NONE, Augment.LIGHT)) {
            Model model = Digits.trained(device).freeze(frozen.split(","));
            Model before = model.copy();
            Recipe recipe = recipe(2).withOptimizer(optimizer).withEma(ema).withAnchor(anchor).withAugment(augment);
            new FineTuner(device, model).recipe(recipe).layerDecay(0.5f).replay(Digits.OLD.head(100), 0.2f).fit(train.head(100), null);
            assertChangedOnly(before, model, frozen);
          }
        }
      }
    }
  }

  private static void assertChangedOnly(Model before, Model after, String frozen) {
    for (Parameter parameter : before.parameters()) {
      float[] values = after.parameter(parameter.name()).values();
      if (List.of(frozen.split(",")).contains(parameter.layer())) {
        assertArrayEquals(parameter.values(), values, 0f, parameter.name());
      } else {
        assertFalse(Arrays.equals(parameter.values(), values), parameter.name());
      }
    }
  }

  @Test void fitIsALoopOverEpochsAndAResumedRunEndsWithTheSameBits(@TempDir Path folder) throws Exception {
    Path file = folder.resolve("run.ckpt");
    Model fitted = Digits.trained(device);
    FineTuner.Report report = everything(fitted).fit(train, validation);
    Model resumed = Digits.trained(device);
    FineTuner.Report second;
    try (Tuning tuning = everything(Digits.trained(device)).start(train, validation)) {
      for (int i = 0; i < 3; i++) {
        tuning.epoch();
      }
      tuning.checkpoint(Map.of("note", "mine")).save(file);
      tuning.epoch(); // lost with the process
    }
    Checkpoint checkpoint = Checkpoint.load(file);
    assertEquals("mine", checkpoint.settings().get("note"));
    try (Tuning tuning = everything(resumed).resume(checkpoint, train, validation)) {
      assertEquals(3, tuning.history().epochs().size());
      while (!tuning.isDone()) {
        tuning.epoch();
      }
      second = tuning.finish();
    }
    assertEquals(report.history().epochs().size(), second.history().epochs().size());
    assertEquals(report.after(), second.after());
    assertEquals(report.before(), second.before());
    assertEquals(report.best(), second.best());
    assertEquals(fitted.sha256(), resumed.sha256());
  }

  private static FineTuner everything(Model model) {
    return new FineTuner(device, model.dropout(0.1f).freeze("conv1", "conv2")).recipe(recipe(7)).seed(3).layerDecay(0.7f)
        .unfreezeAfter(2, "conv2").unfreezeAfter(4, "conv1").replay(Digits.OLD, 0.3f).source(Digits.OLD_TEST)
        .stopping(new EarlyStopping(2));
  }

  @Test void theSameSeedGivesTheSameBitsOnAnyNumberOfThreads() {
    String[] hashes = new String[2];
    for (int i = 0; i < 2; i++) {
      try (Device threads = Device.open("openblas", 1 + 2 * i)) {
        Model model = Digits.trained(device);
        new FineTuner(threads, model).recipe(recipe(2)).replay(Digits.OLD).fit(train, null);
        hashes[i] = model.sha256();
      }
    }
    assertEquals(hashes[0], hashes[1]);
  }

  @Test void aRegressionHeadIsTunedWithMse() {
    float[] targets = new float[2 * Digits.OLD.size()]; // where the ink is: mean column and row, -1 to 1
    for (int i = 0; i < Digits.OLD.size(); i++) {
      double ink = 0;
      for (int p = 0; p < 784; p++) {
        int v = Digits.OLD.images()[i * 784 + p] & 0xFF;
        ink += v;
        targets[2 * i] += v * (p % 28 - 13.5f) / 14;
        targets[2 * i + 1] += v * (p / 28 - 13.5f) / 14;
      }
      targets[2 * i] /= ink;
      targets[2 * i + 1] /= ink;
    }
    Splits split = new Dataset(Digits.OLD.shape(), Digits.OLD.images(), targets, 2).holdOut(0.2, 1);
    Model model = Digits.trained(device).freeze("conv1").replaceHead(2, 5);
    FineTuner.Report report = new FineTuner(device, model).recipe(recipe(6).withAugment(Augment.NONE).withLoss(new MeanSquaredError()))
        .fit(split.train(), split.test());
    assertTrue(Double.isNaN(report.after().targetAccuracy()));
    assertTrue(report.after().targetLoss() < report.before().targetLoss() / 5, report.toString());
    String message = assertThrows(IllegalArgumentException.class,
        () -> new FineTuner(device, Digits.trained(device).replaceHead(2, 5)).fit(split.train(), null)).getMessage();
    assertTrue(message.contains("MeanSquaredError"), message);
  }

  @Test void layersHaveTheirOwnRates() {
    assertEquals(List.of(new ParamGroup(List.of("a"), 0.25f, 0.1f), new ParamGroup(List.of("b"), 0.5f, 0.1f),
        new ParamGroup(List.of("c"), 1, 0.1f)), ParamGroup.byDepth(List.of("a", "b", "c"), new AdamW(1, 0.1f), 0.5f));
    Model model = Digits.trained(device);
    Model before = model.copy();
    new FineTuner(device, model).recipe(recipe(1).withGroups(new ParamGroup(List.of("conv2", "fc1"), 0, 0))).layerDecay(0.9f)
        .fit(train, null);
    assertChangedOnly(before, model, "conv2,fc1"); // explicit groups win over the decay
    // one step of plain SGD moves layers in proportion to their rates
    Model a = Digits.trained(device);
    Model b = Digits.trained(device);
    Recipe step = recipe(1).withOptimizer(new Sgd(0.1f)).withBatchSize(train.size()).withEma(0);
    new FineTuner(device, a).recipe(step).fit(train, null);
    new FineTuner(device, b).recipe(step).layerDecay(0.5f).fit(train, null);
    double moved = b.parameter("conv1.weight").values()[7] - before.parameter("conv1.weight").values()[7];
    double full = a.parameter("conv1.weight").values()[7] - before.parameter("conv1.weight").values()[7];
    assertEquals(0.0625, moved / full, 0.01); // four layers below the head: 0.5^4; a difference of two floats has few digits
  }

  @Test void theHistoryGrowsWithEachTuning(@TempDir Path folder) throws Exception {
    Path first = folder.resolve("1.safetensors");
    Path second = folder.resolve("2.safetensors");
    Digits.trained(device).save(first);
    Model model = Model.load(first);
    assertEquals(List.of(), Generation.of(model));
    FineTuner.Report report = new FineTuner(device, model).recipe(recipe(1)).name("forms").source(Digits.OLD_TEST).fit(train, validation);
    model.save(second);
    Model again = Model.load(second);
    assertEquals(List.of(new Generation(Model.load(first).sha256(), "forms", 480, 0, 1, Generation.of(again).get(0).settings(),
        report.before(), report.after())), Generation.of(again));
    assertEquals("adamw, learningRate 0.003", Generation.of(again).get(0).settings().get("optimizer").substring(0, 25));
    new FineTuner(device, again.replaceHead(10, 1)).parent(Model.load(second)).recipe(recipe(1)).replay(Digits.OLD.head(50))
        .fit(train, null);
    assertEquals(2, Generation.of(again).size());
    assertEquals(Model.load(second).sha256(), Generation.of(again).get(1).parent());
    assertEquals(480, Generation.of(again).get(1).replayed());
    again.metadata().put("generations", "[{}]");
    assertTrue(assertThrows(IllegalArgumentException.class, () -> Generation.of(again)).getMessage().contains("broken"));
    assertEquals(Set.of(), model.frozen());
  }
}
