package org.lenet4j;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.function.BiFunction;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.lenet4j.backend.GradientExchange;
import org.lenet4j.data.Augment;
import org.lenet4j.data.Dataset;
import org.lenet4j.data.SyntheticDigits;
import org.lenet4j.nn.LeNet5;
import org.lenet4j.nn.Model;
import org.lenet4j.optim.Anchor;
import org.lenet4j.optim.Recipe;
import org.lenet4j.optim.Sgd;

/** Batches in shards, and ranks that share them: as many shards, the same bits. Ranks are threads here. */
class RanksTest {
  private static final Dataset TRAIN = SyntheticDigits.create(331, 1); // an odd last batch, with fewer chunks than shards
  private static final Dataset TEST = SyntheticDigits.create(50, 2);

  /** What a run ends with. */
  private record Outcome(String weights, ByteBuffer checkpoint, List<Double> history) {
    static Outcome of(Trainer trainer) {
      List<Double> numbers = new ArrayList<>();
      for (EpochResult epoch : trainer.history().epochs()) {
        numbers.addAll(List.of(epoch.trainLoss(), epoch.trainAccuracy(), epoch.testLoss(), epoch.testAccuracy()));
      }
      Checkpoint checkpoint = trainer.checkpoint();
      Checkpoint timeless = new Checkpoint(checkpoint.model(), checkpoint.recipe(), checkpoint.optimizer(), checkpoint.seed(),
          checkpoint.epoch(), null, checkpoint.arithmetic(), List.of(), Map.of());
      return new Outcome(trainer.model().sha256(), ByteBuffer.wrap(timeless.toBytes()), numbers);
    }
  }

  @AfterEach void vectorAgain() {
    System.clearProperty("lenet4j.vector");
  }

  private static Model model() {
    return LeNet5.create(10, 7).dropout(0.25f);
  }

  /** Everything at once. */
  private static Recipe recipe(int shards) {
    return Recipe.fast().withEpochs(2).withBatchSize(100).withEma(0.9f).withClipNorm(0.5f).withAugment(Augment.LIGHT)
        .withAnchor(Anchor.to(LeNet5.create(10, 8), 0.01f)).withAccumulate(shards);
  }

  private static Outcome alone(Recipe recipe, int threads) {
    try (Device device = Device.open("cpu", threads); Trainer trainer = new Trainer(device, model(), recipe, 3)) {
      trainer.fit(TRAIN, TEST);
      return Outcome.of(trainer);
    }
  }

  private static <T> List<T> onRanks(int ranks, BiFunction<Device, GradientExchange, T> work) throws Exception {
    ThreadRanks together = new ThreadRanks(ranks);
    ExecutorService threads = Executors.newFixedThreadPool(ranks);
    try {
      List<Callable<T>> tasks = new ArrayList<>();
      for (int rank = 0; rank < ranks; rank++) {
        GradientExchange exchange = together.rank(rank);
        tasks.add(() -> {
          try (Device device = Device.open("cpu", 1)) {
            return work.apply(device, exchange);
          } catch (RuntimeException e) {
            together.leave(e);
            throw e;
          }
        });
      }
      List<T> results = new ArrayList<>();
      for (Future<T> result : threads.invokeAll(tasks, 2, TimeUnit.MINUTES)) {
        results.add(result.get());
      }
      return results;
    } finally {
      threads.shutdownNow();
    }
  }

  private static Outcome train(Device device, Recipe recipe, GradientExchange exchange) {
    try (Trainer trainer = new Trainer(device, model(), recipe, 3, exchange)) {
      trainer.fit(TRAIN, TEST);
      return Outcome.of(trainer);
    }
  }

  @ParameterizedTest @ValueSource(booleans = {true, false})
  void ranksAreAsOne(boolean vector) throws Exception {
    System.setProperty("lenet4j.vector", Boolean.toString(vector));
    Outcome expected = alone(recipe(4), 2);
    assertEquals(expected, alone(recipe(4), 3), "threads");
    for (int ranks : new int[] {1, 2, 4}) {
      for (Outcome outcome : onRanks(ranks, (device, exchange) -> train(device, recipe(4), exchange))) {
        assertEquals(expected, outcome, ranks + " ranks");
      }
    }
  }

  @Test void frozenLayersToo() throws Exception {
    Recipe recipe = Recipe.plain().withEpochs(1).withBatchSize(64).withAccumulate(2);
    BiFunction<Device, GradientExchange, Outcome> work = (device, exchange) -> {
      try (Trainer trainer = new Trainer(device, LeNet5.create(10, 7).freeze("conv1", "conv2", "fc2"), recipe, 3, exchange)) {
        trainer.fit(TRAIN, TEST);
        return Outcome.of(trainer);
      }
    };
    Outcome expected;
    try (Device device = Device.open("cpu", 1)) {
      expected = work.apply(device, null);
    }
    for (Outcome outcome : onRanks(2, work)) {
      assertEquals(expected, outcome);
    }
  }

