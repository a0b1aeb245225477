package org.lenet4j.backend.cuda.layer;

import org.lenet4j.backend.cuda.device.Tensor;

/**
 * A layer's parameters on the device, in PyTorch's layout, and where their gradients go.
 *
 * @param weight         {@code (out, in)} or {@code (out, in, k, k)}
 * @param bias           {@code (out)}
 * @param weightGradient as weight; null if the layer is frozen
 * @param biasGradient   as bias; null if the layer is frozen
 */
public record Weights(Tensor weight, Tensor bias, Tensor weightGradient, Tensor biasGradient) {}
