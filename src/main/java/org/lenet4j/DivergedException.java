package org.lenet4j;

import org.lenet4j.backend.OptimizerState;
import org.lenet4j.backend.TrainingProgram;
import org.lenet4j.nn.Model;

/**
 * Training stopped because its loss or a parameter became NaN or infinite. The model on the host still has the parameters of the last whole
 * epoch.
 */
public final class DivergedException extends RuntimeException {
  private static final long serialVersionUID = 1;
  private final long step;

  DivergedException(int epoch, long step, float learningRate) {
    this("the loss", epoch, step, learningRate);
  }

  private DivergedException(String what, int epoch, long step, float learningRate) {
    super(what + " became NaN or infinite in epoch " + epoch + " at step " + step + " with learning rate " + learningRate
        + "; try a tenth of that learning rate, gradient clipping (clip norm 1), or a warm-up");
    this.step = step;
  }

  /** Throws unless an optimizer's state is finite. */
  static void check(OptimizerState state, int epoch, float learningRate) {
    state.slots().forEach((name, values) -> check("the optimizer's " + name, values, epoch, state.step(), learningRate));
  }

  private static void check(String what, float[] values, int epoch, long step, float learningRate) {
    for (float value : values) {
      if (!Float.isFinite(value)) {
        throw new DivergedException(what, epoch, step, learningRate);
      }
    }
  }

  /** Brings a model up to date, unless a parameter is not finite: the loss of an epoch's last step is that from before its update. */
  static void readFinite(TrainingProgram program, Model model, int epoch, long step, float learningRate) {
    Model now = model.copy();
    program.readAverage(now);
    now.parameters().forEach(parameter -> check("parameter " + parameter.name(), parameter.values(), epoch, step, learningRate));
    program.readAverage(model);
  }

  /** The update, counted from 1 over the whole run, whose loss was not finite, or by which a parameter was not. */
  public long step() {
    return step;
  }
}
