package org.lenet4j.backend.cuda;

import java.util.List;
import org.lenet4j.backend.cuda.device.CudaDataset;
import org.lenet4j.backend.cuda.device.Operation;
import org.lenet4j.backend.cuda.device.Tensor;
import org.lenet4j.data.Augment;

/** Passes of a network that is trained as well. */
interface CudaTrainingPasses extends CudaPasses {
  /**
   * From the samples of a step to the step's sums and the gradients of all trained parameters.
   *
   * @param order   {@code (epoch)}, ints
   * @param uniform {@code (batch, numbers)}, for the random numbers of {@code augment}; null if it is none
   * @param last    whether the step ends with these: there is no update
   */
  List<Operation> training(CudaDataset data, Tensor order, Augment augment, Tensor uniform, boolean last);

  /** Gradients that are left in parts. */
  default Parts parts() {
    return Parts.NONE;
  }

  /**
   * Gradients that the update sums: that of the first {@code length} parameters in parts, that of the others in slices.
   *
   * @param memory {@code (count, length)}; null if there is none
   * @param slices {@code (sliceCount, parameters - length)}; null for the trained parameters' own gradient
   */
  record Parts(Tensor memory, int count, int length, Tensor slices, int sliceCount) {
    static final Parts NONE = new Parts(null, 0, 0, null, 1);
  }
}
