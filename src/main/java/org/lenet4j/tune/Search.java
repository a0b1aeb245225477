package org.lenet4j.tune;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import org.lenet4j.DivergedException;
import org.lenet4j.data.Augment;
import org.lenet4j.data.Dataset;
import org.lenet4j.optim.Optimizer;
import org.lenet4j.random.Philox;

/**
 * A small search for fine-tuning settings by successive halving (K. Jamieson and A. Talwalkar, "Non-stochastic best arm identification
 * and hyperparameter optimization", AISTATS 2016): many settings are tried for a few epochs, the better half for twice as many, and so
 * on up to the recipe's. What is better is decided by the loss on validation data. The same seed tries the same settings.
 *
 * @param learningRates the optimizer's
 * @param weightDecays  the optimizer's
 * @param frozen        lists of layers; the others are trained
 * @param augments      distortions of the training images
 */
public record Search(List<Float> learningRates, List<Float> weightDecays, List<List<String>> frozen, List<Augment> augments) {
  /** Copies the lists; each needs an entry. */
  public Search {
    learningRates = List.copyOf(learningRates);
    weightDecays = List.copyOf(weightDecays);
    frozen = frozen.stream().map(List::copyOf).toList();
    augments = List.copyOf(augments);
    if (learningRates.isEmpty() || weightDecays.isEmpty() || frozen.isEmpty() || augments.isEmpty()) {
      throw new IllegalArgumentException("a search needs at least one learning rate, weight decay, list of frozen layers and augmentation");
    }
  }

  /** Rates around an optimizer's, two decays, nothing frozen or both convolutions, no or light augmentation. */
  public static Search around(Optimizer optimizer) {
    float rate = optimizer.learningRate();
    return new Search(List.of(rate / 4, rate / 2, rate, rate * 2, rate * 4), List.of(optimizer.weightDecay(), 0.1f),
        List.of(List.of(), List.of("conv1"), List.of("conv1", "conv2")), List.of(Augment.NONE, Augment.LIGHT));
  }

  /**
   * One setting.
   *
   * @param learningRate the optimizer's
   * @param weightDecay  the optimizer's
   * @param frozen       layers
   * @param augment      distortion
   */
  public record Setting(float learningRate, float weightDecay, List<String> frozen, Augment augment) {}

  /**
   * One setting tried for some epochs.
   *
   * @param round    from 1
   * @param epochs   trained
   * @param setting  tried
   * @param loss     on the validation data, NaN if the training diverged
   * @param accuracy on the validation data
   */
  public record Trial(int round, int epochs, Setting setting, double loss, double accuracy) {}

  /**
   * What came out.
   *
   * @param best   the setting that won
   * @param trials all that was tried, in the order of the rounds, the best of a round first
   */
  public record Result(Setting best, List<Trial> trials) {}

  /** All settings, or so many different ones of them, chosen by the seed. */
  public List<Setting> settings(int trials, long seed) {
    List<Setting> all = new ArrayList<>();
    for (float rate : learningRates) {
      for (float decay : weightDecays) {
        for (List<String> layers : frozen) {
          for (Augment augment : augments) {
            all.add(new Setting(rate, decay, layers, augment));
          }
        }
      }
    }
    for (int i = 0; i < Math.min(trials, all.size()); i++) { // the beginning of a shuffle
      int j = i + Philox.below(all.size() - i, seed, Philox.SEARCH, 0, i);
      Setting chosen = all.set(j, all.get(i));
      all.set(i, chosen);
    }
    return all.subList(0, Math.min(trials, all.size()));
  }

  /**
   * Searches. The tuner's model is not changed; {@link #apply} takes the winner over.
   *
   * @param tuner      all other settings
   * @param train      new data
   * @param validation held out of it; decides
   * @param trials     settings in the first round, at least 1
   */
  public Result run(FineTuner tuner, Dataset train, Dataset validation, int trials) {
    if (trials < 1) {
      throw new IllegalArgumentException("a search needs at least 1 trial, got " + trials);
    }
    List<Setting> left = settings(trials, tuner.seed);
    int rounds = 1 + (int) Math.ceil(Math.log(left.size()) / Math.log(2));
    List<Trial> tried = new ArrayList<>();
    for (int round = 1; round <= rounds; round++) {
      int epochs = Math.max(1, tuner.recipe.epochs() >> (rounds - round));
      List<Trial> trialsOfRound = new ArrayList<>();
      for (Setting setting : left) {
        trialsOfRound.add(attempt(tuner, setting, train, validation, round, epochs));
      }
      trialsOfRound.sort(Comparator.comparingDouble(Trial::loss)); // NaN last
      tried.addAll(trialsOfRound);
      left = trialsOfRound.stream().limit((left.size() + 1) / 2).map(Trial::setting).toList();
    }
    return new Result(left.get(0), List.copyOf(tried));
  }

  private static Trial attempt(FineTuner tuner, Setting setting, Dataset train, Dataset validation, int round, int epochs) {
    FineTuner attempt = apply(setting, tuner.on(tuner.model.copy()));
    attempt.recipe(attempt.recipe.withEpochs(epochs));
    try {
      Score after = attempt.target(validation).quietly(train);
      return new Trial(round, epochs, setting, after.targetLoss(), after.targetAccuracy());
    } catch (DivergedException e) {
      return new Trial(round, epochs, setting, Double.NaN, Double.NaN);
    }
  }

  /** Gives a tuner a setting; its model gets the setting's frozen layers, and no others. */
  public static FineTuner apply(Setting setting, FineTuner tuner) {
    tuner.model.unfreeze(tuner.model.trainable().toArray(new String[0]));
    tuner.model.freeze(setting.frozen().toArray(new String[0]));
    tuner.optimizer(tuner.recipe.optimizer().withLearningRate(setting.learningRate()).withWeightDecay(setting.weightDecay()));
    return tuner.augment(setting.augment());
  }
}
