package org.lenet4j.backend;

/** Which kernels a CUDA device uses; the results agree to rounding, and each gives the same bits every time. */
public enum KernelSet {
  /** cuDNN and cuBLAS, one call after another: any chain of layers. */
  CUDNN,
  /** Three kernels of ours a step for the network of {@code LeNet5.create} with nothing frozen; {@link #CUDNN} for all others. */
  FUSED
}
