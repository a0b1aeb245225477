package org.lenet4j.tune;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.Supplier;
import java.util.stream.IntStream;
import org.lenet4j.Device;
import org.lenet4j.Predictor;
import org.lenet4j.data.Dataset;
import org.lenet4j.data.Splits;
import org.lenet4j.nn.Model;
import org.lenet4j.nn.Parameter;
import org.lenet4j.optim.Recipe;

/**
 * How far a fine-tuning should go, found by cross-validation on its training images alone. With few images, or images that the model reads
 * well already, tuning can cost more than it gains; weights between those before and after are then often better than both, and 0, which
 * keeps the model as it was, is an answer as well.
 *
 * <p>Each fold is tuned without a part of the images and read with weights at each of {@link #STRENGTHS} of the way. A model that reads
 * all of them right is kept. A strength is only taken if it gains, paired by image: either its loss is less than that of 0 by two standard
 * errors and it reads no more images wrong, or its loss is no larger and it mends more errors than it makes by over the standard error of
 * that difference, which is the square root of their number (Q. McNemar, Psychometrika 12(2), 1947). Of these, let b have the least loss:
 * the smallest strength wins whose loss is within one standard error of that of b, paired by image (L. Breiman et al., "Classification and
 * regression trees", 1984, section 3.4.3).
 *
 * @param chosen  the strength, one of {@link #STRENGTHS}
 * @param trials  what each of them came to
 * @param samples images that were held out, all folds together
 */
public record Strength(float chosen, List<Trial> trials, int samples) {
  /** What is tried: nothing, parts of the way, all of it. */
  public static final List<Float> STRENGTHS = List.of(0f, 0.25f, 0.5f, 0.75f, 1f);

  private static final int FOLDS = 5;
  private static final int ENOUGH = 2000; // images held out; larger data needs fewer folds for them

  /**
   * A strength on images that were held out.
   *
   * @param strength the strength
   * @param errors   images that were read wrong
   * @param loss     mean cross-entropy
   */
  public record Trial(float strength, int errors, double loss) {}

  /**
   * Tries all strengths. The model is not changed.
   *
   * @param model    what is to be tuned; its head knows the classes already
   * @param settings all other settings; early stopping is not used
   * @param data     its training images decide, at least two
   * @throws IllegalArgumentException if the data does not fit the model, has real-valued targets, or fewer than two images
   */
  public static Strength choose(Device device, Model model, FineTuning settings, TuningData data) {
    Dataset train = data.train();
    if (train.isRegression()) {
      throw new IllegalArgumentException("the strength is chosen by reading errors, and the training data has real-valued targets");
    }
    int folds = Math.min(FOLDS, train.size());
    int used = Math.min(folds, (ENOUGH * folds + train.size() - 1) / train.size());
    Recipe recipe = settings.recipe();
    List<Splits> parts = train.folds(folds, settings.seed()).subList(0, used);
    int all = parts.stream().mapToInt(part -> part.test().size()).sum();
    double[][] losses = new double[STRENGTHS.size()][all]; // (strengths, images held out so far)
    boolean[][] wrong = new boolean[STRENGTHS.size()][all];
    List<Model> tuned = device.backend().each(parts.stream().<Supplier<Model>>map(fold -> () -> {
      FineTuning alone = settings.withStopping(null).withAllowMissing(true)
          .withRecipe(recipe.withBatchSize(Math.min(recipe.batchSize(), fold.train().size())));
      return FineTuner.attempt(device, model, alone, new TuningData(fold.train(), null).withReplay(data.replay()));
    }).toList());
    int held = 0;
    for (int i = 0; i < used; i++) {
      Dataset images = parts.get(i).test();
      for (int s = 0; s < STRENGTHS.size(); s++) {
        Model between = model.copy();
        interpolate(between, tuned.get(i), STRENGTHS.get(s));
        read(device, between, images, losses[s], wrong[s], held);
      }
      held += images.size();
    }
    return of(wrong, losses, held);
  }

