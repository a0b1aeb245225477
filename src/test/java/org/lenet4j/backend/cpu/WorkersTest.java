package org.lenet4j.backend.cpu;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicIntegerArray;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Two stages of tasks on a team: what runs, how often, in which order, and what is left after one fails. */
@Tag("slow")
class WorkersTest {
  private static final int FIRST = 5;
  private static final long WAIT = 30_000_000_000L; // nanoseconds
  private static final int[] SHARES = {3, 0, 7, 2};

  @ParameterizedTest
  @ValueSource(ints = {1, 2, 3, 4})
  void everyTaskRunsOnceAndTheSecondStageAfterTheFirst(int threads) {
    int[] own = own(threads);
    int second = own[threads];
    try (Workers workers = new Workers(threads)) {
      for (int round = 0; round < 2_000; round++) {
        AtomicInteger done = new AtomicInteger();
        AtomicIntegerArray firsts = new AtomicIntegerArray(FIRST);
        AtomicIntegerArray aheadBy = new AtomicIntegerArray(second); // worker + 1
        AtomicIntegerArray lasts = new AtomicIntegerArray(second);
        AtomicInteger wrong = new AtomicInteger();
        workers.run(FIRST, (task, worker) -> {
          firsts.incrementAndGet(task);
          done.incrementAndGet();
        }, own, (task, worker) -> {
          boolean isOwn = own[worker] <= task && task < own[worker + 1];
          if (!isOwn || !aheadBy.compareAndSet(task, 0, worker + 1) || lasts.get(task) != 0) {
            wrong.incrementAndGet();
          }
        }, (task, worker) -> {
          int ahead = aheadBy.get(task);
          if (done.get() != FIRST || ahead != 0 && ahead != worker + 1) {
            wrong.incrementAndGet();
          }
          lasts.incrementAndGet(task);
        });
        for (int task = 0; task < FIRST; task++) {
          assertEquals(1, firsts.get(task), "first " + task);
        }
        for (int task = 0; task < second; task++) {
          assertEquals(1, lasts.get(task), "last " + task);
        }
        assertEquals(0, wrong.get());
      }
    }
  }

  @Test
  void aWorkerWithoutTasksOfTheFirstStageWorksAhead() {
    int[] own = {0, 4, 8};
    AtomicInteger ahead = new AtomicInteger();
    AtomicInteger aheadOfTheEnd = new AtomicInteger();
    try (Workers workers = new Workers(2)) {
      workers.run(1, (task, worker) -> {
        long end = System.nanoTime() + WAIT;
        while (ahead.get() < 4 && System.nanoTime() < end) {
          Thread.onSpinWait(); // the other worker's four
        }
        aheadOfTheEnd.set(ahead.get());
      }, own, (task, worker) -> ahead.incrementAndGet(), (task, worker) -> { });
    }
    assertEquals(4, aheadOfTheEnd.get());
  }

  @ParameterizedTest
  @ValueSource(ints = {0, 1, 2})
  void aFailureOfAnyTaskEndsTheRunAndTheTeamGoesOn(int where) {
    IllegalStateException failure = new IllegalStateException("task");
    int[] own = own(3);
    try (Workers workers = new Workers(3)) {
      for (int round = 0; round < 200; round++) {
        AtomicInteger helped = new AtomicInteger();
        Workers.Task fails = (task, worker) -> {
          helped.incrementAndGet();
          throw failure;
        };
        Workers.Task waits = (task, worker) -> {
          long end = System.nanoTime() + WAIT;
          while (where == 1 && helped.get() == 0 && System.nanoTime() < end) {
            Thread.onSpinWait(); // so that somebody works ahead
          }
        };
        Workers.Task passes = (task, worker) -> { };
        IllegalStateException thrown = assertThrows(IllegalStateException.class, () -> workers.run(where == 1 ? 1 : FIRST,
            where == 0 ? fails : waits, own, where == 1 ? fails : passes, where == 2 ? fails : passes));
        assertSame(failure, thrown);
        AtomicInteger ran = new AtomicInteger();
        workers.run(7, (task, worker) -> ran.incrementAndGet());
        assertEquals(7, ran.get());
      }
    }
  }

