package org.lenet4j.cli;

import java.util.Locale;
import org.lenet4j.optim.LrSchedule;

/**
 * Learning-rate schedules as text: {@code constant}, {@code step[:FRACTION:GAMMA]}, {@code cosine[:LAST]} or {@code
 * one-cycle[:RISE[:DIV:FINALDIV]]}, and a warm-up beside it.
 */
final class Schedules {
  private Schedules() {}

  /**
   * Reads a schedule.
   *
   * @throws IllegalArgumentException if it is none; the message lists the valid ones
   */
  static LrSchedule parse(String text) {
    String[] words = text.split(":", -1);
    float[] numbers = new float[words.length - 1];
    for (int i = 0; i < numbers.length; i++) {
      numbers[i] = number(text, words[i + 1]);
    }
    return switch (words[0].toLowerCase(Locale.ROOT) + " " + numbers.length) {
      case "constant 0" -> new LrSchedule.Constant();
      case "step 0" -> new LrSchedule.Step(1 / 3f, 0.1f); // ResNet's: a tenth after each third
      case "step 2" -> new LrSchedule.Step(numbers[0], numbers[1]);
      case "cosine 0" -> new LrSchedule.Cosine(0);
      case "cosine 1" -> new LrSchedule.Cosine(numbers[0]);
      case "one-cycle 0" -> new LrSchedule.OneCycle();
      case "one-cycle 1" -> withRise(new LrSchedule.OneCycle(), numbers[0]);
      case "one-cycle 3" -> new LrSchedule.OneCycle(numbers[0], numbers[1], numbers[2]);
      default -> throw unknown(text);
    };
  }

  private static float number(String text, String word) {
    try {
      return Float.parseFloat(word);
    } catch (NumberFormatException e) {
      throw unknown(text);
    }
  }

  private static IllegalArgumentException unknown(String text) {
    return new IllegalArgumentException("unknown schedule '" + text + "'; schedules are constant, step[:FRACTION:GAMMA], cosine[:LAST],"
        + " one-cycle[:RISE[:DIV:FINALDIV]]");
  }

  private static LrSchedule.OneCycle withRise(LrSchedule.OneCycle cycle, float rise) {
    return new LrSchedule.OneCycle(rise, cycle.div(), cycle.finalDiv());
  }

  /**
   * A schedule with a warm-up over a fraction of the run. One-cycle is a warm-up already: the fraction is how long it rises.
   *
   * @throws IllegalArgumentException if the fraction is not in [0, 1), or 0 for one-cycle
   */
  static LrSchedule withWarmup(LrSchedule schedule, float fraction) {
    if (schedule instanceof LrSchedule.OneCycle cycle) {
      return withRise(cycle, fraction);
    }
    LrSchedule then = schedule instanceof LrSchedule.Warmup warmup ? warmup.then() : schedule;
    return fraction == 0 ? then : new LrSchedule.Warmup(fraction, then);
  }

  /** The warm-up before a schedule, as a fraction of the run. */
  static float warmup(LrSchedule schedule) {
    return schedule instanceof LrSchedule.Warmup warmup ? warmup.fraction() : 0;
  }

  /** The opposite of {@link #parse}, bit for bit, without the warm-up. */
  static String format(LrSchedule schedule) {
    if (schedule instanceof LrSchedule.Warmup warmup) {
      return format(warmup.then());
    }
    if (schedule instanceof LrSchedule.Step step) {
      return "step:" + step.fraction() + ":" + step.gamma();
    }
    if (schedule instanceof LrSchedule.Cosine cosine) {
      return "cosine:" + cosine.last();
    }
    if (schedule instanceof LrSchedule.OneCycle cycle) {
      return "one-cycle:" + cycle.rise() + ":" + cycle.div() + ":" + cycle.finalDiv();
    }
    return "constant";
  }
}
