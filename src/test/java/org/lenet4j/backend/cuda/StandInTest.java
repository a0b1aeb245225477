package org.lenet4j.backend.cuda;

import static org.bytedeco.cuda.global.cublas.*;
import static org.bytedeco.cuda.global.cudart.*;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.List;
import org.bytedeco.cuda.cublas.cublasContext;
import org.bytedeco.cuda.cudart.CUstream_st;
import org.bytedeco.javacpp.FloatPointer;
import org.bytedeco.javacpp.Pointer;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

@Tag("cuda-standin")
class StandInTest {
  @BeforeEach
  void reset() {
    StandIn.assume();
  }

  @Test
  void multiplies() {
    assertEquals(0, cudaSetDevice(0));
    CUstream_st stream = new CUstream_st();
    assertEquals(0, cudaStreamCreateWithFlags(stream, 1));
    cublasContext blas = new cublasContext();
    assertEquals(0, cublasCreate_v2(blas));
    assertEquals(0, cublasSetStream_v2(blas, stream));
    Pointer a = new Pointer();
    assertEquals(0, cudaMalloc(a, 16));
    Pointer c = new Pointer();
    assertEquals(0, cudaMalloc(c, 16));
    FloatPointer host = new FloatPointer(1, 2, 3, 4);
    assertEquals(0, cudaMemcpyAsync(a, host, 16, cudaMemcpyHostToDevice, stream));
    assertEquals(0, cublasSgemm_v2(blas, 0, 0, 2, 2, 2, new FloatPointer(1f), new FloatPointer(a), 2, new FloatPointer(a), 2,
        new FloatPointer(0f), new FloatPointer(c), 2));
    FloatPointer result = new FloatPointer(4);
    assertEquals(0, cudaMemcpyAsync(result, c, 16, cudaMemcpyDeviceToHost, stream));
    assertEquals(0, cudaStreamSynchronize(stream));
    float[] values = new float[4];
    result.get(values);
    assertArrayEquals(new float[] {7, 10, 15, 22}, values);
    assertEquals(List.of(), StandIn.violations());
    System.out.println(StandIn.leaks());
  }
}
