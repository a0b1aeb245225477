package org.lenet4j.spark;

import java.io.Serializable;
import java.util.Iterator;
import java.util.List;
import org.apache.spark.TaskKilledException;
import org.apache.spark.api.java.function.MapPartitionsFunction;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.RowFactory;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.StructType;
import org.lenet4j.Calibration;
import org.lenet4j.Device;
import org.lenet4j.Trainer;
import org.lenet4j.data.Dataset;
import org.lenet4j.nn.LeNet5;
import org.lenet4j.nn.Model;
import org.lenet4j.optim.Recipe;
import org.lenet4j.tune.FineTuner;
import org.lenet4j.tune.FineTuning;
import org.lenet4j.tune.TuningData;

/**
 * Trains a net on all rows of a partition. What cannot be trained is no failure of the task, which Spark would try again and again: its
 * text is the answer.
 *
 * @param name       the recipe's
 * @param settings   of which fresh weights use recipe and seed
 * @param fitsEpochs whether few images get more epochs
 * @param from       what is tuned, or null
 * @param classes    of fresh weights or a new head; 0 for as many as there are
 * @param classNames or null for what the weights say, or their numbers
 * @param dropout    rate, or below 0 for what the weights say
 * @param invalid    what becomes of images that cannot be read
 */
record Training(String name, FineTuning settings, boolean fitsEpochs, Weights from, int classes, List<String> classNames, float dropout,
    Invalid invalid) implements MapPartitionsFunction<Row, Row>, Serializable {
  static final StructType SCHEMA = new StructType().add("weights", DataTypes.BinaryType).add("fault", DataTypes.StringType);

  @Override public Iterator<Row> call(Iterator<Row> rows) {
    Samples samples = new Samples(LeNet5.INPUT);
    rows.forEachRemaining(row -> samples.add(row, 0));
    Device device = OnExecutor.device();
    Row answer;
    try {
      if (invalid == Invalid.ERROR) {
        samples.checkFaults();
      }
      answer = RowFactory.create(train(device, samples).toBytes(), null);
    } catch (TaskKilledException e) {
      throw e;
    } catch (RuntimeException e) {
      answer = RowFactory.create(null, e.getMessage());
    }
    return List.of(answer).iterator();
  }

  private Model train(Device device, Samples samples) {
    Model model = from == null ? null : prepared(from.model());
    Dataset data = samples.sorted(model == null ? classes : 0);
    Recipe recipe = fitsEpochs ? settings.recipe().forFew(data.size()) : settings.recipe();
    if (model != null) {
      try (FineTuner tuner = new FineTuner(device, model, settings.withRecipe(recipe), new TuningData(data, null))) {
        tune(tuner);
      }
      return Calibration.calibrate(device, model, data.withClasses(model.outputSize()));
    }
    Model fresh = prepared(LeNet5.create(data.classes(), settings.seed()));
    try (Trainer trainer = new Trainer(device, fresh, recipe, settings.seed())) {
      while (trainer.epochs() < recipe.epochs()) {
        OnExecutor.checkKilled();
        trainer.epoch(data, null);
      }
      trainer.model();
    }
    fresh.metadata().put("recipe", name); // as lenet4j train notes it
    fresh.metadata().putAll(recipe.settings());
    fresh.metadata().put("seed", Long.toString(settings.seed()));
    return Calibration.calibrate(device, fresh, data);
  }

  private Model prepared(Model model) {
    if (from != null && classes > 0) {
      model.replaceHead(classes, settings.seed());
    }
    if (dropout >= 0) {
      model.dropout(dropout);
    }
    return classNames == null ? model : model.classNames(classNames);
  }

  static FineTuner.Result tune(FineTuner tuner) {
    while (!tuner.isDone()) {
      OnExecutor.checkKilled();
      tuner.epoch();
    }
    return tuner.finish();
  }
}
