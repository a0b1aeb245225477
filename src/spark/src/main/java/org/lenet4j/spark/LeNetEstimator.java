package org.lenet4j.spark;

import java.util.List;
import org.apache.hadoop.fs.Path;
import org.apache.spark.SparkContext;
import org.apache.spark.ml.param.Param;
import org.apache.spark.ml.param.ParamMap;
import org.apache.spark.ml.util.DefaultParamsReader;
import org.apache.spark.ml.util.DefaultParamsWritable;
import org.apache.spark.ml.util.Identifiable;
import org.apache.spark.ml.util.MLReader;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Encoders;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.types.StructType;
import org.lenet4j.nn.LeNet5;
import org.lenet4j.nn.Model;
import org.lenet4j.tune.FineTuning;

/**
 * Trains LeNet-5 on a table of images, or fine-tunes weights on it where {@link #setFrom} names some. The parameters have the names and the
 * meanings of the command line's options: {@code batchSize} is {@code --batch-size}.
 *
 * <p>One net is trained in one task, so {@code CrossValidator} and {@code TrainValidationSplit} train as many at a time as their
 * parallelism says. Images are decoded where they lie, and sorted before they are trained on: the same images and the same seed give the
 * same weights to the bit, whatever the partitions were.
 */
public class LeNetEstimator extends TrainingParams implements DefaultParamsWritable {
  private static final long serialVersionUID = 1;
  private static final String PRETRAINED = "pretrained";

  /** With the recipe {@code fast}, fresh weights and seed 42. */
  public LeNetEstimator() {
    this(Identifiable.randomUID("lenetEstimator"));
  }

  /** As above, with a name that Spark knows it by. */
  public LeNetEstimator(String uid) {
    super(uid);
  }

  @Override LeNetEstimator self() {
    return this;
  }

  /** Reads what {@link #write} wrote; Spark looks for this method by its name. */
  public static MLReader<LeNetEstimator> read() {
    return new DefaultParamsReader<>();
  }

  /** Reads what {@link #save} wrote. */
  public static LeNetEstimator load(String path) {
    return read().load(path);
  }

  @Override public LeNetEstimator copy(ParamMap extra) {
    return defaultCopy(extra);
  }

  @Override public StructType transformSchema(StructType schema) {
    columns().check(schema);
    return scoring.scored(schema);
  }

  private Columns columns() {
    return new Columns(getOrDefault(scoring.inputCol), getOrDefault(labelCol), scoring.decodes());
  }

  /**
   * Trains.
   *
   * @throws IllegalArgumentException if columns or parameters do not fit, or the images cannot be trained on; the message says why
   */
  @Override public LeNetModel fit(Dataset<?> dataset) {
    Library.check();
    columns().check(dataset.schema());
    Training task = task(dataset.sparkSession().sparkContext());
    // a shuffle, so that images are decoded where they lie; then one task for all
    List<Row> trained = columns().rows(dataset).repartition(1).mapPartitions(new Task<>(task), Encoders.row(Training.SCHEMA))
        .collectAsList();
    if (trained.isEmpty()) {
      throw new IllegalArgumentException("there are no images to train on");
    }
    if (!trained.get(0).isNullAt(1)) {
      throw new IllegalArgumentException(trained.get(0).getString(1));
    }
    return copyValues(new LeNetModel(uid(), Weights.of(trained.get(0).<byte[]>getAs(0))), ParamMap.empty()).setParent(this);
  }

  private Training task(SparkContext context) {
    int classes = isDefined(head) ? (int) getOrDefault(head) : 0;
    List<String> names = isDefined(classNames) ? List.of(getOrDefault(classNames)) : null;
    String usual = isDefined(from) ? "tune" : "fast";
    FineTuning settings = new FineTuning(training.recipe(usual)).withSeed(training.seed()).withAllowMissing(true);
    if (!isDefined(from)) {
      checkNotGiven(freeze, layerDecay, strength);
      return new Training(training.name(usual), settings, training.fitsEpochs(usual), null, classes, names, rate(), scoring.invalid());
    }
    Model model = getOrDefault(from).equals(PRETRAINED) ? LeNet5.pretrained()
        : LeNetModelFiles.read(new Path(getOrDefault(from)), context);
    if (isDefined(freeze)) {
      model.unfreeze(model.trainable().toArray(new String[0])).freeze(getOrDefault(freeze));
    }
    if (isDefined(layerDecay)) {
      settings = settings.withLayerDecay((float) (double) getOrDefault(layerDecay));
    }
    if (isDefined(strength)) {
      settings = settings.withStrength((float) (double) getOrDefault(strength));
    }
    return new Training(training.name(usual), settings, training.fitsEpochs(usual), Weights.of(model), classes, names, rate(),
        scoring.invalid());
  }

  private float rate() {
    return isDefined(dropout) ? (float) (double) getOrDefault(dropout) : -1;
  }

  private void checkNotGiven(Param<?>... tuning) {
    for (Param<?> param : tuning) {
      if (isDefined(param)) {
        throw new IllegalArgumentException(param.name() + " is for fine-tuning; say with from which weights are tuned");
      }
    }
  }
}
