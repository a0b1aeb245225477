package org.lenet4j.tune;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import org.lenet4j.Checkpoint;
import org.lenet4j.Device;
import org.lenet4j.DivergedException;
import org.lenet4j.History;
import org.lenet4j.TrainListener;
import org.lenet4j.data.Augment;
import org.lenet4j.data.Dataset;
import org.lenet4j.data.Mnist;
import org.lenet4j.data.Replay;
import org.lenet4j.data.Splits;
import org.lenet4j.nn.Model;
import org.lenet4j.optim.Anchor;
import org.lenet4j.optim.Optimizer;
import org.lenet4j.optim.Recipe;

/**
 * Fine-tunes a trained model on new data, and says what it cost on the old.
 *
 * <p>What is frozen in the model ({@link Model#freeze}) stays as it is, to the bit. The model keeps its normalization, whatever the
 * recipe says, because its weights were made for it. After {@link #fit} the model notes in its metadata where it came from, see
 * {@link Generation}.
 */
public final class FineTuner {
  final Device device;
  final Model model;
  final TreeMap<Integer, List<String>> unfreezing = new TreeMap<>(); // finished epochs -> layers
  Model parent;
  Recipe recipe = Recipe.tune();
  long seed = 42;
  float layerDecay = 1;
  EarlyStopping stopping;
  Dataset old; // replayed, or null
  float share; // of it, or NaN
  Dataset target;
  Dataset source;
  boolean missing;
  boolean measured = true; // whether before and after are wanted
  String name = "";
  TrainListener listener = new TrainListener() {};

  /**
   * Nothing happens yet.
   *
   * @param device where it runs; stays open during {@link #fit}
   * @param model  changed by {@link #fit}
   */
  public FineTuner(Device device, Model model) {
    this.device = device;
    this.model = model;
    this.parent = model.copy();
  }

  /** The same settings for another model, for example a copy. */
  FineTuner on(Model other) {
    FineTuner tuner = new FineTuner(device, other);
    tuner.unfreezing.putAll(unfreezing);
    tuner.parent = parent;
    tuner.recipe = recipe;
    tuner.seed = seed;
    tuner.layerDecay = layerDecay;
    tuner.stopping = stopping;
    tuner.old = old;
    tuner.share = share;
    tuner.target = target;
    tuner.source = source;
    tuner.missing = missing;
    tuner.name = name;
    return tuner;
  }

  /** How to train; {@link Recipe#tune()} if not set. Its parameter groups win over {@link #layerDecay}. */
  public FineTuner recipe(Recipe value) {
    recipe = value;
    return this;
  }

  /** What this model was before its head was replaced. */
  public Model parent() {
    return parent;
  }

  /** How it would train now. */
  public Recipe recipe() {
    return recipe;
  }

  /** The seed. */
  public long seed() {
    return seed;
  }

  /** What is tuned; changed by {@link #fit}. */
  public Model model() {
    return model;
  }

  /** The recipe's optimizer alone. */
  public FineTuner optimizer(Optimizer value) {
    return recipe(recipe.withOptimizer(value));
  }

  /** The recipe's augmentation alone. */
  public FineTuner augment(Augment value) {
    return recipe(recipe.withAugment(value));
  }

  /** Of the sample order, augmentation, dropout and the choice of replayed samples; 42 if not set. */
  public FineTuner seed(long value) {
    seed = value;
    return this;
  }

  /**
   * A smaller learning rate for lower layers: each layer's is {@code factor} times that of the layer with parameters above it, the head's
   * is the optimizer's (J. Howard and S. Ruder, "Universal language model fine-tuning for text classification", ACL 2018).
   *
   * @param factor above 0, at most 1
   */
  public FineTuner layerDecay(float factor) {
    if (!(factor > 0 && factor <= 1)) {
      throw new IllegalArgumentException("the learning-rate decay per layer must be above 0 and at most 1, got " + factor);
    }
    layerDecay = factor;
    return this;
  }

  /**
   * Gradual unfreezing: layers that are frozen now are trained from a later epoch on. Layers already in training keep their optimizer's
   * state; the new ones start with moments measured on the first batches.
   *
   * @param epochs finished by then, at least 1
   * @param layers names
   * @throws IllegalArgumentException if a name is unknown; the message lists the valid ones
   */
  public FineTuner unfreezeAfter(int epochs, String... layers) {
    if (epochs < 1) {
      throw new IllegalArgumentException("layers can be unfrozen after 1 epoch or more, got " + epochs);
    }
    List.of(layers).forEach(model::parameters); // throws for an unknown one
    unfreezing.merge(epochs, List.of(layers), Unfreezing::both);
    return this;
  }

  /** When to stop early, and which weights to keep; without it, the last epoch's are kept. Needs validation data. */
  public FineTuner stopping(EarlyStopping value) {
    stopping = value;
    return this;
  }

  /** Replays old samples, with a share that weighs old and new classes alike ({@link Replay#balanced}). */
  public FineTuner replay(Dataset samples) {
    return replay(samples, Float.NaN);
  }

  /** Replays old samples that make up a share of each epoch, above 0 and below 1. */
  public FineTuner replay(Dataset samples, float share) {
    this.old = samples;
    this.share = share;
    return this;
  }

