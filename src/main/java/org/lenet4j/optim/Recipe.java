package org.lenet4j.optim;

import java.io.Serializable;
import java.util.List;
import java.util.Map;
import org.lenet4j.data.Augment;
import org.lenet4j.file.Words;
import org.lenet4j.nn.CrossEntropy;
import org.lenet4j.nn.LeNet5;
import org.lenet4j.nn.Loss;

/**
 * How a model is trained. One update of a parameter theta with the gradient g of the batch's mean loss is, in this order:
 *
 * <pre>
 *   g += anchor.strength * weight * (theta - value)       the anchor's pull, where it has an entry
 *   g *= min(1, clipNorm / (|g| + 1e-6))                  |g| over everything that is trained
 *   theta, state = optimizer(theta, g, state)             weight decay is the optimizer's
 *   average = d * average + (1 - d) * theta               d = min(ema, (1 + t) / (10 + t)), t = 1 for the first update
 * </pre>
 *
 * <p>Frozen layers take part in none of it.
 *
 * @param epochs    passes over the training set
 * @param batchSize samples of one update
 * @param optimizer how parameters move
 * @param groups    layers with their own learning rate and weight decay
 * @param schedule  factor of the learning rate over the whole run
 * @param loss      what is minimised
 * @param clipNorm  the largest L2 norm of the gradient, or infinity
 * @param augment   random distortion of the training images
 * @param normalize whether inputs are normalized by the training set's mean and standard deviation, or only divided by 255
 * @param ema       decay of the exponential moving average of what is trained, in [0, 1); with
 *                  one, the averaged parameters are what is evaluated and kept; 0 for none
 * @param anchor    a pull of the parameters towards fixed values, or null
 * @param accumulate shards that a batch is cut into, a power of two: their gradients are added up as the tree {@code ((0 + 1) + (2 + 3)) +
 *                  ...}, and one update follows. The bits depend on their number, and not on who computes which: several machines may share
 *                  them out ({@link org.lenet4j.backend.GradientExchange}). 1 sums a batch as a whole
 */
