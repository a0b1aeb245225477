package org.lenet4j.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class InOrderTest {
  @ParameterizedTest
  @ValueSource(ints = {1, 2, 5})
  void resultsComeInTheOrderOfTheWork(int threads) {
    List<Integer> results = new ArrayList<>();
    try (InOrder<Integer> work = new InOrder<>(threads, results::add)) {
      for (int i = 0; i < 300; i++) {
        int number = i;
        work.add(() -> {
          for (int spin = (number * 7919) % 20_000; spin > 0; spin--) {
            Thread.onSpinWait();
          }
          return number;
        }, () -> -1);
      }
    }
    assertEquals(IntStream.range(0, 300).boxed().toList(), results);
  }

  /** A result is there before much more is begun, so nothing grows with the amount of work. */
  @Test void onlySomeAreUnderWay() {
    AtomicInteger handedOn = new AtomicInteger();
    try (InOrder<Integer> work = new InOrder<>(2, result -> handedOn.incrementAndGet())) {
      for (int i = 0; i < 100; i++) {
        assertTrue(i - handedOn.get() <= 8, "after " + i);
        work.add(() -> 0, () -> 1);
      }
    }
    assertEquals(100, handedOn.get());
  }

  /** Where the system starts no further thread, those that there are and the caller do the work. */
  @ParameterizedTest
  @ValueSource(ints = {0, 1, 3})
  void threadsThatAreRefused(int most) {
    AtomicInteger started = new AtomicInteger();
    List<Integer> results = new ArrayList<>();
    try (InOrder<Integer> work = new InOrder<>(4, results::add, task -> new Thread(task) {
      @Override public synchronized void start() {
        if (started.incrementAndGet() > most) {
          throw new OutOfMemoryError("unable to create native thread: possibly out of memory or process/resource limits reached");
        }
        super.start();
      }
    })) {
      for (int i = 0; i < 100; i++) {
        int number = i;
        work.add(() -> number, () -> -1);
      }
    }
    assertEquals(IntStream.range(0, 100).boxed().toList(), results);
  }

  /** What does not fit beside others is done alone, and what does not fit at all has its own result. */
  @ParameterizedTest
  @ValueSource(ints = {1, 3})
  void memoryThatIsShort(int threads) {
    List<String> results = new ArrayList<>();
    Thread caller = Thread.currentThread();
    AtomicInteger running = new AtomicInteger();
    try (InOrder<String> work = new InOrder<>(threads, results::add)) {
      for (int i = 0; i < 60; i++) {
        int number = i;
        work.add(() -> {
          running.incrementAndGet();
          try {
            if (number % 20 == 19 || number % 20 == 9 && Thread.currentThread() != caller) {
              throw new OutOfMemoryError("Java heap space");
            }
            assertFalse(Thread.currentThread() == caller && running.get() > 1);
            return Integer.toString(number);
          } finally {
            running.decrementAndGet();
          }
        }, () -> "short");
      }
    }
    assertEquals(IntStream.range(0, 60).mapToObj(i -> i % 20 == 19 ? "short" : Integer.toString(i)).toList(), results);
  }

  @Test void otherErrorsAreNotHidden() {
    InOrder<Integer> work = new InOrder<>(2, result -> {});
    for (int i = 0; i < 10; i++) {
      int number = i;
      work.add(() -> {
        if (number == 9) {
          throw new IllegalArgumentException("nine");
        }
        return number;
      }, () -> -1);
    }
    assertTrue(assertThrows(IllegalStateException.class, work::close).getCause() instanceof IllegalArgumentException);
  }
}
