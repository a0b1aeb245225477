package org.lenet4j;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.lenet4j.backend.Samples;
import org.lenet4j.data.Dataset;
import org.lenet4j.data.SyntheticDigits;
import org.lenet4j.nn.LeNet5;
import org.lenet4j.nn.Model;
import org.lenet4j.optim.Recipe;
import org.lenet4j.optim.Sgd;

@Tag("slow")
class FitTogetherTest {
  private static final Recipe RECIPE = Recipe.plain().withBatchSize(32);
  private static Device device;
  private static Dataset train;
  private static Dataset test;

  @BeforeAll
  static void open() {
    device = Device.open("openblas", 2);
    train = SyntheticDigits.create(330, 1);
    test = SyntheticDigits.create(100, 2);
  }

  @AfterAll
  static void close() {
    device.close();
  }

  @Test
  void sideBySideIsAsAlone() {
    Together.assertAsAlone(device, seed -> LeNet5.create(10, seed), 32, train, SyntheticDigits.create(200, 3), test);
  }

  /** More steps than are handed over at once, and the lanes end at different times. */
  @Test
  void longEpochs() {
    Dataset many = Samples.noise(Samples.SMALL, 700, 4, 1);
    Together.assertAsAlone(device, seed -> Samples.small(4, seed), 2, many, many.head(300), many.head(50));
  }

  @Test
  void oneThatDivergesStopsAndTheOthersGoOn() {
    Recipe wild = RECIPE.withOptimizer(new Sgd(1e30f));
    try (Trainer first = new Trainer(device, LeNet5.create(10, 1), wild, 1);
        Trainer second = new Trainer(device, LeNet5.create(10, 2), RECIPE, 2);
        Trainer third = new Trainer(device, LeNet5.create(10, 3), wild, 3);
        Trainer alone = new Trainer(device, LeNet5.create(10, 2), RECIPE, 2)) {
      DivergedException e = assertThrows(DivergedException.class,
          () -> Trainer.fitTogether(List.of(first, second, third), train, 3, test));
      assertTrue(e.getMessage().contains("epoch 1"), e.getMessage());
      assertEquals(1, e.getSuppressed().length, "the third's");
      assertEquals(0, first.history().epochs().size());
      alone.fit(train, 3, test);
      Together.assertSame(alone, second, "the one that did not diverge");
      assertEquals(Together.numbers(alone.history().epochs()), Together.numbers(second.history().epochs()));
    }
  }

  @Test
  void allDiverge() {
    Recipe wild = RECIPE.withOptimizer(new Sgd(1e30f));
    try (Trainer first = new Trainer(device, LeNet5.create(10, 1), wild, 1);
        Trainer second = new Trainer(device, LeNet5.create(10, 3), wild, 3)) {
      assertThrows(DivergedException.class, () -> Trainer.fitTogether(List.of(first, second), train, 3, test));
    }
  }

  /** As in a loop over epochs: each epoch's sums, in order, once they are there. */
  @Test
  void listenersHearOfTheirOwnTrainer() {
    List<String> byA = new ArrayList<>();
    List<String> byB = new ArrayList<>();
    try (Trainer a = new Trainer(device, LeNet5.create(10, 1), RECIPE, 1);
        Trainer b = new Trainer(device, LeNet5.create(10, 2), RECIPE.withBatchSize(64), 2)) {
      a.addListener(listener("a", byA));
      b.addListener(listener("b", byB));
      Trainer.fitTogether(List.of(a, b), train, 2, null);
    }
    assertEquals(List.of("a at 330", "a 1", "a at 330", "a 2"), byA);
    assertEquals(List.of("b at 330", "b 1", "b at 330", "b 2"), byB);
  }

  private static TrainListener listener(String name, List<String> heard) {
    return new TrainListener() {
      @Override public void progress(int epoch, int done, int size, double loss) {
        heard.add(name + " at " + done);
      }

      @Override public void epoch(EpochResult result) {
        heard.add(name + " " + result.epoch());
      }
    };
  }

