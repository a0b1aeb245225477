package org.lenet4j.backend.base;

import org.lenet4j.backend.KernelChoice;
import org.lenet4j.backend.Program;
import org.lenet4j.backend.Totals;
import org.lenet4j.data.Dataset;
import org.lenet4j.nn.Loss;
import org.lenet4j.nn.Model;

/**
 * A program as users get it: one call at a time, and none once it or its device is closed. Native memory is freed by {@link #close}, so
 * that waits for the call under way, and a program in use cannot lose its memory.
 *
 * @param <P> what it guards
 */
public class GuardedProgram<P extends Program> implements Program {
  final P program;
  private final Turn turn = new Turn("the program");
  private final Gate device;

  /**
   * Guards a program.
   *
   * @param program made by the caller, and used by nobody else
   * @param device  the gate of its device
   */
  public GuardedProgram(P program, Gate device) {
    this.program = program;
    this.device = device;
  }

  final void enter() {
    turn.enter();
    try {
      device.enter();
    } catch (IllegalStateException e) {
      turn.leave();
      throw e;
    }
  }

  final void leave() {
    device.leave();
    turn.leave();
  }

  @Override public final Totals evaluate(Dataset data, Loss loss, int[] predictions) {
    enter();
    try {
      return program.evaluate(data, loss, predictions);
    } catch (InternalError e) {
      data.checkUnchanged(); // which throws, if the error is the JVM's way to say that a mapped file has become shorter
      throw e;
    } finally {
      leave();
    }
  }

  @Override public final void forward(byte[] images, int count, float[] logits) {
    enter();
    try {
      program.forward(images, count, logits);
    } finally {
      leave();
    }
  }

  @Override public final void read(Model target) {
    enter();
    try {
      program.read(target);
    } finally {
      leave();
    }
  }

  @Override public final void write(Model source) {
    enter();
    try {
      program.write(source);
    } finally {
      leave();
    }
  }

  @Override public final KernelChoice kernels() {
    return program.kernels();
  }

  @Override public final String arithmetic() {
    return program.arithmetic();
  }

  @Override public final synchronized void close() {
    if (turn.close()) {
      turn.awaitLeft();
      program.close();
    }
  }
}
