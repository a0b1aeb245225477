package org.lenet4j.backend.cuda;

import static org.bytedeco.cuda.global.cudnn.CUDNN_CROSS_CORRELATION;
import static org.bytedeco.cuda.global.cudnn.CUDNN_DATA_FLOAT;
import static org.bytedeco.cuda.global.cudnn.CUDNN_FMA_MATH;
import static org.bytedeco.cuda.global.cudnn.CUDNN_PROPAGATE_NAN;
import static org.bytedeco.cuda.global.cudnn.CUDNN_TENSOR_NCHW;
import static org.bytedeco.cuda.global.cudnn.cudnnCreate;
import static org.bytedeco.cuda.global.cudnn.cudnnCreateActivationDescriptor;
import static org.bytedeco.cuda.global.cudnn.cudnnCreateConvolutionDescriptor;
import static org.bytedeco.cuda.global.cudnn.cudnnCreateFilterDescriptor;
import static org.bytedeco.cuda.global.cudnn.cudnnCreatePoolingDescriptor;
import static org.bytedeco.cuda.global.cudnn.cudnnCreateTensorDescriptor;
import static org.bytedeco.cuda.global.cudnn.cudnnDestroy;
import static org.bytedeco.cuda.global.cudnn.cudnnDestroyActivationDescriptor;
import static org.bytedeco.cuda.global.cudnn.cudnnDestroyConvolutionDescriptor;
import static org.bytedeco.cuda.global.cudnn.cudnnDestroyFilterDescriptor;
import static org.bytedeco.cuda.global.cudnn.cudnnDestroyPoolingDescriptor;
import static org.bytedeco.cuda.global.cudnn.cudnnDestroyTensorDescriptor;
import static org.bytedeco.cuda.global.cudnn.cudnnSetActivationDescriptor;
import static org.bytedeco.cuda.global.cudnn.cudnnSetConvolution2dDescriptor;
import static org.bytedeco.cuda.global.cudnn.cudnnSetConvolutionMathType;
import static org.bytedeco.cuda.global.cudnn.cudnnSetFilter4dDescriptor;
import static org.bytedeco.cuda.global.cudnn.cudnnSetPooling2dDescriptor;
import static org.bytedeco.cuda.global.cudnn.cudnnSetStream;
import static org.bytedeco.cuda.global.cudnn.cudnnSetTensor4dDescriptor;
import static org.lenet4j.backend.cuda.Workbench.ok;

import org.bytedeco.cuda.cudnn.cudnnActivationStruct;
import org.bytedeco.cuda.cudnn.cudnnContext;
import org.bytedeco.cuda.cudnn.cudnnConvolutionStruct;
import org.bytedeco.cuda.cudnn.cudnnFilterStruct;
import org.bytedeco.cuda.cudnn.cudnnPoolingStruct;
import org.bytedeco.cuda.cudnn.cudnnTensorStruct;

/** A cuDNN handle and descriptors for tests that call JavaCPP directly; the bench destroys them. */
@SuppressWarnings("deprecation") // of cuDNN 9
final class Dnn {
  final cudnnContext handle = new cudnnContext();
  private final Workbench bench;

  Dnn(Workbench bench) {
    this.bench = bench;
    ok(cudnnCreate(handle));
    bench.atClose(() -> ok(cudnnDestroy(handle)));
    ok(cudnnSetStream(handle, bench.stream));
  }

  cudnnTensorStruct tensor(int n, int c, int h, int w) {
    cudnnTensorStruct tensor = new cudnnTensorStruct();
    ok(cudnnCreateTensorDescriptor(tensor));
    bench.atClose(() -> ok(cudnnDestroyTensorDescriptor(tensor)));
    ok(cudnnSetTensor4dDescriptor(tensor, CUDNN_TENSOR_NCHW, CUDNN_DATA_FLOAT, n, c, h, w));
    return tensor;
  }

  cudnnFilterStruct filter(int k, int c, int h, int w) {
    cudnnFilterStruct filter = new cudnnFilterStruct();
    ok(cudnnCreateFilterDescriptor(filter));
    bench.atClose(() -> ok(cudnnDestroyFilterDescriptor(filter)));
    ok(cudnnSetFilter4dDescriptor(filter, CUDNN_DATA_FLOAT, CUDNN_TENSOR_NCHW, k, c, h, w));
    return filter;
  }

  cudnnConvolutionStruct convolution(int padding) {
    cudnnConvolutionStruct convolution = new cudnnConvolutionStruct();
    ok(cudnnCreateConvolutionDescriptor(convolution));
    bench.atClose(() -> ok(cudnnDestroyConvolutionDescriptor(convolution)));
    ok(cudnnSetConvolution2dDescriptor(convolution, padding, padding, 1, 1, 1, 1, CUDNN_CROSS_CORRELATION, CUDNN_DATA_FLOAT));
    ok(cudnnSetConvolutionMathType(convolution, CUDNN_FMA_MATH));
    return convolution;
  }

  cudnnPoolingStruct pooling(int mode, int size, int padding, int stride) {
    cudnnPoolingStruct pooling = new cudnnPoolingStruct();
    ok(cudnnCreatePoolingDescriptor(pooling));
    bench.atClose(() -> ok(cudnnDestroyPoolingDescriptor(pooling)));
    ok(cudnnSetPooling2dDescriptor(pooling, mode, CUDNN_PROPAGATE_NAN, size, size, padding, padding, stride, stride));
    return pooling;
  }

  cudnnActivationStruct activation(int mode) {
    cudnnActivationStruct activation = new cudnnActivationStruct();
    ok(cudnnCreateActivationDescriptor(activation));
    bench.atClose(() -> ok(cudnnDestroyActivationDescriptor(activation)));
    ok(cudnnSetActivationDescriptor(activation, mode, CUDNN_PROPAGATE_NAN, 0));
    return activation;
  }
}
