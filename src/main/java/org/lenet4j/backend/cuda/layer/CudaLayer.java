package org.lenet4j.backend.cuda.layer;

/** One layer of a network on the device. Every method puts work into the stream and allocates nothing. */
public abstract class CudaLayer {
  private final String name;

  CudaLayer(String name) {
    this.name = name;
  }

  public final String name() {
    return name;
  }

  /** From x to y. */
  public abstract void forward(boolean training);

  /** From dy to dx and the gradients of the parameters, each only where it is wanted. */
  public abstract void backward();

  /** Bytes of the workspace that the layers share. */
  public long workspaceBytes() {
    return 0;
  }
}
