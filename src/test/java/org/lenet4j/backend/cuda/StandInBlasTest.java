package org.lenet4j.backend.cuda;

import static org.bytedeco.cuda.global.cublas.CUBLASLT_EPILOGUE_RELU_BIAS;
import static org.bytedeco.cuda.global.cublas.CUBLASLT_MATMUL_DESC_BIAS_POINTER;
import static org.bytedeco.cuda.global.cublas.CUBLASLT_MATMUL_DESC_EPILOGUE;
import static org.bytedeco.cuda.global.cublas.CUBLASLT_MATMUL_DESC_TRANSA;
import static org.bytedeco.cuda.global.cublas.CUBLASLT_MATMUL_PREF_MAX_WORKSPACE_BYTES;
import static org.bytedeco.cuda.global.cublas.CUBLAS_COMPUTE_32F;
import static org.bytedeco.cuda.global.cublas.CUBLAS_COMPUTE_32F_FAST_16BF;
import static org.bytedeco.cuda.global.cublas.CUBLAS_COMPUTE_32F_FAST_TF32;
import static org.bytedeco.cuda.global.cublas.CUBLAS_GEMM_DEFAULT;
import static org.bytedeco.cuda.global.cublas.CUBLAS_OP_N;
import static org.bytedeco.cuda.global.cublas.CUBLAS_OP_T;
import static org.bytedeco.cuda.global.cublas.CUBLAS_STATUS_ARCH_MISMATCH;
import static org.bytedeco.cuda.global.cublas.CUBLAS_STATUS_INVALID_VALUE;
import static org.bytedeco.cuda.global.cublas.CUBLAS_STATUS_NOT_INITIALIZED;
import static org.bytedeco.cuda.global.cublas.CUBLAS_STATUS_NOT_SUPPORTED;
import static org.bytedeco.cuda.global.cublas.CUBLAS_TF32_TENSOR_OP_MATH;
import static org.bytedeco.cuda.global.cublas.cublasCreate_v2;
import static org.bytedeco.cuda.global.cublas.cublasDestroy_v2;
import static org.bytedeco.cuda.global.cublas.cublasGemmEx;
import static org.bytedeco.cuda.global.cublas.cublasLtCreate;
import static org.bytedeco.cuda.global.cublas.cublasLtDestroy;
import static org.bytedeco.cuda.global.cublas.cublasLtMatmul;
import static org.bytedeco.cuda.global.cublas.cublasLtMatmulAlgoGetHeuristic;
import static org.bytedeco.cuda.global.cublas.cublasLtMatmulDescCreate;
import static org.bytedeco.cuda.global.cublas.cublasLtMatmulDescDestroy;
import static org.bytedeco.cuda.global.cublas.cublasLtMatmulDescSetAttribute;
import static org.bytedeco.cuda.global.cublas.cublasLtMatmulPreferenceCreate;
import static org.bytedeco.cuda.global.cublas.cublasLtMatmulPreferenceDestroy;
import static org.bytedeco.cuda.global.cublas.cublasLtMatmulPreferenceSetAttribute;
import static org.bytedeco.cuda.global.cublas.cublasLtMatrixLayoutCreate;
import static org.bytedeco.cuda.global.cublas.cublasLtMatrixLayoutDestroy;
import static org.bytedeco.cuda.global.cublas.cublasSetMathMode;
import static org.bytedeco.cuda.global.cublas.cublasSetStream_v2;
import static org.bytedeco.cuda.global.cublas.cublasSetWorkspace_v2;
import static org.bytedeco.cuda.global.cublas.cublasSgemm_v2;
import static org.bytedeco.cuda.global.cudart.CUDA_R_32F;
import static org.bytedeco.cuda.global.cudart.cudaGraphDestroy;
import static org.bytedeco.cuda.global.cudart.cudaStreamBeginCapture;
import static org.bytedeco.cuda.global.cudart.cudaStreamCaptureModeThreadLocal;
import static org.bytedeco.cuda.global.cudart.cudaStreamEndCapture;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.lenet4j.backend.cuda.Workbench.ONE;
import static org.lenet4j.backend.cuda.Workbench.ZERO;
import static org.lenet4j.backend.cuda.Workbench.ok;
import static org.lenet4j.backend.cuda.Workbench.refused;

