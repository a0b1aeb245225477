package org.lenet4j.backend.cuda.layer;

import static org.bytedeco.cuda.global.cudnn.CUDNN_CROSS_CORRELATION;
import static org.bytedeco.cuda.global.cudnn.CUDNN_DATA_FLOAT;
import static org.bytedeco.cuda.global.cudnn.CUDNN_TENSOR_NCHW;
import static org.bytedeco.cuda.global.cudnn.cudnnAddTensor;
import static org.bytedeco.cuda.global.cudnn.cudnnConvolutionBackwardBias;
import static org.bytedeco.cuda.global.cudnn.cudnnConvolutionBackwardData;
import static org.bytedeco.cuda.global.cudnn.cudnnConvolutionBackwardFilter;
import static org.bytedeco.cuda.global.cudnn.cudnnConvolutionForward;
import static org.bytedeco.cuda.global.cudnn.cudnnCreateConvolutionDescriptor;
import static org.bytedeco.cuda.global.cudnn.cudnnCreateFilterDescriptor;
import static org.bytedeco.cuda.global.cudnn.cudnnDestroyConvolutionDescriptor;
import static org.bytedeco.cuda.global.cudnn.cudnnDestroyFilterDescriptor;
import static org.bytedeco.cuda.global.cudnn.cudnnSetConvolution2dDescriptor;
import static org.bytedeco.cuda.global.cudnn.cudnnSetConvolutionMathType;
import static org.bytedeco.cuda.global.cudnn.cudnnSetFilter4dDescriptor;
import static org.lenet4j.backend.cuda.device.CudaHandles.checkDnn;

import org.bytedeco.cuda.cudnn.cudnnConvolutionStruct;
import org.bytedeco.cuda.cudnn.cudnnFilterStruct;
import org.bytedeco.cuda.cudnn.cudnnTensorStruct;
import org.lenet4j.backend.cuda.device.CudaHandles;
import org.lenet4j.backend.cuda.device.Natives;
import org.lenet4j.backend.cuda.device.Tensor;
import org.lenet4j.data.Shape;
import org.lenet4j.nn.Conv2d;

/** A convolution and its bias; the activation is a layer of its own. x (B, C, H, W), w (O, C, k, k), b (O), y (B, O, H', W'). */
@SuppressWarnings("deprecation") // of cuDNN 9, which has no other calls for this but its graph
public final class CudnnConv2d extends CudaLayer {
  private final CudaHandles handles;
  private final Edge in;
  private final Edge out;
  private final Weights weights;
  private final Tensor workspace;
  private final cudnnTensorStruct xDescriptor;
  private final cudnnTensorStruct yDescriptor;
  private final cudnnTensorStruct biasDescriptor;
  private final cudnnFilterStruct filter = new cudnnFilterStruct();
  private final cudnnConvolutionStruct convolution = new cudnnConvolutionStruct();
  private final CudnnAlgorithms.Choice forward;
  private final CudnnAlgorithms.Choice backwardData; // null if dx is not wanted
  private final CudnnAlgorithms.Choice backwardFilter; // null if the layer is frozen

  public CudnnConv2d(Conv2d spec, CudaHandles handles, Natives owner, int batch, Edge in, Edge out, Weights weights, Tensor workspace) {
    super(spec.name());
    this.handles = handles;
    this.in = in;
    this.out = out;
    this.weights = weights;
    this.workspace = workspace;
    xDescriptor = CudnnTensor.describe(owner, batch, in.shape());
    yDescriptor = CudnnTensor.describe(owner, batch, out.shape());
    biasDescriptor = CudnnTensor.describe(owner, 1, Shape.vector(spec.outChannels()));
    checkDnn(cudnnCreateFilterDescriptor(filter), "cudnnCreateFilterDescriptor");
    owner.own(filter, () -> checkDnn(cudnnDestroyFilterDescriptor(filter), "cudnnDestroyFilterDescriptor"));
    checkDnn(cudnnSetFilter4dDescriptor(filter, CUDNN_DATA_FLOAT, CUDNN_TENSOR_NCHW, spec.outChannels(), spec.inChannels(),
        spec.kernelSize(), spec.kernelSize()), "cudnnSetFilter4dDescriptor");
    checkDnn(cudnnCreateConvolutionDescriptor(convolution), "cudnnCreateConvolutionDescriptor");
    owner.own(convolution, () -> checkDnn(cudnnDestroyConvolutionDescriptor(convolution), "cudnnDestroyConvolutionDescriptor"));
    checkDnn(cudnnSetConvolution2dDescriptor(convolution, spec.padding(), spec.padding(), 1, 1, 1, 1, CUDNN_CROSS_CORRELATION,
        CUDNN_DATA_FLOAT), "cudnnSetConvolution2dDescriptor");
    checkDnn(cudnnSetConvolutionMathType(convolution, handles.mathType()), "cudnnSetConvolutionMathType");
    CudnnAlgorithms algorithms = new CudnnAlgorithms(handles, xDescriptor, filter, convolution, yDescriptor);
    forward = algorithms.forward();
    backwardData = in.gradient() == null ? null : algorithms.backwardData();
    backwardFilter = weights.weightGradient() == null ? null : algorithms.backwardFilter();
  }

  @Override public void forward(boolean training) {
    checkDnn(cudnnConvolutionForward(handles.cudnn, handles.one, xDescriptor, in.value(), filter, weights.weight(), convolution,
        forward.algorithm(), workspace, forward.workspaceBytes(), handles.zero, yDescriptor, out.value()), "cudnnConvolutionForward");
    checkDnn(cudnnAddTensor(handles.cudnn, handles.one, biasDescriptor, weights.bias(), handles.one, yDescriptor, out.value()),
        "cudnnAddTensor");
  }

  @Override public void backward() {
    if (weights.biasGradient() != null) {
      checkDnn(cudnnConvolutionBackwardBias(handles.cudnn, handles.one, yDescriptor, out.gradient(), handles.zero, biasDescriptor,
          weights.biasGradient()), "cudnnConvolutionBackwardBias");
    }
    if (backwardFilter != null) {
      checkDnn(cudnnConvolutionBackwardFilter(handles.cudnn, handles.one, xDescriptor, in.value(), yDescriptor, out.gradient(), convolution,
          backwardFilter.algorithm(), workspace, backwardFilter.workspaceBytes(), handles.zero, filter, weights.weightGradient()),
          "cudnnConvolutionBackwardFilter");
    }
    if (backwardData != null) {
      checkDnn(cudnnConvolutionBackwardData(handles.cudnn, handles.one, filter, weights.weight(), yDescriptor, out.gradient(), convolution,
          backwardData.algorithm(), workspace, backwardData.workspaceBytes(), handles.zero, xDescriptor, in.gradient()),
          "cudnnConvolutionBackwardData");
    }
  }

  @Override public long workspaceBytes() {
    long bytes = forward.workspaceBytes();
    bytes = backwardData == null ? bytes : Math.max(bytes, backwardData.workspaceBytes());
    return backwardFilter == null ? bytes : Math.max(bytes, backwardFilter.workspaceBytes());
  }
}
