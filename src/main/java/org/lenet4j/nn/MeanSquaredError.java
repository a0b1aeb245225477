package org.lenet4j.nn;

/**
 * Mean squared error (PyTorch's {@code nn.MSELoss}) over the K outputs, against one-hot targets or a regression data set's own:
 * {@code (1/K) sum_k (z_k - t_k)^2}; its gradient is {@code 2 (z - t) / K}.
 */
public record MeanSquaredError() implements Loss {}
