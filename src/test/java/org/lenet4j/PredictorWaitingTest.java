package org.lenet4j;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.lenet4j.backend.Backend;
import org.lenet4j.backend.Program;
import org.lenet4j.backend.cpu.CpuBackend;
import org.lenet4j.data.SyntheticDigits;
import org.lenet4j.nn.LeNet5;

/** More threads ask a predictor than it has programs. */
@Timeout(120)
class PredictorWaitingTest {
  private static final int PROGRAMS = Runtime.getRuntime().availableProcessors();
  private static final byte[] DIGITS = SyntheticDigits.create(PROGRAMS + 1, 3).images();

  private final Backend real = new CpuBackend(1);
  private final CountDownLatch begun = new CountDownLatch(PROGRAMS);
  private final CountDownLatch go = new CountDownLatch(1);
  private final Map<Float, Thread> answeredBy = new ConcurrentHashMap<>(); // by the first output

  @AfterEach void close() {
    go.countDown();
    real.close();
  }

  /** The CPU's, whose first answers wait until they may go on. */
  private Backend slow() {
    return (Backend) Proxy.newProxyInstance(Backend.class.getClassLoader(), new Class<?>[] {Backend.class}, (proxy, method, arguments) -> {
      Object result = method.invoke(real, arguments);
      return method.getName().equals("compile") ? slow((Program) result) : result;
    });
  }

  private Program slow(Program program) {
    return (Program) Proxy.newProxyInstance(Program.class.getClassLoader(), new Class<?>[] {Program.class}, (proxy, method, arguments) -> {
      if (method.getName().equals("forward")) {
        begun.countDown();
        go.await();
      }
      try {
        Object result = method.invoke(program, arguments);
        if (method.getName().equals("forward")) {
          answeredBy.put(((float[]) arguments[2])[0], Thread.currentThread());
        }
        return result;
      } catch (InvocationTargetException e) {
        throw e.getCause();
      }
    });
  }

  private record Asking(Thread thread, FutureTask<float[]> answer) {}

  private static Asking ask(Predictor predictor, int image, float[] logits) {
    FutureTask<float[]> answer = new FutureTask<>(() -> {
      predictor.logits(image(image), 1, logits);
      return logits;
    });
    Thread thread = new Thread(answer);
    thread.start();
    return new Asking(thread, answer);
  }

  private static byte[] image(int image) {
    return Arrays.copyOfRange(DIGITS, image * 784, (image + 1) * 784);
  }

  /** Takes all programs. */
  private List<Asking> occupy(Predictor predictor) throws InterruptedException {
    List<Asking> busy = new ArrayList<>();
    for (int i = 0; i < PROGRAMS; i++) {
      busy.add(ask(predictor, i, new float[10]));
    }
    begun.await();
    return busy;
  }

  private static Asking awaitWaiting(Asking asking) throws InterruptedException {
    while (asking.thread.getState() != Thread.State.WAITING) {
      Thread.sleep(1);
    }
    Thread.sleep(10); // longer than anyone's patience
    return asking;
  }

  @Test void whoHasWaitedLongIsAnsweredByAnother() throws Exception {
    try (Predictor predictor = new Predictor(slow(), LeNet5.create(10, 1)); Predictor alone = new Predictor(real, LeNet5.create(10, 1))) {
      List<Asking> busy = occupy(predictor);
      Asking waiting = awaitWaiting(ask(predictor, PROGRAMS, new float[10]));
      go.countDown();
      float[] expected = new float[10];
      alone.logits(image(PROGRAMS), 1, expected);
      assertArrayEquals(expected, waiting.answer.get());
      List<Thread> others = busy.stream().map(Asking::thread).toList();
      assertTrue(others.contains(answeredBy.get(expected[0])), "answered by " + answeredBy.get(expected[0]));
      for (int i = 0; i < PROGRAMS; i++) {
        alone.logits(image(i), 1, expected);
        assertArrayEquals(expected, busy.get(i).answer.get());
      }
    }
  }

  /** Nobody's single image waits for another's many. */
  @Test void whoAsksForManyGetsAProgramOfHisOwn() throws Exception {
    try (Predictor predictor = new Predictor(slow(), LeNet5.create(10, 1))) {
      List<Asking> busy = occupy(predictor);
      FutureTask<float[]> answer = new FutureTask<>(() -> {
        float[] logits = new float[170];
        predictor.logits(new byte[17 * 784], 17, logits);
        return logits;
      });
      Asking many = new Asking(new Thread(answer), answer);
      many.thread.start();
      awaitWaiting(many);
      go.countDown();
      assertEquals(many.thread, answeredBy.get(many.answer.get()[0]));
      for (Asking asking : busy) {
        asking.answer.get();
      }
    }
  }

  /** What is wrong with a call is thrown to its caller, not to the one who answers for it. */
  @Test void aWrongCallThatWaitsHarmsNobody() throws Exception {
    try (Predictor predictor = new Predictor(slow(), LeNet5.create(10, 1))) {
      List<Asking> busy = occupy(predictor);
      Asking wrong = awaitWaiting(ask(predictor, PROGRAMS, new float[9]));
      go.countDown();
      assertInstanceOf(IllegalArgumentException.class, assertThrows(ExecutionException.class, wrong.answer::get).getCause());
      for (Asking asking : busy) {
        asking.answer.get();
      }
      predictor.logits(image(0), 1, new float[10]);
    }
  }

  /** An interrupted caller gets its answer, and stays interrupted. */
  @Test void interruptedWhileItWaits() throws Exception {
    try (Predictor predictor = new Predictor(slow(), LeNet5.create(10, 1))) {
      occupy(predictor);
      FutureTask<Boolean> asking = new FutureTask<>(() -> {
        predictor.logits(image(0), 1, new float[10]);
        return Thread.interrupted();
      });
      Thread thread = new Thread(asking);
      thread.start();
      awaitWaiting(new Asking(thread, null));
      thread.interrupt();
      go.countDown();
      assertTrue(asking.get());
    }
  }

  @Test void whoWaitsWhenItIsClosedIsNotForgotten() throws Exception {
    Predictor predictor = new Predictor(slow(), LeNet5.create(10, 1));
    List<Asking> busy = occupy(predictor);
    List<Asking> waiting = List.of(awaitWaiting(ask(predictor, 0, new float[10])), awaitWaiting(ask(predictor, 1, new float[10])));
    Thread closing = new Thread(predictor::close);
    closing.start();
    awaitWaiting(new Asking(closing, null));
    go.countDown();
    for (Asking asking : busy) {
      asking.answer.get();
    }
    for (Asking asking : waiting) { // answered by those who were at work, or not at all
      try {
        asking.answer.get(60, TimeUnit.SECONDS);
      } catch (ExecutionException e) {
        assertEquals("the predictor is closed", e.getCause().getMessage());
      }
    }
    closing.join();
  }
}
