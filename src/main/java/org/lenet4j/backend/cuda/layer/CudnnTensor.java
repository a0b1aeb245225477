package org.lenet4j.backend.cuda.layer;

import static org.bytedeco.cuda.global.cudnn.CUDNN_DATA_FLOAT;
import static org.bytedeco.cuda.global.cudnn.CUDNN_TENSOR_NCHW;
import static org.bytedeco.cuda.global.cudnn.cudnnCreateTensorDescriptor;
import static org.bytedeco.cuda.global.cudnn.cudnnDestroyTensorDescriptor;
import static org.bytedeco.cuda.global.cudnn.cudnnSetTensor4dDescriptor;

import org.bytedeco.cuda.cudnn.cudnnTensorStruct;
import org.lenet4j.backend.cuda.device.CudaHandles;
import org.lenet4j.backend.cuda.device.Natives;
import org.lenet4j.data.Shape;

/** Descriptors of dense float tensors {@code (batch, channels, height, width)}. */
final class CudnnTensor {
  private CudnnTensor() {}

  /** The descriptor of a batch; {@code owner} destroys it. */
  static cudnnTensorStruct describe(Natives owner, int batch, Shape shape) {
    cudnnTensorStruct tensor = new cudnnTensorStruct();
    CudaHandles.checkDnn(cudnnCreateTensorDescriptor(tensor), "cudnnCreateTensorDescriptor");
    owner.own(tensor, () -> CudaHandles.checkDnn(cudnnDestroyTensorDescriptor(tensor), "cudnnDestroyTensorDescriptor"));
    CudaHandles.checkDnn(cudnnSetTensor4dDescriptor(tensor, CUDNN_TENSOR_NCHW, CUDNN_DATA_FLOAT, batch, shape.channels(), shape.height(),
        shape.width()), "cudnnSetTensor4dDescriptor");
    return tensor;
  }
}
