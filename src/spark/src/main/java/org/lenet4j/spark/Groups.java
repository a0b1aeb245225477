package org.lenet4j.spark;

import java.io.Serializable;
import java.util.Iterator;
import java.util.NoSuchElementException;
import java.util.Objects;
import org.apache.spark.TaskKilledException;
import org.apache.spark.api.java.function.MapPartitionsFunction;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.RowFactory;
import org.lenet4j.Calibration;
import org.lenet4j.Device;
import org.lenet4j.data.Dataset;
import org.lenet4j.data.Splits;
import org.lenet4j.nn.LeNet5;
import org.lenet4j.nn.Model;
import org.lenet4j.optim.Recipe;
import org.lenet4j.tune.FineTuner;
import org.lenet4j.tune.FineTuning;
import org.lenet4j.tune.Score;
import org.lenet4j.tune.TuningData;

/**
 * Tunes a model for each group of a partition, one after the other. The rows come sorted by the key, which is the first column.
 *
 * @param settings how, or null for the usual
 * @param holdOut  share that is measured on, or 0
 * @param invalid  what becomes of images that cannot be used
 * @param from     what is tuned
 */
record Groups(FineTuning settings, double holdOut, Invalid invalid, Weights from) implements MapPartitionsFunction<Row, Row>, Serializable {
  @Override public Iterator<Row> call(Iterator<Row> rows) {
    return new Iterator<>() {
      private Row next = rows.hasNext() ? rows.next() : null; // the first of the next group

      @Override public boolean hasNext() {
        return next != null;
      }

      @Override public Row next() {
        if (next == null) {
          throw new NoSuchElementException();
        }
        Object key = next.get(0);
        Samples samples = new Samples(LeNet5.INPUT);
        while (next != null && Objects.deepEquals(key, next.get(0))) {
          samples.add(next, 1);
          next = rows.hasNext() ? rows.next() : null;
        }
        return tuned(key, samples);
      }
    };
  }

  private Row tuned(Object key, Samples samples) {
    OnExecutor.checkKilled();
    Device device = OnExecutor.device(); // if there is none, that is no group's fault
    try {
      if (invalid == Invalid.ERROR) {
        samples.checkFaults();
      }
      return tune(device, key, samples);
    } catch (TaskKilledException e) {
      throw e;
    } catch (RuntimeException e) {
      return untuned(key, samples, e.getMessage() == null ? e.toString() : e.getMessage());
    } catch (OutOfMemoryError e) { // of a group that is too large; the memory is there again
      return untuned(key, samples, "the group needs more memory than the executor has (" + e.getMessage() + ")");
    }
  }

  private static Row untuned(Object key, Samples samples, String why) {
    return RowFactory.create(key, samples.size(), samples.faults(), null, null, null, why);
  }

  private Row tune(Device device, Object key, Samples samples) {
    Dataset all = samples.sorted(0);
    Model model = from.model();
    Splits parts = holdOut == 0 ? new Splits(all, null) : all.holdOut(holdOut, seed());
    FineTuning named = settings(parts.train().size()).withName(String.valueOf(key));
    try (FineTuner tuner = new FineTuner(device, model, named, new TuningData(parts.train(), null).withTarget(parts.test()))) {
      FineTuner.Result result = Training.tune(tuner);
      Calibration.calibrate(device, model, parts.train().withClasses(model.outputSize()));
      return RowFactory.create(key, samples.size(), samples.faults(), accuracy(result.before()), accuracy(result.after()), model.toBytes(),
          null);
    }
  }

  private long seed() {
    return settings == null ? new FineTuning().seed() : settings.seed();
  }

  private FineTuning settings(int images) {
    return settings != null ? settings : usual(Recipe.tune(), images);
  }

  private static FineTuning usual(Recipe tune, int images) {
    return new FineTuning(tune.withBatchSize(Math.min(tune.batchSize(), images)).forFew(images)).withAllowMissing(true);
  }

  private static Double accuracy(Score score) {
    return Double.isNaN(score.targetAccuracy()) ? null : (Double) score.targetAccuracy();
  }
}
