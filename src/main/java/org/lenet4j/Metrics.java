package org.lenet4j;

import java.util.Arrays;
import java.util.BitSet;
import org.lenet4j.backend.Program;
import org.lenet4j.backend.Totals;
import org.lenet4j.data.Dataset;
import org.lenet4j.nn.CrossEntropy;
import org.lenet4j.nn.Loss;
import org.lenet4j.nn.Model;

/**
 * How a classifier does on a data set.
 *
 * @param loss      mean per sample
 * @param confusion {@code (classes, classes)}: {@code confusion[label][prediction]} samples
 * @param blank     {@code (classes)}: samples of each label without ink, which get no class ({@link Prediction.Verdict#NO_DIGIT}) and
 *                  count as wrong; they are not in {@code confusion}
 */
public record Metrics(double loss, long[][] confusion, long[] blank) {
  private static final int ENOUGH_TO_TELL = 1000; // samples

  /** Where every sample has ink. */
  public Metrics(double loss, long[][] confusion) {
    this(loss, confusion, new long[confusion.length]);
  }

  /**
   * Evaluates a model with cross-entropy, without dropout.
   *
   * @throws IllegalArgumentException if the data set does not fit the model or has real-valued targets
   */
  public static Metrics of(Device device, Model model, Dataset data) {
    return of(device, model, data, new CrossEntropy());
  }

  /** As {@link #of(Device, Model, Dataset)} with another loss. */
  public static Metrics of(Device device, Model model, Dataset data, Loss loss) {
    if (data.isRegression()) {
      throw new IllegalArgumentException("a confusion matrix needs labels, this data set has real-valued targets");
    }
    try (Program program = device.backend().compile(model, 1024)) {
      int[] predictions = new int[data.size()];
      Totals totals = program.evaluate(data, loss, predictions);
      long[][] confusion = new long[model.outputSize()][model.outputSize()];
      long[] blank = new long[model.outputSize()];
      BitSet nothing = Prediction.ofNothing(model, data);
      for (int i = 0; i < predictions.length; i++) {
        if (nothing.get(i)) {
          blank[data.labels()[i]]++;
        } else {
          confusion[data.labels()[i]][predictions[i]]++;
        }
      }
      return new Metrics(totals.loss(), confusion, blank);
    }
  }

  /**
   * Whether a model does no better than one that guesses: of the classes that there are, it finds no larger share of each than chance
   * would (the mean of their recalls is within three standard deviations of one in so many), and that is no bad luck of a few samples,
   * because there are a thousand, or its loss is twice that of a guess.
   */
  public boolean isGuessing() {
    int present = 0;
    double recalls = 0;
    double variances = 0; // of the recalls of one that guesses, without the factor that they share
    for (int label = 0; label < confusion.length; label++) {
      if (support(label) > 0) {
        present++;
        recalls += recall(label);
        variances += 1.0 / support(label);
      }
    }
    double chance = 1.0 / present;
    double deviation = Math.sqrt(chance * (1 - chance) * variances) / present;
    return present > 1 && recalls / present <= chance + 3 * deviation
        && (samples() >= ENOUGH_TO_TELL || !(loss < 2 * Math.log(confusion.length)));
  }

  /** Number of samples. */
  public long samples() {
    long sum = 0;
    for (int label = 0; label < confusion.length; label++) {
      sum += support(label);
    }
    return sum;
  }

  /** Number of samples without ink. */
  public long blanks() {
    return Arrays.stream(blank).sum();
  }

  /** Share of samples that were classified right, 0 to 1. */
  public double accuracy() {
    long right = 0;
    for (int label = 0; label < confusion.length; label++) {
      right += confusion[label][label];
    }
    return (double) right / samples();
  }

  /** Samples of a class. */
  public long support(int label) {
    long sum = blank[label];
    for (long n : confusion[label]) {
      sum += n;
    }
    return sum;
  }

  /** Of the samples taken for a class, the share that are of it; 0 if none was. */
  public double precision(int label) {
    long taken = 0;
    for (long[] row : confusion) {
      taken += row[label];
    }
    return taken == 0 ? 0 : (double) confusion[label][label] / taken;
  }

  /** Of the samples of a class, the share taken for it; 0 if there is none. */
  public double recall(int label) {
    return support(label) == 0 ? 0 : (double) confusion[label][label] / support(label);
  }

  /** Harmonic mean of precision and recall; 0 if both are. */
  public double f1(int label) {
    double sum = precision(label) + recall(label);
    return sum == 0 ? 0 : 2 * precision(label) * recall(label) / sum;
  }

  @Override public String toString() {
    return "accuracy " + accuracy() + ", loss " + loss + ", " + samples() + " samples, " + confusion.length + " classes";
  }
}
