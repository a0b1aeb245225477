package org.lenet4j.backend.cpu;

import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicIntegerArray;
import java.util.concurrent.locks.LockSupport;
import java.util.concurrent.locks.ReentrantLock;

/**
 * A fixed team of threads that works off numbered tasks; the caller is one of them. Of T workers each begins with its own tasks, every
 * T-th, because what a task wrote the last time is in that core's cache; then it helps the others. Between two calls the others spin for a
 * moment, because the next one usually follows within microseconds, and then sleep.
 */
final class Workers implements AutoCloseable {
  private static final int LINE = 32; // ints apart, so that counters are in cache lines of their own
  private static final int SPINS = 20_000; // about 0.2 ms with a pause instruction each

  /** One numbered piece of work. */
  interface Task {
    void run(int task, int worker);
  }

  private final Thread[] helpers;
  private final boolean[] asleep;
  private final ReentrantLock busy = new ReentrantLock();
  private final AtomicIntegerArray taken; // of each worker's own tasks, LINE apart
  private final AtomicInteger running = new AtomicInteger(); // helpers that have not finished this round
  private volatile int round;
  private volatile Task task;
  private volatile int tasks;
  private volatile Throwable failure;
  private volatile boolean closed;

  Workers(int threads) {
    helpers = new Thread[threads - 1];
    taken = new AtomicIntegerArray(threads * LINE);
    asleep = new boolean[helpers.length];
    for (int i = 0; i < helpers.length; i++) {
      int worker = i + 1;
      helpers[i] = new Thread(() -> help(worker), "lenet4j-worker-" + worker);
      helpers[i].setDaemon(true);
      helpers[i].start();
    }
  }

  /** Number of threads, the caller included; workers are numbered from 0, which is the caller. */
  int threads() {
    return helpers.length + 1;
  }

  void checkOpen() {
    if (closed) {
      throw new IllegalStateException("the device is closed");
    }
  }

  /** Runs the tasks {@code 0 .. count-1} in any order on all threads and returns when all are done. */
  void run(int count, Task work) {
    busy.lock();
    try {
      checkOpen();
      boolean alone = count == 1 || helpers.length == 0;
      setTaken(0);
      tasks = count;
      task = work;
      if (!alone) {
        running.set(helpers.length);
        round++;
        wake();
      }
      work(0);
      for (int spins = 0; !alone && running.get() > 0; spins++) {
        if (spins < SPINS) {
          Thread.onSpinWait();
        } else {
          Thread.yield(); // more workers than processors
        }
      }
      Throwable thrown = failure;
      if (thrown != null) {
        failure = null;
        if (thrown instanceof Error error) {
          throw error;
        }
        throw (RuntimeException) thrown;
      }
    } finally {
      busy.unlock();
    }
  }

  private void work(int worker) {
    try {
      int threads = threads();
      for (int shift = 0; shift < threads; shift++) {
        int owner = (worker + shift) % threads;
        for (int i = take(owner); i < tasks; i = take(owner)) {
          task.run(i, worker);
        }
      }
    } catch (RuntimeException | Error e) {
      setTaken(tasks);
      failure = e;
    }
  }

  /** The next of a worker's own tasks. */
  private int take(int owner) {
    return owner + threads() * taken.getAndIncrement(owner * LINE);
  }

  private void setTaken(int count) {
    for (int worker = 0; worker < threads(); worker++) {
      taken.set(worker * LINE, count);
    }
  }

  private void help(int worker) {
    int seen = 0;
    while (true) {
      int spins = 0;
      while (round == seen && !closed) {
        if (++spins < SPINS) {
          Thread.onSpinWait();
        } else {
          sleep(worker - 1, seen);
        }
      }
      if (closed) {
        return;
      }
      seen = round;
      work(worker);
      running.decrementAndGet();
    }
  }

  private void sleep(int helper, int seen) {
    synchronized (asleep) {
      asleep[helper] = true;
    }
    while (round == seen && !closed) {
      LockSupport.park(this);
    }
    synchronized (asleep) {
      asleep[helper] = false;
    }
  }

  private void wake() {
    synchronized (asleep) {
      for (int i = 0; i < helpers.length; i++) {
        if (asleep[i]) {
          LockSupport.unpark(helpers[i]);
        }
      }
    }
  }

  @Override public void close() {
    busy.lock();
    try {
      closed = true;
      for (Thread helper : helpers) {
        LockSupport.unpark(helper);
      }
    } finally {
      busy.unlock();
    }
  }
}
