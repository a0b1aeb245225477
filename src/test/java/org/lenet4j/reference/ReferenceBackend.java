package org.lenet4j.reference;

import org.lenet4j.backend.Backend;
import org.lenet4j.backend.GradientExchange;
import org.lenet4j.backend.KernelSet;
import org.lenet4j.backend.Program;
import org.lenet4j.nn.Model;
import org.lenet4j.optim.Recipe;

/** The yardstick: scalar loops in double. */
public final class ReferenceBackend implements Backend {
  @Override public String name() {
    return "reference";
  }

  @Override public String describe() {
    return "scalar loops in double";
  }

  @Override public ReferenceProgram compile(Model model, Recipe recipe, long seed) {
    return compile(model, recipe, seed, null, null);
  }

  @Override public ReferenceProgram compile(Model model, Recipe recipe, long seed, KernelSet ignored, GradientExchange none) {
    return new ReferenceProgram(model, recipe, seed);
  }

  @Override public Program compile(Model model, int batchSize, KernelSet ignored) {
    return new ReferenceProgram(model, Recipe.plain().withBatchSize(batchSize), 0);
  }

  @Override public void close() {}
}
