package org.lenet4j.backend.cuda.device;

import static org.bytedeco.cuda.global.cublas.CUBLAS_COMPUTE_32F;
import static org.bytedeco.cuda.global.cublas.CUBLAS_COMPUTE_32F_FAST_16BF;
import static org.bytedeco.cuda.global.cublas.CUBLAS_COMPUTE_32F_FAST_TF32;
import static org.bytedeco.cuda.global.cublas.cublasCreate_v2;
import static org.bytedeco.cuda.global.cublas.cublasDestroy_v2;
import static org.bytedeco.cuda.global.cublas.cublasGetStatusName;
import static org.bytedeco.cuda.global.cublas.cublasGetStatusString;
import static org.bytedeco.cuda.global.cublas.cublasLtCreate;
import static org.bytedeco.cuda.global.cublas.cublasLtDestroy;
import static org.bytedeco.cuda.global.cublas.cublasSetStream_v2;
import static org.bytedeco.cuda.global.cublas.cublasSetWorkspace_v2;
import static org.bytedeco.cuda.global.cudnn.CUDNN_DEFAULT_MATH;
import static org.bytedeco.cuda.global.cudnn.CUDNN_FMA_MATH;
import static org.bytedeco.cuda.global.cudnn.cudnnCreate;
import static org.bytedeco.cuda.global.cudnn.cudnnDestroy;
import static org.bytedeco.cuda.global.cudnn.cudnnGetErrorString;
import static org.bytedeco.cuda.global.cudnn.cudnnGetLastErrorString;
import static org.bytedeco.cuda.global.cudnn.cudnnSetStream;

import java.nio.charset.StandardCharsets;
import org.bytedeco.cuda.cublas.cublasContext;
import org.bytedeco.cuda.cublas.cublasLtContext;
import org.bytedeco.cuda.cudnn.cudnnContext;
import org.bytedeco.javacpp.FloatPointer;
import org.lenet4j.backend.NativeException;
import org.lenet4j.backend.Precision;

/**
 * A program's stream and kernels and, unless it is one of fused kernels, its handles of cuDNN, cuBLAS and cuBLASLt, all on its stream: a
 * handle must not be used by two threads at once.
 */
public final class CudaHandles {
  private static final int HOPPER = 90;


  public final CudaStream stream;
  public final CudaKernels kernels;
  public final cudnnContext cudnn; // null, with all to the workspace, where the libraries are not wanted
  public final cublasContext cublas;
  public final cublasLtContext cublasLt;
  public final Tensor blasWorkspace;
  public final FloatPointer one = new FloatPointer(1f);
  public final FloatPointer zero = new FloatPointer(0f);
  final Precision precision;
  public final boolean fast; // also algorithms that do not give the same bits every time

  /** Makes them; {@code libraries} says whether those of cuDNN and cuBLAS are wanted, which are loaded then. */
  public CudaHandles(CudaStream stream, CudaKernels kernels, Natives owner, Precision precision, boolean fast, boolean libraries) {
    this.stream = stream;
    this.kernels = kernels;
    this.precision = precision;
    this.fast = fast;
    if (!libraries) {
      cudnn = null;
      cublas = null;
      cublasLt = null;
      blasWorkspace = null;
      return;
    }
    cudnn = new cudnnContext();
    cublas = new cublasContext();
    cublasLt = new cublasLtContext();
    checkDnn(cudnnCreate(cudnn), "cudnnCreate");
    owner.own(cudnn, () -> checkDnn(cudnnDestroy(cudnn), "cudnnDestroy"));
    checkDnn(cudnnSetStream(cudnn, stream.handle()), "cudnnSetStream");
    checkBlas(cublasCreate_v2(cublas), "cublasCreate_v2");
    owner.own(cublas, () -> checkBlas(cublasDestroy_v2(cublas), "cublasDestroy_v2"));
    checkBlas(cublasSetStream_v2(cublas, stream.handle()), "cublasSetStream_v2");
    checkBlas(cublasLtCreate(cublasLt), "cublasLtCreate");
    owner.own(cublasLt, () -> checkBlas(cublasLtDestroy(cublasLt), "cublasLtDestroy"));
    Slab slab = new Slab("cuBLAS's workspace");
    long bytes = Cuda.capability(owner.device()) >= HOPPER ? 32 << 20 : 4 << 20; // as cuBLAS's reference advises, cublasSetWorkspace()
    blasWorkspace = slab.reserve(bytes);
    slab.allocate(owner, 0);
    // After the stream was set, which would put cuBLAS's own back; and its own could be allocated in the middle of a capture.
    checkBlas(cublasSetWorkspace_v2(cublas, blasWorkspace, bytes), "cublasSetWorkspace_v2");
  }

  /** How cuBLAS multiplies. */
  public int computeType() {
    return switch (precision) {
      case FP32 -> CUBLAS_COMPUTE_32F;
      case TF32 -> CUBLAS_COMPUTE_32F_FAST_TF32;
      case BF16 -> CUBLAS_COMPUTE_32F_FAST_16BF;
    };
  }

  /** How cuDNN multiplies; its default may be TF32, and it has no bfloat16 for float tensors. */
  public int mathType() {
    return precision == Precision.FP32 ? CUDNN_FMA_MATH : CUDNN_DEFAULT_MATH;
  }

  /** Throws unless a call of cuBLAS or cuBLASLt succeeded. */
  public static void checkBlas(int code, String call) {
    if (code != 0) {
      Cuda.checkLost(call);
      throw new NativeException("cublas", call, code, cublasGetStatusName(code).getString() + ", "
          + cublasGetStatusString(code).getString());
    }
  }

  /** Throws unless a call of cuDNN succeeded. */
  public static void checkDnn(int code, String call) {
    if (code != 0) {
      Cuda.checkLost(call);
      byte[] text = new byte[512];
      cudnnGetLastErrorString(text, text.length);
      int length = 0;
      while (length < text.length && text[length] != 0) {
        length++;
      }
      String detail = new String(text, 0, length, StandardCharsets.UTF_8).replaceAll("\\s+", " ").trim();
      throw new NativeException("cudnn", call, code, cudnnGetErrorString(code).getString() + (detail.isEmpty() ? "" : ", " + detail));
    }
  }
}