public record Recipe(int epochs, int batchSize, Optimizer optimizer, List<ParamGroup> groups, LrSchedule schedule, Loss loss,
    float clipNorm, Augment augment, boolean normalize, float ema, Anchor anchor, int accumulate)
    implements Serializable {
  private static final int FEW = 600; // updates

  /** Checks the counts and copies the groups. */
  public Recipe {
    if (epochs < 1) {
      throw new IllegalArgumentException("the number of epochs must be at least 1, got " + epochs);
    }
    if (batchSize < 1) {
      throw new IllegalArgumentException("the batch size must be at least 1, got " + batchSize);
    }
    groups = List.copyOf(groups);
    if (!(clipNorm > 0)) {
      throw new IllegalArgumentException("the gradient clip norm must be above 0, got " + clipNorm);
    }
    NumberChecks.fraction("the decay of the average (EMA)", ema);
    if (Integer.bitCount(accumulate) != 1 || accumulate < 1) {
      throw new IllegalArgumentException("a batch can be cut into 1, 2, 4, 8 or another power of two of shards, got " + accumulate);
    }
  }

  /** The textbook's: 5 epochs, batch 64, Adam at 0.001, inputs / 255. */
  public static Recipe plain() {
    return of(new Adam(1e-3f), 64);
  }

  /**
   * The default: the same 5 epochs without augmentation, but one-cycle, AdamW, normalized inputs and a little label smoothing. The
   * numbers were chosen on 10,000 held-out training images of MNIST (3 seeds each, from PyTorch's initial weights): 99.29% there,
   * 99.17% without the smoothing.
   */
  public static Recipe fast() {
    return of(new AdamW(5e-3f, 0.01f), 64).withSchedule(new LrSchedule.OneCycle()).withLoss(new CrossEntropy(0.05f)).withNormalize(true);
  }

  /**
   * For the most accurate weights, those of {@link LeNet5#pretrained}: {@link #fast} for 60 epochs at a lower peak, on shifted, turned,
   * scaled, slanted and elastically distorted images, with the average of the weights. The numbers were chosen on 10,000 held-out
   * training images of MNIST; docs/model-card.md lists all that was tried.
   */
  public static Recipe best() {
    return fast().withEpochs(60).withOptimizer(new AdamW(3e-3f, 0.01f)).withAugment(new Augment(1, 10, 0.1f, 8, 1, 4)).withEma(0.999f);
  }

  /**
   * For fine-tuning: 20 epochs at a lower rate that falls along a cosine, small batches, light augmentation, a short average. The
   * numbers were chosen on held-out training images; docs/fine-tuning.md shows them.
   */
  public static Recipe tune() {
    return of(new AdamW(1e-3f, 0.01f), 32).withEpochs(20).withSchedule(new LrSchedule.Cosine(0.01f)).withLoss(new CrossEntropy(0.05f))
        .withAugment(Augment.LIGHT).withEma(0.99f).withNormalize(true);
  }

  /** A recipe of that name: {@code plain}, {@code fast}, {@code best} or {@code tune}. */
  public static Recipe named(String name) {
    return switch (name) {
      case "plain" -> plain();
      case "fast" -> fast();
      case "best" -> best();
      case "tune" -> tune();
      default -> throw new IllegalArgumentException("unknown recipe '" + name + "'; recipes are plain, fast, best, tune"
          + Words.didYouMean(name, "plain", "fast", "best", "tune"));
    };
  }

  /** Cross-entropy at a constant rate, 5 epochs, nothing else. */
  public static Recipe of(Optimizer optimizer, int batchSize) {
    return new Recipe(5, batchSize, optimizer, List.of(), new LrSchedule.Constant(), new CrossEntropy(), Float.POSITIVE_INFINITY,
        Augment.NONE, false, 0, null, 1);
  }

  /**
   * The recipe that {@link #settings} wrote, to the bit, but without its anchor: the arrays of that are no text.
   *
   * @throws IllegalArgumentException if a setting is missing, unknown or wrong; the message says which
   */
  public static Recipe of(Map<String, String> settings) {
    return RecipeText.recipe(settings);
  }

  /**
   * Everything in this recipe as text, in order: {@code epochs}, {@code batch_size}, {@code optimizer}, {@code lr}, {@code weight_decay},
   * the optimizer's other numbers, {@code groups}, {@code schedule} ({@link LrSchedule#text}), {@code loss}, {@code label_smoothing},
   * {@code clip_norm}, {@code augment} ({@link Augment#text}), {@code normalize}, {@code ema}, {@code anchor}, of which it is the
   * strength, and {@code accumulate}. What the recipe does not have is left out.
   */
  public Map<String, String> settings() {
    return RecipeText.settings(this);
  }

  /** The average's decay in update {@code t}, the first is 1; the warm-up lets it forget the start (TensorFlow's {@code num_updates}). */
  public float emaDecay(long t) {
    return Math.min(ema, (float) (1 + t) / (10 + t));
  }

  /** The learning rate and decay of a layer: those of the last group that has it, or the optimizer's. */
  public ParamGroup group(String layer) {
    ParamGroup found = new ParamGroup(List.of(layer), optimizer.learningRate(), optimizer.weightDecay());
    for (ParamGroup group : groups) {
      found = group.layers().contains(layer) ? group : found;
    }
    return found;
  }

  /** With another number of epochs. */
  public Recipe withEpochs(int epochs) {
    return new Recipe(epochs, batchSize, optimizer, groups, schedule, loss, clipNorm, augment, normalize, ema, anchor, accumulate);
  }

  /**
   * With as many epochs as make 600 updates, if it has fewer: 20 epochs of 100 images would be over long before images unlike those that a
   * model knows are learned.
   *
   * @param samples images in an epoch, at least 1
   */
  public Recipe forFew(int samples) {
    int updates = (samples + batchSize - 1) / batchSize; // in an epoch
    return withEpochs(Math.max(epochs, (FEW + updates - 1) / updates));
  }

  /** With another batch size. */
  public Recipe withBatchSize(int batchSize) {
    return new Recipe(epochs, batchSize, optimizer, groups, schedule, loss, clipNorm, augment, normalize, ema, anchor, accumulate);
  }

  /** With another optimizer. */
  public Recipe withOptimizer(Optimizer optimizer) {
    return new Recipe(epochs, batchSize, optimizer, groups, schedule, loss, clipNorm, augment, normalize, ema, anchor, accumulate);
  }

  /** With parameter groups. */
  public Recipe withGroups(ParamGroup... groups) {
    return new Recipe(epochs, batchSize, optimizer, List.of(groups), schedule, loss, clipNorm, augment, normalize, ema, anchor, accumulate);
  }

  /** With another schedule. */
  public Recipe withSchedule(LrSchedule schedule) {
    return new Recipe(epochs, batchSize, optimizer, groups, schedule, loss, clipNorm, augment, normalize, ema, anchor, accumulate);
  }

  /** With another loss. */
  public Recipe withLoss(Loss loss) {
    return new Recipe(epochs, batchSize, optimizer, groups, schedule, loss, clipNorm, augment, normalize, ema, anchor, accumulate);
  }

  /** With gradient clipping. */
  public Recipe withClipNorm(float clipNorm) {
    return new Recipe(epochs, batchSize, optimizer, groups, schedule, loss, clipNorm, augment, normalize, ema, anchor, accumulate);
  }

  /** With another augmentation. */
  public Recipe withAugment(Augment augment) {
    return new Recipe(epochs, batchSize, optimizer, groups, schedule, loss, clipNorm, augment, normalize, ema, anchor, accumulate);
  }

  /** With or without normalized inputs. */
  public Recipe withNormalize(boolean normalize) {
    return new Recipe(epochs, batchSize, optimizer, groups, schedule, loss, clipNorm, augment, normalize, ema, anchor, accumulate);
  }

  /** With an average of the parameters, or none for 0. */
  public Recipe withEma(float ema) {
    return new Recipe(epochs, batchSize, optimizer, groups, schedule, loss, clipNorm, augment, normalize, ema, anchor, accumulate);
  }

  /** With a pull towards fixed values, or none for null. */
  public Recipe withAnchor(Anchor anchor) {
    return new Recipe(epochs, batchSize, optimizer, groups, schedule, loss, clipNorm, augment, normalize, ema, anchor, accumulate);
  }

  /** With batches that are cut into so many shards, a power of two. */
  public Recipe withAccumulate(int accumulate) {
    return new Recipe(epochs, batchSize, optimizer, groups, schedule, loss, clipNorm, augment, normalize, ema, anchor, accumulate);
  }
}
