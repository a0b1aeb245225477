package org.lenet4j;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import org.lenet4j.backend.Backend;
import org.lenet4j.backend.GradientExchange;
import org.lenet4j.backend.KernelChoice;
import org.lenet4j.backend.KernelSet;
import org.lenet4j.backend.Totals;
import org.lenet4j.backend.TrainingProgram;
import org.lenet4j.backend.base.ProgramChecks;
import org.lenet4j.backend.base.Turn;
import org.lenet4j.data.Batches;
import org.lenet4j.data.Dataset;
import org.lenet4j.nn.Model;
import org.lenet4j.optim.Optimizer;
import org.lenet4j.optim.Recipe;

/**
 * Trains a model on a device. The model's host arrays are brought up to date at the end of every epoch and by {@link #model}: if the
 * recipe averages ({@link Recipe#ema}), with the average, which is also what is evaluated, and training goes on from the parameters
 * themselves. If the recipe normalizes ({@link Recipe#normalize}), a fresh model takes the normalization of the first data set that it is
 * trained on, unless it has one. What it is trained on is noted in the model ({@link Model#seen}). A trainer belongs to one thread at a
 * time, and another that comes meanwhile gets an {@link IllegalStateException}; any may close it. The same seed gives the same bits on the
 * same device.
 */
public final class Trainer implements AutoCloseable {
  private static final int STEPS_PER_DRAIN = 128;

  private final Model model;
  private final Recipe recipe;
  private final long seed;
  private final Backend backend;
  private final TrainerPrograms programs;
  private final Turn turn = new Turn("the trainer");
  private final TrainingEvents events = new TrainingEvents();
  private final List<EpochResult> history = new ArrayList<>();
  private final Listeners listeners = new Listeners();
  private int epochs; // finished
  private int plannedEpochs;
  private long step; // updates made
  private boolean midway; // the parameters are in the middle of an epoch

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

  /**
   * As {@link #Trainer(Device, Model, Recipe, long)}, as one of several ranks that train the same model with the same data: all end with
   * the bits of one that trains alone with as many shards.
   *
   * @param exchange with the other ranks; null if there are none. Close it after this trainer
   * @throws IllegalArgumentException also if the device cannot train like that, or the recipe has fewer shards than there are ranks
   */
  public Trainer(Device device, Model model, Recipe recipe, long seed, GradientExchange exchange) {
    this(device, model, recipe, seed, null, exchange);
  }

  private Trainer(Device device, Model model, Recipe recipe, long seed, KernelSet kernels, GradientExchange exchange) {
    this.model = model;
    this.recipe = recipe;
    this.seed = seed;
    backend = device.backend().one();
    plannedEpochs = recipe.epochs();
    programs = new TrainerPrograms(backend, model, recipe, seed, kernels, exchange);
  }

  /**
   * Continues a run so that it ends with the same bits as one that was never stopped. The checkpoint's model is changed. Where the device
   * is to choose its kernels, it takes those of the checkpoint. If this device computes otherwise than the run did so far
   * ({@link Checkpoint#arithmetic}), the bits will be others; a warning is logged.
   */
  public static Trainer resume(Device device, Checkpoint checkpoint) {
    return resume(device, checkpoint, null);
  }

  /** As {@link #resume(Device, Checkpoint)}, as one of several ranks: of any number of them, whoever made the checkpoint. */
  public static Trainer resume(Device device, Checkpoint checkpoint, GradientExchange exchange) {
    Trainer trainer = new Trainer(device, checkpoint.model(), checkpoint.recipe(), checkpoint.seed(), checkpoint.kernels(), exchange);
    try {
      trainer.programs.training().restore(checkpoint.optimizer());
    } catch (RuntimeException | Error e) {
      trainer.close();
      throw e;
    }
    trainer.history.addAll(checkpoint.history());
    trainer.epochs = checkpoint.epoch(); // a file keeps not all of a very long history
    trainer.step = checkpoint.optimizer().step();
    checkpoint.warnUnless(trainer.programs.training().arithmetic());
    return trainer;
  }

