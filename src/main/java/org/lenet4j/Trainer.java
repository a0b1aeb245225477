package org.lenet4j;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import org.lenet4j.backend.Backend;
import org.lenet4j.backend.KernelChoice;
import org.lenet4j.backend.KernelSet;
import org.lenet4j.backend.Program;
import org.lenet4j.backend.Totals;
import org.lenet4j.backend.TrainingProgram;
import org.lenet4j.backend.base.ProgramChecks;
import org.lenet4j.data.Batches;
import org.lenet4j.data.Dataset;
import org.lenet4j.data.Normalization;
import org.lenet4j.nn.Model;
import org.lenet4j.optim.Optimizer;
import org.lenet4j.optim.Recipe;

/**
 * Trains a model on a device. The model's host arrays are brought up to date at the end of every epoch and by {@link #model}: if the
 * recipe averages ({@link Recipe#ema}), with the average, which is also what is evaluated, and training goes on from the parameters
 * themselves. If the recipe normalizes ({@link Recipe#normalize}), a fresh model takes the normalization of the first data set that it is
 * trained on, unless it has one. What it is trained on is noted in the model ({@link Model#seen}). A trainer belongs to one thread at a
 * time; the same seed gives the same bits on the same device.
 */
public final class Trainer implements AutoCloseable {
  private static final int STEPS_PER_DRAIN = 128;
  private static final int EVALUATION_BATCH = 1024;

  private final Model model;
  private final Recipe recipe;
  private final long seed;
  private final Backend backend;
  private final KernelChoice kernels; // null if the device was not left to choose
  private Normalization normalization; // compiled into the programs
  private TrainingProgram program;
  private Program average; // evaluates the averaged parameters; null without them
  private final TrainingEvents events = new TrainingEvents();
  private final List<EpochResult> history = new ArrayList<>();
  private final List<TrainListener> listeners = new ArrayList<>();
  private Dataset bound;
  private int epochs; // finished
  private int plannedEpochs;
  private long step; // updates made
  private boolean closed;

  /** With cross-entropy, a constant learning rate and seed 42. */
  public Trainer(Device device, Model model, Optimizer optimizer, int batchSize) {
    this(device, model, Recipe.of(optimizer, batchSize), 42);
  }

  /**
   * Compiles the model.
   *
   * @param device where it runs; stays open at least as long as this trainer
   * @param model  changed by training; frozen layers stay as they are
   * @param recipe how to train
   * @param seed   the seed of the sample order, dropout and augmentation
   * @throws IllegalArgumentException if the recipe does not fit the model, or normalizes where the model has weights that were made for
   *                                  inputs that are not
   */
  public Trainer(Device device, Model model, Recipe recipe, long seed) {
    this(device, model, recipe, seed, null);
  }

  private Trainer(Device device, Model model, Recipe recipe, long seed, KernelSet kernels) {
    this.model = model;
    this.recipe = recipe;
    this.seed = seed;
    backend = device.backend();
    plannedEpochs = recipe.epochs();
    compile(kernels);
    this.kernels = program.kernels();
  }

  private void compile(KernelSet begun) {
    normalization = model.normalization();
    if (recipe.normalize() && model.isNormalizationChosen() && normalization.equals(Normalization.NONE)) {
      throw new IllegalArgumentException("the recipe normalizes its inputs, but the model's weights were made for inputs that are not"
          + " normalized; train it with recipe.withNormalize(false)");
    }
    program = backend.compile(model, recipe, seed, begun);
    if (recipe.ema() > 0) {
      try {
        average = backend.compile(model, EVALUATION_BATCH, program.kernels() == null ? null : program.kernels().kernels());
      } catch (RuntimeException | Error e) {
        program.close();
        throw e;
      }
    }
  }

  /**
   * Continues a run so that it ends with the same bits as one that was never stopped. The checkpoint's model is changed. Where the device
   * is to choose its kernels, it takes those of the checkpoint.
   */
  public static Trainer resume(Device device, Checkpoint checkpoint) {
    Trainer trainer = new Trainer(device, checkpoint.model(), checkpoint.recipe(), checkpoint.seed(), checkpoint.kernels());
    try {
      trainer.program.restore(checkpoint.optimizer());
    } catch (RuntimeException | Error e) {
      trainer.close();
      throw e;
    }
    trainer.history.addAll(checkpoint.history());
    trainer.epochs = checkpoint.epoch(); // a file keeps not all of a very long history
    trainer.step = checkpoint.optimizer().step();
    return trainer;
  }

  /** Adds one who is told how training goes, after those that were added before. */
  public Trainer addListener(TrainListener listener) {
    listeners.add(listener);
    return this;
  }

  /** Trains for as many epochs as the recipe says, less those already done. */
  public History fit(Dataset train, Dataset test) {
    return fit(train, recipe.epochs() - epochs, test);
  }

