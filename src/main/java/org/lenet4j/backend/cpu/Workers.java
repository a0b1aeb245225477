package org.lenet4j.backend.cpu;

import java.util.concurrent.ThreadFactory;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicIntegerArray;
import java.util.concurrent.locks.LockSupport;
import java.util.concurrent.locks.ReentrantLock;

/**
 * A fixed team of threads that works off numbered tasks; the caller is one of them. Between two calls the others spin for a moment,
 * because the next one usually follows within microseconds, and then sleep.
 */
final class Workers implements AutoCloseable {
  private static final int LINE = 32; // ints apart, so that counters are in cache lines of their own
  private static final int SPINS = 20_000; // about 0.2 ms with a pause instruction each
  private static final long NAP = 100_000; // nanoseconds
  private static final long WAIT = 20; // milliseconds for the team, until one looks again if its threads are apart

  /** One numbered piece of work. */
  interface Task {
    void run(int task, int worker);
  }

  private final Thread[] helpers;
  private final int[] none; // no second stage
  private final boolean[] asleep;
  private final ReentrantLock busy = new ReentrantLock();
  private final AtomicInteger taken = new AtomicInteger(); // of the first stage
  private final AtomicInteger done = new AtomicInteger(); // of the first stage
  private final AtomicIntegerArray ownTaken; // of each worker's own tasks, LINE apart
  private final AtomicInteger running = new AtomicInteger(); // helpers that have not finished this round
  private volatile int round;
  private int count; // this and what follows is written before a round begins and not before it ends
  private Task first;
  private int[] own;
  private Task ahead;
  private Task last;
  private volatile Throwable failure;
  private volatile boolean apart; // the threads are at work each for itself
  private volatile boolean closed;

  Workers(int threads) {
    this(threads, Thread::new);
  }

  /** With threads of another making, for tests. */
  Workers(int threads, ThreadFactory factory) {
    helpers = new Thread[threads - 1];
    ownTaken = new AtomicIntegerArray(threads * LINE);
    none = new int[threads + 1];
    asleep = new boolean[helpers.length];
    for (int i = 0; i < helpers.length; i++) {
      int worker = i + 1;
      Thread helper = factory.newThread(() -> help(worker));
      helper.setName("lenet4j-worker-" + worker);
      helper.setDaemon(true);
      start(helper, i);
      helpers[i] = helper;
    }
  }

