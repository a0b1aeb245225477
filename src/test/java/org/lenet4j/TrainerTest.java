package org.lenet4j;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.lenet4j.data.Augment;
import org.lenet4j.data.Batches;
import org.lenet4j.data.Dataset;
import org.lenet4j.data.Normalization;
import org.lenet4j.data.SyntheticDigits;
import org.lenet4j.nn.Activation;
import org.lenet4j.nn.Dropout;
import org.lenet4j.nn.Init;
import org.lenet4j.nn.LayerSpec;
import org.lenet4j.nn.LeNet5;
import org.lenet4j.nn.Linear;
import org.lenet4j.nn.MeanSquaredError;
import org.lenet4j.nn.Model;
import org.lenet4j.nn.Parameter;
import org.lenet4j.optim.Adam;
import org.lenet4j.optim.Anchor;
import org.lenet4j.optim.Recipe;
import org.lenet4j.optim.Sgd;

class TrainerTest {
  private static Device device;
  private static Dataset train;
  private static Dataset test;

  @BeforeAll
  static void open() {
    device = Device.open("openblas", 2);
    train = SyntheticDigits.create(330, 1); // not a multiple of the batch size
    test = SyntheticDigits.create(100, 2);
  }

  @AfterAll
  static void close() {
    device.close();
  }

  /** A net with dropout, trained with augmentation, so that every kind of random number is drawn. */
  private static Model model() {
    List<LayerSpec> layers = new ArrayList<>(LeNet5.create(10, 3).layers());
    layers.add(layers.size() - 1, new Dropout("drop", 0.3f));
    return new Model(LeNet5.INPUT, layers, Init.KAIMING_UNIFORM, 3);
  }

  private static Recipe recipe() {
    return Recipe.fast().withEpochs(4).withBatchSize(32).withAugment(Augment.parse("light"));
  }

  @Test
  void fitIsALoopOverEpochs() {
    Model fitted = model();
    Model looped = model();
    try (Trainer a = new Trainer(device, fitted, recipe(), 5); Trainer b = new Trainer(device, looped, recipe(), 5)) {
      History history = a.fit(train, test);
      List<EpochResult> epochs = new ArrayList<>();
      for (int i = 0; i < 4; i++) {
        epochs.add(b.epoch(train, test));
      }
      assertEquals(Together.numbers(history.epochs()), Together.numbers(epochs));
    }
    assertSameBits(fitted, looped);
  }

  @Test
  void anEpochIsALoopOverSteps() {
    Recipe recipe = recipe().withEpochs(1);
    Model whole = model();
    Model stepped = model();
    try (Trainer a = new Trainer(device, whole, recipe, 5); Trainer b = new Trainer(device, stepped, recipe, 5)) {
      a.epoch(train, null);
      int[] order = Batches.order(train.size(), 5, 0);
      for (int first = 0; first < order.length; first += 32) {
        b.step(train, Arrays.copyOfRange(order, first, Math.min(first + 32, order.length)));
      }
      b.model();
    }
    assertSameBits(whole, stepped);
  }

  @Test
  void aResumedRunEndsWithTheSameBits(@TempDir Path folder) throws Exception {
    assertResumes(folder, recipe());
    assertResumes(folder, recipe().withEma(0.95f).withAnchor(Anchor.to(LeNet5.create(10, 7), 0.01f, "fc3")));
  }

  private static void assertResumes(Path folder, Recipe recipe) throws Exception {
    Path file = folder.resolve("run.ckpt");
    Model expected = model();
    List<EpochResult> history;
    try (Trainer trainer = new Trainer(device, expected, recipe, 5)) {
      history = trainer.fit(train, test).epochs();
    }
    try (Trainer trainer = new Trainer(device, model(), recipe, 5)) {
      trainer.epoch(train, test);
      trainer.epoch(train, test);
      trainer.checkpoint().save(file);
      trainer.step(train, 1, 2, 3); // work that is lost with the process
    }
    Checkpoint checkpoint = Checkpoint.load(file);
    try (Trainer trainer = Trainer.resume(device, checkpoint)) {
      assertEquals(Together.numbers(history), Together.numbers(trainer.fit(train, test).epochs()));
    }
    assertSameBits(expected, checkpoint.model());
  }

