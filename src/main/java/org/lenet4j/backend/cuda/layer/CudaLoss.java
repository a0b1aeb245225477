package org.lenet4j.backend.cuda.layer;

import org.lenet4j.backend.cuda.device.CudaDataset;
import org.lenet4j.backend.cuda.device.CudaHandles;
import org.lenet4j.backend.cuda.device.CudaSteps;
import org.lenet4j.backend.cuda.device.Launch;
import org.lenet4j.backend.cuda.device.Operation;
import org.lenet4j.backend.cuda.device.Slab;
import org.lenet4j.backend.cuda.device.Tensor;
import org.lenet4j.nn.BinaryCrossEntropy;
import org.lenet4j.nn.CrossEntropy;
import org.lenet4j.nn.Loss;
import org.lenet4j.nn.MeanSquaredError;

/** The losses of a batch of logits (B, K), their gradients, and the sums in {@link CudaSteps}; one kernel. */
public final class CudaLoss {
  private static final int THREADS = 128;
  private static final int PART_BYTES = Double.BYTES + Integer.BYTES; // of one block

  private final CudaHandles handles;
  private final int batch;
  private final int outputs;
  private final Tensor parts; // (blocks) sums of losses, then (blocks) counts of right answers

  public CudaLoss(CudaHandles handles, Slab slab, int batch, int outputs) {
    this.handles = handles;
    this.batch = batch;
    this.outputs = outputs;
    parts = slab.reserve((long) blocks() * PART_BYTES);
  }

  private int blocks() {
    return (batch + THREADS - 1) / THREADS;
  }

  /**
   * The kernel for one data set and use.
   *
   * @param logits      {@code (B, K)}; their gradient may be null
   * @param predictions {@code (B)}, or null if not wanted
   * @param samples     {@code (B)}, which sample each lane has
   * @param last        whether this is the last kernel of a step
   */
  public Operation operation(Loss loss, Edge logits, Tensor gradient, Tensor predictions, Tensor samples, CudaDataset data, CudaSteps steps,
      boolean last) {
    Tensor correctParts = parts.at((long) blocks() * Double.BYTES);
    return new Operation("loss", new Launch(handles.kernels.function("loss"), Launch.Grid.of(blocks(), THREADS), handles.stream.handle(),
        kind(loss), smoothing(loss), logits.value(), gradient, predictions, samples, data.labels(), data.targets(), steps.steps(),
        steps.progress(), parts, correctParts, batch, outputs, last ? 1 : 0));
  }

  /** As {@code losses.cuh} numbers them. */
  public static int kind(Loss loss) {
    if (loss instanceof CrossEntropy) {
      return 0;
    } else if (loss instanceof BinaryCrossEntropy) {
      return 1;
    } else if (loss instanceof MeanSquaredError) {
      return 2;
    }
    throw new AssertionError("no kernel for " + loss);
  }

  public static float smoothing(Loss loss) {
    return loss instanceof CrossEntropy crossEntropy ? crossEntropy.labelSmoothing() : 0;
  }
}
