package org.lenet4j;

import jdk.jfr.FlightRecorder;
import org.lenet4j.backend.Totals;

/**
 * The events of a trainer. No class of an event is touched before somebody has started a recording in this JVM: Java 17 sets up half of
 * Flight Recorder when it first sees one, which takes longer than many a run that trains a head.
 */
final class TrainingEvents {
  private StepEvent step; // for all steps, because a step allocates nothing; null until somebody records
  private EpochEvent epoch; // null until somebody records

  /** A step begins. */
  void beginStep() {
    if (FlightRecorder.isInitialized()) {
      if (step == null) {
        step = new StepEvent();
      }
      step.begin();
    }
  }

  /** It has ended; what follows is not part of it. */
  void endStep() {
    if (step != null) {
      step.end();
    }
  }

  /** Writes it; {@code fetched} is null if no sums were fetched after it. */
  void writeStep(int epoch, long number, int batch, Totals fetched) {
    if (step != null) {
      step.write(epoch, number, batch, fetched);
    }
  }

  /** An epoch begins. */
  void beginEpoch() {
    if (FlightRecorder.isInitialized()) {
      epoch = new EpochEvent();
      epoch.begin();
    }
  }

  /** It has ended; the evaluation follows. */
  void endEpoch() {
    if (epoch != null) {
      epoch.end();
    }
  }

  /** Writes it. */
  void writeEpoch(String device, int samples, float learningRate, EpochResult result) {
    if (epoch != null) {
      epoch.write(device, samples, learningRate, result);
    }
  }
}
