package org.lenet4j.backend.cuda;

import java.util.List;
import org.lenet4j.backend.cuda.device.CudaDataset;
import org.lenet4j.backend.cuda.device.Operation;
import org.lenet4j.backend.cuda.device.Tensor;
import org.lenet4j.nn.Loss;

/** A network's passes to evaluate and predict, as operations to be captured: one library call after another, or fused. */
interface CudaPasses {
  /** From samples as they lie to the sums. {@code predicted (batch)} receives the classes, ints. */
  List<Operation> evaluation(CudaDataset data, Loss loss, Tensor predicted);

  /** From {@code images (batch, channels, height, width)}, bytes, to {@link #logits}. */
  List<Operation> inference(Tensor images);

  /** {@code (batch, outputs)}; of the last pass, but for those of training. */
  Tensor logits();
}
