package org.lenet4j;

import jdk.jfr.Category;
import jdk.jfr.Description;
import jdk.jfr.Event;
import jdk.jfr.Label;
import jdk.jfr.Name;
import jdk.jfr.Percentage;
import jdk.jfr.StackTrace;

/** One epoch of training. */
@Name("org.lenet4j.Epoch")
@Label("Training Epoch")
@Category({"lenet4j", "Training"})
@Description("One epoch of training; the duration is without the evaluation.")
@StackTrace(false)
final class EpochEvent extends Event {
  @Label("Device")
  @Description("cuda or openblas")
  private String device;

  @Label("Epoch")
  @Description("Which one, the first is 1")
  private int epoch;

  @Label("Samples")
  @Description("Training samples of this epoch")
  private int samples;

  @Label("Samples per Second")
  private double samplesPerSecond;

  @Label("Learning Rate")
  @Description("Of the last step, before the factors of parameter groups")
  private float learningRate;

  @Label("Training Loss")
  @Description("Mean over the training samples, as they were seen during the epoch")
  private double trainLoss;

  @Label("Training Accuracy")
  @Percentage
  private double trainAccuracy;

  @Label("Test Loss")
  @Description("Mean over the test samples after the epoch; NaN without test data")
  private double testLoss;

  @Label("Test Accuracy")
  @Description("NaN without test data")
  @Percentage
  private double testAccuracy;

  /** Writes the epoch that was begun and ended before, if somebody records. */
  void write(String device, int samples, float learningRate, EpochResult result) {
    if (shouldCommit()) {
      this.device = device;
      this.epoch = result.epoch();
      this.samples = samples;
      this.samplesPerSecond = samples / result.seconds();
      this.learningRate = learningRate;
      this.trainLoss = result.trainLoss();
      this.trainAccuracy = result.trainAccuracy();
      this.testLoss = result.testLoss();
      this.testAccuracy = result.testAccuracy();
      commit();
    }
  }
}