  @Test
  void aRecipeThatNormalizesIsHeardOrRefused() {
    Recipe recipe = recipe().withEpochs(1).withEma(0.9f);
    Model byItself = model();
    Model byHand = model().normalization(train.normalization());
    Model plain = model();
    for (Model model : List.of(byItself, byHand, plain)) {
      try (Trainer trainer = new Trainer(device, model, recipe.withNormalize(model != plain), 5)) {
        trainer.fit(train, test);
      }
    }
    assertEquals(train.normalization(), byItself.normalization());
    assertSameBits(byHand, byItself);
    assertEquals(Normalization.NONE, plain.normalization());
    String message = assertThrows(IllegalArgumentException.class, () -> new Trainer(device, plain, recipe, 5)).getMessage();
    assertTrue(message.contains("withNormalize(false)"), message);
    Model stepped = model();
    try (Trainer trainer = new Trainer(device, stepped, recipe, 5)) {
      trainer.step(train, 1, 2, 3);
    }
    assertEquals(train.normalization(), stepped.normalization());
  }

  @Test
  void aNormalizationIsCompiledAgainOrRefused() {
    Recipe recipe = recipe().withEpochs(2);
    Normalization chosen = new Normalization(0.3f, 0.4f);
    Model before = model().normalization(chosen);
    Model after = model();
    try (Trainer one = new Trainer(device, before, recipe, 5); Trainer other = new Trainer(device, after, recipe, 5)) {
      after.normalization(chosen);
      one.fit(train, 1, null);
      other.fit(train, 1, null);
      assertSameBits(before, after);
      after.normalization(train.normalization());
      String message = assertThrows(IllegalStateException.class, () -> other.fit(train, 1, null)).getMessage();
      assertTrue(message.contains("normalization"), message);
    }
  }

  @Test
  void goingOnWithOtherKernelsIsSaid() {
    Checkpoint checkpoint;
    try (Trainer trainer = new Trainer(device, model(), recipe(), 5)) {
      checkpoint = trainer.checkpoint();
    }
    assertEquals("", saidOnResuming(device, checkpoint));
    System.setProperty("lenet4j.vector", "false");
    try (Device other = Device.open("openblas", 1)) {
      String said = saidOnResuming(other, checkpoint);
      assertTrue(said.contains("began with the kernels 'openblas vector' and goes on with 'openblas gemm"), said);
      assertEquals(1, said.strip().lines().count(), said);
      Trainer resumed = Trainer.resume(other, checkpoint);
      assertTrue(resumed.checkpoint().arithmetic().startsWith("openblas gemm"));
      resumed.close();
    } finally {
      System.clearProperty("lenet4j.vector");
    }
  }

  private static String saidOnResuming(Device device, Checkpoint checkpoint) {
    PrintStream err = System.err;
    ByteArrayOutputStream said = new ByteArrayOutputStream();
    System.setErr(new PrintStream(said));
    try {
      Trainer.resume(device, checkpoint).close();
    } finally {
      System.setErr(err);
    }
    return said.toString();
  }

  @Test
  void aRunThatHasNotBegunIsResumed(@TempDir Path folder) throws IOException {
    Model straight = model();
    Path file = folder.resolve("run.ckpt");
    try (Trainer trainer = new Trainer(device, straight, recipe(), 5)) {
      trainer.checkpoint().save(file);
      trainer.fit(train, null);
    }
    Checkpoint read = Checkpoint.load(file);
    assertFalse(read.model().isNormalizationChosen());
    try (Trainer trainer = Trainer.resume(device, read)) {
      trainer.fit(train, null);
    }
    assertEquals(train.normalization(), read.model().normalization());
    assertSameBits(straight, read.model());
  }

  @Test
  void aVeryLongRunIsAsLongAsItWas() {
    Recipe recipe = recipe().withEpochs(5001);
    try (Trainer trainer = new Trainer(device, model(), recipe, 5)) {
      Checkpoint now = trainer.checkpoint();
      Checkpoint late = new Checkpoint(now.model(), recipe, now.optimizer(), 5, 5000, null, null,
          List.of(new EpochResult(5000, 1, 1, 1, 1, 1)), Map.of()); // as a file keeps it: not all of the history
      try (Trainer resumed = Trainer.resume(device, late)) {
        assertEquals(5000, resumed.epochs());
        assertEquals(5001, resumed.fit(train, null).last().epoch());
        assertEquals(5001, resumed.epochs());
      }
    }
  }

  @Test
  void allListenersAreToldInOrder() {
    List<String> heard = new ArrayList<>();
    try (Trainer trainer = new Trainer(device, model(), recipe(), 5)) {
      for (String name : List.of("a", "b")) {
        trainer.addListener(new TrainListener() {
          @Override public void progress(int epoch, int samples, int total, double loss) {
            heard.add(name + samples);
          }

          @Override public void epoch(EpochResult result) {
            heard.add(name);
          }
        });
      }
      trainer.epoch(train, null);
    }
    assertEquals(List.of("a330", "b330", "a", "b"), heard);
  }

