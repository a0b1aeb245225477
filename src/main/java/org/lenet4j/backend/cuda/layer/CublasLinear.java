package org.lenet4j.backend.cuda.layer;

import static org.bytedeco.cuda.global.cublas.CUBLAS_GEMM_DEFAULT;
import static org.bytedeco.cuda.global.cublas.CUBLAS_OP_N;
import static org.bytedeco.cuda.global.cublas.CUBLAS_OP_T;
import static org.bytedeco.cuda.global.cublas.cublasGemmEx;
import static org.bytedeco.cuda.global.cudart.CUDA_R_32F;
import static org.bytedeco.cuda.global.cudnn.cudnnAddTensor;
import static org.lenet4j.backend.cuda.device.CudaHandles.checkBlas;
import static org.lenet4j.backend.cuda.device.CudaHandles.checkDnn;

import org.bytedeco.cuda.cudnn.cudnnTensorStruct;
import org.lenet4j.backend.cuda.device.CudaHandles;
import org.lenet4j.backend.cuda.device.Launch;
import org.lenet4j.backend.cuda.device.Natives;
import org.lenet4j.backend.cuda.device.Slab;
import org.lenet4j.backend.cuda.device.Tensor;
import org.lenet4j.data.Shape;
import org.lenet4j.nn.Activation;
import org.lenet4j.nn.Linear;

/**
 * A fully connected layer with its activation. x (B, in), W (out, in), b (out), y (B, out), all row-major; cuBLAS sees the transposes,
 * column-major. Forward is one cublasLt product with bias and ReLU in its epilogue, where cublasLt has one for this shape; otherwise the
 * product, the bias and the activation one after another.
 */
@SuppressWarnings("deprecation") // of cuDNN 9, which has no other calls for this but its graph
public final class CublasLinear extends CudaLayer {
  private static final int TILE = 32; // columns of a block of linear_backward, and rows it walks at once
  private static final int ROWS_PER_SLICE = 256;
  private static final int MOST_SLICES = 64;

  private final CudaHandles handles;
  private final int batch;
  private final int inFeatures;
  private final int outFeatures;
  private final Edge in;
  private final Edge out;
  private final Weights weights;
  private final CublasLtProduct epilogue; // null if cublasLt has none
  private final CudnnActivation activation; // null if there is nothing left to apply
  private final cudnnTensorStruct yDescriptor;
  private final cudnnTensorStruct biasDescriptor;
  private final Launch gradient; // dz = dy f'(y) and db; null if neither is wanted

  /** Memory that backward needs: sums of slices of rows, and the count of blocks that are done. */
  public record Scratch(Tensor parts, Tensor blocks) {
    public static Scratch reserve(Slab slab, int batch, int outFeatures) {
      return new Scratch(slab.floats((long) slices(batch) * outFeatures), slab.floats(tiles(outFeatures)));
    }
  }

  public CublasLinear(Linear spec, CudaHandles handles, Natives owner, int batch, Edge in, Edge out, Weights weights, Scratch scratch) {
    super(spec.name());
    this.handles = handles;
    this.batch = batch;
    this.inFeatures = spec.inFeatures();
    this.outFeatures = spec.outFeatures();
    this.in = in;
    this.out = out;
    this.weights = weights;
    Activation function = spec.activation();
    epilogue = CublasLtProduct.find(handles, owner, batch, inFeatures, outFeatures, weights.bias(), function == Activation.RELU);
    boolean done = function == Activation.NONE || function == Activation.RELU && epilogue != null;
    activation = done ? null : new CudnnActivation(spec.name(), function, handles, owner, batch, out, out);
    yDescriptor = CudnnTensor.describe(owner, batch, Shape.vector(outFeatures));
    biasDescriptor = CudnnTensor.describe(owner, 1, Shape.vector(outFeatures));
    boolean wanted = out.gradient() != null && (weights.biasGradient() != null || function != Activation.NONE);
    gradient = wanted ? gradient(scratch, function) : null;
  }

  private Launch gradient(Scratch scratch, Activation function) {
    handles.stream.clear(scratch.blocks, scratch.blocks.bytes());
    return new Launch(handles.kernels.function("linear_backward"), new Launch.Grid(tiles(outFeatures), slices(batch), TILE, TILE),
        handles.stream.handle(), out.gradient(), out.value(), weights.biasGradient(), scratch.parts, scratch.blocks, batch, outFeatures,
        function.ordinal());
  }

  private static int tiles(int features) {
    return (features + TILE - 1) / TILE;
  }

  private static int slices(int batch) {
    return Math.max(1, Math.min(MOST_SLICES, batch / ROWS_PER_SLICE));
  }

  @Override public void forward(boolean training) {
    if (epilogue != null) {
      epilogue.multiply(weights.weight(), in.value(), out.value());
    } else {
      // y^T (out, B) = W (out, in) x^T (in, B)
      multiply(CUBLAS_OP_T, CUBLAS_OP_N, outFeatures, batch, inFeatures, weights.weight(), inFeatures, in.value(), inFeatures, out.value());
      checkDnn(cudnnAddTensor(handles.cudnn, handles.one, biasDescriptor, weights.bias(), handles.one, yDescriptor, out.value()),
          "cudnnAddTensor");
    }
    if (activation != null) {
      activation.forward(training);
    }
  }

  @Override public void backward() {
    if (gradient != null) {
      gradient.run();
    }
    if (weights.weightGradient() != null) {
      // dW^T (in, out) = x^T (in, B) dz (B, out)
      multiply(CUBLAS_OP_N, CUBLAS_OP_T, inFeatures, outFeatures, batch, in.value(), inFeatures, out.gradient(), outFeatures,
          weights.weightGradient());
    }
    if (in.gradient() != null) {
      // dx^T (in, B) = W^T (in, out) dz^T (out, B)
      multiply(CUBLAS_OP_N, CUBLAS_OP_N, inFeatures, batch, outFeatures, weights.weight(), inFeatures, out.gradient(), outFeatures,
          in.gradient());
    }
  }

  /** {@code c (m, n) = op(a) (m, k) op(b) (k, n)}, column-major, c dense. */
  private void multiply(int opA, int opB, int m, int n, int k, Tensor a, int lda, Tensor b, int ldb, Tensor c) {
    checkBlas(cublasGemmEx(handles.cublas, opA, opB, m, n, k, handles.one, a, CUDA_R_32F, lda, b, CUDA_R_32F, ldb, handles.zero, c,
        CUDA_R_32F, m, handles.computeType(), CUBLAS_GEMM_DEFAULT), "cublasGemmEx");
  }
}
