package org.lenet4j;

import jdk.jfr.Category;
import jdk.jfr.Description;
import jdk.jfr.Event;
import jdk.jfr.Label;
import jdk.jfr.Name;
import jdk.jfr.StackTrace;
import org.lenet4j.backend.Totals;

/** One update of the parameters. A trainer has one of these for all its steps, because a step allocates nothing. */
@Name("org.lenet4j.Step")
@Label("Training Step")
@Category({"lenet4j", "Training"})
@Description("One update of the parameters. On a GPU the duration is that of handing it over, which the GPU need not have finished.")
@StackTrace(false) // a thousand and more a second, all from the same place
final class StepEvent extends Event {
  @Label("Epoch")
  @Description("Which one, the first is 1")
  private int epoch;

  @Label("Step")
  @Description("Which update of the whole run, the first is 1")
  private long step;

  @Label("Batch")
  @Description("Samples of this step")
  private int batch;

  @Label("Loss")
  @Description("Mean over the samples since the last step that has one; NaN if it was not fetched from the device after this step")
  private double loss;

  /** Writes the step that was begun and ended last, if somebody records; {@code fetched} is null if no sums were fetched after it. */
  void write(int epoch, long step, int batch, Totals fetched) {
    if (shouldCommit()) {
      this.epoch = epoch;
      this.step = step;
      this.batch = batch;
      this.loss = fetched == null ? Double.NaN : fetched.loss();
      commit();
    }
  }
}