  /** A predictor of the same device answers while others train, long before they are done. */
  @Test
  void othersNeedNotWait() {
    float[] expected;
    AtomicReference<float[]> answered = new AtomicReference<>();
    try (Trainer a = new Trainer(device, LeNet5.create(10, 1), RECIPE, 1); Trainer b = new Trainer(device, LeNet5.create(10, 2), RECIPE, 2);
        Predictor predictor = new Predictor(device, LeNet5.create(10, 3))) {
      expected = predictor.predict(train.image(0)).probabilities();
      CountDownLatch begun = new CountDownLatch(1);
      CountDownLatch done = new CountDownLatch(1);
      Thread asks = new Thread(() -> {
        try {
          begun.await();
          predictor.predict(train.images(), train.size()); // on the team
          answered.set(predictor.predict(train.image(0)).probabilities());
        } catch (InterruptedException e) {
          Thread.currentThread().interrupt();
        } finally {
          done.countDown();
        }
      });
      asks.start();
      a.addListener(new TrainListener() {
        @Override public void progress(int epoch, int samples, int size, double loss) {
          begun.countDown();
          try {
            assertTrue(done.await(30, TimeUnit.SECONDS), "the answer waits for the training, which waits for it");
          } catch (InterruptedException e) {
            throw new IllegalStateException(e);
          }
        }
      });
      Trainer.fitTogether(List.of(a, b), train, 1, null);
    }
    assertArrayEquals(expected, answered.get());
  }

  @Test
  void closingTheDeviceEndsIt() {
    Device own = Device.open("openblas", 2);
    try (Trainer a = new Trainer(own, LeNet5.create(10, 1), RECIPE, 1); Trainer b = new Trainer(own, LeNet5.create(10, 2), RECIPE, 2)) {
      Thread closes = new Thread(own::close);
      a.addListener(new TrainListener() {
        @Override public void epoch(EpochResult result) {
          if (closes.getState() == Thread.State.NEW) { // it may take an epoch to begin
            closes.start();
          }
        }
      });
      String message = assertThrows(IllegalStateException.class,
          () -> Trainer.fitTogether(List.of(a, b), train, 1_000_000, null)).getMessage();
      assertTrue(message.contains("closed"), message);
    }
  }

  @Test
  void dataThatDoNotFitOneChangeNone() {
    try (Trainer a = new Trainer(device, LeNet5.create(10, 1), RECIPE, 1); Trainer b = new Trainer(device, LeNet5.create(10, 2), RECIPE, 2);
        Trainer untouched = new Trainer(device, LeNet5.create(10, 1), RECIPE, 1)) {
      List<Dataset> data = List.of(train, train.head(20));
      String message = assertThrows(IllegalArgumentException.class,
          () -> Trainer.fitTogether(List.of(a, b), data, 1, List.of(test, test))).getMessage();
      assertTrue(message.contains("batch size 32 is larger"), message);
      Together.assertSame(untouched, a, "the one whose data fit");
    }
  }

  @Test
  void wrongListsAreRefused() {
    Model model = LeNet5.create(10, 1);
    try (Trainer a = new Trainer(device, model, RECIPE, 1); Trainer b = new Trainer(device, model, RECIPE, 2)) {
      String shared = assertThrows(IllegalArgumentException.class,
          () -> Trainer.fitTogether(List.of(a, b), train, 1, test)).getMessage();
      assertTrue(shared.contains("a model of its own"), shared);
      assertThrows(IllegalArgumentException.class, () -> Trainer.fitTogether(List.of(a, a), train, 1, test));
      String sizes = assertThrows(IllegalArgumentException.class,
          () -> Trainer.fitTogether(List.of(a), List.of(train, train), 1, List.of(test))).getMessage();
      assertEquals("1 trainers need as many data sets, got 2 to learn and 1 to test", sizes);
      assertEquals(List.of(), Trainer.fitTogether(List.of(), train, 1, test));
    }
  }
}
