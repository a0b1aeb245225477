package org.lenet4j.reference;

import org.lenet4j.backend.Backend;
import org.lenet4j.backend.Program;
import org.lenet4j.backend.TrainConfig;
import org.lenet4j.nn.Model;

/** The yardstick: scalar loops in double. */
public final class ReferenceBackend implements Backend {
  @Override public String name() {
    return "reference";
  }

  @Override public String describe() {
    return "scalar loops in double";
  }

  @Override public ReferenceProgram compile(Model model, TrainConfig config, int batchSize) {
    return new ReferenceProgram(model, config, batchSize);
  }

  @Override public Program compile(Model model, int batchSize) {
    return new ReferenceProgram(model, null, batchSize);
  }

  @Override public void close() {}
}