import java.util.List;
import org.bytedeco.cuda.cublas.cublasContext;
import org.bytedeco.cuda.cublas.cublasLtContext;
import org.bytedeco.cuda.cublas.cublasLtMatmulDescOpaque_t;
import org.bytedeco.cuda.cublas.cublasLtMatmulHeuristicResult_t;
import org.bytedeco.cuda.cublas.cublasLtMatmulPreferenceOpaque_t;
import org.bytedeco.cuda.cublas.cublasLtMatrixLayoutOpaque_t;
import org.bytedeco.cuda.cudart.CUgraph_st;
import org.bytedeco.cuda.cudart.CUstream_st;
import org.bytedeco.javacpp.FloatPointer;
import org.bytedeco.javacpp.IntPointer;
import org.bytedeco.javacpp.LongPointer;
import org.bytedeco.javacpp.Pointer;
import org.bytedeco.javacpp.PointerPointer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** cuBLAS and cublasLt of the stand-in: right products, and errors for wrong ones. */
@Tag("cuda-standin")
class StandInBlasTest {
  private Workbench bench;
  private final cublasContext blas = new cublasContext();
  private final cublasLtContext lt = new cublasLtContext();
  private cublasLtMatmulDescOpaque_t desc;

  @BeforeEach
  void open() {
    StandIn.assume();
    bench = new Workbench();
    ok(cublasCreate_v2(blas));
    bench.atClose(() -> ok(cublasDestroy_v2(blas)));
    ok(cublasSetStream_v2(blas, bench.stream));
    ok(cublasLtCreate(lt));
    bench.atClose(() -> ok(cublasLtDestroy(lt)));
  }

  @AfterEach
  void close() {
    if (bench != null) {
      bench.close();
      assertEquals(List.of(), StandIn.leaks());
    }
  }

  private int gemm(int m, int n, int k, Pointer a, int lda, Pointer b, int ldb, Pointer c, int ldc) {
    return cublasSgemm_v2(blas, CUBLAS_OP_N, CUBLAS_OP_N, m, n, k, ONE, new FloatPointer(a), lda, new FloatPointer(b), ldb, ZERO,
        new FloatPointer(c), ldc);
  }

  @Test
  void allTranspositionsMultiply() {
    // Columns first: A is (2, 3), B is (3, 2).
    FloatPointer a = bench.device(1, 2, 3, 4, 5, 6);
    FloatPointer aTransposed = bench.device(1, 3, 5, 2, 4, 6);
    FloatPointer b = bench.device(7, 8, 9, 10, 11, 12);
    FloatPointer bTransposed = bench.device(7, 10, 8, 11, 9, 12);
    for (int transA : new int[] {CUBLAS_OP_N, CUBLAS_OP_T}) {
      for (int transB : new int[] {CUBLAS_OP_N, CUBLAS_OP_T}) {
        FloatPointer c = bench.device(1, 1, 1, 1);
        ok(cublasGemmEx(blas, transA, transB, 2, 2, 3, new FloatPointer(2f), transA == CUBLAS_OP_N ? a : aTransposed, CUDA_R_32F,
            transA == CUBLAS_OP_N ? 2 : 3, transB == CUBLAS_OP_N ? b : bTransposed, CUDA_R_32F, transB == CUBLAS_OP_N ? 3 : 2,
            new FloatPointer(10f), c, CUDA_R_32F, 2, CUBLAS_COMPUTE_32F, CUBLAS_GEMM_DEFAULT));
        assertArrayEquals(new float[] {2 * 76 + 10, 2 * 100 + 10, 2 * 103 + 10, 2 * 136 + 10}, bench.fetch(c, 4));
      }
    }
    assertEquals(List.of(), StandIn.violations());
  }

  @Test
  void leadingDimensionsLeaveGapsAlone() {
    FloatPointer a = bench.device(1, 2, 99, 3, 4, 99);
    FloatPointer c = bench.device(-1, -1, -1, -1, -1, -1);
    ok(gemm(2, 2, 2, a, 3, a, 3, c, 3));
    assertArrayEquals(new float[] {7, 10, -1, 15, 22, -1}, bench.fetch(c, 6));
  }