  /** Adds one who is told how training goes, after those that were added before. */
  public Trainer addListener(TrainListener listener) {
    turn.checkOpen();
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
   * @throws DivergedException        if the loss or a parameter becomes NaN or infinite
   * @throws IllegalArgumentException if a data set does not fit the model, or the batch size is larger than the training set
   */
  public History fit(Dataset train, int epochs, Dataset test) {
    return turn.during(() -> {
      plan(epochs);
      for (int i = 0; i < epochs; i++) {
        epoch(train, test);
      }
      return new History(history);
    });
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

  /** The next epoch, without any of its steps yet. The calling thread has the {@link #turn}. */
  Epoch begin(Dataset train, Dataset test) {
    return new Epoch(train, order(train), test);
  }

  Backend backend() {
    return backend;
  }

  /** Whose turn it is to train. */
  Turn turn() {
    return turn;
  }

  /**
   * One epoch over chosen samples, for example with some of them more often than others.
   *
   * @param train the data set
   * @param order indices in it, at least a batch of them; for the learning-rate schedule all epochs should be equally long
   * @param test  evaluated after it, or null
   */
  public EpochResult epoch(Dataset train, int[] order, Dataset test) {
    return turn.during(() -> {
      Epoch epoch = new Epoch(train, order, test);
      epoch.enqueue();
      do {
        epoch.collect();
      } while (epoch.enqueue());
      return epoch.finish();
    });
  }

  /** {@link #fitTogether(List, List, int, List)} with the same data for all; on a GPU they are there once. */
  public static List<History> fitTogether(List<Trainer> trainers, Dataset train, int epochs, Dataset test) {
    return fitTogether(trainers, Collections.nCopies(trainers.size(), train), epochs, Collections.nCopies(trainers.size(), test));
  }

  /**
   * Trains independent models side by side: seeds, folds, candidates for hyper-parameters. Each ends with the same bits as if it were
   * trained alone by {@link #fit(Dataset, int, Dataset)}. On a GPU, most of which one small network leaves idle, each has a stream of its
   * own; trainers on several GPUs run on all of them at once. A CPU trains one model a thread, so that no thread waits for another; fewer
   * models than four and than threads go with all threads, some steps of one after some of the other. A trainer that diverges stops there,
   * and the others go on. Listeners are told by the thread that trains: one that listens to several trainers is told by several at once.
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
    private final Dataset test; // or null

    Epoch(Dataset train, int[] order, Dataset test) {
      checkWhole();
      if (recipe.batchSize() > order.length) {
        throw new IllegalArgumentException("the batch size " + recipe.batchSize() + " is larger than the training set of " + order.length
            + " samples; choose at most " + order.length);
      }
      if (test != null) {
        ProgramChecks.data(model, test, recipe.loss()); // and not when all is trained
      }
      this.test = test;
      size = order.length;
      total = total(number, size);
      programs.bind(train, model, step > 0);
      listeners.beginEpoch();
      events.beginEpoch();
      start = System.nanoTime();
      programs.training().order(epochs, order);
      programs.training().drain();
    }

    /** Hands the next steps over; false if there are none left. */
    boolean enqueue() {
      turn.checkOpen();
      midway = true;
      TrainingProgram program = programs.training();
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
      Totals more = programs.training().drain();
      events.writeStep(number, step, lastCount, more);
      DivergedException.check(more, number, step - enqueued, bad -> rate(bad, total));
      enqueued = 0;
      sum = sum.plus(more);
      if (first == size) {
        seconds = (System.nanoTime() - start) / 1e9;
        events.endEpoch();
        DivergedException.check(recipe.loss(), model.outputSize(), sum.loss(), number, step, recipe.optimizer().learningRate());
      }
      listeners.tell(listener -> listener.progress(number, first, size, sum.loss()));
    }

    /** Evaluates, and throws what listeners have thrown: the epoch is whole by then. */
    EpochResult finish() {
      DivergedException.readFinite(programs.training(), model, number, step, rate(step - 1, total));
      Totals after = test == null ? new Totals(Double.NaN, 0, 0) : programs.evaluate(test, model);
      EpochResult result = new EpochResult(number, sum.loss(), sum.accuracy(), after.loss(), after.accuracy(), seconds);
      history.add(result);
      epochs++;
      midway = false;
      events.writeEpoch(backend.name(), size, rate(step - 1, total), result);
      listeners.tell(listener -> listener.epoch(result));
      listeners.endEpoch();
      return result;
    }
  }

  /** Half an epoch is nothing that a run could be continued from so that it gives the same bits. */
  private void checkWhole() {
    if (midway) {
      throw new IllegalStateException("epoch " + (epochs + 1) + " has begun and is not finished, the parameters are in the middle of it;"
          + " wait for its end, or if it was broken off go on from the last checkpoint or with a new trainer of the model");
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
    return turn.during(() -> {
      checkWhole();
      programs.bind(train, model, step > 0);
      TrainingProgram program = programs.training();
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
    });
  }

  /** Loss and accuracy of {@link #model} on a data set, without dropout, augmentation or label smoothing. */
  public Totals evaluate(Dataset data) {
    return turn.during(() -> programs.evaluate(data, model));
  }

  /** The model as it is on the host. */
  Model host() {
    return model;
  }

  /** The model, brought up to date with the device; the average of the parameters if the recipe averages. */
  public Model model() {
    return turn.during(() -> {
      programs.training().readAverage(model);
      return model;
    });
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
   * @throws IllegalStateException in the middle of an epoch, also of one that was broken off
   */
  public Checkpoint checkpoint(Map<String, String> notes) {
    return turn.during(() -> {
      checkWhole();
      TrainingProgram program = programs.training();
      Model now = model.copy();
      program.read(now);
      return new Checkpoint(now, recipe, program.state(), seed, epochs, programs.set(), program.arithmetic(), history, notes);
    });
  }

  /** Which kernels the device chose and why, or null if it was not left to choose. */
  public KernelChoice kernels() {
    return programs.kernels();
  }

  @Override public String toString() {
    return "after epoch " + epochs + " of " + plannedEpochs + " on " + backend.name() + ": " + model;
  }

  /** Frees the device's memory. Another thread's step under way ends first; the next one throws. */
  @Override public void close() {
    turn.close();
    programs.close();
  }
}
