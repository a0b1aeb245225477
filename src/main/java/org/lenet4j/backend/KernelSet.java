package org.lenet4j.backend;

/** Which kernels a CUDA device uses; the results agree to rounding, and each set gives the same bits every time. */
public enum KernelSet {
  /** cuDNN and cuBLAS, one call after another: any chain of layers. */
  CUDNN,
  /** Three kernels of ours a step for the network of {@code LeNet5.create} with nothing frozen; {@link #CUDNN} for all others. */
  FUSED,
  /** The faster of the two for each program's batch size, timed when it is compiled; the choice, and so the bits, can differ. */
  AUTO
}
