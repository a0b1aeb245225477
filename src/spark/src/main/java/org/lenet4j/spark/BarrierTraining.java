package org.lenet4j.spark;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.List;
import java.util.stream.IntStream;
import org.apache.spark.SparkConf;
import org.apache.spark.SparkContext;
import org.apache.spark.SparkException;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.rdd.RDD;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.lenet4j.Checkpoint;
import org.lenet4j.EpochResult;
import org.lenet4j.data.Dataset;
import org.lenet4j.nn.Model;
import org.lenet4j.optim.Recipe;
import scala.reflect.ClassTag$;

/**
 * One net trained by several tasks at once, the ranks of a barrier stage: each computes the gradients of its shards of every batch
 * ({@link Recipe#accumulate}), and all add them up before the update. Weights and history are those of one machine with as many shards, to
 * the bit, for any number of ranks. It seldom pays for a net of 61,706 parameters: docs/spark.md has the arithmetic.
 *
 * <p>After each epoch a checkpoint is written. If an executor dies, Spark starts the stage anew, and training goes on from the checkpoint,
 * with the same bits again; it does so as often as {@code spark.stage.maxConsecutiveAttempts} says.
 */
public final class BarrierTraining {
  private static final int PATIENCE = 60; // seconds for executors to come

  /**
   * What a training came to.
   *
   * @param weights a safetensors file
   * @param history all epochs
   */
  public record Result(byte[] weights, List<EpochResult> history) {
    /** The trained network, a new one in each call. */
    public Model network() {
      return Weights.of(weights).model();
    }
  }

  private BarrierTraining() {}

  /**
   * Trains and waits.
   *
   * @param train      what is learned; each executor has all of it
   * @param test       evaluated after each epoch, or null
   * @param model      where training begins; not changed
   * @param recipe     how; its shards are at least as many as the ranks
   * @param seed       of the order and all else that is random
   * @param ranks      tasks that train together, a power of two
   * @param checkpoint a file in any file system that all executors reach; a run that left one goes on from it, and the end removes it
   * @throws IllegalArgumentException if recipe and ranks do not fit, or Spark is set to allocate executors while it runs
   * @throws IllegalStateException    if the cluster cannot run so many tasks at once, or the training failed; the message says why
   */
  public static Result train(SparkSession spark, Dataset train, Dataset test, Model model, Recipe recipe, long seed, int ranks,
      String checkpoint) {
    Library.check();
    check(recipe, ranks);
    SparkContext context = spark.sparkContext();
    checkAllocation(context.getConf());
    awaitSlots(context, ranks, PATIENCE);
    JavaSparkContext java = JavaSparkContext.fromSparkContext(context);
    try (Trials.Images learned = Trials.Images.of(java, train); Trials.Images measured = Trials.Images.of(java, test)) {
      CheckpointFile file = CheckpointFile.of(checkpoint, context);
      List<Row> rows = run(java, ranks, new Rank(learned, measured, Weights.of(model), recipe, seed, file));
      Result result = result(rows);
      file.delete();
      return result;
    }
  }

  private static void check(Recipe recipe, int ranks) {
    if (Integer.bitCount(ranks) != 1 || ranks < 1 || ranks > recipe.accumulate()) {
      throw new IllegalArgumentException("the " + recipe.accumulate() + (recipe.accumulate() == 1 ? " shard" : " shards") + " of a batch"
          + " cannot be shared by " + ranks + " ranks: ranks must be a power of two, and not more than shards; recipe.withAccumulate says"
          + " how many shards there are");
    }
  }

  static void checkAllocation(SparkConf settings) {
    if (settings.getBoolean("spark.dynamicAllocation.enabled", false)) {
      throw new IllegalArgumentException("tasks that train together cannot wait for executors that come and go: set"
          + " spark.dynamicAllocation.enabled=false, and as many executors as are wanted");
    }
  }

  /** Spark itself would look every 15 seconds, for ten minutes, and then say it with a number. */
  static void awaitSlots(SparkContext context, int ranks, int patience) {
    int slots = slots(context);
    for (int second = 0; slots < ranks && second < patience; second++) {
      try {
        Thread.sleep(1000);
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        throw new IllegalStateException("interrupted while waiting for executors", e);
      }
      slots = slots(context);
    }
    if (slots < ranks) {
      throw new IllegalStateException(ranks + " ranks must run at the same time, and this cluster has room for " + slots
          + (slots == 1 ? " task" : " tasks") + ": have more executors or cores, a smaller spark.task.cpus, or fewer ranks");
    }
  }

  private static int slots(SparkContext context) {
    return context.maxNumConcurrentTasks(context.resourceProfileManager().defaultResourceProfile());
  }

  /** The repartition makes a map stage of the barrier stage; a result stage is not tried again when an executor dies. */
  private static List<Row> run(JavaSparkContext context, int ranks, Rank rank) {
    RDD<Integer> numbers = context.parallelize(IntStream.range(0, ranks).boxed().toList(), ranks).rdd();
    try {
      return numbers.barrier().mapPartitions(new Rank.Stage(rank), false, ClassTag$.MODULE$.<Row>apply(Row.class)).toJavaRDD()
          .repartition(1).collect();
    } catch (Exception e) { // Scala's methods do not say which
      if (e instanceof SparkException) {
        throw new IllegalStateException("the training failed: " + e.getMessage().lines().findFirst().orElse(e.toString()), e);
      }
      throw e;
    }
  }

  private static Result result(List<Row> rows) {
    Row first = null;
    for (Row row : rows) {
      if (!row.isNullAt(Rank.FAULT)) {
        throw new IllegalStateException(row.getString(Rank.FAULT));
      }
      if (!row.getString(Rank.SHA256).equals(rows.get(0).getString(Rank.SHA256))) {
        throw new IllegalStateException("the ranks have trained to different weights: do all executors have the same processor and Java?");
      }
      first = row.isNullAt(Rank.WEIGHTS) ? first : row;
    }
    try {
      return new Result(first.getAs(Rank.WEIGHTS), Checkpoint.fromBytes(first.getAs(Rank.CHECKPOINT)).history());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
