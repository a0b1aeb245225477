package org.lenet4j.backend;

import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReferenceArray;
import java.util.function.Supplier;
import java.util.stream.IntStream;
import org.lenet4j.nn.Model;
import org.lenet4j.optim.Recipe;

/** A device that runs whole networks. It gets the network at once, because each device has its own best way to walk it. */
public interface Backend extends AutoCloseable {
  /** {@code cuda} or {@code openblas}. */
  String name();

  /** One line: library, version and how it will run. */
  String describe();

  /** Makes ready, once in a process, what slows the first steps of training otherwise; who comes second waits for the first. */
  default void warmUp() {}

  /**
   * Compiles a model for training: a step allocates no native memory.
   *
   * @param model  layers, initial parameters and the set of frozen layers
   * @param recipe what an update needs; its batch size is the most samples that a step will get; epochs, schedule, normalize
   *               and augmentation are not used
   * @param seed   the seed of dropout and augmentation
   */
  default TrainingProgram compile(Model model, Recipe recipe, long seed) {
    return compile(model, recipe, seed, null);
  }

  /**
   * As {@link #compile(Model, Recipe, long)}, for a run that keeps to the kernels that it has begun with.
   *
   * @param kernels those of {@link Program#kernels} before, where the device is to choose; null if it is free
   */
  default TrainingProgram compile(Model model, Recipe recipe, long seed, KernelSet kernels) {
    return compile(model, recipe, seed, kernels, null);
  }

  /**
   * As {@link #compile(Model, Recipe, long, KernelSet)}, together with others.
   *
   * @param exchange with the other ranks; null if there are none. It stays the caller's, to close after the program
   * @throws IllegalArgumentException if this device cannot train like that, or there are more ranks than shards, or more shards than the
   *                                  batch can be cut into
   */
  TrainingProgram compile(Model model, Recipe recipe, long seed, KernelSet kernels, GradientExchange exchange);

  /**
   * Compiles a model for evaluation and prediction only.
   *
   * @param model     layers and parameters
   * @param batchSize the most samples walked at once
   */
  default Program compile(Model model, int batchSize) {
    return compile(model, batchSize, null);
  }

  /** As {@link #compile(Model, int)}, for a run that keeps to the kernels that it has begun with, as above. */
  Program compile(Model model, int batchSize, KernelSet kernels);

  /** Where the next model is to be trained with all that belongs to it: this device, or one of several that it stands for. */
  default Backend one() {
    return this;
  }

  /**
   * Runs the same work, which takes independent pieces from somewhere until there are none, on as many threads as the device can serve
   * better each for itself than together; on one where it works off what is handed over on its own, as a GPU does; of several GPUs on one
   * for each. The bits of what is computed are the same.
   *
   * @param most how many pieces there are
   */
  default void apart(int most, Runnable work) {
    work.run();
  }

  /** Independent pieces of work, {@link #apart}; what each returned, in their order. Throws what the first that failed has thrown. */
  default <T> List<T> each(List<Supplier<T>> work) {
    AtomicInteger next = new AtomicInteger();
    AtomicReferenceArray<T> results = new AtomicReferenceArray<>(work.size());
    apart(work.size(), () -> {
      for (int i = next.getAndIncrement(); i < work.size(); i = next.getAndIncrement()) {
        try {
          results.set(i, work.get(i).get());
        } catch (RuntimeException | Error e) {
          next.set(work.size());
          throw e;
        }
      }
    });
    return IntStream.range(0, work.size()).mapToObj(results::get).toList();
  }

  /** Frees what it holds. Calls of its programs that are under way end first; the next ones throw, and nothing is compiled any more. */
  @Override void close();
}
