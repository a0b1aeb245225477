package org.lenet4j.tune;

import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import org.lenet4j.data.Dataset;
import org.lenet4j.data.Replay;
import org.lenet4j.nn.MeanSquaredError;
import org.lenet4j.nn.Model;
import org.lenet4j.optim.Recipe;

/**
 * What a model is tuned with, checked before anything else happens.
 *
 * @param train      the new samples, with the model's number of classes
 * @param replay     old samples, or null
 * @param validation or null
 */
record TuningData(Dataset train, Replay replay, Dataset validation) {
  static int largestLabel(Dataset data) {
    return IntStream.of(data.labels()).max().getAsInt();
  }

  /**
   * Checks everything.
   *
   * @param missing whether classes without any samples are all right
   * @throws IllegalArgumentException that says what does not fit and what to do
   */
  static TuningData check(Model model, Recipe recipe, Dataset train, Replay replay, Dataset validation, boolean missing) {
    checkFits(model, recipe, "training", train);
    if (replay != null) {
      checkFits(model, recipe, "replayed", replay.samples());
    }
    if (validation != null) {
      checkFits(model, recipe, "validation", validation);
    }
    if (!train.isRegression()) {
      checkClasses(model, train, replay, missing);
    }
    int size = train.size() + (replay == null ? 0 : replay.count(train.size()));
    if (size < recipe.batchSize()) {
      throw new IllegalArgumentException("the batch size " + recipe.batchSize() + " is larger than the training set of " + size
          + " samples; choose at most " + size);
    }
    return new TuningData(fit(train, model), replay == null ? null : new Replay(fit(replay.samples(), model), replay.share()),
        validation == null ? null : fit(validation, model));
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
          + model.outputSize() + "; replace it with one of " + needed + " (--head " + needed + ")");
    }
  }

  private static void checkClasses(Model model, Dataset train, Replay replay, boolean missing) {
    boolean[] there = new boolean[model.outputSize()];
    IntStream.of(train.labels()).forEach(label -> there[label] = true);
    if (replay != null) {
      IntStream.of(replay.samples().labels()).forEach(label -> there[label] = true);
    }
    List<Integer> empty = IntStream.range(0, there.length).filter(label -> !there[label]).boxed().toList();
    if (empty.size() == there.length - 1) {
      throw new IllegalArgumentException("all training images are of one class, " + train.labels()[0]
          + "; a classifier needs at least two: add images of others, or replay old ones");
    }
    if (!empty.isEmpty() && !missing) {
      throw new IllegalArgumentException((empty.size() == 1 ? "there are no training images of class " + empty.get(0)
          : "there are no training images of the classes " + text(empty)) + ", and what is not trained is forgotten: add some, replay old"
          + " ones (--replay), choose a smaller head (--head), or allow it (--allow-missing)");
    }
  }

  private static String text(List<Integer> labels) {
    List<String> shown = new ArrayList<>(labels.stream().limit(20).map(String::valueOf).toList());
    if (labels.size() > shown.size()) {
      shown.add("and " + (labels.size() - shown.size()) + " more");
    }
    return String.join(", ", shown);
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
