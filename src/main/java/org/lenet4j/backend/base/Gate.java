package org.lenet4j.backend.base;

import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;

/** A gate that any number of threads pass at the same time, until it is closed: that waits for those who are still inside. */
public final class Gate {
  private static final int CLOSED = Integer.MIN_VALUE; // the sign; the rest is the number of those inside
  private static final long PAUSE = 50_000; // nanoseconds between two looks while closing waits

  private final String name;
  private final AtomicInteger inside = new AtomicInteger();

  /** {@code name} begins the sentence of the exception, for example {@code the device}. */
  public Gate(String name) {
    this.name = name;
  }

  /**
   * Goes in.
   *
   * @throws IllegalStateException if it is closed
   */
  public void enter() {
    if (inside.getAndIncrement() < 0) {
      inside.decrementAndGet();
      throw new IllegalStateException(name + " is closed");
    }
  }

  /** Goes out again. */
  public void leave() {
    inside.decrementAndGet();
  }

  /**
   * Lets nobody in any more and waits until all have left; the caller must not be inside.
   *
   * @return whether it was open
   */
  public boolean close() {
    boolean first = inside.getAndUpdate(count -> count | CLOSED) >= 0;
    while (inside.get() != CLOSED) {
      LockSupport.parkNanos(this, PAUSE);
    }
    return first;
  }
}
