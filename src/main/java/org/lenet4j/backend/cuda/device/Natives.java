package org.lenet4j.backend.cuda.device;

import java.util.ArrayDeque;
import java.util.Deque;
import org.bytedeco.javacpp.PointerScope;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The one owner of what a class makes natively: the library's objects, and JavaCPP's between the constructor and {@link #complete},
 * which must be called by the same thread. Closing frees in reverse order, on the device that all of it belongs to.
 */
public final class Natives implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(Natives.class);

  private final int device;
  private final PointerScope scope = new PointerScope();
  private final Deque<Runnable> frees = new ArrayDeque<>();
  private boolean complete;
  private boolean closed;

  /** Of what is made on a device, which the calling thread has entered. */
  public Natives(int device) {
    this.device = device;
  }

  int device() {
    return device;
  }

  /** Takes over what {@code free} frees. */
  public <T> T own(T thing, Runnable free) {
    frees.push(free);
    return thing;
  }

  /** Nothing more will be made: JavaCPP objects made from now on belong to others. */
  public void complete() {
    if (!complete) {
      complete = true;
      scope.extend().close(); // leaves this thread's stack of scopes, and keeps what is in it
    }
  }

  /** Frees everything, whatever cannot be freed: a lost device refuses, and then there is nothing left to free. */
  @Override public void close() {
    if (closed) {
      return;
    }
    closed = true;
    complete();
    if (!frees.isEmpty()) {
      frees.push(() -> Cuda.enter(device)); // comes first: any thread may close
    }
    while (!frees.isEmpty()) {
      try {
        frees.pop().run();
      } catch (RuntimeException e) {
        LOG.debug("while closing", e);
      }
    }
    scope.deallocate();
  }
}
