package org.lenet4j.backend.cpu;

import org.lenet4j.Model;
import org.lenet4j.backend.Backend;
import org.lenet4j.backend.Program;
import org.lenet4j.backend.TrainConfig;

/** Stub. */
public final class CpuBackend implements Backend {
  /** Stub. */
  public CpuBackend(int threads) {}

  @Override public String name() {
    return "openblas";
  }

  @Override public String describe() {
    return "openblas";
  }

  @Override public Program compile(Model model, TrainConfig config, int batchSize) {
    return null;
  }

  @Override public Program compile(Model model, int batchSize) {
    return null;
  }

  @Override public void close() {}
}
