package org.lenet4j.cli;

import org.lenet4j.report.Table;
import org.lenet4j.tune.Score;

/**
 * Whether a fine-tuning was worth it.
 *
 * @param answer in one sentence
 * @param more   what it cost on the old data, or what is not known
 */
record Verdict(String answer, String more) {
  private static final double SURE = 2; // standard deviations; chance alone goes so far once in twenty times

  /**
   * Judges.
   *
   * @param before     accuracies before
   * @param after      and after
   * @param newImages  that were measured on; 0 if that is not known
   * @param oldImages  likewise
   */
  static Verdict of(Score before, Score after, long newImages, long oldImages) {
    boolean dearer = change(before.sourceAccuracy(), after.sourceAccuracy(), oldImages) < -SURE
        && after.sourceAccuracy() < before.sourceAccuracy();
    return new Verdict(answer(before.targetAccuracy(), after.targetAccuracy(), newImages, dearer),
        more(before.sourceAccuracy(), after.sourceAccuracy(), oldImages));
  }

  private static String answer(double before, double after, long images, boolean dearer) {
    if (Double.isNaN(after)) {
      return "Not known: there are no new images to measure on.";
    }
    if (Double.isNaN(before)) {
      return "Yes: it reads " + right(after, images) + " right, of classes that it did not know before.";
    }
    String both = "it reads " + right(after, images) + " right, before " + count(before, images) + ".";
    if (after == before) {
      return "No: it reads as many new images right as before, " + count(after, images) + ".";
    } else if (after < before) {
      return "No: " + both;
    } else if (change(before, after, images) < SURE) {
      return "Perhaps: " + both + " So few images do not tell that from chance.";
    }
    return (dearer ? "Yes, at a price: " : "Yes: ") + both;
  }

  private static String more(double before, double after, long images) {
    if (Double.isNaN(after)) {
      return "What it cost on old images is not known; --source names some.";
    }
    return Double.isNaN(before) ? "Of old images it reads " + count(after, images) + " right."
        : "Of old images it reads " + count(after, images) + " right, before " + count(before, images) + ".";
  }

  private static String right(double accuracy, long images) {
    return images > 0 ? count(accuracy, images) + " new images" : count(accuracy, images) + " of the new images";
  }

  private static String count(double accuracy, long images) {
    return images == 0 ? Table.percent(accuracy) : Table.format("%,d of %,d", Math.round(accuracy * images), images);
  }

  /** How many standard deviations the difference of two shares is; without a number of images more than enough. */
  private static double change(double before, double after, long images) {
    double deviation = Math.sqrt((before * (1 - before) + after * (1 - after)) / images);
    return images == 0 || deviation == 0 ? Math.signum(after - before) * Double.MAX_VALUE : (after - before) / deviation;
  }
}
