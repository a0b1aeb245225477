package org.lenet4j.backend.cuda.layer;

import static org.bytedeco.cuda.global.cublas.CUBLASLT_EPILOGUE_BIAS;
import static org.bytedeco.cuda.global.cublas.CUBLASLT_EPILOGUE_RELU_BIAS;
import static org.bytedeco.cuda.global.cublas.CUBLASLT_MATMUL_DESC_BIAS_POINTER;
import static org.bytedeco.cuda.global.cublas.CUBLASLT_MATMUL_DESC_EPILOGUE;
import static org.bytedeco.cuda.global.cublas.CUBLASLT_MATMUL_DESC_TRANSA;
import static org.bytedeco.cuda.global.cublas.CUBLASLT_MATMUL_PREF_MAX_WORKSPACE_BYTES;
import static org.bytedeco.cuda.global.cublas.CUBLAS_OP_T;
import static org.bytedeco.cuda.global.cublas.CUBLAS_STATUS_NOT_SUPPORTED;
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
import static org.bytedeco.cuda.global.cudart.CUDA_R_32F;
import static org.lenet4j.backend.cuda.device.CudaHandles.checkBlas;

import org.bytedeco.cuda.cublas.cublasLtMatmulAlgo_t;
import org.bytedeco.cuda.cublas.cublasLtMatmulDescOpaque_t;
import org.bytedeco.cuda.cublas.cublasLtMatmulHeuristicResult_t;
import org.bytedeco.cuda.cublas.cublasLtMatmulPreferenceOpaque_t;
import org.bytedeco.cuda.cublas.cublasLtMatrixLayoutOpaque_t;
import org.bytedeco.javacpp.IntPointer;
import org.bytedeco.javacpp.LongPointer;
import org.bytedeco.javacpp.Pointer;
import org.bytedeco.javacpp.PointerPointer;
import org.lenet4j.backend.cuda.device.CudaHandles;
import org.lenet4j.backend.cuda.device.Natives;
import org.lenet4j.backend.cuda.device.Tensor;

/** {@code y^T (out, B) = f(W (out, in) x^T (in, B) + b)}, f nothing or ReLU, as one product of cublasLt. */
final class CublasLtProduct {
  private final CudaHandles handles;
  private final cublasLtMatmulDescOpaque_t product;
  private final cublasLtMatrixLayoutOpaque_t w; // (in, out) column-major, taken transposed
  private final cublasLtMatrixLayoutOpaque_t x; // (in, B)
  private final cublasLtMatrixLayoutOpaque_t y; // (out, B)
  private cublasLtMatmulAlgo_t algorithm;

  /** The product with its epilogue, or null if this cublasLt has no kernel for it. */
  static CublasLtProduct find(CudaHandles handles, Natives owner, int batch, int inFeatures, int outFeatures, Tensor bias, boolean relu) {
    CublasLtProduct found = new CublasLtProduct(handles, owner, batch, inFeatures, outFeatures);
    found.set(CUBLASLT_MATMUL_DESC_TRANSA, new IntPointer(new int[] {CUBLAS_OP_T}), Integer.BYTES);
    found.set(CUBLASLT_MATMUL_DESC_EPILOGUE, new IntPointer(new int[] {relu ? CUBLASLT_EPILOGUE_RELU_BIAS : CUBLASLT_EPILOGUE_BIAS}),
        Integer.BYTES);
    found.set(CUBLASLT_MATMUL_DESC_BIAS_POINTER, new LongPointer(new long[] {bias.address()}), Long.BYTES);
    return found.chooseAlgorithm() ? found : null;
  }

  private CublasLtProduct(CudaHandles handles, Natives owner, int batch, int inFeatures, int outFeatures) {
    this.handles = handles;
    PointerPointer<cublasLtMatmulDescOpaque_t> made = new PointerPointer<>(1);
    checkBlas(cublasLtMatmulDescCreate(made, handles.computeType(), CUDA_R_32F), "cublasLtMatmulDescCreate");
    product = made.get(cublasLtMatmulDescOpaque_t.class);
    owner.own(product, () -> checkBlas(cublasLtMatmulDescDestroy(product), "cublasLtMatmulDescDestroy"));
    w = layout(owner, inFeatures, outFeatures);
    x = layout(owner, inFeatures, batch);
    y = layout(owner, outFeatures, batch);
  }

  private static cublasLtMatrixLayoutOpaque_t layout(Natives owner, int rows, int columns) {
    PointerPointer<cublasLtMatrixLayoutOpaque_t> made = new PointerPointer<>(1);
    checkBlas(cublasLtMatrixLayoutCreate(made, CUDA_R_32F, rows, columns, rows), "cublasLtMatrixLayoutCreate");
    cublasLtMatrixLayoutOpaque_t layout = made.get(cublasLtMatrixLayoutOpaque_t.class);
    return owner.own(layout, () -> checkBlas(cublasLtMatrixLayoutDestroy(layout), "cublasLtMatrixLayoutDestroy"));
  }

  private void set(int attribute, Pointer value, long bytes) {
    checkBlas(cublasLtMatmulDescSetAttribute(product, attribute, value, bytes), "cublasLtMatmulDescSetAttribute");
  }

  /** Takes the first algorithm of cublasLt's own ranking, which is the same every time; false if there is none. */
  private boolean chooseAlgorithm() {
    PointerPointer<cublasLtMatmulPreferenceOpaque_t> made = new PointerPointer<>(1);
    checkBlas(cublasLtMatmulPreferenceCreate(made), "cublasLtMatmulPreferenceCreate");
    cublasLtMatmulPreferenceOpaque_t preference = made.get(cublasLtMatmulPreferenceOpaque_t.class);
    try {
      checkBlas(cublasLtMatmulPreferenceSetAttribute(preference, CUBLASLT_MATMUL_PREF_MAX_WORKSPACE_BYTES,
          new LongPointer(new long[] {handles.blasWorkspace.bytes()}), Long.BYTES), "cublasLtMatmulPreferenceSetAttribute");
      cublasLtMatmulHeuristicResult_t result = new cublasLtMatmulHeuristicResult_t();
      int[] count = new int[1];
      int code = cublasLtMatmulAlgoGetHeuristic(handles.cublasLt, product, w, x, y, y, preference, 1, result, count);
      if (code != CUBLAS_STATUS_NOT_SUPPORTED) { // which also means that there is none
        checkBlas(code, "cublasLtMatmulAlgoGetHeuristic");
      }
      algorithm = result.algo();
      return code == 0 && count[0] > 0;
    } finally {
      cublasLtMatmulPreferenceDestroy(preference); // not checked: its exception would take the place of the first
    }
  }

  /** Multiplies; {@code weight (out, in)}, {@code from (B, in)} and {@code to (B, out)} are row-major. */
  void multiply(Tensor weight, Tensor from, Tensor to) {
    checkBlas(cublasLtMatmul(handles.cublasLt, product, handles.one, weight, w, from, x, handles.zero, to, y, to, y, algorithm,
        handles.blasWorkspace, handles.blasWorkspace.bytes(), handles.stream.handle()), "cublasLtMatmul");
  }
}
