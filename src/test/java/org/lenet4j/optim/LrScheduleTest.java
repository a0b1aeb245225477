package org.lenet4j.optim;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.lenet4j.PyTorchReference.tensor;

import java.util.List;
import org.junit.jupiter.api.Test;

class LrScheduleTest {
  private static final float ROUNDING = 1e-6f; // factors of at most 1 in fp32, through a cosine in double

  @Test
  void oneCycleIsPyTorchs() {
    assertFactors(tensor("one_cycle"), new LrSchedule.OneCycle());
  }

  @Test
  void cosineIsPyTorchs() {
    assertFactors(tensor("cosine"), new LrSchedule.Cosine(0.01f));
  }

  private static void assertFactors(float[] expected, LrSchedule schedule) {
    for (int step = 0; step < expected.length; step++) {
      assertEquals(expected[step], schedule.factor(step, expected.length), ROUNDING, schedule + " at " + step);
    }
  }

  @Test
  void constantIsOne() {
    assertEquals(1, new LrSchedule.Constant().factor(0, 10));
    assertEquals(1, new LrSchedule.Constant().factor(9, 10));
  }

  @Test
  void stepDropsAfterEachFraction() {
    LrSchedule schedule = new LrSchedule.Step(0.25f, 0.5f);
    float[] expected = {1, 1, 0.5f, 0.5f, 0.25f, 0.25f, 0.125f, 0.125f};
    for (int step = 0; step < 8; step++) {
      assertEquals(expected[step], schedule.factor(step, 8), ROUNDING);
    }
  }

  @Test
  void warmupRisesInEqualStepsAndHandsOver() {
    LrSchedule then = new LrSchedule.Cosine(0);
    LrSchedule schedule = new LrSchedule.Warmup(0.4f, then);
    for (int step = 0; step < 4; step++) {
      assertEquals((step + 1) / 5f, schedule.factor(step, 10), ROUNDING);
    }
    for (int step = 4; step < 10; step++) {
      assertEquals(then.factor(step - 4, 6), schedule.factor(step, 10), "the rest of the run is a run of its own");
    }
    assertEquals(then.factor(3, 10), new LrSchedule.Warmup(0, then).factor(3, 10), "no warm-up");
  }

  @Test
  void oneWarmupIsEnough() {
    assertThrows(IllegalArgumentException.class, () -> new LrSchedule.Warmup(0.1f, new LrSchedule.Warmup(0.1f, new LrSchedule.Constant())));
    assertThrows(IllegalArgumentException.class, () -> LrSchedule.parse("warmup:0:".repeat(100_000) + "constant"));
  }

  @Test
  void oneCycleBeginsAndEndsWhereItShould() {
    LrSchedule schedule = new LrSchedule.OneCycle(0.25f, 10, 100);
    assertEquals(1 / 10f, schedule.factor(0, 101), ROUNDING);
    assertEquals(1 / 1000f, schedule.factor(100, 101), ROUNDING);
    float highest = 0;
    for (int step = 0; step < 101; step++) {
      highest = Math.max(highest, schedule.factor(step, 101));
    }
    assertTrue(highest > 0.99 && highest <= 1, "peak " + highest);
  }

  @Test
  void shortRunsHaveFiniteFactors() {
    for (LrSchedule schedule : new LrSchedule[] {new LrSchedule.Constant(), new LrSchedule.Step(0.3f, 0.1f), new LrSchedule.Cosine(0),
        new LrSchedule.Warmup(0.5f, new LrSchedule.Cosine(0)), new LrSchedule.OneCycle()}) {
      for (int total = 1; total < 6; total++) {
        for (int step = 0; step < total; step++) {
          float factor = schedule.factor(step, total);
          assertTrue(factor >= 0 && factor <= 1, schedule + ": " + factor + " at " + step + " of " + total);
        }
        assertTrue(schedule.factor(0, total) > 0, schedule + " of " + total + " must move in its first step");
      }
    }
  }

  @Test
  void everyScheduleIsReadFromText() {
    for (String text : List.of("constant", "step:0.5:0.3", "cosine:0.01", "one-cycle:0.2:10.0:100.0", "warmup:0.1:step:0.5:0.3")) {
      assertEquals(text, LrSchedule.parse(text).text());
    }
    assertEquals(new LrSchedule.Step(1 / 3f, 0.1f), LrSchedule.parse("step"));
    assertEquals(new LrSchedule.OneCycle(0.1f, 25, 1e4f), LrSchedule.parse("One-Cycle:0.1"));
    for (String text : List.of("", "step:1", "cosine:x", "warmup:0.1", "one-cycle:1:2", "linear")) {
      String message = assertThrows(IllegalArgumentException.class, () -> LrSchedule.parse(text), text).getMessage();
      assertTrue(message.startsWith("unknown schedule '" + text + "'; schedules are constant, "), message);
    }
  }

  @Test
  void aWarmupReplacesTheOneBefore() {
    LrSchedule cosine = new LrSchedule.Cosine(0);
    assertEquals(new LrSchedule.Warmup(0.2f, cosine), cosine.withWarmup(0.1f).withWarmup(0.2f));
    assertEquals(cosine, cosine.withWarmup(0.1f).withWarmup(0));
    assertEquals(new LrSchedule.OneCycle(0.1f, 25, 1e4f), new LrSchedule.OneCycle().withWarmup(0.1f)); // its own rise
  }

  @Test
  void badNumbersAreRefused() {
    assertThrows(IllegalArgumentException.class, () -> new LrSchedule.Step(0, 0.1f));
    assertThrows(IllegalArgumentException.class, () -> new LrSchedule.Step(1.1f, 0.1f));
    assertThrows(IllegalArgumentException.class, () -> new LrSchedule.Step(0.5f, Float.NaN));
    assertThrows(IllegalArgumentException.class, () -> new LrSchedule.Cosine(-0.1f));
    assertThrows(IllegalArgumentException.class, () -> new LrSchedule.Warmup(1, new LrSchedule.Constant()));
    assertThrows(IllegalArgumentException.class, () -> new LrSchedule.OneCycle(0, 25, 100));
    assertThrows(IllegalArgumentException.class, () -> new LrSchedule.OneCycle(0.3f, 0.5f, 100));
    assertThrows(IllegalArgumentException.class, () -> new LrSchedule.OneCycle(0.3f, 25, Float.NaN));
  }
}
