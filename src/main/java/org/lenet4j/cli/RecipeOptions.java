package org.lenet4j.cli;

import org.lenet4j.data.Augment;
import org.lenet4j.nn.CrossEntropy;
import org.lenet4j.optim.LrSchedule;
import org.lenet4j.optim.Optimizer;
import org.lenet4j.optim.Recipe;
import org.lenet4j.optim.Sgd;
import picocli.CommandLine.Option;

/** How to train: a recipe by name, and options that override it. */
final class RecipeOptions {
  @Option(names = "--recipe", paramLabel = "NAME", description = "plain (Adam at 0.001, inputs / 255), fast (AdamW, one-cycle, normalised"
      + " inputs; trains by default), best (the same with distorted images, averaged weights and many more epochs) or tune (fine-tunes by"
      + " default). The options below override it.")
  private String name;

  @Option(names = "--epochs", paramLabel = "N", description = "Passes over the training set (from the recipe; of tune 20,"
      + " or as many as make 600 updates).")
  private Integer epochs;

  @Option(names = "--batch-size", paramLabel = "N", description = "Samples of one update (from the recipe).")
  private Integer batchSize;

  @Option(names = "--optimizer", paramLabel = "NAME", description = "adam, adamw or sgd (from the recipe).")
  private String optimizer;

  @Option(names = "--lr", paramLabel = "RATE", description = "Learning rate (from the recipe; 0.05 for sgd).")
  private Float learningRate;

  @Option(names = "--weight-decay", paramLabel = "X",
      description = "Weight decay (from the recipe; with another optimizer 0.01 for adamw, else 0).")
  private Float weightDecay;

  @Option(names = "--momentum", paramLabel = "X", description = "Momentum of sgd (0.9).")
  private Float momentum;

  @Option(names = "--schedule", paramLabel = "NAME", description = "Learning rate over the run: constant, step[:FRACTION:GAMMA],"
      + " cosine[:LAST] or one-cycle[:RISE[:DIV:FINALDIV]] (from the recipe).")
  private String schedule;

  @Option(names = "--warmup", paramLabel = "FRACTION",
      description = "Share of the run over which the learning rate rises linearly (0); for one-cycle, its own rise (0.3).")
  private Float warmup;

  @Option(names = "--augment", paramLabel = "HOW", description = "Random distortion of the training images: none, light, strong, or a"
      + " list such as shift=2,rotation=10,scale=0.1,shear=5,elastic=1.4 (from the recipe).")
  private String augment;

  @Option(names = "--label-smoothing", paramLabel = "X", description = "Share of the target that goes to all classes alike (from the"
      + " recipe).")
  private Float labelSmoothing;

  @Option(names = "--ema", paramLabel = "DECAY", description = "Decay of an exponential moving average of the weights, which is then what"
      + " is evaluated and saved; 0 for none (from the recipe).")
  private Float ema;

  @Option(names = "--accumulate", paramLabel = "N", description = "Shards that a batch is cut into, a power of two, whose gradients are"
      + " added up before the update; the bits depend on it (1). For runs that several machines or GPUs share.")
  private Integer accumulate;

  /** The recipe fast by default. */
  RecipeOptions() {
    this("fast");
  }

  /** Another recipe by default. */
  RecipeOptions(String name) {
    this.name = name;
  }

  /** Whether the recipe tune is to fit its epochs to the data. */
  boolean fitsEpochs() {
    return name.equals("tune") && epochs == null;
  }

  /** The recipe's name. */
  String name() {
    return name;
  }

  /**
   * The recipe with all that overrides it.
   *
   * @throws IllegalArgumentException if a value is wrong; the message says which and what is valid
   */
  Recipe recipe() {
    Recipe recipe = Recipe.named(name);
    if (epochs != null) {
      recipe = recipe.withEpochs(epochs);
    }
    if (batchSize != null) {
      recipe = recipe.withBatchSize(batchSize);
    }
    if (augment != null) {
      recipe = recipe.withAugment(Augment.parse(augment));
    }
    if (labelSmoothing != null) {
      recipe = recipe.withLoss(new CrossEntropy(labelSmoothing));
    }
    if (ema != null) {
      recipe = recipe.withEma(ema);
    }
    if (accumulate != null) {
      recipe = recipe.withAccumulate(accumulate);
    }
    LrSchedule rates = schedule == null ? recipe.schedule() : LrSchedule.parse(schedule);
    return recipe.withSchedule(warmup == null ? rates : rates.withWarmup(warmup)).withOptimizer(optimizer(recipe.optimizer()));
  }

  private Optimizer optimizer(Optimizer recipes) {
    Optimizer chosen = optimizer == null ? recipes : recipes.named(optimizer);
    if (momentum != null) {
      if (!(chosen instanceof Sgd sgd)) {
        throw new IllegalArgumentException("--momentum is for sgd, the optimizer is " + chosen.name() + "; add --optimizer sgd");
      }
      chosen = new Sgd(sgd.learningRate(), momentum, sgd.nesterov(), sgd.weightDecay());
    }
    if (learningRate != null) {
      chosen = chosen.withLearningRate(learningRate);
    }
    return weightDecay == null ? chosen : chosen.withWeightDecay(weightDecay);
  }
}
