package org.lenet4j.nn;

import java.io.Serializable;

/** What training minimises, averaged over the samples of a batch. */
public sealed interface Loss extends Serializable permits CrossEntropy, BinaryCrossEntropy, MeanSquaredError {
  /** The same without what is for training alone, label smoothing: what a model is measured by. */
  default Loss plain() {
    return this;
  }
}