  @Test
  void theAverageIsEvaluatedAndKept() {
    Recipe recipe = recipe().withEma(0.95f).withEpochs(2);
    Model model = model();
    try (Trainer trainer = new Trainer(device, model, recipe, 5); Trainer plain = new Trainer(device, model(), recipe.withEma(0), 5)) {
      EpochResult last = trainer.fit(train, test).last();
      assertEquals(last.testLoss(), trainer.evaluate(test).loss());
      assertEquals(last.testLoss(), Metrics.of(device, model, test, recipe.loss().plain()).loss(), "the model is what was evaluated");
      plain.fit(train, test);
      Model parameters = trainer.checkpoint().model();
      assertSameBits(plain.model(), parameters);
      double other = Metrics.of(device, parameters, test, recipe.loss().plain()).loss();
      assertTrue(Math.abs(other - last.testLoss()) > 1e-4, "not what was averaged");
    }
  }

  @Test
  void aDivergingRunSaysWhereAndKeepsTheModel() {
    Model model = LeNet5.create(10, 4);
    Model before = model.copy();
    try (Trainer trainer = new Trainer(device, model, new Sgd(1e20f), 33)) {
      DivergedException e = assertThrows(DivergedException.class, () -> trainer.fit(train, 1, null));
      assertTrue(e.step() >= 2 && e.step() <= 10, e.getMessage()); // the first loss is still finite, an epoch has 10 steps
      assertTrue(e.getMessage().contains("at step " + e.step()) && e.getMessage().contains("1.0E20"), e.getMessage());
    }
    assertSameBits(before, model);
  }

  @Test
  void aRegressionHeadLearns() {
    // the target is the position of the ink: mean column and row, scaled to -1..1
    float[] targets = new float[2 * train.size()];
    for (int i = 0; i < train.size(); i++) {
      double ink = 0;
      for (int p = 0; p < 784; p++) {
        int v = train.images()[i * 784 + p] & 0xFF;
        ink += v;
        targets[2 * i] += v * (p % 28 - 14f) / 14;
        targets[2 * i + 1] += v * (p / 28 - 14f) / 14;
      }
      targets[2 * i] = (float) (targets[2 * i] / ink);
      targets[2 * i + 1] = (float) (targets[2 * i + 1] / ink);
    }
    Dataset data = new Dataset(train.shape(), train.images(), targets, 2);
    List<LayerSpec> layers = new ArrayList<>(LeNet5.create(10, 3).layers());
    layers.set(layers.size() - 1, new Linear("fc3", 84, 2, Activation.NONE));
    Model model = new Model(LeNet5.INPUT, layers, Init.KAIMING_UNIFORM, 3);
    try (Trainer trainer = new Trainer(device, model, Recipe.plain().withLoss(new MeanSquaredError()).withBatchSize(33), 6)) {
      double before = trainer.evaluate(data).loss();
      trainer.fit(data, 12, data);
      double after = trainer.evaluate(data).loss();
      assertTrue(after < before / 3, before + " became " + after);
      assertEquals(after, trainer.history().last().testLoss());
    }
  }

  @Test
  void theModelRemembersWhatItWasTrainedOn() {
    Model model = LeNet5.create(10, 1);
    try (Trainer trainer = new Trainer(device, model, recipe(), 5)) {
      trainer.epoch(train.head(100), test);
      trainer.step(train.subset(200, 201), 0, 1);
      for (Model trained : List.of(trainer.model(), trainer.checkpoint().model())) {
        assertTrue(trained.seen().isComplete());
        assertEquals(102, trained.seen().of(train).seen().size());
        assertNull(trained.seen().of(test).seen());
      }
    }
  }

  @Test
  void badArgumentsAndClosedTrainers() {
    Model model = LeNet5.create(10, 1);
    assertMessage("batch size must be at least 1", () -> new Trainer(device, model, new Adam(1e-3f), 0));
    Trainer trainer = new Trainer(device, model, new Adam(1e-3f), 331);
    assertMessage("larger than the training set of 330", () -> trainer.fit(train, 1, null));
    trainer.close();
    trainer.close();
    assertThrows(IllegalStateException.class, trainer::model);
    assertThrows(IllegalStateException.class, () -> trainer.epoch(train, null));
    assertThrows(IllegalStateException.class, () -> trainer.evaluate(test));
    assertThrows(IllegalStateException.class, () -> trainer.step(train, 1));
  }

  private static void assertMessage(String part, org.junit.jupiter.api.function.Executable call) {
    String message = assertThrows(IllegalArgumentException.class, call).getMessage();
    assertTrue(message.contains(part), message);
  }

  private static void assertSameBits(Model expected, Model actual) {
    for (Parameter parameter : expected.parameters()) {
      assertArrayEquals(parameter.values(), actual.parameter(parameter.name()).values(), 0f, parameter.name());
    }
  }
}
