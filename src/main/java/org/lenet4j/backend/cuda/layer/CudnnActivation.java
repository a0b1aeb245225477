package org.lenet4j.backend.cuda.layer;

import static org.bytedeco.cuda.global.cudnn.CUDNN_ACTIVATION_RELU;
import static org.bytedeco.cuda.global.cudnn.CUDNN_ACTIVATION_SIGMOID;
import static org.bytedeco.cuda.global.cudnn.CUDNN_ACTIVATION_TANH;
import static org.bytedeco.cuda.global.cudnn.CUDNN_PROPAGATE_NAN;
import static org.bytedeco.cuda.global.cudnn.cudnnActivationBackward;
import static org.bytedeco.cuda.global.cudnn.cudnnActivationForward;
import static org.bytedeco.cuda.global.cudnn.cudnnCreateActivationDescriptor;
import static org.bytedeco.cuda.global.cudnn.cudnnDestroyActivationDescriptor;
import static org.bytedeco.cuda.global.cudnn.cudnnSetActivationDescriptor;
import static org.lenet4j.backend.cuda.device.CudaHandles.checkDnn;

import org.bytedeco.cuda.cudnn.cudnnActivationStruct;
import org.bytedeco.cuda.cudnn.cudnnTensorStruct;
import org.lenet4j.backend.cuda.device.CudaHandles;
import org.lenet4j.backend.cuda.device.Natives;
import org.lenet4j.nn.Activation;

/** ReLU, tanh or sigmoid of every element; x and y (B, C, H, W) may be the same. */
@SuppressWarnings("deprecation") // of cuDNN 9, which has no other calls for this but its graph
public final class CudnnActivation extends CudaLayer {
  private final CudaHandles handles;
  private final Edge in;
  private final Edge out;
  private final cudnnTensorStruct descriptor;
  private final cudnnActivationStruct activation = new cudnnActivationStruct();

  public CudnnActivation(String name, Activation function, CudaHandles handles, Natives owner, int batch, Edge in, Edge out) {
    super(name);
    this.handles = handles;
    this.in = in;
    this.out = out;
    descriptor = CudnnTensor.describe(owner, batch, in.shape());
    checkDnn(cudnnCreateActivationDescriptor(activation), "cudnnCreateActivationDescriptor");
    owner.own(activation, () -> checkDnn(cudnnDestroyActivationDescriptor(activation), "cudnnDestroyActivationDescriptor"));
    int mode = switch (function) {
      case RELU -> CUDNN_ACTIVATION_RELU;
      case TANH -> CUDNN_ACTIVATION_TANH;
      case SIGMOID -> CUDNN_ACTIVATION_SIGMOID;
      case NONE -> throw new IllegalArgumentException("nothing to apply");
    };
    // NaN goes through: a loss that is not finite is how a run that diverges is noticed.
    checkDnn(cudnnSetActivationDescriptor(activation, mode, CUDNN_PROPAGATE_NAN, 0), "cudnnSetActivationDescriptor");
  }

  @Override public void forward(boolean training) {
    checkDnn(cudnnActivationForward(handles.cudnn, activation, handles.one, descriptor, in.value(), handles.zero, descriptor, out.value()),
        "cudnnActivationForward");
  }

  @Override public void backward() {
    if (in.gradient() != null) {
      checkDnn(cudnnActivationBackward(handles.cudnn, activation, handles.one, descriptor, out.value(), descriptor, out.gradient(),
          descriptor, in.value(), handles.zero, descriptor, in.gradient()), "cudnnActivationBackward");
    }
  }
}
