package org.lenet4j;

import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Consumer;

/** Those who are told how training goes. What one of them throws is kept until the epoch is whole, so that it leaves no half of one. */
final class Listeners {
  private final List<TrainListener> all = new CopyOnWriteArrayList<>();
  private Throwable thrown; // the first of an epoch

  void add(TrainListener listener) {
    all.add(listener);
  }

  void beginEpoch() {
    thrown = null;
  }

  void tell(Consumer<TrainListener> what) {
    for (TrainListener listener : all) {
      try {
        what.accept(listener);
      } catch (RuntimeException | Error e) {
        thrown = thrown == null ? e : thrown;
      }
    }
  }

  /** Throws what was kept. */
  void endEpoch() {
    if (thrown instanceof Error error) {
      throw error;
    } else if (thrown != null) {
      throw (RuntimeException) thrown;
    }
  }
}
