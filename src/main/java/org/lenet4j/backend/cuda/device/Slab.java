package org.lenet4j.backend.cuda.device;

import static org.bytedeco.cuda.global.cudart.cudaErrorMemoryAllocation;
import static org.bytedeco.cuda.global.cudart.cudaFree;
import static org.bytedeco.cuda.global.cudart.cudaGetLastError;
import static org.bytedeco.cuda.global.cudart.cudaMalloc;

import java.util.ArrayList;
import java.util.List;
import org.bytedeco.javacpp.Pointer;
import org.lenet4j.backend.NativeException;

/** Device memory of one role: its tensors are reserved first, then all of it is allocated at once. */
public final class Slab {
  private static final int ALIGNMENT = 256; // cudaMalloc's own, so that vectorised kernels can be used on every tensor

  private final String what;
  private final List<Tensor> tensors = new ArrayList<>();
  private long bytes;

  /** A slab for {@code what}, as an error message calls it. */
  public Slab(String what) {
    this.what = what;
  }

  public Tensor reserve(long bytes) {
    Tensor tensor = new Tensor(bytes);
    tensors.add(tensor);
    this.bytes += aligned(bytes);
    return tensor;
  }

  public Tensor floats(long count) {
    return reserve(count * Float.BYTES);
  }

  private static long aligned(long bytes) {
    return (bytes + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;
  }

  /**
   * Allocates the memory and places the tensors in it.
   *
   * @param owner     frees it
   * @param batchSize samples that it is for, so that an error can say how many would fit; 0 if it does not depend on them
   */
  public void allocate(Natives owner, int batchSize) {
    if (bytes == 0) {
      return;
    }
    Pointer memory = new Pointer();
    int code = cudaMalloc(memory, bytes);
    if (code == cudaErrorMemoryAllocation) {
      cudaGetLastError();
      throw new NativeException("cuda", "cudaMalloc", code, outOfMemory(batchSize));
    }
    Cuda.check(code, "cudaMalloc");
    owner.own(memory, () -> Cuda.check(cudaFree(memory), "cudaFree"));
    long address = memory.address();
    for (Tensor tensor : tensors) {
      tensor.place(address);
      address += aligned(tensor.bytes());
    }
  }

  private String outOfMemory(int batchSize) {
    long free = Cuda.freeMemory();
    String message = "out of device memory: " + mebibytes(bytes) + " MiB wanted for " + what + ", " + mebibytes(free) + " MiB are free";
    if (batchSize == 0) {
      return message;
    }
    long fits = (long) (0.9 * free / ((double) bytes / batchSize)); // the rest is for the workspace
    return message + (fits < 1 ? "; not even a batch size of 1 fits" : "; a batch size of about " + fits + " would fit");
  }

  private static long mebibytes(long bytes) {
    return (bytes + (1 << 20) - 1) >> 20;
  }
}
