package org.lenet4j.optim;

import java.io.Serializable;
import java.util.Locale;
import org.lenet4j.file.Words;

/** The factor by which each step multiplies the base learning rate, as a function of the step alone. */
public sealed interface LrSchedule extends Serializable {
  /**
   * The factor for one step.
   *
   * @param step  the step, from 0
   * @param total steps of the whole run, above {@code step}
   */
  float factor(long step, long total);

  /** This schedule as {@link #parse} reads it, to the bit. */
  String text();

  /**
   * This schedule after a warm-up, which replaces the one that it has. One-cycle is a warm-up already: the fraction is how long it rises.
   *
   * @param fraction the fraction of the run, in [0, 1); for one-cycle above 0
   */
  default LrSchedule withWarmup(float fraction) {
    return fraction == 0 ? this : new Warmup(fraction, this);
  }

  /**
   * Reads {@code constant}, {@code step[:FRACTION:GAMMA]}, {@code cosine[:LAST]}, {@code one-cycle[:RISE[:DIV:FINALDIV]]}, or one of these
   * behind {@code warmup:FRACTION:}.
   *
   * @throws IllegalArgumentException if it is none; the message lists the valid ones
   */
  static LrSchedule parse(String text) {
    String[] words = text.split(":", -1);
    String name = words[0].toLowerCase(Locale.ROOT);
    try {
      if (name.equals("warmup") && words.length > 2 && !words[2].equalsIgnoreCase(name)) {
        return new Warmup(Float.parseFloat(words[1]), parse(text.split(":", 3)[2]));
      }
      float[] numbers = new float[words.length - 1];
      for (int i = 0; i < numbers.length; i++) {
        numbers[i] = Float.parseFloat(words[i + 1]);
      }
      switch (name + " " + numbers.length) {
        case "constant 0":
          return new Constant();
        case "step 0":
          return new Step(1 / 3f, 0.1f); // ResNet's: a tenth after each third
        case "step 2":
          return new Step(numbers[0], numbers[1]);
        case "cosine 0":
          return new Cosine(0);
        case "cosine 1":
          return new Cosine(numbers[0]);
        case "one-cycle 0":
          return new OneCycle();
        case "one-cycle 1":
          return new OneCycle().withWarmup(numbers[0]);
        case "one-cycle 3":
          return new OneCycle(numbers[0], numbers[1], numbers[2]);
        default:
          break;
      }
    } catch (NumberFormatException e) {
      // said below
    }
    throw new IllegalArgumentException("unknown schedule '" + text + "'; schedules are constant, step[:FRACTION:GAMMA], cosine[:LAST],"
        + " one-cycle[:RISE[:DIV:FINALDIV]], and warmup:FRACTION: before any of them"
        + Words.didYouMean(text.split(":", -1)[0], "constant", "step", "cosine", "one-cycle"));
  }

  /** Always 1. */
  record Constant() implements LrSchedule {
    @Override public float factor(long step, long total) {
      return 1;
    }

    @Override public String text() {
      return "constant";
    }
  }

  /**
   * Multiplied by {@code gamma} each time another {@code fraction} of the run has passed.
   *
   * @param fraction the fraction of the run between two drops, in (0, 1]
   * @param gamma    factor of one drop
   */
  record Step(float fraction, float gamma) implements LrSchedule {
    /** Checks the numbers. */
    public Step {
      if (!(fraction > 0 && fraction <= 1)) {
        throw new IllegalArgumentException("step schedule: the fraction must be in (0, 1], got " + fraction);
      }
      NumberChecks.notNegative("step schedule: gamma", gamma);
    }

    @Override public float factor(long step, long total) {
      return (float) Math.pow(gamma, Math.floor(step / ((double) fraction * total)));
    }

    @Override public String text() {
      return "step:" + fraction + ":" + gamma;
    }
  }

  /**
   * Half a cosine from 1 down to {@code last} (Loshchilov and Hutter 2017).
   *
   * @param last factor at the end
   */
  record Cosine(float last) implements LrSchedule {
    /** Checks the number. */
    public Cosine {
      NumberChecks.notNegative("cosine schedule: last", last);
    }

    @Override public float factor(long step, long total) {
      return cosine(1, last, total <= 1 ? 0 : (double) step / (total - 1));
    }

    @Override public String text() {
      return "cosine:" + last;
    }
  }

  /**
   * Linear from near 0 to 1 over the first {@code fraction} of the run, then another schedule over the rest.
   *
   * @param fraction the fraction of the run that warms up, in [0, 1)
   * @param then     the schedule of the rest
   */
  record Warmup(float fraction, LrSchedule then) implements LrSchedule {
    /** Checks the number, and that there is no other warm-up after it. */
    public Warmup {
      if (then instanceof Warmup) {
        throw new IllegalArgumentException("a warm-up cannot follow a warm-up");
      }
      NumberChecks.fraction("warm-up fraction", fraction);
    }

    @Override public float factor(long step, long total) {
      long warm = Math.round((double) fraction * total);
      return step < warm ? (float) (step + 1) / (warm + 1) : then.factor(step - warm, total - warm);
    }

    @Override public String text() {
      return "warmup:" + fraction + ":" + then.text();
    }

    @Override public LrSchedule withWarmup(float other) {
      return then.withWarmup(other);
    }
  }

  /**
   * One cycle (Smith 2018) with cosine slopes, PyTorch's {@code OneCycleLR}: from {@code 1/div} up to 1 over {@code rise} of the run,
   * then down to {@code 1/(div * finalDiv)}.
   *
   * @param rise     share of the run that rises, in (0, 1)
   * @param div      peak over first
   * @param finalDiv first over last
   */
  record OneCycle(float rise, float div, float finalDiv) implements LrSchedule {
    /** Checks the numbers. */
    public OneCycle {
      if (!(rise > 0 && rise < 1 && div >= 1 && finalDiv >= 1)) {
        throw new IllegalArgumentException("one-cycle needs rise in (0, 1) and divisors of at least 1, got " + rise + ", " + div + ", "
            + finalDiv);
      }
    }

    /** PyTorch's defaults: 0.3, 25, 10000. */
    public OneCycle() {
      this(0.3f, 25, 1e4f);
    }

    @Override public float factor(long step, long total) {
      double peak = Math.max(rise * (double) total - 1, 0);
      return step <= peak
          ? cosine(1 / div, 1, peak == 0 ? 1 : step / peak)
          : cosine(1, 1 / (div * finalDiv), (step - peak) / Math.max(total - 1 - peak, 1));
    }

    @Override public String text() {
      return "one-cycle:" + rise + ":" + div + ":" + finalDiv;
    }

    @Override public LrSchedule withWarmup(float fraction) {
      return new OneCycle(fraction, div, finalDiv);
    }
  }

  private static float cosine(double from, double to, double progress) {
    return (float) (to + (from - to) / 2 * (1 + Math.cos(Math.PI * progress)));
  }
}
