package org.lenet4j.optim;

/** The factor by which each step multiplies the base learning rate, as a function of the step alone. */
public sealed interface LrSchedule {
  /**
   * The factor for one step.
   *
   * @param step  from 0
   * @param total steps of the whole run, above {@code step}
   */
  float factor(long step, long total);

  /** Always 1. */
  record Constant() implements LrSchedule {
    @Override public float factor(long step, long total) {
      return 1;
    }
  }

  /**
   * Multiplied by {@code gamma} each time another {@code fraction} of the run has passed.
   *
   * @param fraction of the run between two drops, in (0, 1]
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
  }

  /**
   * Linear from near 0 to 1 over the first {@code fraction} of the run, then another schedule over the rest.
   *
   * @param fraction of the run that warms up, in [0, 1)
   * @param then     the schedule of the rest
   */
  record Warmup(float fraction, LrSchedule then) implements LrSchedule {
    /** Checks the number. */
    public Warmup {
      NumberChecks.fraction("warm-up fraction", fraction);
    }

    @Override public float factor(long step, long total) {
      long warm = Math.round((double) fraction * total);
      return step < warm ? (float) (step + 1) / (warm + 1) : then.factor(step - warm, total - warm);
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
  }

  private static float cosine(double from, double to, double progress) {
    return (float) (to + (from - to) / 2 * (1 + Math.cos(Math.PI * progress)));
  }
}
