package org.lenet4j.backend.cuda;

import static org.bytedeco.cuda.global.cudart.cudaFree;
import static org.bytedeco.cuda.global.cudart.cudaMalloc;
import static org.bytedeco.cuda.global.cudart.cudaMemcpyAsync;
import static org.bytedeco.cuda.global.cudart.cudaMemcpyDeviceToHost;
import static org.bytedeco.cuda.global.cudart.cudaMemcpyHostToDevice;
import static org.bytedeco.cuda.global.cudart.cudaSetDevice;
import static org.bytedeco.cuda.global.cudart.cudaStreamCreateWithFlags;
import static org.bytedeco.cuda.global.cudart.cudaStreamDestroy;
import static org.bytedeco.cuda.global.cudart.cudaStreamNonBlocking;
import static org.bytedeco.cuda.global.cudart.cudaStreamSynchronize;
import static org.bytedeco.cuda.global.nccl.ncclAllGather;
import static org.bytedeco.cuda.global.nccl.ncclCommDestroy;
import static org.bytedeco.cuda.global.nccl.ncclCommInitAll;
import static org.bytedeco.cuda.global.nccl.ncclFloat32;
import static org.bytedeco.cuda.global.nccl.ncclInvalidArgument;
import static org.bytedeco.cuda.global.nccl.ncclInvalidUsage;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.lenet4j.backend.cuda.Workbench.ok;
import static org.lenet4j.backend.cuda.Workbench.refused;

import java.util.List;
import org.bytedeco.cuda.cudart.CUstream_st;
import org.bytedeco.cuda.nccl.ncclComm;
import org.bytedeco.javacpp.FloatPointer;
import org.bytedeco.javacpp.PointerPointer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** NCCL on the stand-in: three ranks on four devices, in another order. */
@Tag("cuda-standin")
class StandInNcclTest {
  private static final int[] DEVICES = {2, 0, 3};

  private final ncclComm[] comms = new ncclComm[3];
  private final CUstream_st[] streams = new CUstream_st[3];
  private final FloatPointer[] buffers = new FloatPointer[3]; // (3, 2)

  @BeforeEach void open() {
    StandIn.assume();
    StandIn.devices(4);
    PointerPointer<ncclComm> made = new PointerPointer<>(3);
    ok(ncclCommInitAll(made, 3, DEVICES));
    for (int rank = 0; rank < 3; rank++) {
      ok(cudaSetDevice(DEVICES[rank]));
      comms[rank] = made.get(ncclComm.class, rank);
      streams[rank] = new CUstream_st();
      buffers[rank] = new FloatPointer();
      ok(cudaStreamCreateWithFlags(streams[rank], cudaStreamNonBlocking));
      ok(cudaMalloc(buffers[rank], 6 * 4));
      buffers[rank].capacity(6);
    }
  }

  @AfterEach void close() {
    for (int rank = 0; rank < 3; rank++) {
      ok(cudaSetDevice(DEVICES[rank]));
      ok(cudaFree(buffers[rank]));
      ok(cudaStreamDestroy(streams[rank]));
      ok(ncclCommDestroy(comms[rank]));
    }
    assertEquals(List.of(), StandIn.leaks());
    StandIn.reset();
  }

  /** Twice, and one thread that waits for one stream is enough for all. */
  @Test void eachRankGetsAllInTheOrderOfTheRanks() {
    for (float round : new float[] {0, 100}) {
      for (int rank = 0; rank < 3; rank++) {
        ok(cudaSetDevice(DEVICES[rank]));
        FloatPointer own = buffers[rank].getPointer(2L * rank);
        ok(cudaMemcpyAsync(own, new FloatPointer(round + rank, round - rank), 8, cudaMemcpyHostToDevice, streams[rank]));
        ok(ncclAllGather(own, buffers[rank], 2, ncclFloat32, comms[rank], streams[rank]));
      }
      for (int rank = 0; rank < 3; rank++) {
        FloatPointer host = new FloatPointer(6);
        ok(cudaSetDevice(DEVICES[rank]));
        ok(cudaMemcpyAsync(host, buffers[rank], 24, cudaMemcpyDeviceToHost, streams[rank]));
        ok(cudaStreamSynchronize(streams[rank]));
        float[] values = new float[6];
        host.get(values);
        assertArrayEquals(new float[] {round, round, round + 1, round - 1, round + 2, round - 2}, values, "rank " + rank);
      }
    }
    assertEquals(List.of(), StandIn.violations());
  }

  @Test void whatNcclRefuses() {
    ok(cudaSetDevice(0));
    refused(ncclInvalidArgument, ncclAllGather(buffers[1], buffers[1], 2, ncclFloat32, comms[0], streams[1]), "ncclAllGather",
        "the communicator belongs to device 2");
    refused(ncclInvalidUsage, ncclAllGather(buffers[1], buffers[1], 2, ncclFloat32, comms[1], streams[1]), "ncclAllGather",
        "not its own part");
    refused(ncclInvalidUsage, ncclAllGather(buffers[0], buffers[1], 2, ncclFloat32, comms[1], streams[1]), "ncclAllGather",
        "belongs to device 2");
    refused(ncclInvalidUsage, ncclCommInitAll(new PointerPointer<>(2), 2, new int[] {1, 1}), "ncclCommInitAll", "twice");
  }
}