  @Test
  void precisionHasAnEffect() {
    float x = 1 + 1f / 512 + 1f / 8192; // the last term is lost to TF32, the last two to bfloat16
    FloatPointer a = bench.device(x);
    FloatPointer one = bench.device(1f);
    FloatPointer c = bench.device(1);
    int[] types = {CUBLAS_COMPUTE_32F, CUBLAS_COMPUTE_32F_FAST_TF32, CUBLAS_COMPUTE_32F_FAST_16BF};
    float[] expected = {x, 1 + 1f / 512, 1};
    for (int i = 0; i < types.length; i++) {
      ok(cublasGemmEx(blas, CUBLAS_OP_N, CUBLAS_OP_N, 1, 1, 1, ONE, a, CUDA_R_32F, 1, one, CUDA_R_32F, 1, ZERO, c, CUDA_R_32F, 1,
          types[i], CUBLAS_GEMM_DEFAULT));
      assertEquals(expected[i], bench.fetch(c, 1)[0]);
    }
  }

  @Test
  void devicesBefore80HaveNoTf32AndNoBfloat16() {
    FloatPointer a = bench.device(1f);
    FloatPointer c = bench.device(1);
    StandIn.computeCapability(7, 5); // a T4
    for (int type : new int[] {CUBLAS_COMPUTE_32F_FAST_TF32, CUBLAS_COMPUTE_32F_FAST_16BF}) {
      refused(CUBLAS_STATUS_ARCH_MISMATCH, cublasGemmEx(blas, CUBLAS_OP_N, CUBLAS_OP_N, 1, 1, 1, ONE, a, CUDA_R_32F, 1, a, CUDA_R_32F, 1,
          ZERO, c, CUDA_R_32F, 1, type, CUBLAS_GEMM_DEFAULT), "cublasGemmEx", "8.0", "7.5");
    }
    refused(CUBLAS_STATUS_ARCH_MISMATCH, cublasSetMathMode(blas, CUBLAS_TF32_TENSOR_OP_MATH), "cublasSetMathMode", "8.0");
    StandIn.computeCapability(8, 0); // an A100
    ok(cublasSetMathMode(blas, CUBLAS_TF32_TENSOR_OP_MATH));
  }

  @Test
  void wrongProductsAreRefused() {
    FloatPointer a = bench.device(4);
    FloatPointer c = bench.device(4);
    int invalid = CUBLAS_STATUS_INVALID_VALUE;
    refused(invalid, gemm(2, 2, 2, a, 1, a, 2, c, 2), "cublasSgemm_v2", "leading dimensions 1, 2, 2");
    refused(invalid, gemm(2, 0, 2, a, 2, a, 2, c, 2), "cublasSgemm_v2", "2 x 0 x 2");
    refused(invalid, gemm(2, 2, 3, a, 2, a, 3, c, 2), "cublasSgemm_v2", "A needs 24 bytes");
    refused(invalid, gemm(2, 2, 2, a, 2, a, 2, c.getPointer(1), 2), "cublasSgemm_v2", "C needs 16 bytes, 12 are left");
    refused(invalid, gemm(2, 2, 2, a, 2, a, 2, a, 2), "cublasSgemm_v2", "C overlaps A");
    try (FloatPointer host = new FloatPointer(4)) {
      refused(invalid, gemm(2, 2, 2, host, 2, a, 2, c, 2), "cublasSgemm_v2", "A is not device memory");
    }
    refused(invalid, cublasSgemm_v2(blas, 0, 0, 2, 2, 2, a, a, 2, a, 2, ZERO, c, 2), "cublasSgemm_v2", "alpha and beta", "host");
    refused(CUBLAS_STATUS_NOT_SUPPORTED, cublasGemmEx(blas, 0, 0, 1, 1, 1, ONE, a, 2, 1, a, CUDA_R_32F, 1, ZERO, c, CUDA_R_32F, 1,
        CUBLAS_COMPUTE_32F, CUBLAS_GEMM_DEFAULT), "cublasGemmEx", "float32");
  }

  @Test
  void aHandleNeedsItsStream() {
    FloatPointer a = bench.device(1f);
    cublasContext other = new cublasContext();
    ok(cublasCreate_v2(other));
    int code = cublasSgemm_v2(other, 0, 0, 1, 1, 1, ONE, a, 1, a, 1, ZERO, bench.device(1), 1);
    refused(CUBLAS_STATUS_INVALID_VALUE, code, "cublasSgemm_v2", "no stream");
    refused(CUBLAS_STATUS_INVALID_VALUE, cublasSetStream_v2(other, new CUstream_st()), "cublasSetStream_v2", "null");
    ok(cublasDestroy_v2(other));
    code = cublasSgemm_v2(other, 0, 0, 1, 1, 1, ONE, a, 1, a, 1, ZERO, a, 1);
    refused(CUBLAS_STATUS_NOT_INITIALIZED, code, "cublasSgemm_v2", "destroyed");
    refused(CUBLAS_STATUS_NOT_INITIALIZED, cublasDestroy_v2(other), "cublasDestroy_v2", "destroyed");
  }

