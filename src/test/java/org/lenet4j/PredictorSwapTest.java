package org.lenet4j;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.lenet4j.backend.Backend;
import org.lenet4j.backend.Program;
import org.lenet4j.backend.cpu.CpuBackend;
import org.lenet4j.data.Shape;
import org.lenet4j.data.SyntheticDigits;
import org.lenet4j.nn.Activation;
import org.lenet4j.nn.Init;
import org.lenet4j.nn.LeNet5;
import org.lenet4j.nn.Linear;
import org.lenet4j.nn.Model;

/** A predictor whose model is exchanged while it answers. */
@Timeout(120)
class PredictorSwapTest {
  private static final byte[] DIGITS = SyntheticDigits.create(3, 3).images();
  private static final byte[] ONE = Arrays.copyOf(DIGITS, 784);

  private final AtomicInteger open = new AtomicInteger(); // programs
  private final AtomicInteger compiled = new AtomicInteger();
  private final Backend real = new CpuBackend(2);
  private volatile Runnable beforeForward = () -> { };
  private volatile int mostCompiled = Integer.MAX_VALUE;

  @AfterEach void nothingIsLeftOpen() {
    real.close();
    assertEquals(0, open.get(), "programs that were not closed");
  }

  /** The CPU's, counting programs; one that is closed twice or used when closed fails the test through its count or its exception. */
  private Backend counting() {
    return (Backend) Proxy.newProxyInstance(Backend.class.getClassLoader(), new Class<?>[] {Backend.class}, (proxy, method, arguments) -> {
      if (!method.getName().equals("compile")) {
        return method.invoke(real, arguments);
      }
      if (compiled.incrementAndGet() > mostCompiled) {
        throw new IllegalStateException("no memory");
      }
      Program program = (Program) method.invoke(real, arguments);
      open.incrementAndGet();
      return counting(program);
    });
  }

  private Program counting(Program program) {
    return (Program) Proxy.newProxyInstance(Program.class.getClassLoader(), new Class<?>[] {Program.class}, (proxy, method, arguments) -> {
      if (method.getName().equals("close")) {
        open.decrementAndGet();
      } else if (method.getName().equals("forward")) {
        beforeForward.run();
      }
      try {
        return method.invoke(program, arguments);
      } catch (InvocationTargetException e) {
        throw e.getCause();
      }
    });
  }

  private static String answer(Prediction... predictions) {
    return Arrays.stream(predictions).map(p -> Arrays.toString(p.probabilities())).toList().toString();
  }

  /** Of models with ten, eleven and twelve classes, so that a mixture would also be of another length. */
  @Test void underLoadEachAnswerIsOfOneModel() throws Exception {
    List<Model> models = List.of(LeNet5.create(10, 1), LeNet5.create(11, 2), LeNet5.classic(12, 3));
    List<String> single = new ArrayList<>();
    List<String> batch = new ArrayList<>();
    for (Model model : models) {
      try (Predictor alone = new Predictor(real, model)) {
        single.add(answer(alone.predict(ONE)));
        batch.add(answer(alone.predict(DIGITS, 3)));
      }
    }
    AtomicBoolean done = new AtomicBoolean();
    AtomicInteger answers = new AtomicInteger();
    ExecutorService threads = Executors.newFixedThreadPool(8);
    try (Predictor predictor = new Predictor(counting(), models.get(0))) {
      List<Future<?>> asking = new ArrayList<>();
      for (int t = 0; t < 8; t++) {
        boolean one = t % 2 == 0;
        asking.add(threads.submit(() -> {
          while (!done.get()) {
            String got = one ? answer(predictor.predict(ONE)) : answer(predictor.predict(DIGITS, 3));
            assertTrue((one ? single : batch).contains(got), "of no model, or of several: " + got);
            answers.incrementAndGet();
          }
        }));
      }
      int swaps = 0;
      for (; swaps < 300 || answers.get() < 1000; swaps++) {
        predictor.swap(models.get(swaps % 3));
        assertEquals(single.get(swaps % 3), answer(predictor.predict(ONE)), "a call after a swap is the new model's");
        assertTrue(open.get() <= 2 * Runtime.getRuntime().availableProcessors(), open + " programs open after " + swaps + " swaps");
      }
      done.set(true);
      for (Future<?> future : asking) {
        future.get();
      }
    } finally {
      threads.shutdownNow();
    }
  }

