package org.lenet4j.nn;

/**
 * Binary cross-entropy with logits over one-hot targets t (PyTorch's {@code nn.BCEWithLogitsLoss}), averaged over the K outputs:
 * {@code (1/K) sum_k max(z,0) - z t + log(1 + exp(-|z|))}; its gradient is {@code (sigmoid(z) - t) / K}.
 */
public record BinaryCrossEntropy() implements Loss {}
