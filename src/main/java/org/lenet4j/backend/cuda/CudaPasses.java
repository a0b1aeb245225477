package org.lenet4j.backend.cuda;

import java.util.List;
import org.lenet4j.data.Augment;
import org.lenet4j.nn.Loss;

/** A network's passes, as operations to be captured: one library call after another, or fused. */
interface CudaPasses {
  /**
   * From the samples of a step to the step's sums and the gradients of all trained parameters.
   *
   * @param order   {@code (epoch)}, ints
   * @param uniform {@code (batch, numbers)}, for the random numbers of {@code augment}; null if it is none
   * @param last    whether the step ends with these: there is no update
   */
  List<Operation> training(CudaDataset data, Tensor order, Augment augment, Tensor uniform, boolean last);

  /** From samples as they lie to the sums. {@code predicted (batch)} receives the classes, ints. */
  List<Operation> evaluation(CudaDataset data, Loss loss, Tensor predicted);

  /** From {@code images (batch, channels, height, width)}, bytes, to {@link #logits}. */
  List<Operation> inference(Tensor images);

  /** {@code (batch, outputs)}; of the last pass, but for those of training. */
  Tensor logits();

  /** Gradients that are left in parts. */
  Parts parts();

  /**
   * The gradient of the first {@code length} parameters as parts that the update sums.
   *
   * @param memory {@code (count, length)}; null if there is none
   */
  record Parts(Tensor memory, int count, int length) {
    static final Parts NONE = new Parts(null, 0, 0);
  }
}
