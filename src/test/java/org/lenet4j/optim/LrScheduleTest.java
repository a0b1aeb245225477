package org.lenet4j.optim;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.lenet4j.PyTorchReference.tensor;

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
