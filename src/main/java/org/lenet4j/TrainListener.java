package org.lenet4j;

/**
 * Told how training goes, on the thread that trains. What it throws is thrown once the epoch is finished, so that no epoch stays half done;
 * closing the trainer ends one at once.
 */
public interface TrainListener {
  /**
   * Some more batches are done; called about every hundred batches and at the end of each epoch.
   *
   * @param epoch   which one, the first is 1
   * @param samples the samples of this epoch done so far
   * @param total   samples of an epoch
   * @param loss    mean of this epoch so far
   */
  default void progress(int epoch, int samples, int total, double loss) {}

  /** An epoch is done and the model holds its parameters. */
  default void epoch(EpochResult result) {}
}
