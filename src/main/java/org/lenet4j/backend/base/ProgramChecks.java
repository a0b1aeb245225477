package org.lenet4j.backend.base;

import org.lenet4j.backend.GradientExchange;
import org.lenet4j.data.Dataset;
import org.lenet4j.nn.Loss;
import org.lenet4j.nn.MeanSquaredError;
import org.lenet4j.nn.Model;
import org.lenet4j.nn.Parameter;
import org.lenet4j.optim.Recipe;

/** What every program refuses, in the same words on every device. Each check throws {@link IllegalArgumentException} if not said else. */
public final class ProgramChecks {
  private ProgramChecks() {}

  /** A batch size of at least 1. */
  public static void batch(int batchSize) {
    if (batchSize < 1) {
      throw new IllegalArgumentException("the batch size must be at least 1, got " + batchSize);
    }
  }

  /** Groups and an anchor that fit the model. */
  public static void recipe(Model model, Recipe recipe) {
    recipe.groups().forEach(group -> group.layers().forEach(model::parameters)); // throws if it has none
    if (recipe.anchor() != null) {
      recipe.anchor().values().forEach((name, array) -> anchored(model.parameter(name), array));
    }
  }

  /**
   * Shards that a batch can be cut into, and ranks that can share them.
   *
   * @param exchange may be null
   * @param most     the most shards of that batch size on this device
   */
  public static void shards(Recipe recipe, GradientExchange exchange, int most) {
    int shards = recipe.accumulate();
    if (shards > most) {
      throw new IllegalArgumentException("a batch of " + recipe.batchSize() + " samples can be cut into at most " + most + (most == 1
          ? " shard" : " shards") + " here, got " + shards);
    }
    if (exchange != null && (Integer.bitCount(exchange.ranks()) != 1 || exchange.ranks() > shards)) {
      throw new IllegalArgumentException(exchange.ranks() + " ranks cannot share the " + shards + (shards == 1 ? " shard" : " shards")
          + " of a batch: ranks must be a power of two, and not more than shards");
    }
    if (exchange != null && (exchange.rank() < 0 || exchange.rank() >= exchange.ranks())) {
      throw new IllegalArgumentException("there is no rank " + exchange.rank() + " among " + exchange.ranks());
    }
  }

  private static void anchored(Parameter parameter, float[] values) {
    if (values.length != parameter.values().length) {
      throw new IllegalArgumentException("the anchor has " + values.length + " values for " + parameter.name() + ", the model has "
          + parameter.values().length);
    }
  }

  /** Images of the model's shape, and labels or targets that fit its outputs and the loss. */
  public static void data(Model model, Dataset data, Loss loss) {
    if (!data.shape().equals(model.input())) {
      throw new IllegalArgumentException("the data set has images of " + data.shape() + ", the model takes " + model.input());
    }
    if (data.isRegression() && !(loss instanceof MeanSquaredError)) {
      throw new IllegalArgumentException("real-valued targets need MeanSquaredError, got " + loss);
    }
    if (data.isRegression() ? data.classes() != model.outputSize() : data.classes() > model.outputSize()) {
      throw new IllegalArgumentException("the data set has " + data.classes() + (data.isRegression() ? " targets" : " classes")
          + ", the model " + model.outputSize() + " outputs");
    }
  }

  /**
   * Indices of samples of the data set.
   *
   * @throws IllegalStateException if {@code data} is null
   */
  public static void order(Dataset data, int[] indices) {
    if (data == null) {
      throw new IllegalStateException("bind a data set before its order");
    }
    for (int index : indices) {
      if (index < 0 || index >= data.size()) {
        throw new IllegalArgumentException("sample " + index + " is outside the data set of " + data.size());
      }
    }
  }

  /**
   * A step within the order and the batch size.
   *
   * @param orderLength samples of the order; negative if none was given
   * @throws IllegalStateException if there is no order
   */
  public static void step(int first, int count, int orderLength, int batchSize) {
    if (orderLength < 0) {
      throw new IllegalStateException("bind a data set and give an order before a step");
    }
    if (count < 1 || count > batchSize || first < 0 || first > orderLength - count) {
      throw new IllegalArgumentException("a step of samples " + first + " to " + ((long) first + count) + " does not fit an order of "
          + orderLength + " and a batch size of " + batchSize);
    }
  }

  /** At least one image, and arrays that are long enough. */
  public static void images(Model model, byte[] images, int count, float[] logits) {
    int outputs = model.outputSize();
    int pixels = model.input().size();
    if (count < 1 || images.length < (long) count * pixels || logits.length < (long) count * outputs) {
      throw new IllegalArgumentException(count + " images of " + model.input() + " need " + (long) count * pixels + " bytes and "
          + (long) count * outputs + " logits, got " + images.length + " and " + logits.length);
    }
  }
}