  /** Many tasks of a cluster share such a device. */
  @Test
  void withoutATeamCallersDoNotWaitForEachOther() throws Exception {
    try (Workers workers = new Workers(1)) {
      CountDownLatch second = new CountDownLatch(1);
      AtomicBoolean came = new AtomicBoolean();
      Thread other = new Thread(() -> workers.run(1, (task, worker) -> second.countDown()));
      workers.run(1, (task, worker) -> {
        other.start();
        try {
          came.set(second.await(30, TimeUnit.SECONDS));
        } catch (InterruptedException e) {
          throw new IllegalStateException(e);
        }
      });
      other.join();
      assertTrue(came.get());
    }
  }

  @Test
  void aClosedTeamSaysSo() {
    Workers workers = new Workers(2);
    workers.close();
    IllegalStateException thrown = assertThrows(IllegalStateException.class, () -> workers.run(1, (task, worker) -> { }));
    assertTrue(thrown.getMessage().contains("closed"), thrown.getMessage());
  }

  /** The JVM says out of memory when the system refuses a thread; those that were started end. */
  @Test
  void aRefusedThreadIsSaidAndTheOthersEnd() throws InterruptedException {
    List<Thread> started = new ArrayList<>();
    IllegalStateException thrown = assertThrows(IllegalStateException.class, () -> new Workers(6, task -> new Thread(task) {
      @Override public synchronized void start() {
        if (started.size() == 3) {
          throw new OutOfMemoryError("unable to create native thread: possibly out of memory or process/resource limits reached");
        }
        started.add(this);
        super.start();
      }
    }));
    assertTrue(thrown.getMessage().contains("no more threads than 4 of 6") && thrown.getMessage().contains("fewer"), thrown.getMessage());
    for (Thread thread : started) {
      thread.join(30_000);
      assertFalse(thread.isAlive(), thread.getName());
    }
  }

  /** Ranges of different lengths, one of them empty. */
  private static int[] own(int threads) {
    int[] own = new int[threads + 1];
    for (int worker = 0; worker < threads; worker++) {
      own[worker + 1] = own[worker] + SHARES[worker];
    }
    return own;
  }

  /** Pieces of work on threads of their own: what they run stays on the thread, every task once, the second stage after the first. */
  @ParameterizedTest
  @ValueSource(ints = {1, 2, 3})
  void apart(int threads) {
    int[] own = own(threads);
    try (Workers workers = new Workers(threads)) {
      AtomicInteger left = new AtomicInteger(50);
      AtomicInteger wrong = new AtomicInteger();
      workers.runApart(50, () -> {
        Thread mine = Thread.currentThread();
        while (left.getAndDecrement() > 0) {
          List<String> ran = new ArrayList<>();
          workers.run(FIRST, (task, worker) -> {
            wrong.addAndGet(Thread.currentThread() == mine && worker == 0 ? 0 : 1);
            ran.add("first " + task);
          }, own, (task, worker) -> wrong.incrementAndGet(), (task, worker) -> ran.add("last " + task));
          wrong.addAndGet(ran.size() == FIRST + own[threads] && ran.indexOf("last 0") == FIRST ? 0 : 1);
          workers.runApart(2, () -> wrong.addAndGet(Thread.currentThread() == mine ? 0 : 1)); // within
        }
      });
      assertEquals(0, wrong.get());
      assertThrows(IllegalStateException.class, () -> workers.runApart(threads, () -> {
        throw new IllegalStateException("thrown by a piece");
      }));
      AtomicInteger again = new AtomicInteger();
      workers.run(7, (task, worker) -> again.incrementAndGet());
      assertEquals(7, again.get());
    }
  }
}
