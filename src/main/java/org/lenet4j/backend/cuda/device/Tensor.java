package org.lenet4j.backend.cuda.device;

import org.bytedeco.javacpp.FloatPointer;
import org.bytedeco.javacpp.Pointer;

/** A place in device memory. It is made before the memory is there; {@link Slab} says where it lies. */
public final class Tensor extends FloatPointer {
  private final long bytes;

  public Tensor(long bytes) {
    super((Pointer) null);
    this.bytes = bytes;
  }

  public long bytes() {
    return bytes;
  }

  public void place(long address) {
    this.address = address;
  }

  /** The part from a byte on, once this has its place. */
  public Tensor at(long offset) {
    Tensor part = new Tensor(bytes - offset);
    part.place(address + offset);
    return part;
  }

  /** Where a tensor lies, 0 for null: kernels take null for what is not wanted. */
  static long address(Tensor tensor) {
    return tensor == null ? 0 : tensor.address();
  }
}
