package org.lenet4j.spark;

import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Encoders;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.functions;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.StructType;
import org.lenet4j.nn.Model;
import org.lenet4j.optim.Recipe;
import org.lenet4j.tune.FineTuning;

/**
 * Many fine-tunings: one model for each customer, device or form of a table, each where its images lie.
 *
 * @param columns    where images and labels stand
 * @param settings   how each is tuned; a name in it is replaced by the group's. Null for {@link Recipe#tune} with as many epochs as make
 *                   600 updates, batches that few images fill, and leave for missing classes
 * @param holdOut    share of each group's images that before and after are measured on and that are not trained on, above 0 and below 1; 0
 *                   for none
 * @param invalid    {@code error}: a group with an image that cannot be used is not trained; {@code skip}: it is trained without it
 * @param partitions tasks that the groups are shared out to; 0 for four times as many as Spark has places for. With many groups rather more
 *                   than fewer: what a task has done is lost when its executor dies
 */
public record FineTunes(Columns columns, FineTuning settings, double holdOut, String invalid, int partitions) {
  private static final int TASKS_A_PLACE = 4; // groups are of different sizes

  /**
   * Checks the numbers and words.
   *
   * @throws IllegalArgumentException if one is wrong
   */
  public FineTunes {
    if (!(holdOut >= 0 && holdOut < 1)) {
      throw new IllegalArgumentException("the share to hold out must be from 0 to below 1, got " + holdOut);
    }
    if (partitions < 0) {
      throw new IllegalArgumentException("the number of partitions must be 0 or more, got " + partitions);
    }
    Invalid.of(invalid);
  }

  /** With a fifth of each group held out. */
  public FineTunes(Columns columns, FineTuning settings) {
    this(columns, settings, 0.2, Invalid.ERROR.word(), 0);
  }

  /** Columns {@code image} and {@code label}, the usual settings. */
  public FineTunes() {
    this(new Columns(), null);
  }

  /** With another share of each group to measure on. */
  public FineTunes withHoldOut(double holdOut) {
    return new FineTunes(columns, settings, holdOut, invalid, partitions);
  }

  /** With another answer to images that cannot be used. */
  public FineTunes withInvalid(String invalid) {
    return new FineTunes(columns, settings, holdOut, invalid, partitions);
  }

  /** With another number of tasks. */
  public FineTunes withPartitions(int partitions) {
    return new FineTunes(columns, settings, holdOut, invalid, partitions);
  }

  /**
   * A row for each group: the key; {@code images}, that could be used, and {@code skipped}, that could not; {@code before} and
   * {@code after}, the accuracies on the held-out part, null without one; {@code weights}, a safetensors file; {@code error}, why there are
   * no weights, else null. A group that cannot be trained disturbs no other.
   *
   * <p>It is computed when it is asked for, and again if asked for again: write it somewhere or persist it. Each model has the bits that
   * one machine gives, whatever the partitions.
   *
   * @param rows a table with a key, images and labels
   * @param key  the column that says to which group a row belongs, of any type that can be sorted
   * @param from the model that all are tuned from
   * @throws IllegalArgumentException if columns are missing or of another type
   */
  public Dataset<Row> byGroup(Dataset<?> rows, String key, Model from) {
    Library.check();
    new Pixels(from.input(), true); // throws for another input than an image's
    StructType schema = new StructType().add(key, Columns.type(rows.schema(), key)).add("images", DataTypes.IntegerType)
        .add("skipped", DataTypes.IntegerType).add("before", DataTypes.DoubleType).add("after", DataTypes.DoubleType)
        .add("weights", DataTypes.BinaryType).add("error", DataTypes.StringType);
    Dataset<Row> samples = columns.rows(rows, key);
    int tasks = partitions > 0 ? partitions : TASKS_A_PLACE * rows.sparkSession().sparkContext().defaultParallelism();
    String first = samples.schema().fieldNames()[0];
    return samples.repartition(tasks, functions.col(first)).sortWithinPartitions(first)
        .mapPartitions(new Task<>(new Groups(settings, holdOut, Invalid.of(invalid), Weights.of(from))), Encoders.row(schema));
  }
}
