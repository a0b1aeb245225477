package org.lenet4j;

import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import org.lenet4j.backend.Backend;
import org.lenet4j.backend.Program;
import org.lenet4j.nn.Model;

/**
 * The programs of a predictor, as many at work as there are processors, and those who wait for one. Who comes while one is free takes it,
 * even past others that wait: a thread that already runs answers a hundred thousand images a second, one that has to be woken far fewer.
 * So that nobody waits long, who has answered his own images then answers for those that have waited too long, eldest first, or hands his
 * program to who wants to have many answered. Each image is computed as if it had been alone, because in a chunk of several its last bits
 * would be others. Nobody holds a lock meanwhile.
 */
final class ProgramPool {
  private static final int MOST = Runtime.getRuntime().availableProcessors(); // programs at work
  private static final long PATIENCE = 4_000_000; // nanoseconds that one waits before others answer for him
  private static final long NAP = 250_000; // nanoseconds; who was woken and came too late looks again after that
  private static final int ERRANDS = 16; // images, about, that one answers for others; a call with more gets a program instead

  /** Programs that nobody uses, all of one model, a copy that nobody changes. */
  private record Generation(Model model, Queue<Program> idle) {
    Generation(Model model) {
      this(model, new ConcurrentLinkedQueue<>());
    }

    void close() {
      for (Program program = idle.poll(); program != null; program = idle.poll()) {
        program.close();
      }
    }
  }

  private final Backend backend;
  private final AtomicInteger free = new AtomicInteger(MOST); // programs that may yet be taken
  private final Queue<Asked> waiting = new ConcurrentLinkedQueue<>();
  private volatile Generation present;
  private volatile boolean closed;

  ProgramPool(Backend backend, Model model) {
    this.backend = backend;
    present = new Generation(model);
    present.idle.add(compile(model));
  }

  private Program compile(Model model) {
    return backend.compile(model, 1024);
  }

  void checkOpen() {
    if (closed) {
      throw new IllegalStateException("the predictor is closed");
    }
  }

  Model model() {
    return present.model;
  }

  /** Images and the outputs that they get, by one model. */
  static final class Asked {
    private final byte[] images;
    private final int count;
    private float[] logits; // (count, outputs)
    private Model model; // that gave them
    private Throwable failure;
    private final Thread thread = Thread.currentThread();
    private long since; // when it began to wait
    private volatile boolean woken; // once: under full load each wake is in vain, and takes as long as an answer
    private volatile boolean granted; // a program may be taken, and is counted
    private volatile boolean answered; // the rest is read after this

    /** Into {@code logits}, or if that is null into an array that fits the model which answers. */
    Asked(byte[] images, int count, float[] logits) {
      this.images = images;
      this.count = count;
      this.logits = logits;
    }

    float[] logits() {
      return logits;
    }

    Model model() {
      return model;
    }

    private void answer(Model by, Program program) {
      try {
        model = by;
        if (logits == null) {
          logits = new float[Math.multiplyExact(count, by.outputSize())];
        }
        program.forward(images, count, logits);
      } catch (RuntimeException | Error e) {
        failure = e;
      }
      answered = true;
    }

    private boolean isMany() {
      return count > ERRANDS;
    }

    private boolean isImpatient() {
      return System.nanoTime() - since >= PATIENCE;
    }

    private void wake() {
      if (!woken) {
        woken = true;
        LockSupport.unpark(thread);
      }
    }

    private void check() {
      if (failure instanceof Error error) {
        throw error;
      }
      if (failure != null) {
        throw (RuntimeException) failure;
      }
    }
  }

  /** Answers, on this thread or on another one; whatever the program throws is thrown here. */
  void answer(Asked asked) {
    if (take() || await(asked)) {
      try {
        work(asked);
      } finally {
        giveBack();
      }
    }
    asked.check();
  }

  private boolean take() {
    for (int before = free.get(); before > 0; before = free.get()) {
      if (free.compareAndSet(before, before - 1)) {
        return true;
      }
    }
    return false;
  }

  private void giveBack() {
    Asked next = waiting.peek();
    if (next != null && next.isMany() && next.isImpatient() && waiting.remove(next)) {
      next.granted = true;
      LockSupport.unpark(next.thread);
      return;
    }
    free.incrementAndGet();
    wakeNext();
    if (closed) {
      synchronized (this) {
        notifyAll(); // close waits
      }
    }
  }

  private void wakeNext() {
    Asked next = waiting.peek();
    if (next != null) {
      next.wake();
    }
  }

  /** Waits until another thread has answered, or a program may be taken, which is the case if this returns true. */
  private boolean await(Asked asked) {
    asked.since = System.nanoTime();
    waiting.add(asked);
    boolean interrupted = false;
    try {
      while (!asked.answered) {
        if (asked.granted) {
          return true;
        }
        if (take()) {
          if (waiting.remove(asked)) {
            if (free.get() > 0) {
              wakeNext();
            }
            return true;
          }
          giveBack(); // somebody is answering, or has handed his program over
        }
        if (!asked.answered && !asked.granted) {
          if (asked.woken) {
            LockSupport.parkNanos(this, NAP);
          } else {
            LockSupport.park(this);
          }
          interrupted |= Thread.interrupted();
        }
      }
      return false;
    } finally {
      if (interrupted) {
        Thread.currentThread().interrupt();
      }
    }
  }

  private void work(Asked own) {
    checkOpen();
    Generation generation = present;
    Program program = generation.idle.poll();
    if (program == null) {
      program = compile(generation.model);
    }
    try {
      own.answer(generation.model, program);
      int images = 0;
      for (Asked next = waiting.peek(); next != null && images < ERRANDS && !next.isMany() && next.isImpatient() && generation == present;
          next = waiting.peek()) {
        if (waiting.remove(next)) {
          next.answer(generation.model, program);
          images += next.count;
          LockSupport.unpark(next.thread);
        }
      }
    } finally {
      generation.idle.add(program);
      if (generation != present) { // the model was exchanged meanwhile
        generation.close();
      }
    }
  }

  /** Exchanges the model: who asks from now on is answered by the new one, of which as many programs are compiled before as there are. */
  synchronized void swap(Model next) {
    checkOpen();
    Generation old = present;
    Generation ready = new Generation(next);
    try {
      int programs = Math.max(1, Math.min(MOST, old.idle.size() + MOST - free.get())); // some at work may be of older models
      for (int i = 0; i < programs; i++) {
        ready.idle.add(compile(next));
      }
    } catch (RuntimeException | Error e) {
      ready.close();
      throw e;
    }
    present = ready;
    old.close();
  }

  /** Frees the programs; those at work end first, and this waits for them. */
  synchronized void close() {
    closed = true; // who waits yet is told so when it is his turn
    boolean interrupted = false;
    while (free.get() < MOST) {
      try {
        wait();
      } catch (InterruptedException e) {
        interrupted = true;
      }
    }
    present.close();
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
  }

  @Override public String toString() {
    return (closed ? "closed, " : "") + "on " + backend.name() + ": " + model();
  }
}
