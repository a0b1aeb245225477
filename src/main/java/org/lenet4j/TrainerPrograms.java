package org.lenet4j;

import org.lenet4j.backend.Backend;
import org.lenet4j.backend.GradientExchange;
import org.lenet4j.backend.KernelChoice;
import org.lenet4j.backend.KernelSet;
import org.lenet4j.backend.Program;
import org.lenet4j.backend.Totals;
import org.lenet4j.backend.TrainingProgram;
import org.lenet4j.backend.base.ProgramChecks;
import org.lenet4j.data.Dataset;
import org.lenet4j.data.Normalization;
import org.lenet4j.nn.Model;
import org.lenet4j.optim.Recipe;

/**
 * A trainer's programs: the one that trains, and one that evaluates the averaged parameters if the recipe averages. The model's
 * normalization is compiled into them, so a new one means new programs. Any thread may close them, also while they are compiled anew.
 */
final class TrainerPrograms implements AutoCloseable {
  private static final int EVALUATION_BATCH = 1024;

  private final Backend backend;
  private final Recipe recipe;
  private final long seed;
  private final GradientExchange exchange; // or null
  private final KernelChoice kernels; // of the first; null if the device was not left to choose
  private Normalization normalization;
  private TrainingProgram training;
  private Dataset bound; // or null
  private Program average; // null without one
  private boolean closed;

  TrainerPrograms(Backend backend, Model model, Recipe recipe, long seed, KernelSet begun, GradientExchange exchange) {
    this.backend = backend;
    this.recipe = recipe;
    this.seed = seed;
    this.exchange = exchange;
    compile(model, begun);
    kernels = training.kernels();
  }

  private void compile(Model model, KernelSet begun) {
    normalization = model.normalization();
    if (recipe.normalize() && model.isNormalizationChosen() && normalization.equals(Normalization.NONE)) {
      throw new IllegalArgumentException("the recipe normalizes its inputs, but the model's weights were made for inputs that are not"
          + " normalized; train it with recipe.withNormalize(false)");
    }
    training = backend.compile(model, recipe, seed, begun, exchange);
    if (recipe.ema() > 0) {
      try {
        average = backend.compile(model, EVALUATION_BATCH, training.kernels() == null ? null : training.kernels().kernels());
      } catch (RuntimeException | Error e) {
        training.close();
        throw e;
      }
    }
  }

  TrainingProgram training() {
    return training;
  }

  /** As {@link Trainer#kernels}. */
  KernelChoice kernels() {
    return kernels;
  }

  /**
   * Gives the data to the program. A fresh model gets its normalization first.
   *
   * @param begun whether the model has been trained by these programs
   */
  void bind(Dataset train, Model model, boolean begun) {
    model.sureFrom((float[]) null); // of the parameters as they were
    if (!model.isNormalizationChosen()) {
      ProgramChecks.data(model, train, recipe.loss()); // a data set that does not fit changes nothing
      model.normalization(recipe.normalize() ? train.normalization() : Normalization.NONE);
    }
    if (!normalization.equals(model.normalization())) {
      if (begun) {
        throw new IllegalStateException("the model's normalization is not the one that training began with");
      }
      compileAnew(model);
      bound = null;
    }
    if (bound != train) {
      training.bind(train, recipe.augment());
      model.seen(model.seen().plus(train));
      bound = train;
    }
  }

  private synchronized void compileAnew(Model model) {
    if (closed) {
      throw new IllegalStateException("the trainer is closed");
    }
    closeBoth();
    compile(model, set());
  }

  /** The kernels that the run keeps to, or null. */
  KernelSet set() {
    return kernels == null ? null : kernels.kernels();
  }

  /** Evaluates the model, which is brought up to date if it is an average. */
  Totals evaluate(Dataset data, Model model) {
    if (average == null) {
      return training.evaluate(data, recipe.loss().plain(), null);
    }
    training.readAverage(model);
    average.write(model);
    return average.evaluate(data, recipe.loss().plain(), null);
  }

  @Override public synchronized void close() {
    closed = true;
    closeBoth();
  }

  private void closeBoth() {
    if (average != null) {
      average.close();
    }
    training.close();
  }
}
