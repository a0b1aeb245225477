package org.lenet4j.backend.cuda;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.function.IntFunction;

/**
 * A thread for each of several devices. What all are to do is handed to all before anything else is, so whatever the programs, each device
 * gets the work that it does together with others in the same order; NCCL needs that.
 */
final class CudaTeam implements AutoCloseable {
  private final List<ExecutorService> threads = new ArrayList<>();
  private CudaGroupTraining last; // whose work may still be on the devices, or null

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

  /**
   * Lets each thread do its rank's work, and does not wait. Steps of another program that are still on the devices end first: NCCL may come
   * to a stop for good where graphs of several communicators run at once (user guide, "Using NCCL with CUDA Graphs").
   *
   * @param who whose work it is; null if it leaves nothing on the devices
   */
  synchronized <T> List<CompletableFuture<T>> begin(CudaGroupTraining who, IntFunction<T> work) {
    CudaGroupTraining before = last == who ? null : last;
    last = who;
    List<CompletableFuture<T>> begun = new ArrayList<>();
    for (int rank = 0; rank < threads.size(); rank++) {
      int number = rank;
      begun.add(CompletableFuture.supplyAsync(() -> {
        if (before != null) {
          before.settle(number);
        }
        return work.apply(number);
      }, threads.get(rank)));
    }
    return begun;
  }

  @Override public void close() {
    threads.forEach(ExecutorService::shutdown);
  }
}
