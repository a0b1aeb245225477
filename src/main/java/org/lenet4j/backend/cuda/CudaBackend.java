package org.lenet4j.backend.cuda;

import org.lenet4j.Model;
import org.lenet4j.backend.Backend;
import org.lenet4j.backend.Precision;
import org.lenet4j.backend.Program;
import org.lenet4j.backend.TrainConfig;

/** One NVIDIA GPU: cuDNN for convolutions and pooling, cuBLAS for linear layers, a CUDA graph for a step. */
public final class CudaBackend implements Backend {
  /**
   * Opens device 0.
   *
   * @param precision of products
   * @param fast      whether algorithms may be chosen that do not give the same bits run after run
   * @throws org.lenet4j.backend.NativeException if a library or the device refuses
   */
  public CudaBackend(Precision precision, boolean fast) {
    throw new UnsupportedOperationException("not written yet");
  }

  @Override public String name() {
    return "cuda";
  }

  @Override public String describe() {
    return "cuda";
  }

  @Override public Program compile(Model model, TrainConfig config, int batchSize) {
    return null;
  }

  @Override public Program compile(Model model, int batchSize) {
    return null;
  }

  @Override public void close() {}
}
