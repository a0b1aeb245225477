package org.lenet4j.tune;

import java.util.List;
import java.util.stream.IntStream;
import org.lenet4j.data.ClassNames;
import org.lenet4j.data.Dataset;
import org.lenet4j.data.Mnist;
import org.lenet4j.data.Replay;
import org.lenet4j.data.Seen;
import org.lenet4j.data.Splits;
import org.lenet4j.nn.MeanSquaredError;
import org.lenet4j.nn.Model;
import org.lenet4j.optim.Recipe;

/**
 * What a model is tuned with, and measured on.
 *
 * @param train      the new samples
 * @param validation held out of them, for early stopping and to watch; or null
 * @param replay     old samples that are replayed among the new, or null
 * @param target     new data that before and after are measured on, never looked at in between; null for the validation data
 * @param source     old data that before and after are measured on; null for the replayed samples, else MNIST's test set, if the model was
 *                   trained on it and it is in the user's cache, else nothing, and the accuracies are NaN
 */
public record TuningData(Dataset train, Dataset validation, Dataset replay, Dataset target, Dataset source) {
  /** New data alone. */
  public TuningData(Dataset train, Dataset validation) {
    this(train, validation, null, null, null);
  }

  /** With other validation data, or none for null. */
  public TuningData withValidation(Dataset validation) {
    return new TuningData(train, validation, replay, target, source);
  }

  /** With old samples that are replayed, so that they are not forgotten. */
  public TuningData withReplay(Dataset replay) {
    return new TuningData(train, validation, replay, target, source);
  }

  /** With new data to measure on. */
  public TuningData withTarget(Dataset target) {
    return new TuningData(train, validation, replay, target, source);
  }

  /** With old data to measure on. */
  public TuningData withSource(Dataset source) {
    return new TuningData(train, validation, replay, target, source);
  }

  /** How the old samples are mixed in; null without any. */
  Replay mixture(FineTuning settings) {
    return replay == null ? null
        : Float.isNaN(settings.replayShare()) ? Replay.balanced(train, replay) : new Replay(replay, settings.replayShare());
  }

  /** What a model has seen when it is tuned. */
  Seen learned(Seen before) {
    Seen seen = before.plus(train);
    return replay == null ? seen : seen.plus(replay);
  }

  /** With the validation data, if it decides when to stop: a figure of it is not one of unseen data. */
  Seen seen(Seen learned, FineTuning settings) {
    return settings.stopping() != null ? learned.plus(validation) : learned;
  }

  /** New data to measure on, or null. */
  Seen.Parts measuredTarget(Seen learned) {
    return target != null ? learned.of(target) : validation != null ? learned.of(validation) : null;
  }

  /** Old data to measure on, or null. */
  Seen.Parts measuredSource(Seen learned, Model model) {
    if (source != null || replay != null) {
      return learned.of(source != null ? source : replay);
    }
    Splits mnist = "mnist".equals(Origin.of(model).get("data")) ? Mnist.cached() : null;
    ClassNames match = mnist == null ? null : ClassNames.match(mnist, model.classNames());
    return match == null || !match.isComplete() ? null : learned.of(match.splits().test());
  }

  static int largestLabel(Dataset data) {
    return IntStream.of(data.labels()).max().getAsInt();
  }

  /**
   * What is trained on, with the model's number of classes.
   *
   * @throws IllegalArgumentException that says what does not fit and what to do
   */
  TuningData fitted(Model model, FineTuning settings) {
    Recipe recipe = settings.recipe();
    Replay mixture = mixture(settings);
    checkFits(model, recipe, "training", train);
    if (replay != null) {
      checkFits(model, recipe, "replayed", replay);
    }
    if (validation != null) {
      checkFits(model, recipe, "validation", validation);
    }
    if (!train.isRegression()) {
      checkClasses(model, train, replay, settings.allowMissing());
    }
    int size = train.size() + (mixture == null ? 0 : mixture.count(train.size()));
    if (size < recipe.batchSize()) {
      throw new IllegalArgumentException("the batch size " + recipe.batchSize() + " is larger than the training set of " + size
          + " samples; choose at most " + size);
    }
    return new TuningData(fit(train, model), validation == null ? null : fit(validation, model), replay == null ? null : fit(replay, model),
        target, source);
  }

  private static Dataset fit(Dataset data, Model model) {
    return data.isRegression() ? data : data.withClasses(model.outputSize());
  }

  private static void checkFits(Model model, Recipe recipe, String what, Dataset data) {
    if (!data.shape().equals(model.input())) {
      throw new IllegalArgumentException("the " + what + " images are " + data.shape() + ", the model takes " + model.input()
          + "; Preprocess.dataset makes them 1x28x28");
    }
    if (data.isRegression() && !(recipe.loss() instanceof MeanSquaredError)) {
      throw new IllegalArgumentException("the " + what + " data has real-valued targets, which need MeanSquaredError, not "
          + recipe.loss());
    }
    if (data.isRegression() && data.classes() != model.outputSize()) {
      throw new IllegalArgumentException("the " + what + " data has " + data.classes() + " targets per image, the head "
          + model.outputSize() + " outputs; replace the head with one of " + data.classes());
    }
    if (!data.isRegression() && largestLabel(data) >= model.outputSize()) {
      int needed = largestLabel(data) + 1;
      throw new IllegalArgumentException("the " + what + " images have labels up to " + (needed - 1) + ", which do not fit the head of "
          + model.outputSize() + "; replace it with one of " + needed);
    }
  }

  private static void checkClasses(Model model, Dataset train, Dataset replay, boolean missing) {
    boolean[] there = new boolean[model.outputSize()];
    IntStream.of(train.labels()).forEach(label -> there[label] = true);
    if (replay != null) {
      IntStream.of(replay.labels()).forEach(label -> there[label] = true);
    }
    List<String> empty = IntStream.range(0, there.length).filter(label -> !there[label]).mapToObj(model.classNames()::get).toList();
    if (empty.size() == there.length - 1) {
      throw new IllegalArgumentException("all training images are of one class, " + model.classNames().get(train.labels()[0])
          + "; a classifier needs at least two: add images of others, or replay old ones");
    }
    if (!empty.isEmpty() && !missing) {
      throw new IllegalArgumentException((empty.size() == 1 ? "there are no training images of class " + empty.get(0)
          : "there are no training images of the classes " + ClassNames.list(empty)) + ", and what is not trained is forgotten: add"
          + " some, replay old ones, choose a smaller head, or allow it");
    }
  }

  /** Throws if nothing would ever be trained. */
  static void checkSomethingTrains(Model model, List<String> unfrozenLater) {
    List<String> layers = model.trainable();
    if (model.frozen().containsAll(layers) && unfrozenLater.isEmpty()) {
      throw new IllegalArgumentException("every layer is frozen (" + String.join(", ", layers)
          + "), so there is nothing to train; leave at least the head " + model.head() + " free");
    }
  }
}
