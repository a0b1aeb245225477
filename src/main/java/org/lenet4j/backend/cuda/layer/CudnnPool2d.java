package org.lenet4j.backend.cuda.layer;

import static org.bytedeco.cuda.global.cudnn.CUDNN_POOLING_AVERAGE_COUNT_EXCLUDE_PADDING;
import static org.bytedeco.cuda.global.cudnn.CUDNN_POOLING_MAX;
import static org.bytedeco.cuda.global.cudnn.CUDNN_POOLING_MAX_DETERMINISTIC;
import static org.bytedeco.cuda.global.cudnn.CUDNN_PROPAGATE_NAN;
import static org.bytedeco.cuda.global.cudnn.cudnnCreatePoolingDescriptor;
import static org.bytedeco.cuda.global.cudnn.cudnnDestroyPoolingDescriptor;
import static org.bytedeco.cuda.global.cudnn.cudnnPoolingBackward;
import static org.bytedeco.cuda.global.cudnn.cudnnPoolingForward;
import static org.bytedeco.cuda.global.cudnn.cudnnSetPooling2dDescriptor;
import static org.lenet4j.backend.cuda.device.CudaHandles.checkDnn;

import org.bytedeco.cuda.cudnn.cudnnPoolingStruct;
import org.bytedeco.cuda.cudnn.cudnnTensorStruct;
import org.lenet4j.backend.cuda.device.CudaHandles;
import org.lenet4j.backend.cuda.device.Natives;
import org.lenet4j.nn.Pool2d;

/** Pooling. x (B, C, H, W), y (B, C, H / size, W / size). */
@SuppressWarnings("deprecation") // of cuDNN 9, which has no other calls for this but its graph
public final class CudnnPool2d extends CudaLayer {
  private final CudaHandles handles;
  private final Edge in;
  private final Edge out;
  private final cudnnTensorStruct xDescriptor;
  private final cudnnTensorStruct yDescriptor;
  private final cudnnPoolingStruct pooling = new cudnnPoolingStruct();

  public CudnnPool2d(Pool2d spec, CudaHandles handles, Natives owner, int batch, Edge in, Edge out) {
    super(spec.name());
    this.handles = handles;
    this.in = in;
    this.out = out;
    xDescriptor = CudnnTensor.describe(owner, batch, in.shape());
    yDescriptor = CudnnTensor.describe(owner, batch, out.shape());
    checkDnn(cudnnCreatePoolingDescriptor(pooling), "cudnnCreatePoolingDescriptor");
    owner.own(pooling, () -> checkDnn(cudnnDestroyPoolingDescriptor(pooling), "cudnnDestroyPoolingDescriptor"));
    int max = handles.fast ? CUDNN_POOLING_MAX : CUDNN_POOLING_MAX_DETERMINISTIC;
    int mode = spec.kind() == Pool2d.Kind.MAX ? max : CUDNN_POOLING_AVERAGE_COUNT_EXCLUDE_PADDING;
    checkDnn(cudnnSetPooling2dDescriptor(pooling, mode, CUDNN_PROPAGATE_NAN, spec.size(), spec.size(), 0, 0, spec.size(), spec.size()),
        "cudnnSetPooling2dDescriptor");
  }

  @Override public void forward(boolean training) {
    checkDnn(cudnnPoolingForward(handles.cudnn, pooling, handles.one, xDescriptor, in.value(), handles.zero, yDescriptor, out.value()),
        "cudnnPoolingForward");
  }

  @Override public void backward() {
    if (in.gradient() != null) {
      checkDnn(cudnnPoolingBackward(handles.cudnn, pooling, handles.one, yDescriptor, out.value(), yDescriptor, out.gradient(), xDescriptor,
          in.value(), handles.zero, xDescriptor, in.gradient()), "cudnnPoolingBackward");
    }
  }
}
