package org.lenet4j.backend.cpu.layer;

import org.lenet4j.backend.cpu.memory.NetworkMemory;
import org.lenet4j.nn.Conv2d;
import org.lenet4j.nn.Linear;
import org.lenet4j.nn.Pool2d;

/**
 * Makes the layers that there are twins of: in Java's Vector API where the JVM has it, otherwise in OpenBLAS and plain Java. Either gives
 * the same bits for any number of threads, but not the bits of the other.
 */
public interface CpuLayers {
  /** What runs, for {@code Device.describe()}. */
  String describe();

  /** As {@link org.lenet4j.backend.Program#arithmetic}. */
  String arithmetic();

  /**
   * Has loops compiled that are much slower until then; once in a JVM, and who comes second waits for the first.
   *
   * @param patience nanoseconds after which it is given up where nothing gets any faster
   */
  default void warmUp(long patience) {}

  /** What other layers and the optimizer need. */
  Loops loops();

  /** Whether a sample's outputs are the same bits in every lane, so that they can be kept for another step. */
  boolean lanesAreAlike();

  /** Whether {@link #conv2d} does the 2x2 max-pooling above such a layer as well, and its activation. */
  boolean pools(Conv2d spec);

  /** A convolution, and the pooling above it if the place says so. */
  CpuConv2d conv2d(Conv2d spec, CpuLayer.Place place, CpuParameters parameters, NetworkMemory memory);

  /** Max or average pooling. */
  CpuPool2d pool2d(Pool2d spec, CpuLayer.Place place);

  /** A fully connected layer. */
  CpuLinear linear(Linear spec, CpuLayer.Place place, CpuParameters parameters, NetworkMemory memory);
}