  /**
   * Trains for some epochs; the learning-rate schedule spans all epochs of this trainer up to the last of these.
   *
   * @param train  what is learned
   * @param epochs how many, 0 or more
   * @param test   evaluated after each epoch, or null
   * @return all epochs of this trainer
   * @throws DivergedException        if the loss becomes NaN or infinite
   * @throws IllegalArgumentException if a data set does not fit the model, or the batch size is larger than the training set
   */
  public History fit(Dataset train, int epochs, Dataset test) {
    plan(epochs);
    for (int i = 0; i < epochs; i++) {
      epoch(train, test);
    }
    return new History(history);
  }

  /** The learning-rate schedule is to end after so many more epochs. */
  void plan(int epochs) {
    plannedEpochs = this.epochs + epochs;
  }

  /** One epoch: every training sample once, in a seeded order, then the evaluation of {@code test} unless it is null. */
  public EpochResult epoch(Dataset train, Dataset test) {
    return epoch(train, order(train), test);
  }

  private int[] order(Dataset train) {
    return Batches.order(train.size(), seed, epochs);
  }

  /** The next epoch, without any of its steps yet. */
  Epoch begin(Dataset train) {
    return new Epoch(train, order(train));
  }

  /**
   * One epoch over chosen samples, for example with some of them more often than others.
   *
   * @param train the data set
   * @param order indices in it, at least a batch of them; for the learning-rate schedule all epochs should be equally long
   * @param test  evaluated after it, or null
   */
  public EpochResult epoch(Dataset train, int[] order, Dataset test) {
    Epoch epoch = new Epoch(train, order);
    epoch.enqueue();
    do {
      epoch.collect();
    } while (epoch.enqueue());
    return epoch.finish(test);
  }

  /** {@link #fitTogether(List, List, int, List)} with the same data for all; on a GPU they are there once. */
  public static List<History> fitTogether(List<Trainer> trainers, Dataset train, int epochs, Dataset test) {
    return fitTogether(trainers, Collections.nCopies(trainers.size(), train), epochs, Collections.nCopies(trainers.size(), test));
  }

  /**
   * Trains independent models side by side: seeds, folds, candidates for hyper-parameters. Each ends with the same bits as if it were
   * trained alone by {@link #fit(Dataset, int, Dataset)}. On a GPU, most of which one small network leaves idle, each has a stream of its
   * own; a CPU runs some steps of one after some of the other. A trainer that diverges stops there, and the others go on.
   *
   * @param trainers each with a model of its own, whatever their recipes
   * @param train    what each learns
   * @param epochs   how many, 0 or more
   * @param test     evaluated after each epoch; entries may be null
   * @return all epochs of each trainer; the seconds of an epoch are those of all
   * @throws DivergedException the first trainer's that diverged, once the others have finished; further ones are suppressed in it
   */
  public static List<History> fitTogether(List<Trainer> trainers, List<Dataset> train, int epochs, List<Dataset> test) {
    return new SideBySide(trainers, train, test).fit(epochs);
  }

  /** An epoch under way. Its steps go to the device some at a time, and their sums are fetched once for all of those. */
  final class Epoch {
    private final int number = epochs + 1;
    private final int size;
    private final long total; // updates of all epochs
    private final long start;
    private Totals sum = new Totals(0, 0, 0);
    private double seconds;
    private int first; // sample of the next step, in the order
    private int enqueued; // steps that have not been collected
    private int lastCount; // samples of the last of them

    Epoch(Dataset train, int[] order) {
      checkOpen();
      if (recipe.batchSize() > order.length) {
        throw new IllegalArgumentException("the batch size " + recipe.batchSize() + " is larger than the training set of " + order.length
            + " samples; choose at most " + order.length);
      }
      size = order.length;
      total = total(number, size);
      bind(train);
      events.beginEpoch();
      start = System.nanoTime();
      program.order(epochs, order);
      program.drain();
    }

    /** Hands the next steps over; false if there are none left. */
    boolean enqueue() {
      while (first < size && enqueued < STEPS_PER_DRAIN) {
        if (enqueued > 0) {
          events.writeStep(number, step, lastCount, null);
        }
        lastCount = Math.min(recipe.batchSize(), size - first);
        events.beginStep();
        program.step(first, lastCount, recipe.schedule().factor(step++, total));
        events.endStep();
        first += lastCount;
        enqueued++;
      }
      return enqueued > 0;
    }

    /** Fetches the sums of the steps handed over, which waits for them. */
    void collect() {
      Totals more = program.drain();
      events.writeStep(number, step, lastCount, more);
      DivergedException.check(more, number, step - enqueued, bad -> rate(bad, total));
      enqueued = 0;
      sum = sum.plus(more);
      if (first == size) {
        seconds = (System.nanoTime() - start) / 1e9;
        events.endEpoch();
        DivergedException.check(recipe.loss(), model.outputSize(), sum.loss(), number, step, rate(step - 1, total));
      }
      listeners.forEach(listener -> listener.progress(number, first, size, sum.loss()));
    }

