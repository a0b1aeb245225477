package org.lenet4j;

import org.lenet4j.nn.Model;
import org.lenet4j.nn.Parameter;

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

  /** Throws unless all parameters are finite: the loss of an epoch's last step is that from before its update. */
  static void check(Model model, int epoch, long step, float learningRate) {
    for (Parameter parameter : model.parameters()) {
      for (float value : parameter.values()) {
        if (!Float.isFinite(value)) {
          throw new DivergedException("parameter " + parameter.name(), epoch, step, learningRate);
        }
      }
    }
  }

  /** The update, counted from 1 over the whole run, whose loss was not finite, or by which a parameter was not. */
  public long step() {
    return step;
  }
}