  /** A pull towards the weights as they are, against forgetting: {@link Anchor#to} for L2-SP, {@link Fisher#anchor} for EWC. */
  public FineTuner anchor(Anchor value) {
    return recipe(recipe.withAnchor(value));
  }

  /** The new data that before and after are measured on, never looked at in between; the validation data if not set. */
  public FineTuner target(Dataset test) {
    target = test;
    return this;
  }

  /**
   * The old data that before and after are measured on. If not set, the replayed samples; else MNIST's test set, if the model was trained
   * on it and it is in the user's cache; else nothing, and the accuracies are NaN.
   */
  public FineTuner source(Dataset test) {
    source = test;
    return this;
  }

  /** What this model was before its head was replaced: it gives the accuracy on the old data before, and its hash to the history. */
  public FineTuner parent(Model value) {
    parent = value.copy();
    return this;
  }

  /** Allows classes of the head that have no training images, new or replayed. */
  public FineTuner allowMissing() {
    missing = true;
    return this;
  }

  /** What the history calls the new data. */
  public FineTuner name(String data) {
    name = data;
    return this;
  }

  /** Sets who is told how training goes. */
  public FineTuner listener(TrainListener value) {
    listener = value;
    return this;
  }

  /**
   * Trains.
   *
   * @param train      the new data
   * @param validation held out of it, for {@link #stopping} and to watch; or null
   * @throws IllegalArgumentException if the data does not fit the model, a class is missing, everything is frozen or the batch size is
   *                                  larger than the training set; the message says what to do, and the model is not changed
   * @throws DivergedException        if the loss becomes NaN or infinite; the model is not changed
   */
  public Report fit(Dataset train, Dataset validation) {
    try (Tuning tuning = start(train, validation)) {
      while (!tuning.isDone()) {
        tuning.epoch();
      }
      return tuning.finish();
    }
  }

  /** Trains for nothing but the score; the old data is not measured. */
  Score quietly(Dataset train) {
    stopping = null;
    unfreezing.clear();
    measured = false;
    try (Tuning tuning = start(train, null)) {
      while (!tuning.isDone()) {
        tuning.epoch();
      }
      return Score.of(device, tuning.trained(), target, null, recipe.loss());
    }
  }

  /** As {@link #fit}, one epoch at a time. */
  public Tuning start(Dataset train, Dataset validation) {
    return new Tuning(this, train, validation, null);
  }

  /**
   * Continues from {@link Tuning#checkpoint} so that it ends with the same bits as a run that was never stopped. All settings and the data
   * must be the same; the weights of this tuner's model are replaced by those of the checkpoint.
   */
  public Tuning resume(Checkpoint checkpoint, Dataset train, Dataset validation) {
    return new Tuning(this, train, validation, checkpoint);
  }

  /**
   * What a fine-tuning came to.
   *
   * @param before   accuracies and losses of the model as it was
   * @param after    of the model as it is now
   * @param history  the epochs; their test numbers are the validation data's
   * @param best     the epoch whose weights the model has now
   * @param samples  new samples
   * @param replayed old samples in each epoch
   */
  public record Report(Score before, Score after, History history, int best, int samples, int replayed) {}

  /** How the old samples are mixed in; null without any. */
  Replay mixture(Dataset train) {
    return old == null ? null : Float.isNaN(share) ? Replay.balanced(train, old) : new Replay(old, share);
  }

  /** Old data to measure on, or null. */
  Dataset measuredSource() {
    if (source != null || old != null) {
      return source != null ? source : old;
    }
    Splits mnist = "mnist".equals(parent.metadata().get("data")) ? Mnist.cached() : null;
    return mnist == null ? null : mnist.test();
  }

  /** The settings as text, for the history. */
  Map<String, String> settings() {
    Map<String, String> text = new LinkedHashMap<>();
    text.put("epochs", Integer.toString(recipe.epochs()));
    text.put("batch_size", Integer.toString(recipe.batchSize()));
    text.put("optimizer", words((Record) recipe.optimizer()));
    text.put("schedule", words((Record) recipe.schedule()));
    text.put("loss", words((Record) recipe.loss()));
    text.put("augment", recipe.augment().isNone() ? "none" : words(recipe.augment()));
    text.put("ema", Float.toString(recipe.ema()));
    text.put("frozen", String.join(",", model.frozen().stream().sorted().toList()));
    if (!unfreezing.isEmpty()) {
      text.put("unfreezing", unfreezing.toString());
    }
    if (layerDecay != 1) {
      text.put("layer_decay", Float.toString(layerDecay));
    }
    if (!recipe.groups().isEmpty()) {
      text.put("groups", recipe.groups().toString());
    }
    if (recipe.anchor() != null) {
      text.put(recipe.anchor().weights() == null ? "l2sp" : "ewc", Float.toString(recipe.anchor().strength()));
    }
    if (stopping != null) {
      text.put("stopping", words(stopping));
    }
    text.put("seed", Long.toString(seed));
    return text;
  }

  /** {@code Cosine[last=0.01]} as {@code cosine, last 0.01}. */
  private static String words(Record setting) {
    String text = setting.toString();
    int open = text.indexOf('[');
    String values = text.substring(open + 1, text.length() - 1).replace('=', ' ');
    return text.substring(0, open).toLowerCase(Locale.ROOT) + (values.isEmpty() ? "" : ", " + values);
  }
}
