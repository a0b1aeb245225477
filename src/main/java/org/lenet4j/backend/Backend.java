package org.lenet4j.backend;

import org.lenet4j.nn.Model;

/** A device that runs whole networks. It gets the network at once, because each device has its own best way to walk it. */
public interface Backend extends AutoCloseable {
  /** {@code cuda} or {@code openblas}. */
  String name();

  /** One line: library, version and how it will run. */
  String describe();

  /**
   * Compiles a model for training: all buffers are made here, a step allocates nothing.
   *
   * @param model     layers, initial parameters and the set of frozen layers
   * @param config    loss and optimizer
   * @param batchSize the most samples a step will get
   */
  Program compile(Model model, TrainConfig config, int batchSize);

  /**
   * Compiles a model for evaluation and prediction only.
   *
   * @param model     layers and parameters
   * @param batchSize the most samples walked at once
   */
  Program compile(Model model, int batchSize);

  /**
   * As the other two, for a run that keeps to the kernels that it has begun with; what has no choice of kernels ignores them.
   *
   * @param config  null for evaluation and prediction only
   * @param kernels those of {@link Program#kernels} before, where the device is to choose; null if it is free
   */
  default Program compile(Model model, TrainConfig config, int batchSize, KernelSet kernels) {
    return config == null ? compile(model, batchSize) : compile(model, config, batchSize);
  }

  @Override void close();
}
