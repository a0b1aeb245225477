package org.lenet4j.backend.cpu.memory;

import java.util.ArrayDeque;
import java.util.Deque;

/** The one owner of a network's native memory, so that none is left where a later layer cannot be made. */
public final class NativeMemory implements AutoCloseable {
  private final Deque<Runnable> frees = new ArrayDeque<>();

  /** Takes over what {@code free} frees. */
  public void own(Runnable free) {
    frees.push(free);
  }

  /** Frees everything in reverse order. */
  @Override public void close() {
    while (!frees.isEmpty()) {
      frees.pop().run();
    }
  }
}
