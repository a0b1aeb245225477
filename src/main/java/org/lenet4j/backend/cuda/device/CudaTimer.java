package org.lenet4j.backend.cuda.device;

import static org.bytedeco.cuda.global.cudart.cudaEventCreate;
import static org.bytedeco.cuda.global.cudart.cudaEventDestroy;
import static org.bytedeco.cuda.global.cudart.cudaEventElapsedTime;
import static org.bytedeco.cuda.global.cudart.cudaEventRecord;

import org.bytedeco.cuda.cudart.CUevent_st;

/** The device's own clock, for what is put into a stream between two calls. */
public final class CudaTimer {
  private final CudaStream stream;
  private final CUevent_st start;
  private final CUevent_st end;

  /** {@code owner} destroys its events. */
  public CudaTimer(CudaStream stream, Natives owner) {
    this.stream = stream;
    start = event(owner);
    end = event(owner);
  }

  private static CUevent_st event(Natives owner) {
    CUevent_st event = new CUevent_st();
    Cuda.check(cudaEventCreate(event), "cudaEventCreate");
    return owner.own(event, () -> Cuda.check(cudaEventDestroy(event), "cudaEventDestroy"));
  }

  public void start() {
    Cuda.check(cudaEventRecord(start, stream.handle()), "cudaEventRecord");
  }

  /** Waits for the stream; microseconds since the start. */
  public double stop() {
    Cuda.check(cudaEventRecord(end, stream.handle()), "cudaEventRecord");
    stream.synchronize();
    float[] milliseconds = new float[1];
    Cuda.check(cudaEventElapsedTime(milliseconds, start, end), "cudaEventElapsedTime");
    return milliseconds[0] * 1000.0;
  }
}
