package org.lenet4j.spark;

import java.io.IOException;
import java.io.Serializable;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.List;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.sql.Encoders;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.StructType;
import org.lenet4j.data.Dataset;
import org.lenet4j.nn.Model;
import org.lenet4j.optim.Recipe;

/** One training for each of a list of recipes and seeds, over the cluster: a task each, on the same images. */
public final class Sweep {
  /**
   * One training, of fresh weights.
   *
   * @param recipe how
   * @param seed   of the weights, the order and all else that is random
   */
  public record Trial(Recipe recipe, long seed) implements Serializable {}

  /**
   * What a training came to.
   *
   * @param trial        which one
   * @param trainLoss    of the last epoch, NaN where there is an error
   * @param testLoss     after it, NaN without test images
   * @param testAccuracy after it, 0 to 1, NaN without test images
   * @param weights      a safetensors file, or null where there is an error
   * @param error        why it could not be trained, or null
   */
  public record Result(Trial trial, double trainLoss, double testLoss, double testAccuracy, byte[] weights, String error) {
    /**
     * The trained network, a new one in each call.
     *
     * @throws IllegalStateException if there is none
     */
    public Model network() {
      if (weights == null) {
        throw new IllegalStateException("there are no weights: " + error);
      }
      try {
        return Model.fromBytes(weights);
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }

    @Override public String toString() {
      return "seed " + trial.seed + ", " + (error != null ? error : "test loss " + testLoss + ", accuracy " + testAccuracy);
    }
  }

  static final StructType SCHEMA = new StructType().add("trial", DataTypes.LongType).add("trainLoss", DataTypes.DoubleType)
      .add("testLoss", DataTypes.DoubleType).add("testAccuracy", DataTypes.DoubleType).add("weights", DataTypes.BinaryType)
      .add("error", DataTypes.StringType);

  private Sweep() {}

  /** Each recipe with each seed. */
  public static List<Trial> trials(List<Recipe> recipes, long... seeds) {
    List<Trial> trials = new ArrayList<>();
    for (Recipe recipe : recipes) {
      for (long seed : seeds) {
        trials.add(new Trial(recipe, seed));
      }
    }
    return trials;
  }

  /**
   * Trains them all and waits. One that diverges or does not fit is a result with an error, and disturbs no other. Each has the bits that
   * {@link org.lenet4j.Trainer#fit} gives on one machine.
   *
   * @param train what each learns; goes to each executor once
   * @param test  measured after the last epoch, or null
   * @return a result for each trial, in their order
   * @throws IllegalArgumentException if the data has real-valued targets
   */
  public static List<Result> run(SparkSession spark, Dataset train, Dataset test, List<Trial> trials) {
    Library.check();
    if (trials.isEmpty()) {
      return List.of();
    }
    JavaSparkContext context = JavaSparkContext.fromSparkContext(spark.sparkContext());
    try (Trials.Images learned = Trials.Images.of(context, train); Trials.Images measured = Trials.Images.of(context, test)) {
      List<Row> rows = spark.range(0, trials.size(), 1, trials.size()) // a task each
          .mapPartitions(new Task<>(new Trials(new ArrayList<>(trials), learned, measured)), Encoders.row(SCHEMA)).collectAsList();
      Result[] results = new Result[trials.size()];
      for (Row row : rows) {
        int trial = (int) row.getLong(0);
        results[trial] = new Result(trials.get(trial), row.getDouble(1), row.getDouble(2), row.getDouble(3), row.getAs(4), row.getAs(5));
      }
      return List.of(results);
    }
  }
}
