package org.lenet4j.spark;

import java.io.IOException;
import java.io.Serializable;
import java.util.Base64;
import java.util.Iterator;
import java.util.List;
import org.apache.spark.BarrierTaskContext;
import org.apache.spark.api.java.function.MapPartitionsFunction;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.RowFactory;
import org.lenet4j.Checkpoint;
import org.lenet4j.Device;
import org.lenet4j.DivergedException;
import org.lenet4j.Trainer;
import org.lenet4j.data.Dataset;
import org.lenet4j.optim.Recipe;
import scala.jdk.javaapi.CollectionConverters;
import scala.runtime.AbstractFunction1;

/**
 * A task that trains together with the others of its stage. Rank 0 looks for a checkpoint and tells it to the others, so that all go on
 * from the same one, and writes it after each epoch.
 *
 * @param train  what is learned
 * @param test   what is measured after each epoch, or null
 * @param start  where training begins if there is no checkpoint
 * @param recipe how
 * @param seed   of all that is random
 * @param file   the checkpoint
 */
record Rank(Trials.Images train, Trials.Images test, Weights start, Recipe recipe, long seed, CheckpointFile file)
    implements MapPartitionsFunction<Integer, Row>, Serializable {
  static final int SHA256 = 0; // columns of the answer
  static final int WEIGHTS = 1; // of rank 0
  static final int CHECKPOINT = 2; // of rank 0
  static final int FAULT = 3; // what no other attempt would mend, or null

  /** As the function of Scala that a barrier stage takes. */
  static final class Stage extends AbstractFunction1<scala.collection.Iterator<Integer>, scala.collection.Iterator<Row>>
      implements Serializable {
    private static final long serialVersionUID = 1;

    private final Task<Integer, Row> task;

    Stage(Rank rank) {
      task = new Task<>(rank);
    }

    @Override public scala.collection.Iterator<Row> apply(scala.collection.Iterator<Integer> number) {
      try {
        return CollectionConverters.asScala(task.call(CollectionConverters.asJava(number)));
      } catch (RuntimeException e) {
        throw e;
      } catch (Exception e) {
        throw new IllegalStateException(e.getMessage(), e);
      }
    }
  }

  @Override public Iterator<Row> call(Iterator<Integer> number) throws Exception {
    BarrierTaskContext context = BarrierTaskContext.get();
    byte[] begun = context.partitionId() == 0 ? file.read() : null;
    try (SparkExchange exchange = new SparkExchange(context, begun == null ? "" : Base64.getEncoder().encodeToString(begun))) {
      Row answer = answer(exchange);
      exchange.awaitAll();
      return List.of(answer).iterator();
    }
  }

  private Row answer(SparkExchange exchange) throws IOException {
    try {
      return train(exchange);
    } catch (DivergedException | IllegalArgumentException e) { // on all ranks alike
      return RowFactory.create("", null, null, e.getMessage());
    }
  }

  private Row train(SparkExchange exchange) throws IOException {
    Dataset learned = train.data();
    Dataset measured = test == null ? null : test.data();
    boolean first = exchange.rank() == 0;
    try (Trainer trainer = trainer(OnExecutor.device(), exchange)) {
      while (trainer.epochs() < recipe.epochs()) {
        trainer.epoch(learned, measured);
        if (first) {
          file.write(trainer.checkpoint().toBytes());
        }
      }
      byte[] checkpoint = trainer.checkpoint().toBytes();
      byte[] weights = trainer.model().toBytes();
      return RowFactory.create(Weights.of(weights).sha256(), first ? weights : null, first ? checkpoint : null, null);
    }
  }

  private Trainer trainer(Device device, SparkExchange exchange) throws IOException {
    String begun = exchange.greeting(0);
    if (begun.isEmpty()) {
      return new Trainer(device, start.model(), recipe, seed, exchange);
    }
    Checkpoint checkpoint = Checkpoint.fromBytes(Base64.getDecoder().decode(begun));
    if (!checkpoint.recipe().settings().equals(recipe.settings()) || checkpoint.seed() != seed) {
      throw new IllegalArgumentException(file.path() + " is the checkpoint of another run; remove it, or choose another file");
    }
    return Trainer.resume(device, checkpoint, exchange);
  }
}
