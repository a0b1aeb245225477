package org.lenet4j.backend.cuda.layer;

import org.lenet4j.backend.cuda.device.Tensor;
import org.lenet4j.data.Shape;

/**
 * What lies between two layers of a network.
 *
 * @param shape    the shape of one sample
 * @param value    {@code (batch, channels, height, width)}
 * @param gradient the gradient of the loss with respect to value, of the same shape; null if nobody below wants it
 */
public record Edge(Shape shape, Tensor value, Tensor gradient) {}
