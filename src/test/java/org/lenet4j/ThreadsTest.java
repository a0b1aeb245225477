package org.lenet4j;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.function.Executable;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.lenet4j.data.Dataset;
import org.lenet4j.data.SyntheticDigits;
import org.lenet4j.nn.LeNet5;
import org.lenet4j.nn.Model;
import org.lenet4j.optim.Recipe;
import org.lenet4j.tune.FineTuner;
import org.lenet4j.tune.FineTuning;
import org.lenet4j.tune.TuningData;

/** Two threads with one object, objects that are closed meanwhile or before, and devices that are forgotten. */
@Timeout(120)
class ThreadsTest {
  private static final Dataset DATA = SyntheticDigits.create(200, 1);
  private static final Recipe RECIPE = Recipe.fast().withEpochs(2).withBatchSize(50);

  @AfterEach void vectorAgain() {
    System.clearProperty("lenet4j.vector");
  }

  private static Device open(boolean vector) {
    System.setProperty("lenet4j.vector", Boolean.toString(vector));
    return Device.open("openblas", 2);
  }

  private static Trainer trainer(Device device) {
    return new Trainer(device, LeNet5.create(10, 1), RECIPE, 1);
  }

  private static FineTuner tuner(Device device) {
    return new FineTuner(device, LeNet5.create(10, 1), new FineTuning(RECIPE), new TuningData(DATA, null));
  }

  private static TrainListener atProgress(Runnable what) {
    return new TrainListener() {
      @Override public void progress(int epoch, int samples, int total, double loss) {
        what.run();
      }
    };
  }

  private static void assertTold(String sentence, Executable call) {
    String message = assertThrows(IllegalStateException.class, call).getMessage();
    assertTrue(message.startsWith(sentence), message);
  }

  /** The one that trains is in the middle of an epoch when the other comes, and ends with the bits of one that was left alone. */
  @ParameterizedTest @ValueSource(booleans = {true, false})
  void aSecondThreadInATrainerIsToldSo(boolean vector) throws Exception {
    try (Device device = open(vector); Trainer alone = trainer(device); Trainer shared = trainer(device)) {
      alone.fit(DATA, null);
      CountDownLatch midway = new CountDownLatch(1);
      CountDownLatch go = new CountDownLatch(1);
      shared.addListener(atProgress(() -> {
        midway.countDown();
        await(go);
      }));
      CompletableFuture<History> training = CompletableFuture.supplyAsync(() -> shared.fit(DATA, null), ThreadsTest::start);
      await(midway);
      String busy = "the trainer is at work in the thread first and belongs to one thread at a time";
      for (Executable call : List.<Executable>of(() -> shared.fit(DATA, null), () -> shared.epoch(DATA, null), () -> shared.step(DATA, 1),
          () -> shared.evaluate(DATA), shared::model, shared::checkpoint,
          () -> Trainer.fitTogether(List.of(shared), DATA, 1, null))) {
        assertTold(busy, call);
      }
      go.countDown();
      training.get();
      Together.assertSame(alone, shared, "vector " + vector);
    }
  }

  private static void start(Runnable task) {
    new Thread(task, "first").start();
  }

  private static void await(CountDownLatch latch) {
    try {
      assertTrue(latch.await(1, TimeUnit.MINUTES));
    } catch (InterruptedException e) {
      throw new AssertionError(e);
    }
  }

  @Test void aSecondThreadInATunerIsToldSo() throws Exception {
    try (Device device = open(false); FineTuner tuner = tuner(device)) {
      CountDownLatch midway = new CountDownLatch(1);
      CountDownLatch go = new CountDownLatch(1);
      tuner.addListener(atProgress(() -> {
        midway.countDown();
        await(go);
      }));
      CompletableFuture<FineTuner.Result> tuning = CompletableFuture.supplyAsync(tuner::fit, ThreadsTest::start);
      await(midway);
      for (Executable call : List.<Executable>of(tuner::epoch, tuner::finish, tuner::checkpoint)) {
        assertTold("the fine-tuning is at work in the thread first", call);
      }
      go.countDown();
      assertEquals(2, tuning.get().history().epochs().size());
    }
  }

  @ParameterizedTest @ValueSource(booleans = {true, false})
  void closedWhileItTrains(boolean vector) throws Exception {
    Dataset larger = SyntheticDigits.create(1000, 1);
    try (Device device = open(vector)) {
      for (int i = 0; i < 3; i++) {
        Trainer trainer = trainer(device);
        FineTuner tuner = tuner(device);
        CompletableFuture<?> training = CompletableFuture.runAsync(() -> trainer.fit(larger, 10_000, larger), ThreadsTest::start);
        CompletableFuture<?> tuning = CompletableFuture.runAsync(() -> assertTold("the fine-tuning is closed", () -> {
          while (true) {
            tuner.epoch();
          }
        }), ThreadsTest::start);
        TimeUnit.MILLISECONDS.sleep(40 * i);
        trainer.close();
        tuner.close();
        assertTold("the trainer is closed", () -> {
          try {
            training.join();
          } catch (CompletionException e) {
            throw e.getCause();
          }
        });
        tuning.get();
      }
    }
  }

