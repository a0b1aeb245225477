package org.lenet4j.backend.cuda.device;

import static org.bytedeco.cuda.global.nccl.ncclAllGather;
import static org.bytedeco.cuda.global.nccl.ncclCommAbort;
import static org.bytedeco.cuda.global.nccl.ncclCommDestroy;
import static org.bytedeco.cuda.global.nccl.ncclCommInitAll;
import static org.bytedeco.cuda.global.nccl.ncclFloat32;
import static org.bytedeco.cuda.global.nccl.ncclGetErrorString;
import static org.bytedeco.cuda.global.nccl.ncclRemoteError;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.ReadWriteLock;
import java.util.concurrent.locks.ReentrantReadWriteLock;
import org.bytedeco.cuda.nccl.ncclComm;
import org.bytedeco.javacpp.PointerPointer;
import org.lenet4j.backend.NativeException;
import org.lenet4j.backend.base.AtOnce;

/**
 * NCCL's communicators of several devices of this process, for one program; the order of the devices is that of the ranks. Each rank's
 * calls come from a thread of its own: NCCL warns that one thread for all may stop for good, because a launch of a graph can wait for the
 * other devices (user guide, "Using NCCL with CUDA Graphs").
 */
public final class CudaRanks implements AutoCloseable {
  private static final long PATIENCE = 1000; // milliseconds
  private static final long END = 30; // seconds; a device that is lost for good may never answer

  private final Natives natives;
  private final List<ncclComm> comms = new ArrayList<>();
  private final ReadWriteLock calls = new ReentrantReadWriteLock();
  private final List<CompletableFuture<Void>> aborts = new ArrayList<>();
  private volatile boolean aborted;

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
    calls.readLock().lock();
    try {
      if (aborted) {
        throw new NativeException("nccl", "ncclAllGather", ncclRemoteError, "another of the GPUs has failed");
      }
      check(ncclAllGather(part, all, floats, ncclFloat32, comms.get(rank), stream.handle()), "ncclAllGather");
    } finally {
      calls.readLock().unlock();
    }
  }

  /**
   * Lets go of ranks that wait for one that will not come, on their devices or in a call. Any thread may call it, and need not wait:
   * NCCL ends the communicators once their graphs are destroyed, and a call of it waits for that ({@code commDestroySync} in its init.cc).
   */
  public synchronized void abort() {
    if (aborted) {
      return;
    }
    aborted = true;
    boolean quiet = false;
    try {
      quiet = calls.writeLock().tryLock(PATIENCE, TimeUnit.MILLISECONDS); // a call that takes longer is one that is stuck
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    comms.forEach(comm -> aborts.add(AtOnce.begin(() -> ncclCommAbort(comm))));
    if (quiet) {
      calls.writeLock().unlock();
    }
  }

  /** To be called when all graphs with its calls are destroyed. */
  @Override public synchronized void close() {
    if (aborted) {
      CompletableFuture.allOf(aborts.toArray(new CompletableFuture<?>[0])).completeOnTimeout(null, END, TimeUnit.SECONDS).join();
    } else {
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
