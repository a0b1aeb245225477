package org.lenet4j.backend.cuda;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.function.IntFunction;

/**
 * A thread for each of several devices. What all are to do is handed to all before anything else is, so whatever the programs, each device
 * gets the work that it does together with others in the same order; NCCL needs that.
 */
final class CudaTeam implements AutoCloseable {
  private final List<ExecutorService> threads = new ArrayList<>();

  CudaTeam(int size) {
    for (int rank = 0; rank < size; rank++) {
      String name = "lenet4j-cuda-" + rank;
      threads.add(Executors.newSingleThreadExecutor(task -> {
        Thread thread = new Thread(task, name);
        thread.setDaemon(true);
        return thread;
      }));
    }
  }

  int size() {
    return threads.size();
  }

  /** Lets each thread do its rank's work, and does not wait. */
  synchronized <T> List<CompletableFuture<T>> begin(IntFunction<T> work) {
    List<CompletableFuture<T>> begun = new ArrayList<>();
    for (int rank = 0; rank < threads.size(); rank++) {
      int number = rank;
      begun.add(CompletableFuture.supplyAsync(() -> work.apply(number), threads.get(rank)));
    }
    return begun;
  }

  /** What each rank's work returned, once all have ended. Throws what the first that failed has thrown. */
  <T> List<T> all(IntFunction<T> work) {
    return end(begin(work));
  }

  /** As {@link #all}, of work that has begun. */
  static <T> List<T> end(List<CompletableFuture<T>> begun) {
    CompletableFuture<Void> all = CompletableFuture.allOf(begun.toArray(new CompletableFuture<?>[0]));
    all.exceptionally(e -> null).join();
    List<T> results = new ArrayList<>();
    for (CompletableFuture<T> each : begun) {
      try {
        results.add(each.join());
      } catch (CompletionException e) {
        if (e.getCause() instanceof Error error) {
          throw error;
        }
        throw e.getCause() instanceof RuntimeException cause ? cause : e;
      }
    }
    return results;
  }

  @Override public void close() {
    threads.forEach(ExecutorService::shutdown);
  }
}
