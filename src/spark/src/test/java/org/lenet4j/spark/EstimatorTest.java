package org.lenet4j.spark;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Path;
import org.apache.spark.ml.evaluation.MulticlassClassificationEvaluator;
import org.apache.spark.ml.param.ParamMap;
import org.apache.spark.ml.tuning.CrossValidator;
import org.apache.spark.ml.tuning.CrossValidatorModel;
import org.apache.spark.ml.tuning.ParamGridBuilder;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.functions;
import org.apache.spark.sql.types.DataTypes;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import org.lenet4j.Calibration;
import org.lenet4j.Device;
import org.lenet4j.Trainer;
import org.lenet4j.nn.LeNet5;
import org.lenet4j.nn.Model;
import org.lenet4j.optim.AdamW;
import org.lenet4j.optim.Recipe;
import org.lenet4j.tune.FineTuner;
import org.lenet4j.tune.FineTuning;
import org.lenet4j.tune.TuningData;

/** What a pipeline trains is what one machine trains. */
@ExtendWith(Cluster.class)
class EstimatorTest {
  @TempDir Path folder;

  @Test void itTrainsTheBitsOfOneMachine() {
    Dataset<Row> rows = Digits.rows(Cluster.spark(), Digits.train(640), 3);
    LeNetEstimator estimator = new LeNetEstimator().setEpochs(2).setLr(0.002).setSeed(7);
    LeNetModel model = estimator.fit(rows);
    assertArrayEquals(model.weights().bytes(), estimator.fit(rows.repartition(5)).weights().bytes());
    org.lenet4j.data.Dataset data = new Columns().collect(rows.repartition(2), 0);
    Recipe recipe = Recipe.fast().withEpochs(2).withOptimizer(((AdamW) Recipe.fast().optimizer()).withLearningRate(0.002f));
    try (Device device = Device.open("cpu", 2)) {
      Model here = LeNet5.create(10, 7);
      try (Trainer trainer = new Trainer(device, here, recipe, 7)) {
        trainer.fit(data, null);
        trainer.model();
      }
      here.metadata().put("recipe", "fast");
      here.metadata().putAll(recipe.settings());
      here.metadata().put("seed", "7");
      assertEquals(Calibration.calibrate(device, here, data).sha256(), model.network().sha256());
    }
  }

  @Test void itTunesTheBitsOfOneMachine() {
    Dataset<Row> rows = Digits.rows(Cluster.spark(), Digits.train(200), 3)
        .withColumn("label", functions.col("label").cast(DataTypes.DoubleType));
    LeNetModel model = new LeNetEstimator().setFrom("pretrained").setFreeze("conv1").setEpochs(1).setStrength(0.5).fit(rows);
    org.lenet4j.data.Dataset data = new Columns().collect(rows, 10);
    Model here = LeNet5.pretrained().freeze("conv1");
    FineTuning settings = new FineTuning(Recipe.tune().withEpochs(1)).withStrength(0.5f).withAllowMissing(true);
    try (Device device = Device.open("cpu", 2); FineTuner tuner = new FineTuner(device, here, settings, new TuningData(data, null))) {
      tuner.fit();
      assertEquals(Calibration.calibrate(device, here, data).sha256(), model.network().sha256());
    }
  }

  @Test void crossValidation() throws Exception {
    Dataset<Row> rows = Digits.rows(Cluster.spark(), Digits.train(800), 2).cache();
    LeNetEstimator estimator = new LeNetEstimator().setHead(10);
    ParamMap[] grid = new ParamGridBuilder().addGrid(estimator.lr(), new double[] {1e-4, 5e-3})
        .addGrid(estimator.epochs(), new int[] {1, 2}).build();
    CrossValidatorModel best = new CrossValidator().setEstimator(estimator).setEstimatorParamMaps(grid).setNumFolds(2).setParallelism(2)
        .setSeed(1).setEvaluator(new MulticlassClassificationEvaluator().setMetricName("accuracy")).fit(rows);
    assertEquals(4, best.avgMetrics().length);
    int chosen = 0;
    for (int i = 0; i < 4; i++) {
      chosen = best.avgMetrics()[i] > best.avgMetrics()[chosen] ? i : chosen;
    }
    assertTrue(best.avgMetrics()[chosen] > 0.3, best.avgMetrics()[chosen] + "");
    best.write().overwrite().save(folder.resolve("cv").toString());
    LeNetModel loaded = (LeNetModel) CrossValidatorModel.load(folder.resolve("cv").toString()).bestModel();
    assertArrayEquals(estimator.copy(grid[chosen]).fit(rows.repartition(3)).weights().bytes(), loaded.weights().bytes());
    rows.unpersist();
  }

  @Test void itIsSavedAndLoaded() throws Exception {
    LeNetEstimator estimator = new LeNetEstimator().setBatchSize(16).setFreeze("conv1", "conv2").setFrom("pretrained").setDecode(true);
    Cluster.spark();
    estimator.save(folder.resolve("estimator").toString());
    LeNetEstimator loaded = LeNetEstimator.load(folder.resolve("estimator").toString());
    assertArrayEquals(new String[] {"conv1", "conv2"}, loaded.getOrDefault(loaded.freeze()));
    assertEquals("pretrained true", loaded.getOrDefault(loaded.from()) + " " + loaded.getOrDefault(loaded.decode()));
    assertTrue(loaded.explainParams().contains("batchSize: samples of one update (current: 16)"), loaded.explainParams());
  }

  @Test void whatDoesNotFitIsSaid() {
    Dataset<Row> rows = Digits.rows(Cluster.spark(), Digits.train(40), 1);
    LeNetEstimator estimator = new LeNetEstimator().setEpochs(1);
    assertSays("the labels in column 'image' are binary; whole numbers from 0 are wanted, as Spark's StringIndexer makes them of words",
        () -> estimator.copy(ParamMap.empty()).setLabelCol("image").fit(rows));
    assertSays("1 image cannot be used: the label is 2.5; a class is a whole number from 0", () -> estimator.fit(rows
        .withColumn("label", functions.expr("if(id = 3, 2.5, label)"))));
    assertSays("the batch size 64 is larger than the training set of 40 samples; choose at most 40", () -> estimator.fit(rows));
    assertSays("freeze is for fine-tuning; say with from which weights are tuned", () -> new LeNetEstimator().setFreeze("conv1").fit(rows));
    assertSays("there are no images", () -> estimator.fit(rows.filter("id < 0")));
    assertSays("unknown optimizer 'adamv'; optimizers are adam, adamw, sgd", () -> new LeNetEstimator().setOptimizer("adamv").fit(rows));
    LeNetModel skipped = new LeNetEstimator().setEpochs(1).setBatchSize(8).setHandleInvalid("skip")
        .fit(rows.withColumn("image", functions.expr("if(id = 3, null, image)")));
    assertEquals(10, skipped.network().outputSize());
  }

  static void assertSays(String message, org.junit.jupiter.api.function.Executable work) {
    assertEquals(message, assertThrows(IllegalArgumentException.class, work).getMessage());
  }
}
