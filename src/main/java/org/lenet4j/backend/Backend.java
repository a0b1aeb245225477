package org.lenet4j.backend;

import org.lenet4j.nn.Model;
import org.lenet4j.optim.Recipe;

/** A device that runs whole networks. It gets the network at once, because each device has its own best way to walk it. */
public interface Backend extends AutoCloseable {
  /** {@code cuda} or {@code openblas}. */
  String name();

  /** One line: library, version and how it will run. */
  String describe();

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
  TrainingProgram compile(Model model, Recipe recipe, long seed, KernelSet kernels);

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

  /** Frees what it holds. Calls of its programs that are under way end first; the next ones throw, and nothing is compiled any more. */
  @Override void close();
}