  /** A shard's gradient is a part of the batch's: only rounding differs. */
  @Test void shardsAddUpToTheBatch() {
    Recipe recipe = Recipe.plain().withEpochs(1).withBatchSize(100);
    try (Device device = Device.open("cpu", 2);
        Trainer whole = new Trainer(device, LeNet5.create(10, 7), recipe, 3);
        Trainer shards = new Trainer(device, LeNet5.create(10, 7), recipe.withAccumulate(4), 3)) {
      int[] samples = {5, 1, 7, 300, 200, 111, 9, 8, 6, 3, 2, 4, 10, 11, 12, 13, 14, 15, 16, 17, 18, 330}; // two chunks for four shards
      assertEquals(whole.step(TRAIN, samples).loss(), shards.step(TRAIN, samples).loss(), 1e-12);
      assertArrayEquals(whole.model().parameter("fc1.weight").values(), shards.model().parameter("fc1.weight").values(), 1e-5f);
      double before = whole.fit(TRAIN, TEST).last().testLoss();
      assertEquals(before, shards.fit(TRAIN, TEST).last().testLoss(), 1e-3);
    }
    assertNotEquals(alone(recipe(4), 1).weights(), alone(recipe(2), 1).weights(), "the bits depend on the number of shards");
  }

  /** A run may go on with fewer ranks, or alone. */
  @Test void goesOnWithFewerRanks() throws Exception {
    Outcome expected = alone(recipe(4), 1);
    byte[] checkpoint = onRanks(4, (device, exchange) -> {
      try (Trainer trainer = new Trainer(device, model(), recipe(4), 3, exchange)) {
        trainer.epoch(TRAIN, TEST);
        return trainer.checkpoint().toBytes();
      }
    }).get(3);
    for (Outcome outcome : onRanks(2, (device, exchange) -> goOn(device, checkpoint, exchange))) {
      assertEquals(expected, outcome);
    }
    try (Device device = Device.open("cpu", 2)) {
      assertEquals(expected, goOn(device, checkpoint, null));
    }
  }

  private static Outcome goOn(Device device, byte[] checkpoint, GradientExchange exchange) {
    try (Trainer trainer = Trainer.resume(device, Checkpoint.fromBytes(checkpoint), exchange)) {
      trainer.fit(TRAIN, TEST);
      return Outcome.of(trainer);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** NaN in one rank's shards is told by all, in the same step. */
  @Test void allRanksSeeThatOneDiverges() throws Exception {
    Recipe recipe = Recipe.plain().withEpochs(1).withBatchSize(64).withAccumulate(2)
        .withOptimizer(new Sgd(1e30f));
    List<String> said = onRanks(2, (device, exchange) -> {
      try (Trainer trainer = new Trainer(device, LeNet5.create(10, 7), recipe, 3, exchange)) {
        return assertThrows(DivergedException.class, () -> trainer.fit(TRAIN, null)).getMessage();
      }
    });
    assertEquals(said.get(0), said.get(1));
  }

  @Test void aRankThatLeavesEndsTheOthers() {
    ExecutionException e = assertThrows(ExecutionException.class, () -> onRanks(2, (device, exchange) -> {
      try (Trainer trainer = new Trainer(device, model(), recipe(4), 3, exchange.rank() == 0 ? exchange : new Leaving(exchange))) {
        if (exchange.rank() == 1) {
          return trainer.fit(TRAIN, TEST);
        }
        assertEquals("enough", assertThrows(IllegalStateException.class, () -> trainer.fit(TRAIN, TEST)).getMessage());
        assertThrows(IllegalStateException.class, trainer::checkpoint);
        return null;
      }
    }));
    assertEquals("enough", e.getCause().getMessage());
  }

  /** A rank that leaves in its third step. */
  private static final class Leaving implements GradientExchange {
    private final GradientExchange of;
    private int sums;

    Leaving(GradientExchange of) {
      this.of = of;
    }

    @Override public int rank() {
      return of.rank();
    }

    @Override public int ranks() {
      return of.ranks();
    }

    @Override public void sum(float[] values) {
      if (++sums == 3) {
        throw new IllegalStateException("enough");
      }
      of.sum(values);
    }

    @Override public void sum(double[] values) {
      of.sum(values);
    }
  }

  @Test void whatCannotBeSharedIsRefused() {
    assertTrue(assertThrows(IllegalArgumentException.class, () -> Recipe.fast().withAccumulate(3)).getMessage().endsWith("got 3"));
    try (Device device = Device.open("cpu", 1)) {
      assertEquals("a batch of 64 samples can be cut into at most 4 shards here, got 8", assertThrows(IllegalArgumentException.class,
          () -> new Trainer(device, model(), Recipe.fast().withAccumulate(8), 1)).getMessage());
      assertEquals("4 ranks cannot share the 2 shards of a batch: ranks must be a power of two, and not more than shards",
          assertThrows(IllegalArgumentException.class,
              () -> new Trainer(device, model(), Recipe.fast().withAccumulate(2), 1, new ThreadRanks(4).rank(0))).getMessage());
      assertTrue(assertThrows(IllegalArgumentException.class,
          () -> new Trainer(device, model(), Recipe.fast().withAccumulate(4), 1, new ThreadRanks(3).rank(0))).getMessage()
          .startsWith("3 ranks cannot share the 4 shards"));
    }
  }
}
