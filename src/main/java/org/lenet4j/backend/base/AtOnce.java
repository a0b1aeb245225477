package org.lenet4j.backend.base;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;

/** What several devices do at the same time. */
public final class AtOnce {
  private AtOnce() {}

  /** Runs all, the first on the calling thread and the others on threads of their own. Throws what the first that failed has thrown. */
  public static void run(List<Runnable> works) {
    List<CompletableFuture<Void>> begun = new ArrayList<>();
    works.stream().skip(1).forEach(work -> begun.add(begin(work)));
    if (!works.isEmpty()) {
      begun.add(0, CompletableFuture.runAsync(works.get(0), Runnable::run));
    }
    await(begun);
  }

  /** Runs it on a thread of its own. */
  public static CompletableFuture<Void> begin(Runnable work) {
    return CompletableFuture.runAsync(work, AtOnce::start);
  }

  private static void start(Runnable task) {
    Thread thread = new Thread(task, "lenet4j-device");
    thread.setDaemon(true);
    thread.start();
  }

  /** What works have returned that others do, once all have ended. Throws what the first that failed has thrown. */
  public static <T> List<T> await(List<CompletableFuture<T>> begun) {
    List<T> results = new ArrayList<>();
    CompletionException failure = null;
    for (CompletableFuture<T> work : begun) {
      try {
        results.add(work.join());
      } catch (CompletionException e) {
        failure = failure == null ? e : failure;
      }
    }
    if (failure == null) {
      return results;
    }
    if (failure.getCause() instanceof Error error) {
      throw error;
    }
    throw failure.getCause() instanceof RuntimeException cause ? cause : failure;
  }

  /** Closes the last first, and all of them, whatever one throws. */
  public static void closeAll(List<? extends AutoCloseable> things) {
    List<CompletableFuture<Void>> closed = new ArrayList<>();
    for (int i = things.size() - 1; i >= 0; i--) {
      AutoCloseable thing = things.get(i);
      closed.add(CompletableFuture.runAsync(() -> close(thing), Runnable::run));
    }
    await(closed);
  }

  private static void close(AutoCloseable thing) {
    try {
      thing.close();
    } catch (RuntimeException e) {
      throw e;
    } catch (Exception e) {
      throw new AssertionError("devices and programs throw no checked exceptions", e);
    }
  }
}
