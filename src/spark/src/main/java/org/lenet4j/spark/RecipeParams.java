package org.lenet4j.spark;

import java.io.Serializable;
import org.apache.spark.ml.param.DoubleParam;
import org.apache.spark.ml.param.IntParam;
import org.apache.spark.ml.param.LongParam;
import org.apache.spark.ml.param.Param;
import org.apache.spark.ml.param.Params;
import org.lenet4j.data.Augment;
import org.lenet4j.nn.CrossEntropy;
import org.lenet4j.optim.LrSchedule;
import org.lenet4j.optim.Optimizer;
import org.lenet4j.optim.Recipe;
import org.lenet4j.optim.Sgd;

/** How to train: a recipe by name, and parameters that override it. Names and meanings are those of the command line's options. */
final class RecipeParams implements Serializable {
  private static final long serialVersionUID = 1;

  final Param<String> recipe;
  final IntParam epochs;
  final IntParam batchSize;
  final Param<String> optimizer;
  final DoubleParam lr;
  final DoubleParam weightDecay;
  final DoubleParam momentum;
  final Param<String> schedule;
  final DoubleParam warmup;
  final Param<String> augment;
  final DoubleParam labelSmoothing;
  final DoubleParam ema;
  final IntParam accumulate;
  final LongParam seed;

  private final Params owner;

  RecipeParams(Params owner) {
    this.owner = owner;
    recipe = new Param<>(owner, "recipe", "plain, fast, best or tune; fast if weights are fresh, else tune");
    epochs = new IntParam(owner, "epochs", "passes over the images");
    batchSize = new IntParam(owner, "batchSize", "samples of one update");
    optimizer = new Param<>(owner, "optimizer", "adam, adamw or sgd");
    lr = new DoubleParam(owner, "lr", "learning rate");
    weightDecay = new DoubleParam(owner, "weightDecay", "weight decay");
    momentum = new DoubleParam(owner, "momentum", "momentum of sgd");
    schedule = new Param<>(owner, "schedule", "constant, step[:FRACTION:GAMMA], cosine[:LAST] or one-cycle[:RISE[:DIV:FINALDIV]]");
    warmup = new DoubleParam(owner, "warmup", "share of the run over which the learning rate rises");
    augment = new Param<>(owner, "augment", "distortion of the images: none, light, strong, or a list such as shift=2,rotation=10");
    labelSmoothing = new DoubleParam(owner, "labelSmoothing", "share of the target that goes to all classes alike");
    ema = new DoubleParam(owner, "ema", "decay of an average of the weights, which is then what is kept; 0 for none");
    accumulate = new IntParam(owner, "accumulate", "shards that a batch is cut into, whose gradients are added up before the update");
    seed = new LongParam(owner, "seed", "of the weights, the order and all else that is random");
    owner.setDefault(seed, (Object) 42L);
  }

  long seed() {
    return (long) owner.getOrDefault(seed);
  }

  private boolean given(Param<?> param) {
    return owner.isDefined(param);
  }

  private float number(DoubleParam param) {
    return (float) (double) owner.getOrDefault(param);
  }

  String name(String usual) {
    return given(recipe) ? owner.getOrDefault(recipe) : usual;
  }

  /** Whether the recipe tune is to fit its epochs to the data. */
  boolean fitsEpochs(String usual) {
    return name(usual).equals("tune") && !given(epochs);
  }

  /**
   * The recipe with all that overrides it.
   *
   * @param usual the recipe if none is given
   * @throws IllegalArgumentException if a value is wrong; the message says which and what is valid
   */
  Recipe recipe(String usual) {
    Recipe made = Recipe.named(name(usual));
    if (given(epochs)) {
      made = made.withEpochs((int) owner.getOrDefault(epochs));
    }
    if (given(batchSize)) {
      made = made.withBatchSize((int) owner.getOrDefault(batchSize));
    }
    if (given(augment)) {
      made = made.withAugment(Augment.parse(owner.getOrDefault(augment)));
    }
    if (given(labelSmoothing)) {
      made = made.withLoss(new CrossEntropy(number(labelSmoothing)));
    }
    if (given(ema)) {
      made = made.withEma(number(ema));
    }
    if (given(accumulate)) {
      made = made.withAccumulate((int) owner.getOrDefault(accumulate));
    }
    LrSchedule rates = given(schedule) ? LrSchedule.parse(owner.getOrDefault(schedule)) : made.schedule();
    return made.withSchedule(given(warmup) ? rates.withWarmup(number(warmup)) : rates).withOptimizer(optimizer(made.optimizer()));
  }

  private Optimizer optimizer(Optimizer recipes) {
    Optimizer chosen = given(optimizer) ? recipes.named(owner.getOrDefault(optimizer)) : recipes;
    if (given(momentum)) {
      if (!(chosen instanceof Sgd sgd)) {
        throw new IllegalArgumentException("momentum is for sgd, the optimizer is " + chosen.name() + "; set optimizer to sgd");
      }
      chosen = new Sgd(sgd.learningRate(), number(momentum), sgd.nesterov(), sgd.weightDecay());
    }
    if (given(lr)) {
      chosen = chosen.withLearningRate(number(lr));
    }
    return given(weightDecay) ? chosen.withWeightDecay(number(weightDecay)) : chosen;
  }
}