    EpochResult finish(Dataset test) {
      program.readAverage(model);
      Totals after = test == null ? new Totals(Double.NaN, 0, 0) : evaluate(test);
      EpochResult result = new EpochResult(number, sum.loss(), sum.accuracy(), after.loss(), after.accuracy(), seconds);
      history.add(result);
      epochs++;
      events.writeEpoch(backend.name(), size, rate(step - 1, total), result);
      listeners.forEach(listener -> listener.epoch(result));
      return result;
    }
  }

  /** Updates of all epochs up to the last planned one, or up to this one. */
  private long total(int epoch, int size) {
    return Math.max(plannedEpochs, epoch) * ((size + recipe.batchSize() - 1L) / recipe.batchSize());
  }

  private float rate(long step, long total) {
    return recipe.optimizer().learningRate() * recipe.schedule().factor(step, total);
  }

  /**
   * One update on chosen samples, as part of the current epoch.
   *
   * @param train   the data set
   * @param samples indices in it, at most the batch size
   * @return loss and accuracy of these samples before the update
   * @throws DivergedException if the loss is NaN or infinite
   */
  public Totals step(Dataset train, int... samples) {
    checkOpen();
    bind(train);
    program.order(epochs, samples);
    long total = total(epochs + 1, train.size());
    events.beginStep();
    program.step(0, samples.length, recipe.schedule().factor(Math.min(step, total - 1), total));
    events.endStep();
    step++;
    Totals totals = program.drain();
    events.writeStep(epochs + 1, step, samples.length, totals);
    DivergedException.check(totals, epochs + 1, step - 1, bad -> rate(bad, total));
    return totals;
  }

  /** Gives the data to the program. A fresh model gets its normalization first, which programs have compiled in. */
  private void bind(Dataset train) {
    model.sureFrom((float[]) null); // of the parameters as they were
    if (!model.isNormalizationChosen()) {
      ProgramChecks.data(model, train, recipe.loss()); // a data set that does not fit changes nothing
      model.normalization(recipe.normalize() ? train.normalization() : Normalization.NONE);
    }
    if (!normalization.equals(model.normalization())) {
      if (step > 0) {
        throw new IllegalStateException("the model's normalization is not the one that training began with");
      }
      closePrograms();
      compile(kernels == null ? null : kernels.kernels());
      bound = null;
    }
    if (bound != train) {
      program.bind(train, recipe.augment());
      model.seen(model.seen().plus(train));
      bound = train;
    }
  }

  /** Loss and accuracy of {@link #model} on a data set, without dropout, augmentation or label smoothing. */
  public Totals evaluate(Dataset data) {
    checkOpen();
    if (average == null) {
      return program.evaluate(data, recipe.loss().plain(), null);
    }
    average.write(model());
    return average.evaluate(data, recipe.loss().plain(), null);
  }

  /** The model as it is on the host. */
  Model host() {
    return model;
  }

  /** The model, brought up to date with the device; the average of the parameters if the recipe averages. */
  public Model model() {
    checkOpen();
    program.readAverage(model);
    return model;
  }

  /** How many epochs are done, those before a {@link #resume} as well; of very many, {@link #history} may not have all. */
  public int epochs() {
    return epochs;
  }

  /** The epochs done so far. */
  public History history() {
    return new History(history);
  }

  /** As {@link #checkpoint(Map)}, without notes. */
  public Checkpoint checkpoint() {
    return checkpoint(Map.of());
  }

  /**
   * Everything needed to {@link #resume} after the last epoch. Parameters and state are copies; the parameters are those that training
   * goes on from, an average is in the state.
   *
   * @param notes the caller's own, kept beside it
   */
  public Checkpoint checkpoint(Map<String, String> notes) {
    checkOpen();
    Model now = model.copy();
    program.read(now);
    return new Checkpoint(now, recipe, program.state(), seed, epochs, kernels == null ? null : kernels.kernels(), history, notes);
  }

  /** Which kernels the device chose and why, or null if it was not left to choose. */
  public KernelChoice kernels() {
    return kernels;
  }

  @Override public String toString() {
    return "after epoch " + epochs + " of " + plannedEpochs + " on " + backend.name() + ": " + model;
  }

  private void checkOpen() {
    if (closed) {
      throw new IllegalStateException("the trainer is closed");
    }
  }

  @Override public void close() {
    closed = true;
    closePrograms();
  }

  private void closePrograms() {
    if (average != null) {
      average.close();
    }
    program.close();
  }
}
