package org.lenet4j;

import java.util.function.LongFunction;
import org.lenet4j.backend.OptimizerState;
import org.lenet4j.backend.Totals;
import org.lenet4j.backend.TrainingProgram;
import org.lenet4j.nn.CrossEntropy;
import org.lenet4j.nn.Loss;
import org.lenet4j.nn.Model;

/**
 * Training stopped because its loss or a parameter became NaN or infinite, or as a cross-entropy's mean over an epoch a thousand times that
 * of guessing. The model on the host still has the parameters of the last whole epoch.
 */
public final class DivergedException extends RuntimeException {
  private static final long serialVersionUID = 1;
  private static final double HOPELESS = 1000; // times the loss of guessing

  private final long step;

  private DivergedException(String what, int epoch, long step, float learningRate) {
    super(what + " in epoch " + epoch + " at step " + step + " with learning rate " + learningRate
        + "; try a tenth of that learning rate, gradient clipping (clip norm 1), or a warm-up");
    this.step = step;
  }

  /**
   * Throws if the loss of a step is not finite.
   *
   * @param before steps before the first of these
   * @param rate   the learning rate of a step, of which the first of the run is 0
   */
  static void check(Totals totals, int epoch, long before, LongFunction<Float> rate) {
    if (totals.firstNonFinite() >= 0) {
      long bad = before + totals.firstNonFinite();
      throw new DivergedException("the loss became NaN or infinite", epoch, bad + 1, rate.apply(bad));
    }
  }

  /**
   * Throws if the mean loss of an epoch is finite, and so large that nothing is being learned.
   *
   * @param learningRate that of the recipe: the schedule's at the end of an epoch may be next to nothing
   */
  static void check(Loss loss, int outputs, double mean, int epoch, long step, float learningRate) {
    if (loss instanceof CrossEntropy && mean > HOPELESS * Math.log(outputs)) {
      throw new DivergedException("the loss grew to " + (float) mean, epoch, step, learningRate);
    }
  }

  /** Throws unless an optimizer's state is finite. */
  static void check(OptimizerState state, int epoch, float learningRate) {
    state.slots().forEach((name, values) -> check("the optimizer's " + name, values, epoch, state.step(), learningRate));
  }

  private static void check(String what, float[] values, int epoch, long step, float learningRate) {
    for (float value : values) {
      if (!Float.isFinite(value)) {
        throw new DivergedException(what + " became NaN or infinite", epoch, step, learningRate);
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

  /**
   * The update, counted from 1 over the whole run, whose loss was not finite, or by which a parameter was not; or the last of an epoch
   * whose loss was too large.
   */
  public long step() {
    return step;
  }
}
