package org.lenet4j.backend.cuda.layer;

import java.util.List;
import org.lenet4j.backend.cuda.device.CudaHandles;
import org.lenet4j.backend.cuda.device.CudaSteps;
import org.lenet4j.backend.cuda.device.Launch;
import org.lenet4j.backend.cuda.device.Operation;
import org.lenet4j.backend.cuda.device.Tensor;
import org.lenet4j.data.Augment;
import org.lenet4j.data.Normalization;
import org.lenet4j.data.Shape;

/** How a step's samples become the network's input x (B, C, H, W), and which sample each lane has. */
public final class CudaInput {
  private static final int THREADS = 256;
  private static final float NODE = 3.6133f; // see Augment

  private final CudaHandles handles;
  private final int batch;
  private final Edge x;
  private final Tensor samples; // (B), ints
  private final Normalization normalization;
  private final CudaSteps steps;

  public CudaInput(CudaHandles handles, int batch, Edge x, Tensor samples, Normalization normalization, CudaSteps steps) {
    this.handles = handles;
    this.batch = batch;
    this.x = x;
    this.samples = samples;
    this.normalization = normalization;
    this.steps = steps;
  }

  Tensor samples() {
    return samples;
  }

  /**
   * Images as they are.
   *
   * @param images {@code (size, C, H, W)}, bytes
   * @param order  {@code (epoch)}, ints; null for samples as they lie
   */
  public Operation gather(Tensor images, Tensor order) {
    return new Operation("gather", new Launch(handles.kernels.function("gather"), Launch.Grid.of(batch, THREADS), handles.stream.handle(),
        images, order, steps.steps(), steps.progress(), x.value(), samples, x.shape().size(), normalization.mean(), normalization.std()));
  }

  /** How many random numbers {@link #distort} draws for one sample. */
  public static int numbers(Augment augment, Shape image) {
    int nodes = augment.elastic() == 0 ? 0 : nodes(augment, image.width()) * nodes(augment, image.height());
    return (8 + 2 * nodes + 3) / 4 * 4;
  }

  private static float spacing(Augment augment) {
    return (float) Math.sqrt(3) * augment.sigma();
  }

  private static int nodes(Augment augment, int length) {
    return (int) ((length - 1) / spacing(augment)) + 4;
  }

  /**
   * Images distorted as {@link Augment} says.
   *
   * @param uniform {@code (B, numbers)}, for the random numbers
   * @param seed    the seed of the run
   */
  public List<Operation> distort(Tensor images, Tensor order, Tensor uniform, Augment augment, long seed) {
    Shape image = x.shape();
    int numbers = numbers(augment, image);
    int columns = augment.elastic() == 0 ? 0 : nodes(augment, image.width());
    Launch draw = new Launch(handles.kernels.function("draw_distortion"), Launch.Grid.of(batch, 64), handles.stream.handle(),
        order, steps.steps(), steps.progress(), uniform, numbers, seed);
    Launch gather = new Launch(handles.kernels.function("gather_distorted"), Launch.Grid.of(batch, THREADS), handles.stream.handle(),
        images, order, steps.steps(), steps.progress(), x.value(), samples, uniform, numbers, image.channels(), image.height(),
        image.width(), normalization.mean(), normalization.std(), augment.shift(), (float) Math.toRadians(augment.rotation()),
        augment.scale(), (float) Math.toRadians(augment.shear()), augment.elastic() * NODE, columns, spacing(augment));
    return List.of(new Operation("draw distortion", draw), new Operation("gather distorted", gather));
  }
}
