package org.lenet4j.optim;

import java.io.Serializable;
import java.util.List;

/** How a gradient g moves a parameter. Frozen layers are skipped: no update, no state, no decay. */
public sealed interface Optimizer extends Serializable permits Sgd, Adam, AdamW {
  /** Its name in settings: {@code sgd}, {@code adam} or {@code adamw}. */
  String name();

  /** Base learning rate; schedules multiply it. */
  float learningRate();

  /** Weight decay, in the sense of each optimizer. */
  float weightDecay();

  /** The same optimizer with another base learning rate. */
  Optimizer withLearningRate(float learningRate);

  /** The same optimizer with another weight decay. */
  Optimizer withWeightDecay(float weightDecay);

  /** The names of the state arrays that each trained parameter has, in PyTorch's words. */
  List<String> stateNames();
}
