package org.lenet4j.backend.cuda.device;

import static org.bytedeco.cuda.global.cudart.cudaFreeHost;
import static org.bytedeco.cuda.global.cudart.cudaMallocHost;
import static org.bytedeco.cuda.global.cudart.cudaMemcpyAsync;
import static org.bytedeco.cuda.global.cudart.cudaMemcpyDeviceToHost;
import static org.bytedeco.cuda.global.cudart.cudaMemcpyHostToDevice;
import static org.bytedeco.cuda.global.cudart.cudaMemsetAsync;
import static org.bytedeco.cuda.global.cudart.cudaStreamCreateWithFlags;
import static org.bytedeco.cuda.global.cudart.cudaStreamDestroy;
import static org.bytedeco.cuda.global.cudart.cudaStreamNonBlocking;
import static org.bytedeco.cuda.global.cudart.cudaStreamSynchronize;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import org.bytedeco.cuda.cudart.CUstream_st;
import org.bytedeco.javacpp.BytePointer;
import org.bytedeco.javacpp.Pointer;

/** A program's stream, and the copies between Java arrays and the device, through one piece of pinned memory. */
public final class CudaStream {
  private static final int STAGING = 1 << 20;

  private final int device;
  private final CUstream_st stream = new CUstream_st();
  private final BytePointer staging; // (STAGING), pinned
  private final ByteBuffer stagingBytes;

  /** {@code owner} destroys it. */
  public CudaStream(Natives owner) {
    device = owner.device();
    Cuda.check(cudaStreamCreateWithFlags(stream, cudaStreamNonBlocking), "cudaStreamCreateWithFlags");
    owner.own(stream, () -> Cuda.check(cudaStreamDestroy(stream), "cudaStreamDestroy"));
    staging = pinned(owner, STAGING);
    stagingBytes = staging.asBuffer().order(ByteOrder.nativeOrder());
  }

  /** The number of the device that it feeds. */
  public int device() {
    return device;
  }

  public CUstream_st handle() {
    return stream;
  }

  /** Host memory that the device copies from while the caller goes on. */
  public static BytePointer pinned(Natives owner, long bytes) {
    Pointer memory = new Pointer();
    Cuda.check(cudaMallocHost(memory, bytes), "cudaMallocHost");
    owner.own(memory, () -> Cuda.check(cudaFreeHost(memory), "cudaFreeHost"));
    return new BytePointer(memory).capacity(bytes);
  }

  /** Waits until all that was put into the stream is done; what went wrong in it is thrown here. */
  public void synchronize() {
    Cuda.check(cudaStreamSynchronize(stream), "cudaStreamSynchronize");
  }

  public void clear(Pointer device, long bytes) {
    Cuda.check(cudaMemsetAsync(device, 0, bytes, stream), "cudaMemsetAsync");
  }

  public void toDevice(Pointer device, Pointer pinned, long bytes) {
    Cuda.check(cudaMemcpyAsync(device, pinned, bytes, cudaMemcpyHostToDevice, stream), "cudaMemcpyAsync");
  }

  public void toHost(Pointer pinned, Pointer device, long bytes) {
    Cuda.check(cudaMemcpyAsync(pinned, device, bytes, cudaMemcpyDeviceToHost, stream), "cudaMemcpyAsync");
  }

  /** Copies {@code bytes} bytes to a tensor and waits for it; {@code fill} puts those from an offset on into the staging buffer. */
  private void upload(Tensor to, long offset, long bytes, Fill fill) {
    for (long done = 0; done < bytes; done += STAGING) {
      int length = (int) Math.min(STAGING, bytes - done);
      fill.apply(stagingBytes.clear(), done, length);
      toDevice(to.at(offset + done), staging, length);
      synchronize();
    }
  }

  /** Copies from a tensor, waiting for all that comes before it. */
  private void download(Tensor from, long offset, long bytes, Fill fill) {
    for (long done = 0; done < bytes; done += STAGING) {
      int length = (int) Math.min(STAGING, bytes - done);
      toHost(staging, from.at(offset + done), length);
      synchronize();
      fill.apply(stagingBytes.clear(), done, length);
    }
  }

  public void upload(Tensor to, byte[] from) {
    upload(to, 0, from, from.length);
  }

  /** Copies the first {@code bytes} bytes of an array to a place in a tensor. */
  public void upload(Tensor to, long offset, byte[] from, int bytes) {
    upload(to, offset, bytes, (buffer, done, length) -> buffer.put(from, (int) done, length));
  }

  public void upload(Tensor to, int[] from) {
    upload(to, 0, 4L * from.length, (buffer, done, length) -> buffer.asIntBuffer().put(from, (int) (done / 4), length / 4));
  }

  /** Copies all of an array to the tensor's elements from {@code offset} on. */
  public void upload(Tensor to, int offset, float[] from) {
    upload(to, 4L * offset, 4L * from.length, (buffer, done, length) -> buffer.asFloatBuffer().put(from, (int) (done / 4), length / 4));
  }

  /** Fills an array from the tensor's elements from {@code offset} on. */
  public void download(Tensor from, int offset, float[] to) {
    download(from, 4L * offset, 4L * to.length, (buffer, done, length) -> buffer.asFloatBuffer().get(to, (int) (done / 4), length / 4));
  }

  /** Fills {@code to[toOffset .. toOffset + count)} from the start of a tensor. */
  public void download(Tensor from, float[] to, int toOffset, int count) {
    download(from, 0, 4L * count, (buffer, done, length) -> buffer.asFloatBuffer().get(to, toOffset + (int) (done / 4), length / 4));
  }

  /** Fills {@code to[toOffset .. toOffset + count)} from the start of a tensor. */
  public void download(Tensor from, int[] to, int toOffset, int count) {
    download(from, 0, 4L * count, (buffer, done, length) -> buffer.asIntBuffer().get(to, toOffset + (int) (done / 4), length / 4));
  }

  /** Moves {@code length} bytes from {@code done} on between an array and the buffer. */
  private interface Fill {
    void apply(ByteBuffer buffer, long done, int length);
  }
}
