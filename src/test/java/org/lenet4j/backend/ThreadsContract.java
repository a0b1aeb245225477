package org.lenet4j.backend;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;
import org.lenet4j.data.Augment;
import org.lenet4j.data.Dataset;
import org.lenet4j.nn.CrossEntropy;
import org.lenet4j.nn.Model;
import org.lenet4j.optim.Recipe;
import org.lenet4j.optim.Sgd;

/** What a device does when several threads have the same program: none of it reaches native memory that is not there any more. */
public interface ThreadsContract {
  Model MODEL = Samples.small(4, 1);
  Dataset DATA = Samples.noise(Samples.SMALL, 16, 4, 1);
  Recipe RECIPE = Samples.recipe(new CrossEntropy(), new Sgd(0.1f, 0.9f)).withBatchSize(16);

  /** Nanoseconds for as many rounds as there is time for, at least one: the stand-in for CUDA is slow. */
  long ROUNDS = 1_000_000_000;

  /** A device that the test may close. */
  Backend another();

  private static TrainingProgram bound(Backend backend) {
    TrainingProgram program = backend.compile(MODEL, RECIPE, Samples.SEED);
    program.bind(DATA, Augment.NONE);
    int[] order = new int[DATA.size()];
    program.order(0, order);
    return program;
  }

  /** A thread that steps until it is told not to; what it was told. */
  private static CompletableFuture<String> stepping(TrainingProgram program) {
    return CompletableFuture.supplyAsync(() -> {
      try {
        while (true) {
          program.step(0, DATA.size(), 1);
        }
      } catch (IllegalStateException e) {
        return e.getMessage();
      }
    }, task -> new Thread(task).start());
  }

  @Test
  default void closingWaitsForTheCallUnderWay() throws Exception {
    try (Backend backend = another()) {
      long end = System.nanoTime() + ROUNDS;
      for (int i = 0; i < 30 && System.nanoTime() < end; i++) {
        TrainingProgram program = bound(backend);
        CompletableFuture<String> told = stepping(program);
        TimeUnit.MILLISECONDS.sleep(i % 7);
        program.close();
        program.close();
        assertEquals("the program is closed", told.get(1, TimeUnit.MINUTES));
      }
    }
  }

  @Test
  default void closingTheDeviceWaitsForTheCallUnderWay() throws Exception {
    long end = System.nanoTime() + ROUNDS;
    for (int i = 0; i < 3 && System.nanoTime() < end; i++) {
      Backend backend = another();
      try (TrainingProgram program = bound(backend); TrainingProgram other = bound(backend)) {
        CompletableFuture<String> told = stepping(program);
        CompletableFuture<String> toldToo = stepping(other);
        TimeUnit.MILLISECONDS.sleep(3 * i);
        backend.close();
        assertEquals("the device is closed", told.get(1, TimeUnit.MINUTES));
        assertEquals("the device is closed", toldToo.get(1, TimeUnit.MINUTES));
        assertEquals("the device is closed", assertThrows(IllegalStateException.class,
            () -> program.evaluate(DATA, new CrossEntropy(), null)).getMessage());
      }
    }
  }

  @Test
  default void nothingIsMadeOnAClosedDevice() {
    Backend backend = another();
    backend.close();
    assertEquals("the device is closed", assertThrows(IllegalStateException.class, () -> backend.compile(MODEL, 8)).getMessage());
    assertEquals("the device is closed",
        assertThrows(IllegalStateException.class, () -> backend.compile(MODEL, RECIPE, Samples.SEED)).getMessage());
  }

  /** Whoever comes while a call is under way is told so, and the program goes on. */
  @Test
  default void aSecondThreadIsToldSo() throws Exception {
    try (Backend backend = another(); TrainingProgram program = bound(backend)) {
      AtomicReference<String> refused = new AtomicReference<>();
      Runnable evaluate = () -> {
        long end = System.nanoTime() + TimeUnit.MINUTES.toNanos(1);
        while (refused.get() == null && System.nanoTime() < end) {
          try {
            program.evaluate(DATA, new CrossEntropy(), null);
          } catch (IllegalStateException e) {
            refused.set(e.getMessage());
          }
        }
      };
      Thread second = new Thread(evaluate, "second");
      second.start();
      evaluate.run();
      second.join();
      assertTrue(refused.get().startsWith("the program is at work in "), refused.get());
      program.step(0, DATA.size(), 1);
      assertEquals(DATA.size(), program.drain().samples());
    }
  }
}