  @ParameterizedTest @ValueSource(booleans = {true, false})
  void whatIsClosedSaysSo(boolean vector) {
    Device device = open(vector);
    Trainer trainer = trainer(device);
    trainer.step(DATA, 1, 2, 3);
    Predictor predictor = new Predictor(device, LeNet5.create(10, 1));
    FineTuner tuner = tuner(device);
    List.of(trainer, predictor, tuner).forEach(open -> assertCloses(open));
    byte[] image = DATA.image(0);
    for (Executable call : List.<Executable>of(() -> trainer.fit(DATA, null), () -> trainer.epoch(DATA, null),
        () -> trainer.step(DATA, 1),
        () -> trainer.evaluate(DATA), trainer::model, trainer::checkpoint, () -> trainer.addListener(new TrainListener() { }),
        () -> Trainer.fitTogether(List.of(trainer), DATA, 1, null))) {
      assertTold("the trainer is closed", call);
    }
    for (Executable call : List.<Executable>of(() -> predictor.predict(image), () -> predictor.logits(image, 1, new float[10]),
        () -> predictor.swap(LeNet5.create(10, 2)), () -> predictor.addListener((images, nanos) -> { }))) {
      assertTold("the predictor is closed", call);
    }
    for (Executable call : List.<Executable>of(tuner::fit, tuner::epoch, tuner::finish, tuner::checkpoint,
        () -> tuner.addListener(new TrainListener() { }))) {
      assertTold("the fine-tuning is closed", call);
    }
    Model model = LeNet5.create(10, 1);
    Checkpoint checkpoint;
    try (Trainer other = trainer(device)) {
      checkpoint = other.checkpoint();
    }
    assertCloses(device);
    for (Executable call : List.<Executable>of(() -> trainer(device), () -> tuner(device), () -> new Predictor(device, model),
        () -> Trainer.resume(device, checkpoint), () -> Metrics.of(device, model, DATA),
        () -> Calibration.calibrate(device, model, DATA))) {
      assertTold("the device is closed", call);
    }
  }

  private static void assertCloses(AutoCloseable open) {
    try {
      open.close();
      open.close(); // the second time is fine
    } catch (Exception e) {
      throw new AssertionError(e);
    }
  }

  @Test void theWorkersOfForgottenDevicesEnd() throws InterruptedException {
    long before = workers();
    for (int i = 0; i < 20; i++) {
      Trainer forgotten = trainer(Device.open("openblas", 4));
      forgotten.step(DATA, 1, 2, 3);
    }
    long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(60);
    while (workers() > before && System.nanoTime() < end) {
      System.gc();
      TimeUnit.MILLISECONDS.sleep(20);
    }
    assertTrue(workers() <= before, workers() + " workers, " + before + " before");
  }

  private static long workers() {
    return Thread.getAllStackTraces().keySet().stream().filter(thread -> thread.getName().startsWith("lenet4j-worker-")).count();
  }

  /** What it throws comes when the epoch is whole: the checkpoint is that of a run without it. */
  @Test void aListenerThatThrowsLeavesNoHalfEpoch() {
    RuntimeException thrown = new RuntimeException("listener");
    Error later = new AssertionError("later");
    try (Device device = open(false); Trainer alone = trainer(device); Trainer throwing = trainer(device);
        Trainer beside = trainer(device)) {
      alone.addListener(atProgress(() -> assertTold("epoch 1 has begun and is not finished", alone::checkpoint)));
      alone.fit(DATA, 1, null);
      throwing.addListener(atProgress(() -> {
        throw thrown;
      })).addListener(new TrainListener() {
        @Override public void epoch(EpochResult result) {
          throw later;
        }
      });
      assertSame(thrown, assertThrows(RuntimeException.class, () -> throwing.fit(DATA, 1, null)));
      assertEquals(1, throwing.checkpoint().epoch());
      Together.assertSame(alone, throwing, "a listener has thrown");
      assertSame(thrown, assertThrows(RuntimeException.class, () -> Trainer.fitTogether(List.of(throwing, beside), DATA, 1, null)));
      assertEquals(2, throwing.checkpoint().epoch());
      assertEquals(1, beside.checkpoint().epoch());
    }
  }

  @Test void anEpochThatWasBrokenOffIsNothingToGoOnFrom() {
    try (Device device = open(false); Trainer trainer = new Trainer(device, LeNet5.create(10, 1), RECIPE.withOptimizer(
        RECIPE.optimizer().withLearningRate(1e30f)), 1)) {
      assertThrows(DivergedException.class, () -> trainer.fit(DATA, null));
      for (Executable call : List.<Executable>of(trainer::checkpoint, () -> trainer.epoch(DATA, null), () -> trainer.step(DATA, 1))) {
        assertTold("epoch 1 has begun and is not finished", call);
      }
    }
  }

  @Test void testDataThatDoNotFitChangeNothing() {
    Dataset wide = new Dataset(DATA.shape(), DATA.images(), DATA.labels(), 11);
    try (Device device = open(false); Trainer alone = trainer(device); Trainer trainer = trainer(device)) {
      assertThrows(IllegalArgumentException.class, () -> trainer.epoch(DATA, wide));
      trainer.fit(DATA, null);
      alone.fit(DATA, null);
      Together.assertSame(alone, trainer, "refused data");
    }
  }
}
