package org.lenet4j.backend.base;

import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;

/** What several devices do at the same time. */
public final class AtOnce {
  private AtOnce() {}

  /** Runs all, the first on the calling thread and each other on one of its own, and waits. Throws what one of them has thrown. */
  public static void run(List<Runnable> works) {
    List<CompletableFuture<Void>> others = works.stream().skip(1).map(work -> CompletableFuture.runAsync(work, AtOnce::start)).toList();
    CompletableFuture<Void> first = new CompletableFuture<>();
    try {
      works.get(0).run();
      first.complete(null);
    } catch (RuntimeException | Error e) {
      first.completeExceptionally(e);
    }
    CompletableFuture<Void> all = others.stream().reduce(first, (a, b) -> a.thenCombine(b, (x, y) -> x));
    try {
      all.join();
    } catch (CompletionException e) {
      if (e.getCause() instanceof Error error) {
        throw error;
      }
      throw e.getCause() instanceof RuntimeException cause ? cause : e;
    }
  }

  private static void start(Runnable task) {
    Thread thread = new Thread(task, "lenet4j-device");
    thread.setDaemon(true);
    thread.start();
  }

  /** Closes the last first, and all of them, whatever one throws. */
  public static void closeAll(List<? extends AutoCloseable> things) {
    Throwable thrown = null;
    for (int i = things.size() - 1; i >= 0; i--) {
      try {
        things.get(i).close();
      } catch (Exception | Error e) {
        thrown = thrown == null ? e : thrown;
      }
    }
    if (thrown instanceof Error error) {
      throw error;
    } else if (thrown != null) {
      throw (RuntimeException) thrown; // devices and programs throw no others
    }
  }
}
