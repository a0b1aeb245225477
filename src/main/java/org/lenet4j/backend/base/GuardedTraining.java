package org.lenet4j.backend.base;

import org.lenet4j.backend.OptimizerState;
import org.lenet4j.backend.Totals;
import org.lenet4j.backend.TrainingProgram;
import org.lenet4j.data.Augment;
import org.lenet4j.data.Dataset;
import org.lenet4j.nn.Model;

/** As {@link GuardedProgram}, of a program that trains. */
public final class GuardedTraining extends GuardedProgram<TrainingProgram> implements TrainingProgram {
  private Dataset bound; // or null

  /** Guards a program, as {@link GuardedProgram#GuardedProgram} does. */
  public GuardedTraining(TrainingProgram program, Gate device) {
    super(program, device);
  }

  @Override public void bind(Dataset data, Augment augment) {
    enter();
    try {
      program.bind(data, augment);
      bound = data;
    } catch (InternalError e) { // see GuardedProgram.evaluate
      data.checkUnchanged();
      throw e;
    } finally {
      leave();
    }
  }

  @Override public void order(int epoch, int[] indices) {
    enter();
    try {
      program.order(epoch, indices);
    } finally {
      leave();
    }
  }

  @Override public void step(int first, int count, float rateFactor) {
    enter();
    try {
      program.step(first, count, rateFactor);
    } catch (InternalError e) {
      bound.checkUnchanged();
      throw e;
    } finally {
      leave();
    }
  }

  @Override public Totals drain() {
    enter();
    try {
      return program.drain();
    } finally {
      leave();
    }
  }

  @Override public void readAverage(Model target) {
    enter();
    try {
      program.readAverage(target);
    } finally {
      leave();
    }
  }

  @Override public OptimizerState state() {
    enter();
    try {
      return program.state();
    } finally {
      leave();
    }
  }

  @Override public void restore(OptimizerState state) {
    enter();
    try {
      program.restore(state);
    } finally {
      leave();
    }
  }
}
