package org.lenet4j.backend.cuda.layer;

import static org.bytedeco.cuda.global.cudart.cudaMemcpyAsync;
import static org.bytedeco.cuda.global.cudart.cudaMemcpyDeviceToDevice;

import org.lenet4j.backend.cuda.device.Cuda;
import org.lenet4j.backend.cuda.device.CudaHandles;
import org.lenet4j.backend.cuda.device.CudaSteps;
import org.lenet4j.backend.cuda.device.Launch;
import org.lenet4j.backend.cuda.device.Tensor;
import org.lenet4j.nn.Dropout;

/** Inverted dropout, x and y (B, elements). The mask is a function of (seed, epoch, sample, layer, element): backward draws it again. */
public final class CudaDropout extends CudaLayer {
  private static final int THREADS = 128;

  private final CudaHandles handles;
  private final Edge in;
  private final Edge out;
  private final Launch forward;
  private final Launch backward;

  /**
   * The layer.
   *
   * @param index   the position among the model's layers
   * @param samples {@code (batch)}, which sample each lane has
   */
  public CudaDropout(Dropout spec, CudaHandles handles, int batch, Edge in, Edge out, int index, long seed, Tensor samples,
      CudaSteps steps) {
    super(spec.name());
    this.handles = handles;
    this.in = in;
    this.out = out;
    forward = launch(spec, batch, index, seed, samples, steps, in.value(), out.value());
    backward = in.gradient() == null ? null : launch(spec, batch, index, seed, samples, steps, out.gradient(), in.gradient());
  }

  private Launch launch(Dropout spec, int batch, int index, long seed, Tensor samples, CudaSteps steps, Tensor from, Tensor to) {
    return new Launch(handles.kernels.function("dropout"), Launch.Grid.of(batch, THREADS), handles.stream.handle(), from, to, samples,
        steps.steps(), steps.progress(), in.shape().size(), seed, 1 + index, spec.rate());
  }

  @Override public void forward(boolean training) {
    if (training) {
      forward.run();
    } else {
      Cuda.check(cudaMemcpyAsync(out.value(), in.value(), out.value().bytes(), cudaMemcpyDeviceToDevice, handles.stream.handle()),
          "cudaMemcpyAsync");
    }
  }

  @Override public void backward() {
    if (backward != null) {
      backward.run();
    }
  }
}
