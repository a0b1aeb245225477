package org.lenet4j;

/** Training stopped because its loss became NaN or infinite. The model on the host still has the parameters of the last whole epoch. */
public final class DivergedException extends RuntimeException {
  private static final long serialVersionUID = 1;
  private final long step;

  DivergedException(int epoch, long step, float learningRate) {
    super("the loss became NaN or infinite in epoch " + epoch + " at step " + step + " with learning rate " + learningRate
        + "; try a tenth of that learning rate, gradient clipping (clip norm 1), or a warm-up");
    this.step = step;
  }

  /** The update, counted from 1 over the whole run, whose loss was not finite. */
  public long step() {
    return step;
  }
}
