package org.lenet4j.cli;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.ThreadFactory;
import java.util.function.Consumer;
import java.util.function.Supplier;

/**
 * Does pieces of work side by side and hands their results on in the order of the work. Only some are under way at a time, so what it
 * holds does not grow with their number. The first ones are done by the caller: for a few images threads are not worth their start.
 *
 * @param <T> a result
 */
final class InOrder<T> implements AutoCloseable {
  private static final int ALONE = 8; // pieces
  private static final int AHEAD = 4; // pieces under way for each thread

  private final int threads;
  private final Consumer<T> results;
  private final ThreadFactory factory;
  private final Deque<Work<T>> underWay = new ArrayDeque<>();
  private ExecutorService executor;
  private int begun;

  /** A piece of work that was handed over. */
  private record Work<T>(Supplier<T> piece, Supplier<T> withoutMemory, Future<T> result) {}

  InOrder(int threads, Consumer<T> results) {
    this(threads, results, Thread::new);
  }

  /** With threads of another making, for tests. */
  InOrder(int threads, Consumer<T> results, ThreadFactory factory) {
    this.threads = threads;
    this.results = results;
    this.factory = factory;
  }

  /**
   * A further piece.
   *
   * @param piece         what is done; once more, alone, if memory was short while others were under way
   * @param withoutMemory the result if memory is short even so
   */
  void add(Supplier<T> piece, Supplier<T> withoutMemory) {
    if (threads == 1 || begun < ALONE) {
      begun++;
      results.accept(alone(piece, withoutMemory));
      return;
    }
    if (executor == null) {
      executor = Executors.newFixedThreadPool(threads, task -> {
        Thread thread = factory.newThread(task);
        thread.setName("lenet4j-images");
        thread.setDaemon(true);
        return thread;
      });
    }
    if (underWay.size() == AHEAD * threads) {
      takeFirst();
    }
    try {
      underWay.add(new Work<>(piece, withoutMemory, executor.submit(piece::get)));
    } catch (OutOfMemoryError e) { // the system starts no more threads, most likely
      while (!underWay.isEmpty()) {
        takeFirst();
      }
      results.accept(alone(piece, withoutMemory));
    }
  }

  private static <T> T alone(Supplier<T> piece, Supplier<T> withoutMemory) {
    try {
      return piece.get();
    } catch (OutOfMemoryError e) { // what it held is free again
      return withoutMemory.get();
    }
  }

  private void takeFirst() {
    Work<T> first = underWay.remove();
    try {
      results.accept(first.result.get());
    } catch (ExecutionException e) {
      if (!(e.getCause() instanceof OutOfMemoryError)) {
        throw new IllegalStateException(e.getCause());
      }
      underWay.forEach(InOrder::await); // then it has all memory for itself
      results.accept(alone(first.piece, first.withoutMemory));
    } catch (InterruptedException e) {
      throw new IllegalStateException("interrupted", e);
    }
  }

  private static void await(Work<?> work) {
    while (!work.result.isDone()) {
      Thread.onSpinWait();
    }
  }

  /** Waits for the work under way. */
  @Override public void close() {
    while (!underWay.isEmpty()) {
      takeFirst();
    }
    if (executor != null) {
      executor.shutdown();
    }
  }
}
