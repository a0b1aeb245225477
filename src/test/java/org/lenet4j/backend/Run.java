package org.lenet4j.backend;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import org.lenet4j.data.Augment;
import org.lenet4j.data.Batches;
import org.lenet4j.data.Dataset;
import org.lenet4j.nn.Model;
import org.lenet4j.nn.Parameter;
import org.lenet4j.optim.Recipe;
import org.lenet4j.optim.Sgd;

/**
 * What some training steps gave.
 *
 * @param start  the model before the first step
 * @param model  the model after the last step
 * @param totals sums of each step
 * @param state  what the optimizer remembers after the last step
 */
public record Run(Model start, Model model, List<Totals> totals, OptimizerState state) {
  /** fp32 gradients of nets this size are sums of up to 50,000 products, in chunks: 1e-5 to 1e-6 of their norm, more where they cancel. */
  public static final double GRADIENT = 5e-5;

  /**
   * Adam divides a gradient by its own size: an element 10^-5 of the usual size carries a rounding error of a tenth of itself, and so
   * does its step. About one element in 10^5 is that small, which makes 3e-4 in the root mean square.
   */
  public static final double ADAM = 2e-3;

  // A value kept in fp32 is off by 3e-8 of itself (root mean square), once a step in the backend and once in the reference.
  private static final double STORED = 3e-7;

  /** A program that walks {@code data} in its seeded order, epoch after epoch, the last batch of an epoch being what is left. */
  public static Run train(Backend backend, Model model, Recipe recipe, Dataset data, int batchSize, int steps) {
    return train(backend, model, recipe, data, Augment.NONE, batchSize, steps);
  }

  /** As above with distorted images. */
  public static Run train(Backend backend, Model model, Recipe recipe, Dataset data, Augment augment, int batchSize, int steps) {
    try (TrainingProgram program = backend.compile(model, recipe.withBatchSize(batchSize), Samples.SEED)) {
      program.bind(data, augment);
      List<Totals> totals = walk(program, data.size(), batchSize, 0, steps);
      Model after = model.copy();
      program.read(after);
      return new Run(model.copy(), after, totals, program.state());
    }
  }

  /** Steps {@code from} (inclusive) to {@code to} of the walk that {@link #train} makes. */
  public static List<Totals> walk(TrainingProgram program, int size, int batchSize, int from, int to) {
    List<Totals> totals = new ArrayList<>();
    int perEpoch = (size + batchSize - 1) / batchSize;
    for (int step = from; step < to; step++) {
      if (step == from || step % perEpoch == 0) {
        program.order(step / perEpoch, Batches.order(size, Samples.SEED, step / perEpoch));
      }
      int first = step % perEpoch * batchSize;
      program.step(first, Math.min(batchSize, size - first), 1);
      totals.add(program.drain());
    }
    return totals;
  }

  /** Trains on {@code backend} and on the reference and compares everything; returns what {@code backend} gave. */
  public static Run assertParity(Backend backend, Model model, Recipe recipe, Dataset data, int batchSize, int steps) {
    Run expected = ReferenceRuns.train(model, recipe, data, batchSize, steps);
    Run actual = train(backend, model, recipe, data, batchSize, steps);
    actual.assertClose(expected, recipe.optimizer() instanceof Sgd ? GRADIENT : ADAM, recipe + " " + model.layers());
    return actual;
  }

  /** Losses, parameters and state near those of {@code expected}, each parameter relative to how far it has moved. */
  public void assertClose(Run expected, double tolerance, String what) {
    assertEquals(expected.totals.size(), totals.size(), what);
    for (int step = 0; step < totals.size(); step++) {
      Totals a = totals.get(step);
      Totals e = expected.totals.get(step);
      assertEquals(e.samples(), a.samples(), what + ": samples of step " + step);
      assertEquals(e.correct(), a.correct(), what + ": correct of step " + step);
      // fp32 forward: 2e-6 relative, later steps add what the parameters differ by, in second order.
      assertEquals(e.loss(), a.loss(), (1e-5 + tolerance / 10) * (1 + Math.abs(e.loss())), what + ": loss of step " + step);
    }
    for (Parameter parameter : expected.model.parameters()) {
      String name = parameter.name();
      float[] before = expected.start.parameter(name).values();
      float[] e = parameter.values();
      assertNear(e, model.parameter(name).values(), tolerance * distance(e, before) + STORED * norm(e), what + ": " + name);
    }
    assertEquals(expected.state.step(), state.step(), what + ": step");
    assertEquals(expected.state.slots().keySet(), state.slots().keySet(), what + ": state names");
    expected.state.slots().forEach((name, e) ->
        assertNear(e, state.slots().get(name), tolerance * norm(e) + 1e-9, what + ": " + name)); // 1e-9: gradients that cancel to 0
  }

  /** Bit for bit the same. */
  public void assertSameBits(Run expected, String what) {
    assertEquals(expected.totals, totals, what + ": totals");
    for (Parameter parameter : expected.model.parameters()) {
      assertSameBits(parameter.values(), model.parameter(parameter.name()).values(), what + ": " + parameter.name());
    }
    assertEquals(expected.state.step(), state.step(), what + ": step");
    assertEquals(expected.state.slots().keySet(), state.slots().keySet(), what + ": state names");
    expected.state.slots().forEach((name, values) -> assertSameBits(values, state.slots().get(name), what + ": " + name));
  }

  /** Bit for bit the same, zeros' signs included. */
  public static void assertSameBits(float[] expected, float[] actual, String what) {
    assertArrayEquals(bits(expected), bits(actual), what);
  }

  /** The distance between the arrays is at most {@code tolerance}. */
  public static void assertNear(float[] expected, float[] actual, double tolerance, String what) {
    assertEquals(expected.length, actual.length, what);
    double distance = distance(expected, actual);
    assertTrue(distance <= tolerance, () -> what + ": differs by " + distance + ", allowed " + tolerance
        + "; norms " + norm(expected) + " expected, " + norm(actual) + " actual");
  }

  /** The L2 norm. */
  public static double norm(float[] a) {
    return distance(a, new float[a.length]);
  }

  /** The L2 norm of the difference. */
  public static double distance(float[] a, float[] b) {
    double squares = 0;
    for (int i = 0; i < a.length; i++) {
      squares += ((double) a[i] - b[i]) * ((double) a[i] - b[i]);
    }
    return Math.sqrt(squares);
  }

  private static int[] bits(float[] values) {
    int[] bits = new int[values.length];
    for (int i = 0; i < bits.length; i++) {
      bits[i] = Float.floatToRawIntBits(values[i]);
    }
    return bits;
  }
}
