package org.lenet4j.backend.base;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.UncheckedIOException;
import java.lang.reflect.Method;
import java.lang.reflect.Proxy;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.function.Executable;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.lenet4j.backend.Program;
import org.lenet4j.backend.Totals;
import org.lenet4j.backend.TrainingProgram;
import org.lenet4j.data.Augment;
import org.lenet4j.data.Dataset;
import org.lenet4j.data.Shape;

/** A program whose calls take as long as the test wants. */
@Timeout(60)
class GuardedProgramTest {
  private final CountDownLatch inside = new CountDownLatch(1);
  private final CountDownLatch go = new CountDownLatch(1);
  private final List<String> called = Collections.synchronizedList(new ArrayList<>());
  private final Gate device = new Gate("the device");
  private final TrainingProgram program = new GuardedTraining((TrainingProgram) Proxy.newProxyInstance(getClass().getClassLoader(),
      new Class<?>[] {TrainingProgram.class}, (proxy, method, arguments) -> {
        if (method.getName().equals("step")) {
          inside.countDown();
          go.await();
        }
        called.add(method.getName());
        return method.getReturnType() == Totals.class ? new Totals(0, 0, 0) : null;
      }), device);

  private Thread start(String name, Runnable task) {
    Thread thread = new Thread(task, name);
    thread.start();
    return thread;
  }

  private static String told(Runnable call) {
    return assertThrows(IllegalStateException.class, call::run).getMessage();
  }

  @ParameterizedTest @ValueSource(booleans = {true, false})
  void closingWaitsForTheCallUnderWay(boolean ofTheProgram) throws InterruptedException {
    Thread first = start("first", () -> program.step(0, 1, 1));
    inside.await();
    Thread closing = start("closing", ofTheProgram ? program::close : device::close);
    while (closing.getState() != Thread.State.TIMED_WAITING) {
      Thread.onSpinWait();
    }
    TimeUnit.MILLISECONDS.sleep(20);
    assertTrue(closing.isAlive(), "did not wait");
    assertEquals(List.of(), called, "closed while a step was under way");
    go.countDown();
    first.join();
    closing.join();
    assertEquals(ofTheProgram ? List.of("step", "close") : List.of("step"), called);
    assertEquals(ofTheProgram ? "the program is closed" : "the device is closed", told(() -> program.step(0, 1, 1)));
    program.close();
    program.close();
    assertEquals(List.of("step", "close"), called, "closed once");
  }

  /** What the JVM throws at some time after a mapped file was cut off becomes what is to be said; other errors stay what they are. */
  @Test void aMappedFileThatBecameShorterIsTold(@TempDir Path folder) throws Exception {
    Path file = Files.write(folder.resolve("images"), new byte[8]);
    Dataset data = Dataset.map(new Shape(1, 2, 2), file, 0, new int[2], 2);
    TrainingProgram failing = new GuardedTraining((TrainingProgram) Proxy.newProxyInstance(getClass().getClassLoader(),
        new Class<?>[] {TrainingProgram.class}, (proxy, method, arguments) -> {
          if (!method.getName().equals("bind")) {
            throw new InternalError("a fault occurred in a recent unsafe memory access operation in compiled Java code");
          }
          return null;
        }), device);
    failing.bind(data, Augment.NONE);
    assertThrows(InternalError.class, () -> failing.step(0, 1, 1));
    assertThrows(InternalError.class, () -> failing.evaluate(data, null, null));
    Files.write(file, new byte[4]);
    for (Executable call : List.<Executable>of(() -> failing.step(0, 1, 1), () -> failing.evaluate(data, null, null))) {
      assertTrue(assertThrows(UncheckedIOException.class, call).getMessage().startsWith(file + ": was changed or replaced"));
    }
  }

  @Test void whoComesMeanwhileIsToldSo() throws Exception {
    Thread first = start("first", () -> program.step(0, 1, 1));
    inside.await();
    for (Method method : TrainingProgram.class.getMethods()) {
      if (!List.of("close", "kernels", "arithmetic").contains(method.getName())) {
        assertEquals("the program is at work in the thread first and belongs to one thread at a time; give each thread its own, or let it"
            + " finish first", told(() -> call(method)));
      }
    }
    go.countDown();
    first.join();
    assertEquals(0, program.drain().samples());
    assertEquals(List.of("step", "drain"), called);
  }

  /** All methods of a closed one, so that none is forgotten when one is added. */
  @Test void everyCallOfAClosedOneThrows() {
    program.close();
    for (Method method : TrainingProgram.class.getMethods()) {
      if (!List.of("close", "kernels", "arithmetic").contains(method.getName())) {
        assertEquals("the program is closed", told(() -> call(method)), method.getName());
      }
    }
  }

  private void call(Method method) {
    Object[] arguments = new Object[method.getParameterCount()];
    for (int i = 0; i < arguments.length; i++) {
      Class<?> type = method.getParameterTypes()[i];
      arguments[i] = type == int.class ? (Object) 1 : type == float.class ? (Object) 1f : null;
    }
    try {
      method.invoke(program, arguments);
    } catch (ReflectiveOperationException e) {
      if (e.getCause() instanceof RuntimeException thrown) {
        throw thrown;
      }
      throw new AssertionError(e);
    }
  }

  /** A call that fails gives the turn back. */
  @Test void aFailureLeavesTheWayFree() {
    Program failing = new GuardedProgram<>((Program) Proxy.newProxyInstance(getClass().getClassLoader(), new Class<?>[] {Program.class},
        (proxy, method, arguments) -> {
          called.add(method.getName());
          if (called.size() == 1) {
            throw new IllegalArgumentException("images");
          }
          return null;
        }), device);
    assertThrows(IllegalArgumentException.class, () -> failing.forward(null, 1, null));
    failing.forward(null, 1, null);
    assertTrue(device.close());
    assertFalse(device.close());
    assertEquals("the device is closed", told(() -> failing.forward(null, 1, null)));
    failing.close();
    assertEquals(List.of("forward", "forward", "close"), called);
  }
}
