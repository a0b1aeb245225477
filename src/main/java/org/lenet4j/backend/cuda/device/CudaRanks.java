package org.lenet4j.backend.cuda.device;

import static org.bytedeco.cuda.global.nccl.ncclAllGather;
import static org.bytedeco.cuda.global.nccl.ncclCommAbort;
import static org.bytedeco.cuda.global.nccl.ncclCommDestroy;
import static org.bytedeco.cuda.global.nccl.ncclCommInitAll;
import static org.bytedeco.cuda.global.nccl.ncclFloat32;
import static org.bytedeco.cuda.global.nccl.ncclGetErrorString;

import java.util.ArrayList;
import java.util.List;
import org.bytedeco.cuda.nccl.ncclComm;
import org.bytedeco.javacpp.PointerPointer;
import org.lenet4j.backend.NativeException;

/**
 * NCCL's communicators of several devices of this process, for one program; the order of the devices is that of the ranks. Each rank's
 * calls come from a thread of its own: NCCL warns that one thread for all may stop for good, because a launch of a graph can wait for the
 * other devices (user guide, "Using NCCL with CUDA Graphs").
 */
public final class CudaRanks implements AutoCloseable {
  private final Natives natives;
  private final List<ncclComm> comms = new ArrayList<>();
  private boolean ended;

  /** Connects the devices, which takes some tenths of a second. */
  public CudaRanks(int[] devices) {
    Cuda.enter(devices[0]);
    natives = new Natives(devices[0]);
    try {
      PointerPointer<ncclComm> made = new PointerPointer<>(devices.length);
      check(ncclCommInitAll(made, devices.length, devices), "ncclCommInitAll");
      for (int rank = 0; rank < devices.length; rank++) {
        comms.add(made.get(ncclComm.class, rank));
      }
    } catch (RuntimeException | Error e) {
      natives.close();
      throw e;
    }
    natives.complete();
  }

  /** How many ranks there are. */
  public int count() {
    return comms.size();
  }

  /**
   * Every rank gets the parts of all, in the order of the ranks.
   *
   * @param part {@code (floats)}, what this rank gives: its own place in {@code all}
   * @param all  {@code (ranks, floats)}
   */
  public void gather(int rank, Tensor part, Tensor all, long floats, CudaStream stream) {
    check(ncclAllGather(part, all, floats, ncclFloat32, comms.get(rank), stream.handle()), "ncclAllGather");
  }

  /** Lets go of ranks that wait for one that will not come. Any thread may call it. */
  public synchronized void abort() {
    if (!ended) {
      ended = true;
      comms.forEach(comm -> ncclCommAbort(comm));
    }
  }

  /** To be called when all graphs with its calls are destroyed. */
  @Override public synchronized void close() {
    if (!ended) {
      ended = true;
      comms.forEach(comm -> natives.own(comm, () -> check(ncclCommDestroy(comm), "ncclCommDestroy")));
    }
    natives.close();
  }

  private static void check(int code, String call) {
    if (code != 0) {
      throw new NativeException("nccl", call, code, ncclGetErrorString(code).getString());
    }
  }
}