  @Test
  void aCaptureNeedsAWorkspaceThatWasSetAfterTheStream() {
    FloatPointer a = bench.device(1f);
    FloatPointer c = bench.device(1);
    FloatPointer workspace = bench.device(1024);
    ok(cublasSetWorkspace_v2(blas, workspace, 4096));
    ok(cublasSetStream_v2(blas, bench.stream)); // takes cuBLAS's own again
    CUgraph_st graph = new CUgraph_st();
    ok(cudaStreamBeginCapture(bench.stream, cudaStreamCaptureModeThreadLocal));
    refused(CUBLAS_STATUS_INVALID_VALUE, gemm(1, 1, 1, a, 1, a, 1, c, 1), "cublasSgemm_v2", "workspace");
    ok(cublasSetWorkspace_v2(blas, workspace, 4096));
    ok(gemm(1, 1, 1, a, 1, a, 1, c, 1));
    ok(cudaStreamEndCapture(bench.stream, graph));
    ok(cudaGraphDestroy(graph));
    refused(CUBLAS_STATUS_INVALID_VALUE, cublasSetWorkspace_v2(blas, workspace, 4097), "cublasSetWorkspace_v2", "4097");
    refused(CUBLAS_STATUS_INVALID_VALUE, cublasSetWorkspace_v2(blas, workspace.getPointer(1), 16), "cublasSetWorkspace_v2", "256");
  }

  // ---- cublasLt: D = relu(A^T B + bias), A (2, 3) transposed, B (2, 2) ----

  private cublasLtMatrixLayoutOpaque_t layout(int rows, int columns) {
    PointerPointer<cublasLtMatrixLayoutOpaque_t> made = new PointerPointer<>(1);
    ok(cublasLtMatrixLayoutCreate(made, CUDA_R_32F, rows, columns, rows));
    cublasLtMatrixLayoutOpaque_t layout = made.get(cublasLtMatrixLayoutOpaque_t.class);
    bench.atClose(() -> ok(cublasLtMatrixLayoutDestroy(layout)));
    return layout;
  }

  private void describe(FloatPointer bias) {
    PointerPointer<cublasLtMatmulDescOpaque_t> made = new PointerPointer<>(1);
    ok(cublasLtMatmulDescCreate(made, CUBLAS_COMPUTE_32F, CUDA_R_32F));
    desc = made.get(cublasLtMatmulDescOpaque_t.class);
    bench.atClose(() -> ok(cublasLtMatmulDescDestroy(desc)));
    ok(cublasLtMatmulDescSetAttribute(desc, CUBLASLT_MATMUL_DESC_TRANSA, new IntPointer(new int[] {CUBLAS_OP_T}), 4));
    ok(cublasLtMatmulDescSetAttribute(desc, CUBLASLT_MATMUL_DESC_EPILOGUE, new IntPointer(new int[] {CUBLASLT_EPILOGUE_RELU_BIAS}), 4));
    ok(cublasLtMatmulDescSetAttribute(desc, CUBLASLT_MATMUL_DESC_BIAS_POINTER, new LongPointer(new long[] {bias.address()}), 8));
  }

  private int find(cublasLtMatrixLayoutOpaque_t a, cublasLtMatrixLayoutOpaque_t b, cublasLtMatrixLayoutOpaque_t d, long workspace,
      cublasLtMatmulHeuristicResult_t result, int[] count) {
    PointerPointer<cublasLtMatmulPreferenceOpaque_t> made = new PointerPointer<>(1);
    ok(cublasLtMatmulPreferenceCreate(made));
    cublasLtMatmulPreferenceOpaque_t preference = made.get(cublasLtMatmulPreferenceOpaque_t.class);
    ok(cublasLtMatmulPreferenceSetAttribute(preference, CUBLASLT_MATMUL_PREF_MAX_WORKSPACE_BYTES, new LongPointer(new long[] {workspace}),
        8));
    int code = cublasLtMatmulAlgoGetHeuristic(lt, desc, a, b, d, d, preference, 1, result, count);
    ok(cublasLtMatmulPreferenceDestroy(preference));
    return code;
  }

