package org.lenet4j.backend.base;

import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Supplier;

/**
 * Whose turn it is: what belongs to one thread at a time is entered and left by that thread, and closed by any. Entering is one
 * compare-and-set and waits for nobody: a thread that comes while another is at work is told so.
 */
public final class Turn {
  private static final long PAUSE = 50_000; // nanoseconds between two looks while closing waits

  private final String name;
  private final AtomicReference<Thread> owner = new AtomicReference<>();
  private int depth; // of calls within each other; the owner's alone
  private volatile boolean closed;

  /** {@code name} begins the sentences of the exceptions, for example {@code the trainer}. */
  public Turn(String name) {
    this.name = name;
  }

  /**
   * Begins a call, which may be within another one of the same thread.
   *
   * @throws IllegalStateException if it is closed, or another thread is at work
   */
  public void enter() {
    Thread me = Thread.currentThread();
    if (owner.get() != me) {
      checkOpen();
      if (!owner.compareAndSet(null, me)) {
        checkOpen();
        Thread other = owner.get();
        throw new IllegalStateException(name + " is at work in " + (other == null ? "another thread" : "the thread " + other.getName())
            + " and belongs to one thread at a time; give each thread its own, or let it finish first");
      }
    }
    depth++;
    if (closed) { // after the owner is known: either this sees it, or who closes sees the owner
      leave();
      checkOpen();
    }
  }

  /** Ends a call that {@link #enter} has let in. */
  public void leave() {
    if (--depth == 0) {
      owner.set(null);
    }
  }

  /** A whole call, {@link #enter} and {@link #leave} included. If it fails because it was closed meanwhile, that is what is said. */
  public <T> T during(Supplier<T> call) {
    enter();
    try {
      return call.get();
    } catch (IllegalStateException e) {
      if (closed) {
        throw new IllegalStateException(name + " is closed: that was done during the call", e);
      }
      throw e;
    } finally {
      leave();
    }
  }

  /**
   * Lets nobody in any more.
   *
   * @return whether it was open
   */
  public boolean close() {
    boolean first = !closed;
    closed = true;
    return first;
  }

  /** Waits until the call under way in another thread is over. */
  public void awaitLeft() {
    for (Thread at = owner.get(); at != null && at != Thread.currentThread(); at = owner.get()) {
      LockSupport.parkNanos(this, PAUSE);
    }
  }

  /** Whether it was closed. */
  public boolean isClosed() {
    return closed;
  }

  /**
   * For what needs no turn.
   *
   * @throws IllegalStateException if it is closed
   */
  public void checkOpen() {
    if (closed) {
      throw new IllegalStateException(name + " is closed");
    }
  }
}
