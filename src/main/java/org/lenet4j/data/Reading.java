package org.lenet4j.data;

import java.util.List;
import java.util.Objects;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * How data is read by {@link Splits#open(String, Reading)}.
 *
 * @param fixes   what is to be mended of the pixels
 * @param skipped receives what was wrong with each image file that cannot be read; null if such files are an error
 * @param told    hears, a line at a time, how the data was read where that is not plain, and what was passed over
 */
public record Reading(PixelFixes fixes, List<String> skipped, Consumer<String> told) {
  private static final Logger LOG = LoggerFactory.getLogger(Reading.class);

  /** Checks that nothing needed is missing. */
  public Reading {
    Objects.requireNonNull(fixes, "fixes");
    Objects.requireNonNull(told, "told");
  }

  /** Pixels as they are, unreadable images are an error, and what there is to say is logged. */
  public Reading() {
    this(PixelFixes.NONE, null, LOG::info);
  }

  /** With pixels mended. */
  public Reading withFixes(PixelFixes fixes) {
    return new Reading(fixes, skipped, told);
  }

  /** With a list for what was wrong with images that cannot be read, or null. */
  public Reading withSkipped(List<String> skipped) {
    return new Reading(fixes, skipped, told);
  }

  /** With another listener. */
  public Reading withTold(Consumer<String> told) {
    return new Reading(fixes, skipped, told);
  }

  @Override public String toString() {
    return fixes + (skipped == null ? ", unreadable images are errors" : ", unreadable images are skipped");
  }
}
