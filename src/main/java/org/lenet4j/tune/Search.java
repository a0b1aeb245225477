package org.lenet4j.tune;

import java.io.Serializable;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.TreeMap;
import java.util.function.Supplier;
import org.lenet4j.Device;
import org.lenet4j.DivergedException;
import org.lenet4j.data.Augment;
import org.lenet4j.nn.Model;
import org.lenet4j.optim.Optimizer;
import org.lenet4j.optim.Recipe;
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
public record Search(List<Float> learningRates, List<Float> weightDecays, List<List<String>> frozen, List<Augment> augments)
    implements Serializable {
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
  public record Setting(float learningRate, float weightDecay, List<String> frozen, Augment augment) {
    /** Freezes this setting's layers of a model, and no others. */
    public Model freeze(Model model) {
      return model.unfreeze(model.trainable().toArray(new String[0])).freeze(frozen.toArray(new String[0]));
    }

    /** Other settings with this one's recipe. */
    public FineTuning in(FineTuning settings) {
      Recipe recipe = settings.recipe();
      return settings.withRecipe(recipe.withAugment(augment)
          .withOptimizer(recipe.optimizer().withLearningRate(learningRate).withWeightDecay(weightDecay)));
    }
  }

  /**
   * One setting tried for some epochs.
   *
   * @param round    the round, from 1
   * @param epochs   how many it was trained
   * @param setting  what was tried
   * @param loss     the loss on the validation data, NaN if training diverged
   * @param accuracy the accuracy on the validation data
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
   * Searches. The model is not changed; {@link Setting#freeze} and {@link Setting#in} take the winner over. Validation data has then
   * decided, so a figure of it is not one of unseen data; {@code model.seen(model.seen().plus(data.validation()))} notes that.
   *
   * @param model  what is to be tuned
   * @param other  all other settings; early stopping and gradual unfreezing are not used
   * @param data   its validation data decides, and training sees nothing of it
   * @param trials settings in the first round, at least 1
   */
  public Result run(Device device, Model model, FineTuning other, TuningData data, int trials) {
    if (trials < 1) {
      throw new IllegalArgumentException("a search needs at least 1 trial, got " + trials);
    }
    if (data.validation() == null) {
      throw new IllegalArgumentException("a search needs validation data to decide by: hold some out of the training set");
    }
    List<Setting> left = settings(trials, other.seed());
    int rounds = 1 + (int) Math.ceil(Math.log(left.size()) / Math.log(2));
    FineTuning plain = new FineTuning(other.recipe(), other.seed(), other.layerDecay(), new TreeMap<>(), null, other.replayShare(),
        1, other.allowMissing(), other.name());
    List<Trial> tried = new ArrayList<>();
    for (int round = 1; round <= rounds; round++) {
      int epochs = Math.max(1, other.recipe().epochs() >> (rounds - round));
      int number = round;
      List<Trial> trialsOfRound = new ArrayList<>(device.backend().each(left.stream().<Supplier<Trial>>map(setting -> () -> {
        FineTuning settings = setting.in(plain);
        return attempt(device, setting.freeze(model.copy()), settings.withRecipe(settings.recipe().withEpochs(epochs)), data, number,
            setting);
      }).toList()));
      trialsOfRound.sort(Comparator.comparingDouble(Trial::loss)); // NaN last
      tried.addAll(trialsOfRound);
      left = trialsOfRound.stream().limit((left.size() + 1) / 2).map(Trial::setting).toList();
    }
    return new Result(left.get(0), List.copyOf(tried));
  }

  private static Trial attempt(Device device, Model model, FineTuning settings, TuningData data, int round, Setting setting) {
    int epochs = settings.recipe().epochs();
    try {
      Model tuned = FineTuner.attempt(device, model, settings, data);
      Score after = Score.of(device, tuned, data.validation(), null, settings.recipe().loss().plain());
      return new Trial(round, epochs, setting, after.targetLoss(), after.targetAccuracy());
    } catch (DivergedException e) {
      return new Trial(round, epochs, setting, Double.NaN, Double.NaN);
    }
  }
}
