package org.lenet4j.spark;

import java.io.Serializable;
import java.util.Iterator;
import java.util.List;
import org.apache.spark.TaskKilledException;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.api.java.function.MapPartitionsFunction;
import org.apache.spark.broadcast.Broadcast;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.RowFactory;
import org.lenet4j.Device;
import org.lenet4j.EpochResult;
import org.lenet4j.Trainer;
import org.lenet4j.data.Dataset;
import org.lenet4j.nn.LeNet5;
import org.lenet4j.nn.Model;
import org.lenet4j.optim.Recipe;

/**
 * Trains the trials whose numbers are in a partition.
 *
 * @param trials all of them
 * @param train  what each learns
 * @param test   what is measured, or null
 */
record Trials(List<Sweep.Trial> trials, Images train, Images test) implements MapPartitionsFunction<Long, Row>, Serializable {
  /**
   * A data set as it travels, once to each executor; arrays of numbers, which any serializer can write.
   *
   * @param pixels  {@code (size, 1, 28, 28)}
   * @param labels  {@code (size)}
   * @param classes how many
   */
  record Images(Broadcast<byte[]> pixels, Broadcast<int[]> labels, int classes) implements Serializable, AutoCloseable {
    /** Null for null. */
    static Images of(JavaSparkContext context, Dataset data) {
      if (data == null) {
        return null;
      }
      if (data.isRegression() || !data.shape().equals(LeNet5.INPUT)) {
        throw new IllegalArgumentException("a cluster trains LeNet-5 on labelled images of " + LeNet5.INPUT + ", got " + data);
      }
      return new Images(context.broadcast(data.images()), context.broadcast(data.labels()), data.classes());
    }

    Dataset data() {
      return new Dataset(LeNet5.INPUT, pixels.value(), labels.value(), classes);
    }

    @Override public void close() {
      pixels.destroy();
      labels.destroy();
    }
  }

  @Override public Iterator<Row> call(Iterator<Long> numbers) {
    return new Each<>(numbers, this::row);
  }

  private Row row(long number) {
    Sweep.Trial trial = trials.get((int) number);
    Device device = OnExecutor.device(); // if there is none, that is no trial's fault
    try {
      Dataset learned = train.data();
      Model model = LeNet5.create(learned.classes(), trial.seed());
      EpochResult last = train(device, model, trial, learned, test == null ? null : test.data());
      return RowFactory.create(number, last.trainLoss(), last.testLoss(), last.testAccuracy(), model.toBytes(), null);
    } catch (TaskKilledException e) {
      throw e;
    } catch (RuntimeException e) {
      return RowFactory.create(number, Double.NaN, Double.NaN, Double.NaN, null, e.getMessage() == null ? e.toString() : e.getMessage());
    }
  }

  private static EpochResult train(Device device, Model model, Sweep.Trial trial, Dataset train, Dataset test) {
    Recipe recipe = trial.recipe();
    try (Trainer trainer = new Trainer(device, model, recipe, trial.seed())) {
      while (trainer.epochs() < recipe.epochs()) {
        OnExecutor.checkKilled();
        trainer.epoch(train, trainer.epochs() == recipe.epochs() - 1 ? test : null);
      }
      trainer.model();
      return trainer.history().last();
    }
  }
}
