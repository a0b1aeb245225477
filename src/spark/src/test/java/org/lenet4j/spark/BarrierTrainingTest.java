package org.lenet4j.spark;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;
import org.apache.spark.SparkConf;
import org.apache.spark.scheduler.SparkListener;
import org.apache.spark.scheduler.SparkListenerStageSubmitted;
import org.apache.spark.sql.SparkSession;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import org.lenet4j.Device;
import org.lenet4j.EpochResult;
import org.lenet4j.Trainer;
import org.lenet4j.data.Augment;
import org.lenet4j.data.Dataset;
import org.lenet4j.nn.LeNet5;
import org.lenet4j.nn.Model;
import org.lenet4j.optim.Anchor;
import org.lenet4j.optim.Recipe;
import org.lenet4j.optim.Sgd;

/** Ranks on two executors train what one machine trains with as many shards, also when an executor is killed. */
@ExtendWith(Cluster.class)
class BarrierTrainingTest {
  private static final int SHARDS = 4;

  @TempDir Path folder;

  /** Everything at once; 650 samples in batches of 128 leave 10 for the last one, less than its shards are chunks. */
  private static Recipe recipe(int epochs) {
    return Recipe.fast().withEpochs(epochs).withBatchSize(128).withAugment(Augment.LIGHT).withEma(0.95f).withClipNorm(1)
        .withAnchor(Anchor.to(LeNet5.create(10, 3), 0.001f)).withAccumulate(SHARDS);
  }

  private static Model model() {
    return LeNet5.create(10, 7).dropout(0.2f);
  }

  /** Weights and history. */
  private static List<Object> numbers(Model model, List<EpochResult> history) {
    List<Object> numbers = new ArrayList<>(List.of(model.sha256()));
    history.forEach(epoch -> numbers.addAll(List.of(epoch.trainLoss(), epoch.trainAccuracy(), epoch.testLoss(), epoch.testAccuracy())));
    return numbers;
  }

  private static List<Object> here(Recipe recipe, Dataset train, Dataset test) {
    try (Device device = Device.open("cpu", 2); Trainer trainer = new Trainer(device, model(), recipe, 5)) {
      trainer.fit(train, test);
      return numbers(trainer.model(), trainer.history().epochs());
    }
  }

  private static List<Object> there(SparkSession spark, Path folder, Recipe recipe, Dataset train, Dataset test, int ranks) {
    Path checkpoint = folder.resolve("run.ckpt");
    BarrierTraining.Result result = BarrierTraining.train(spark, train, test, model(), recipe, 5, ranks, checkpoint.toString());
    assertFalse(Files.exists(checkpoint));
    return numbers(result.network(), result.history());
  }

  @Test void ranksAreAsOneMachine() {
    Dataset train = Digits.train(650);
    Dataset test = Digits.test().head(200);
    List<Object> expected = here(recipe(2), train, test);
    for (int ranks : new int[] {1, 2, 4}) {
      assertEquals(expected, there(Cluster.spark(), folder, recipe(2), train, test, ranks), ranks + " ranks");
    }
  }

  @Test void anExecutorIsKilled() throws Exception {
    Dataset train = Digits.train(4000);
    Recipe recipe = recipe(12);
    Path checkpoint = folder.resolve("run.ckpt");
    SparkSession spark = Cluster.spark();
    Attempts attempts = new Attempts();
    spark.sparkContext().addSparkListener(attempts);
    CompletableFuture<Boolean> killed = CompletableFuture.supplyAsync(() -> {
      try {
        while (!Files.exists(checkpoint)) {
          Thread.sleep(1);
        }
      } catch (InterruptedException e) {
        throw new IllegalStateException(e);
      }
      return executors().findFirst().orElseThrow().destroyForcibly();
    });
    List<Object> there = there(spark, folder, recipe, train, null, 4); // two on each executor
    spark.sparkContext().removeSparkListener(attempts);
    assertTrue(killed.join());
    assertTrue(attempts.most.get() > 1, attempts.most + " attempts");
    assertEquals(here(recipe, train, null), there);
  }

  /** How often a stage was begun. */
  private static final class Attempts extends SparkListener {
    final AtomicInteger most = new AtomicInteger();

    @Override public void onStageSubmitted(SparkListenerStageSubmitted stage) {
      most.accumulateAndGet(stage.stageInfo().attemptNumber() + 1, Math::max);
    }
  }

  /** They are the only Java that this one starts; their command lines are too long for {@link ProcessHandle} to know. */
  private static Stream<ProcessHandle> executors() {
    return ProcessHandle.current().descendants().filter(process -> process.info().command().orElse("").endsWith("java"));
  }

  @Test void whatCannotBeTrainedTogether() {
    SparkSession spark = Cluster.spark();
    Dataset train = Digits.train(200);
    String file = folder.resolve("run.ckpt").toString();
    assertSays("the 4 shards of a batch cannot be shared by 8 ranks: ranks must be a power of two, and not more than shards",
        () -> BarrierTraining.train(spark, train, null, model(), recipe(1), 5, 8, file));
    assertSays("the loss became NaN or infinite in epoch 1", () -> BarrierTraining.train(spark, train, null, model(),
        recipe(1).withOptimizer(new Sgd(1e30f)).withClipNorm(Float.POSITIVE_INFINITY), 5, 2, file));
    assertSays("a batch of 32 samples can be cut into at most 2 shards here, got 4",
        () -> BarrierTraining.train(spark, train, null, model(), recipe(1).withBatchSize(32), 5, 2, file));
    assertSays("16 ranks must run at the same time, and this cluster has room for 4 tasks: have more executors or cores",
        () -> BarrierTraining.awaitSlots(spark.sparkContext(), 16, 0));
    assertSays("tasks that train together cannot wait for executors that come and go: set spark.dynamicAllocation.enabled=false",
        () -> BarrierTraining.checkAllocation(new SparkConf(false).set("spark.dynamicAllocation.enabled", "true")));
  }

  /** A checkpoint is gone on from, of the same run; another one is not written over. */
  @Test void aCheckpointThatIsThere() throws Exception {
    SparkSession spark = Cluster.spark();
    Dataset train = Digits.train(300);
    Path checkpoint = folder.resolve("run.ckpt");
    try (Device device = Device.open("cpu", 1); Trainer trainer = new Trainer(device, model(), recipe(2), 5)) {
      trainer.epoch(train, null);
      trainer.checkpoint().save(checkpoint);
    }
    Attempts attempts = new Attempts();
    spark.sparkContext().addSparkListener(attempts);
    for (int i = 0; i < 2; i++) { // the ranks find it at once, one before the other
      assertSays("file:" + checkpoint + " is the checkpoint of another run; remove it, or choose another file",
          () -> BarrierTraining.train(spark, train, null, model(), recipe(3), 5, 2, checkpoint.toString()));
      assertTrue(Files.exists(checkpoint));
    }
    spark.sparkContext().removeSparkListener(attempts);
    assertEquals(1, attempts.most.get(), "attempts");
    List<EpochResult> history = BarrierTraining.train(spark, train, null, model(), recipe(2), 5, 2, checkpoint.toString()).history();
    assertEquals(2, history.size());
    assertFalse(Files.exists(checkpoint));
  }

  @Test void addresses() {
    assertEquals("host", SparkExchange.host("host:77"));
    assertEquals("::1", SparkExchange.host("[::1]:77"));
    assertEquals("::1", SparkExchange.host("[::1]"));
  }

  private static void assertSays(String text, Runnable work) {
    RuntimeException e = assertThrows(RuntimeException.class, work::run);
    assertTrue(e.getMessage().startsWith(text), e.getMessage());
  }
}