  @Test
  void ltMultipliesWithBiasAndRelu() {
    FloatPointer a = bench.device(1, 2, 3, 4, 5, 6);
    FloatPointer b = bench.device(1, 1, -1, 1);
    FloatPointer d = bench.device(6);
    FloatPointer workspace = bench.device(64);
    describe(bench.device(10, 20, -100));
    var aLayout = layout(2, 3);
    var bLayout = layout(2, 2);
    var dLayout = layout(3, 2);
    cublasLtMatmulHeuristicResult_t result = new cublasLtMatmulHeuristicResult_t();
    int[] count = new int[1];
    ok(find(aLayout, bLayout, dLayout, 256, result, count));
    assertEquals(1, count[0]);
    assertTrue(result.workspaceSize() > 0 && result.workspaceSize() <= 256);
    ok(cublasLtMatmul(lt, desc, ONE, a, aLayout, b, bLayout, ZERO, d, dLayout, d, dLayout, result.algo(), workspace,
        result.workspaceSize(), bench.stream));
    assertArrayEquals(new float[] {13, 27, 0, 11, 21, 0}, bench.fetch(d, 6));
    assertEquals(List.of(), StandIn.violations());

    int invalid = CUBLAS_STATUS_INVALID_VALUE;
    refused(invalid, cublasLtMatmul(lt, desc, ONE, a, aLayout, b, bLayout, ZERO, d, dLayout, d, dLayout, result.algo(), workspace,
        result.workspaceSize() - 1, bench.stream), "cublasLtMatmul", "workspace");
    refused(invalid, cublasLtMatmul(lt, desc, ONE, a, aLayout, b, aLayout, ZERO, d, dLayout, d, dLayout, result.algo(), workspace, 256,
        bench.stream), "cublasLtMatmul", "(3, 2) times (2, 3)");
    refused(invalid, cublasLtMatmul(lt, desc, ONE, a, aLayout, b, bLayout, ZERO, d, dLayout, d, dLayout, null, workspace, 256,
        bench.stream), "cublasLtMatmul", "no algorithm");
    refused(invalid, cublasLtMatmul(lt, desc, ONE, a, aLayout, b, layout(2, 1), ZERO, d, layout(3, 1), d, layout(3, 1), result.algo(),
        workspace, 256, bench.stream), "cublasLtMatmul", "another problem");
    refused(invalid, cublasLtMatmul(lt, desc, ONE, a, aLayout, b, bLayout, ZERO, d, dLayout, d.getPointer(1), dLayout, result.algo(),
        workspace, 256, bench.stream), "cublasLtMatmul", "multiple of 256");
  }

  @Test
  void withoutWorkspaceThereIsAnAlgorithmThatNeedsNone() {
    describe(bench.device(3));
    cublasLtMatmulHeuristicResult_t result = new cublasLtMatmulHeuristicResult_t();
    ok(find(layout(2, 3), layout(2, 2), layout(3, 2), 0, result, new int[1]));
    assertEquals(0, result.workspaceSize());
  }

  @Test
  void epiloguesCanBeTakenAway() {
    describe(bench.device(3));
    StandIn.ltEpilogues(false);
    int[] count = {-1};
    assertEquals(CUBLAS_STATUS_NOT_SUPPORTED,
        find(layout(2, 3), layout(2, 2), layout(3, 2), 0, new cublasLtMatmulHeuristicResult_t(), count));
    assertEquals(0, count[0]);
    assertEquals(List.of(), StandIn.violations());
  }

  @Test
  void aMissingBiasIsRefused() {
    FloatPointer a = bench.device(6);
    describe(new FloatPointer());
    cublasLtMatmulHeuristicResult_t result = new cublasLtMatmulHeuristicResult_t();
    var aLayout = layout(2, 3);
    var bLayout = layout(2, 2);
    var dLayout = layout(3, 2);
    ok(find(aLayout, bLayout, dLayout, 0, result, new int[1]));
    FloatPointer d = bench.device(6);
    refused(CUBLAS_STATUS_INVALID_VALUE, cublasLtMatmul(lt, desc, ONE, a, aLayout, bench.device(4), bLayout, ZERO, d, dLayout, d, dLayout,
        result.algo(), null, 0, bench.stream), "cublasLtMatmul", "the bias is null");
  }
}
