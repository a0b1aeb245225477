package org.lenet4j;

import java.util.List;

/**
 * The epochs of a training run.
 *
 * @param epochs first to last
 */
public record History(List<EpochResult> epochs) {
  /** Copies the list. */
  public History {
    epochs = List.copyOf(epochs);
  }

  /** The last epoch. */
  public EpochResult last() {
    return epochs.get(epochs.size() - 1);
  }

  /** Seconds of training, without evaluation. */
  public double trainSeconds() {
    return epochs.stream().mapToDouble(EpochResult::seconds).sum();
  }
}