  /** A call that has begun ends with its model, whose program is then closed; nobody waits for it. */
  @Test void aCallUnderWayKeepsItsModel() throws Exception {
    Model old = LeNet5.create(10, 1);
    CountDownLatch begun = new CountDownLatch(1);
    CountDownLatch go = new CountDownLatch(1);
    ExecutorService thread = Executors.newSingleThreadExecutor();
    try (Predictor predictor = new Predictor(counting(), old)) {
      String before = answer(predictor.predict(ONE));
      beforeForward = () -> {
        begun.countDown();
        try {
          go.await();
        } catch (InterruptedException e) {
          throw new IllegalStateException(e);
        }
      };
      Future<String> slow = thread.submit(() -> answer(predictor.predict(ONE)));
      begun.await();
      predictor.swap(LeNet5.create(10, 2));
      beforeForward = () -> { };
      assertEquals(2, open.get(), "the old one's program is at work, the new one's ready");
      go.countDown();
      assertEquals(before, slow.get());
      assertEquals(1, open.get());
      int already = compiled.get();
      String after = answer(predictor.predict(ONE));
      assertTrue(!after.equals(before));
      assertEquals(already, compiled.get(), "a call had to wait for a compilation");
    } finally {
      thread.shutdownNow();
    }
  }

  @Test void closingWaitsForTheCallUnderWay() throws Exception {
    Predictor predictor = new Predictor(counting(), LeNet5.create(10, 1));
    String expected = answer(predictor.predict(ONE));
    CountDownLatch begun = new CountDownLatch(1);
    CountDownLatch go = new CountDownLatch(1);
    beforeForward = () -> {
      begun.countDown();
      try {
        go.await();
      } catch (InterruptedException e) {
        throw new IllegalStateException(e);
      }
    };
    ExecutorService threads = Executors.newFixedThreadPool(2);
    try {
      Future<String> slow = threads.submit(() -> answer(predictor.predict(ONE)));
      begun.await();
      Future<?> closing = threads.submit(predictor::close);
      assertThrows(TimeoutException.class, () -> closing.get(50, TimeUnit.MILLISECONDS));
      assertEquals("the predictor is closed", assertThrows(IllegalStateException.class, () -> predictor.predict(ONE)).getMessage());
      go.countDown();
      assertEquals(expected, slow.get());
      closing.get();
      assertEquals(0, open.get());
    } finally {
      threads.shutdownNow();
    }
  }

  @Test void keepsTheParametersOfTheSwap() {
    Model next = LeNet5.create(10, 2);
    try (Predictor predictor = new Predictor(counting(), LeNet5.create(10, 1))) {
      predictor.swap(next);
      float[] before = predictor.predict(ONE).probabilities();
      Arrays.fill(next.parameter("fc3.weight").values(), 0);
      assertArrayEquals(before, predictor.predict(ONE).probabilities());
    }
  }

  @Test void aSwapThatFailsChangesNothing() {
    Model other = new Model(new Shape(1, 4, 4), List.of(new Linear("f", 16, 2, Activation.NONE)), Init.KAIMING_UNIFORM, 1);
    try (Predictor predictor = new Predictor(counting(), LeNet5.create(10, 1))) {
      String before = answer(predictor.predict(ONE));
      assertTrue(assertThrows(IllegalArgumentException.class, () -> predictor.swap(other)).getMessage().contains("another predictor"));
      mostCompiled = compiled.get();
      assertThrows(IllegalStateException.class, () -> predictor.swap(LeNet5.create(10, 2)));
      assertEquals(before, answer(predictor.predict(ONE)));
    }
    assertEquals(0, open.get());
  }

  @Test void aClosedPredictorTakesNoModel() {
    Predictor predictor = new Predictor(counting(), LeNet5.create(10, 1));
    predictor.close();
    assertThrows(IllegalStateException.class, () -> predictor.swap(LeNet5.create(10, 2)));
  }
}
