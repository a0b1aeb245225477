package org.lenet4j.tune;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.lenet4j.Checkpoint;
import org.lenet4j.Device;
import org.lenet4j.Digits;
import org.lenet4j.EpochResult;
import org.lenet4j.Together;
import org.lenet4j.TrainListener;
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

  @Test void learnsTheNewAndReportsBoth() {
    Model model = Digits.trained(device);
    double oldBefore = Digits.accuracy(device, model, Digits.OLD_TEST);
    FineTuner.Result report = Tune.fit(device, model, new FineTuning(recipe(6)),
        new TuningData(train, validation).withTarget(Digits.NEW_TEST).withSource(Digits.OLD_TEST));
    assertEquals(oldBefore, report.before().sourceAccuracy());
    assertEquals(Digits.accuracy(device, model, Digits.OLD_TEST), report.after().sourceAccuracy());
    assertEquals(Digits.accuracy(device, model, Digits.NEW_TEST), report.after().targetAccuracy());
    assertTrue(report.after().targetAccuracy() > report.before().targetAccuracy() + 0.4, report.toString());
    assertTrue(report.after().sourceAccuracy() < oldBefore, "nothing was forgotten, so nothing is tested");
    assertEquals(480, report.samples());
    assertEquals(0, report.replayed());
    assertEquals(6, report.bestEpoch());
  }

  @Test void replayForgetsLess() {
    Model without = Digits.trained(device);
    Model with = Digits.trained(device);
    double lost = Tune.fit(device, without, new FineTuning(recipe(4)),
        new TuningData(train, null).withSource(Digits.OLD_TEST)).after().sourceAccuracy();
    FineTuner.Result report = Tune.fit(device, with, new FineTuning(recipe(4)),
        new TuningData(train, null).withSource(Digits.OLD_TEST).withTarget(Digits.NEW_TEST).withReplay(Digits.OLD));
    assertEquals(480, report.replayed());
    assertTrue(report.after().sourceAccuracy() > lost + 0.05, report + ", without replay " + lost);
    assertTrue(report.after().targetAccuracy() > report.before().targetAccuracy() + 0.4, report.toString());
    // the replayed samples themselves, where no others are given
    assertEquals(Digits.accuracy(device, Digits.trained(device), Digits.OLD), Tune.fit(device, Digits.trained(device),
        new FineTuning(recipe(1)).withReplayShare(0.1f),
        new TuningData(train, null).withReplay(Digits.OLD)).before().sourceAccuracy());
  }

  @ParameterizedTest @ValueSource(strings = {"l2sp", "ewc"})
  void anAnchorForgetsLess(String kind) {
    Model free = Digits.trained(device);
    Model held = Digits.trained(device);
    Anchor anchor = kind.equals("l2sp") ? Anchor.to(held, 0.3f) : Fisher.anchor(device, held, Digits.OLD, 300, 100, 1);
    double lost = Tune.fit(device, free, new FineTuning(recipe(5)),
        new TuningData(train, null).withSource(Digits.OLD_TEST)).after().sourceAccuracy();
    FineTuner.Result report = Tune.fit(device, held, new FineTuning(recipe(5).withAnchor(anchor)),
        new TuningData(train, null).withSource(Digits.OLD_TEST).withTarget(Digits.NEW_TEST));
    assertTrue(report.after().sourceAccuracy() > lost + 0.02, report + ", without an anchor " + lost);
    assertTrue(report.after().targetAccuracy() > report.before().targetAccuracy() + 0.1, report.toString());
    assertEquals("" + anchor.strength(), Generation.of(held).get(0).settings().get(kind));
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
    Tune.fit(device, forgetful, new FineTuning(recipe(6)).withAllowMissing(true), new TuningData(second, null));
    FineTuner.Result report = Tune.fit(device, model.growHead(10, 2), new FineTuning(recipe(6)),
        new TuningData(second, null).withReplay(buffer));
    assertEquals(second.size(), report.replayed()); // five old classes, five new ones
    assertTrue(Digits.accuracy(device, forgetful, Digits.OLD_TEST) < 0.6);
    assertTrue(Digits.accuracy(device, model, Digits.OLD_TEST) > 0.85, "" + Digits.accuracy(device, model, Digits.OLD_TEST));
  }

  /** All that could move a weight is on. */
  @Tag("slow") @ParameterizedTest @ValueSource(strings = {"conv1", "conv1,conv2", "conv1,conv2,fc1,fc2", "fc1,fc3"})
  void frozenLayersKeepEveryBit(String frozen) {
    Model elsewhere = LeNet5.create(10, 9);
    for (Optimizer optimizer : List.of(new Sgd(0.01f, 0.9f, true, 0.1f), new Adam(1e-3f).withWeightDecay(0.1f), new AdamW(1e-3f, 0.1f))) {
      for (float ema : new float[] {0, 0.9f}) {
        for (Anchor anchor : new Anchor[] {null, Anchor.to(elsewhere, 0.1f)}) {
          for (Augment augment : List.of(Augment.NONE, Augment.LIGHT)) {
            Model model = Digits.trained(device).freeze(frozen.split(","));
            Model before = model.copy();
            Recipe recipe = recipe(2).withOptimizer(optimizer).withEma(ema).withAnchor(anchor).withAugment(augment);
            Tune.fit(device, model, new FineTuning(recipe).withLayerDecay(0.5f).withReplayShare(0.2f),
                new TuningData(train.head(100), null).withReplay(Digits.OLD.head(100)));
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

  private static final FineTuning EVERYTHING = new FineTuning(recipe(7)).withSeed(3).withLayerDecay(0.7f).withUnfreezing(2, "conv2")
      .withUnfreezing(4, "conv1").withReplayShare(0.3f).withStopping(new EarlyStopping(2)).withStrength(0.75f)
      .withName("forms");

  private static Model halfFrozen() {
    return Digits.trained(device).dropout(0.1f).freeze("conv1", "conv2");
  }

  @Test void fitIsALoopOverEpochsAndAResumedRunEndsWithTheSameBits(@TempDir Path folder) throws Exception {
    Path file = folder.resolve("run.ckpt");
    TuningData data = new TuningData(train, validation).withReplay(Digits.OLD).withSource(Digits.OLD_TEST);
    Model fitted = halfFrozen();
    FineTuning settings = EVERYTHING.withRecipe(recipe(7).withAnchor(Fisher.anchor(device, fitted, Digits.OLD, 50, 1, 1)));
    FineTuner.Result report = Tune.fit(device, fitted, settings, data);
    for (int epochs : new int[] {0, 2, 3}) { // before the first, before an unfreezing, and between
      try (FineTuner tuner = new FineTuner(device, halfFrozen(), settings, data)) {
        for (int i = 0; i < epochs; i++) {
          tuner.epoch();
        }
        tuner.checkpoint(Map.of("note", "mine")).save(file);
        tuner.epoch(); // lost with the process
      }
      TuningCheckpoint checkpoint = TuningCheckpoint.load(file);
      assertEquals("mine", checkpoint.training().notes().get("note"));
      try (FineTuner tuner = FineTuner.resume(device, checkpoint, data)) {
        assertEquals(epochs, tuner.epochs());
        while (!tuner.isDone()) {
          tuner.epoch();
        }
        FineTuner.Result second = tuner.finish();
        assertEquals(Together.numbers(report.history().epochs()), Together.numbers(second.history().epochs()));
        assertEquals(report.after(), second.after());
        assertEquals(report.before(), second.before());
        assertEquals(report.bestEpoch(), second.bestEpoch());
        assertEquals(fitted.sha256(), tuner.model().sha256());
      }
    }
  }

  @Test void aCheckpointHoldsTheSettingsAndTheBest(@TempDir Path folder) throws Exception {
    Path file = folder.resolve("run.ckpt");
    TuningCheckpoint written;
    try (FineTuner tuner = new FineTuner(device, halfFrozen(), EVERYTHING, new TuningData(train, validation).withReplay(Digits.OLD))) {
      tuner.epoch();
      written = tuner.checkpoint();
    }
    assertEquals(Set.of("exp_avg", "exp_avg_sq", "ema"), // and nothing else hides there
        Set.copyOf(written.training().optimizer().slots().keySet().stream().map(slot -> slot.split("\\.")[0]).toList()));
    written.save(file);
    TuningCheckpoint read = TuningCheckpoint.load(file);
    assertEquals(written.settings(), read.settings());
    assertEquals(written.before(), read.before());
    assertEquals(written.parent(), read.parent());
    assertEquals(written.best().result(), read.best().result());
    for (Parameter parameter : written.best().model().parameters()) {
      assertArrayEquals(parameter.values(), read.best().model().parameter(parameter.name()).values(), 0f);
    }
    String message = assertThrows(IOException.class, () -> Checkpoint.load(file)).getMessage();
    assertTrue(message.startsWith(file + ": it is the checkpoint of more than a training run"), message);
    written.training().save(file);
    message = assertThrows(IOException.class, () -> TuningCheckpoint.load(file)).getMessage();
    assertEquals(file + ": it is the checkpoint of a training run, not of a fine-tuning", message);
  }

  /** A file keeps the last {@link Checkpoint#MAX_HISTORY} epochs of the history; the others were trained all the same. */
  @Test void aVeryLongRunIsAsLongAsItWas() {
    TuningData data = new TuningData(train, null);
    int epochs = Checkpoint.MAX_HISTORY + 10;
    TuningCheckpoint checkpoint;
    try (FineTuner tuner = new FineTuner(device, Digits.trained(device), new FineTuning(recipe(epochs + 1)), data)) {
      checkpoint = tuner.checkpoint();
    }
    Checkpoint now = checkpoint.training();
    Checkpoint late = new Checkpoint(now.model(), now.recipe(), now.optimizer(), now.seed(), epochs, null, null,
        List.of(new EpochResult(epochs, 1, 1, 1, 1, 1)), Map.of());
    try (FineTuner tuner = FineTuner.resume(device, new TuningCheckpoint(late, checkpoint.settings(), checkpoint.before(),
        checkpoint.parent(), checkpoint.start(), null), data)) {
      assertEquals(epochs, tuner.epochs());
      assertEquals(epochs + 1, tuner.epoch().epoch());
      assertTrue(tuner.isDone());
      assertEquals(epochs + 1, tuner.finish().bestEpoch());
    }
  }

  @Test void allListenersAreToldInOrderAndAfterAnUnfreezing() {
    List<String> heard = new ArrayList<>();
    try (FineTuner tuner = new FineTuner(device, halfFrozen(), new FineTuning(recipe(2)).withUnfreezing(1, "conv2"),
        new TuningData(train, null))) {
      for (String name : List.of("a", "b")) {
        tuner.addListener(new TrainListener() {
          @Override public void epoch(EpochResult result) {
            heard.add(name + result.epoch());
          }
        });
      }
      tuner.fit();
    }
    assertEquals(List.of("a1", "b1", "a2", "b2"), heard);
  }

  @Test void theSameSeedGivesTheSameBitsOnAnyNumberOfThreads() {
    String[] hashes = new String[2];
    for (int i = 0; i < 2; i++) {
      try (Device threads = Device.open("openblas", 1 + 2 * i)) {
        Model model = Digits.trained(device);
        Tune.fit(threads, model, new FineTuning(recipe(2)), new TuningData(train, null).withReplay(Digits.OLD));
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
      targets[2 * i] = (float) (targets[2 * i] / ink);
      targets[2 * i + 1] = (float) (targets[2 * i + 1] / ink);
    }
    Splits split = new Dataset(Digits.OLD.shape(), Digits.OLD.images(), targets, 2).holdOut(0.2, 1);
    Model model = Digits.trained(device).freeze("conv1").replaceHead(2, 5);
    FineTuner.Result report = Tune.fit(device, model, new FineTuning(recipe(6).withAugment(Augment.NONE).withLoss(new MeanSquaredError())),
        new TuningData(split.train(), split.test()));
    assertTrue(Double.isNaN(report.after().targetAccuracy()));
    assertTrue(report.after().targetLoss() < report.before().targetLoss() / 5, report.toString());
    String message = assertThrows(IllegalArgumentException.class,
        () -> Tune.fit(device, Digits.trained(device).replaceHead(2, 5), new FineTuning(),
            new TuningData(split.train(), null))).getMessage();
    assertTrue(message.contains("MeanSquaredError"), message);
  }

  @Test void layersHaveTheirOwnRates() {
    assertEquals(List.of(new ParamGroup(List.of("a"), 0.25f, 0.1f), new ParamGroup(List.of("b"), 0.5f, 0.1f),
        new ParamGroup(List.of("c"), 1, 0.1f)), ParamGroup.byDepth(List.of("a", "b", "c"), new AdamW(1, 0.1f), 0.5f));
    Model model = Digits.trained(device);
    Model before = model.copy();
    Tune.fit(device, model, new FineTuning(recipe(1).withGroups(new ParamGroup(List.of("conv2", "fc1"), 0, 0))).withLayerDecay(0.9f),
        new TuningData(train, null));
    assertChangedOnly(before, model, "conv2,fc1"); // explicit groups win over the decay
    // one step of plain SGD moves layers in proportion to their rates
    Model a = Digits.trained(device);
    Model b = Digits.trained(device);
    Recipe step = recipe(1).withOptimizer(new Sgd(0.1f)).withBatchSize(train.size()).withEma(0);
    Tune.fit(device, a, new FineTuning(step), new TuningData(train, null));
    Tune.fit(device, b, new FineTuning(step).withLayerDecay(0.5f), new TuningData(train, null));
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
    FineTuner.Result report = Tune.fit(device, model, new FineTuning(recipe(1)).withName("forms"),
        new TuningData(train, validation).withSource(Digits.OLD_TEST));
    model.save(second);
    Model again = Model.load(second);
    assertEquals(List.of(new Generation(Model.load(first).sha256(), "forms", 480, 0, 1, Generation.of(again).get(0).settings(),
        report.before(), report.after())), Generation.of(again));
    assertEquals("adamw", Generation.of(again).get(0).settings().get("optimizer"));
    assertEquals("0.003", Generation.of(again).get(0).settings().get("lr"));
    Tune.fit(device, again.replaceHead(10, 1), Model.load(second), new FineTuning(recipe(1)),
        new TuningData(train, null).withReplay(Digits.OLD.head(50)));
    assertEquals(2, Generation.of(again).size());
    assertEquals(Model.load(second).sha256(), Generation.of(again).get(1).parent());
    assertEquals(480, Generation.of(again).get(1).replayed());
    again.metadata().put("generations", "[{}]");
    assertTrue(assertThrows(IllegalArgumentException.class, () -> Generation.of(again)).getMessage().contains("broken"));
    assertEquals(Set.of(), model.frozen());
  }
}