  /** Puts the loss of each image, and whether it is read wrong, behind those of {@code held} others. */
  private static void read(Device device, Model model, Dataset images, double[] losses, boolean[] wrong, int held) {
    int outputs = model.outputSize();
    try (Predictor predictor = new Predictor(device, model)) {
      images.blocks((block, first, count) -> {
        float[] logits = new float[Math.multiplyExact(count, outputs)];
        predictor.logits(block, count, logits);
        score(logits, Arrays.copyOfRange(images.labels(), first, first + count), losses, wrong, held + first);
      });
    }
  }

  private static void score(float[] logits, int[] labels, double[] losses, boolean[] wrong, int held) {
    int outputs = logits.length / labels.length;
    for (int i = 0; i < labels.length; i++) {
      int largest = 0;
      for (int k = 1; k < outputs; k++) {
        largest = logits[i * outputs + k] > logits[i * outputs + largest] ? k : largest;
      }
      double sum = 0;
      for (int k = 0; k < outputs; k++) {
        sum += Math.exp(logits[i * outputs + k] - logits[i * outputs + largest]);
      }
      losses[held + i] = Math.log(sum) + logits[i * outputs + largest] - logits[i * outputs + labels[i]];
      wrong[held + i] = largest != labels[i];
    }
  }

  /** By the errors and losses {@code (strengths, images)} of the first {@code held} images. */
  static Strength of(boolean[][] wrong, double[][] losses, int held) {
    List<Trial> trials = new ArrayList<>();
    boolean[] gains = new boolean[STRENGTHS.size()];
    int best = 0;
    for (int s = 0; s < STRENGTHS.size(); s++) {
      double loss = difference(losses[s], new double[held], held)[0];
      trials.add(new Trial(STRENGTHS.get(s), count(wrong[s], wrong[s]), loss));
      gains[s] = gains(wrong[s], wrong[0], difference(losses[0], losses[s], held));
      best = gains[s] && loss <= trials.get(best).loss() ? s : best;
    }
    int chosen = best;
    for (int s = best - 1; s > 0; s--) {
      double[] worse = difference(losses[s], losses[best], held);
      chosen = gains[s] && worse[0] <= worse[1] ? s : chosen;
    }
    return new Strength(STRENGTHS.get(chosen), trials, held);
  }

  /** By more than chance; one more or less of a few errors says nothing. */
  private static boolean gains(boolean[] wrong, boolean[] before, double[] less) {
    int both = count(wrong, before);
    int mended = count(before, before) - both;
    int made = count(wrong, wrong) - both;
    boolean surer = mended >= made && less[0] > 2 * less[1];
    boolean fewerErrors = less[0] >= 0 && mended - made > Math.sqrt(mended + made);
    return count(before, before) > 0 && (surer || fewerErrors);
  }

  private static int count(boolean[] a, boolean[] b) {
    return (int) IntStream.range(0, a.length).filter(i -> a[i] && b[i]).count();
  }

  /** Mean of {@code a - b} over the images, and its standard error. */
  private static double[] difference(double[] a, double[] b, int count) {
    double mean = 0;
    for (int i = 0; i < count; i++) {
      mean += (a[i] - b[i]) / count;
    }
    double squares = 0;
    for (int i = 0; i < count; i++) {
      squares += (a[i] - b[i] - mean) * (a[i] - b[i] - mean);
    }
    return new double[] {mean, Math.sqrt(squares / Math.max(1, count - 1) / count)};
  }

  /** Moves a model's parameters a part of the way, 0 to 1, to another's; 0 and 1 are exact. */
  static void interpolate(Model model, Model tuned, float strength) {
    for (Parameter parameter : model.parameters()) {
      float[] from = parameter.values();
      float[] to = tuned.parameter(parameter.name()).values();
      for (int i = 0; i < from.length; i++) {
        from[i] = strength == 1 ? to[i] : from[i] + strength * (to[i] - from[i]);
      }
    }
  }
}