  private void start(Thread helper, int started) {
    try {
      helper.start();
    } catch (OutOfMemoryError e) { // that is how the JVM says that the system refuses a thread
      close();
      throw new IllegalStateException("the system starts no more threads than " + (started + 1) + " of " + threads() + " for this device;"
          + " choose fewer threads, or raise the limit of this user or container (ulimit -u, pids.max)", e);
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
    run(count, work, none, null, null);
  }

  /**
   * Runs the tasks {@code 0 .. count-1} of a first stage and then those of a second, and returns when all are done.
   *
   * @param own   {@code (threads + 1)}: the second stage's tasks {@code own[w] .. own[w + 1]} are worker w's own. It begins with them,
   *              because what a task wrote the last time is in that core's cache, and then helps the others
   * @param ahead what a worker does for a task of its own while it waits for the first stage's end: at most once, and before {@code last}
   *              runs on the same worker
   * @param last  the second stage's work, when the first stage is done
   */
  void run(int count, Task first, int[] own, Task ahead, Task last) {
    if (!enter()) {
      runAlone(count, first, own, last);
      return;
    }
    try {
      runTogether(count, first, own, ahead, last);
    } finally {
      busy.unlock();
    }
  }

  /**
   * Runs the same work on so many of the threads at once, and returns when it has returned on all. Until then, what anybody runs stays on
   * the thread that asks for it, so that pieces of work that share nothing do not wait for each other.
   */
  void runApart(int most, Runnable work) {
    if (!enter()) {
      work.run(); // within another such call
      return;
    }
    try {
      apart = true;
      runTogether(Math.min(most, threads()), (task, worker) -> work.run(), none, null, null);
    } finally {
      apart = false;
      busy.unlock();
    }
  }

  /** Waits for the team; false if there is none but the caller, or its threads are apart, which may take long. */
  private boolean enter() {
    if (helpers.length == 0) {
      return false;
    }
    boolean interrupted = false;
    try {
      while (!apart) {
        try {
          if (busy.tryLock(WAIT, TimeUnit.MILLISECONDS)) {
            return true;
          }
        } catch (InterruptedException e) {
          interrupted = true; // no reason to leave a step half done
        }
      }
      return false;
    } finally {
      if (interrupted) {
        Thread.currentThread().interrupt();
      }
    }
  }

  private void runAlone(int count, Task first, int[] own, Task last) {
    checkOpen();
    for (int task = 0; task < count; task++) {
      first.run(task, 0);
    }
    for (int task = 0; task < own[threads()]; task++) {
      last.run(task, 0);
    }
  }

  private void runTogether(int count, Task first, int[] own, Task ahead, Task last) {
    checkOpen();
    boolean alone = count == 1 && own[threads()] == 0;
    this.count = count;
    this.first = first;
    this.own = own;
    this.ahead = ahead;
    this.last = last;
    taken.set(0);
    done.set(0);
    for (int worker = 0; worker < threads(); worker++) {
      ownTaken.set(worker * LINE, own[worker]);
    }
    if (!alone) {
      running.set(helpers.length);
      round++;
      wake();
    }
    work(0);
    for (int spins = 0; !alone && running.get() > 0; spins++) {
      pause(spins);
    }
    Throwable thrown = failure;
    if (thrown != null) {
      failure = null;
      if (thrown instanceof Error error) {
        throw error;
      }
      throw (RuntimeException) thrown;
    }
  }

  private void work(int worker) {
    try {
      for (int task = taken.getAndIncrement(); task < count && failure == null; task = taken.getAndIncrement()) {
        first.run(task, worker);
        done.getAndIncrement();
      }
      if (own[threads()] > 0) {
        workOwn(worker);
      }
    } catch (RuntimeException | Error e) {
      failure = e;
    }
  }

  private void workOwn(int worker) {
    int end = own[worker + 1];
    int begin = take(worker);
    int ready = begin; // what is from begin to here is done ahead
    int next = begin;
    for (int spins = 0; done.get() < count; spins++) {
      if (failure != null) {
        return;
      }
      if (next < end) { // nobody else has taken any of these tasks, as the first stage is not done
        ahead.run(next, worker);
        ready = next + 1;
        next = take(worker);
      } else {
        pause(spins);
      }
    }
    for (int task = begin; task < ready; task++) {
      last.run(task, worker);
    }
    for (; next < end && failure == null; next = take(worker)) {
      last.run(next, worker);
    }
    for (int shift = 1; shift < threads(); shift++) {
      int owner = (worker + shift) % threads();
      for (int task = take(owner); task < own[owner + 1] && failure == null; task = take(owner)) {
        last.run(task, worker);
      }
    }
  }

  /** The next of a worker's own tasks. */
  private int take(int owner) {
    return ownTaken.getAndIncrement(owner * LINE);
  }

  private static void pause(int spins) {
    if (spins < SPINS) {
      Thread.onSpinWait();
    } else if (spins < 2 * SPINS) {
      Thread.yield(); // more workers than processors
    } else {
      LockSupport.parkNanos(NAP); // others have long work of their own
    }
  }

  private void help(int worker) {
    for (int seen = 0; await(worker, seen); seen++) {
      work(worker);
      running.decrementAndGet();
    }
  }

  /** Waits for the round after one; false if there will be none. */
  private boolean await(int worker, int seen) {
    while (true) {
      try {
        int spins = 0;
        while (round == seen && !closed) {
          if (++spins < SPINS) {
            Thread.onSpinWait();
          } else {
            sleep(worker - 1, seen);
          }
        }
        return !closed;
      } catch (InternalError e) { // that a mapped file has become shorter, the JVM says at some later place of the thread's way: next round
        failure = e;
      }
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
        LockSupport.unpark(helper); // null where the last could not be started
      }
    } finally {
      busy.unlock();
    }
  }
}
