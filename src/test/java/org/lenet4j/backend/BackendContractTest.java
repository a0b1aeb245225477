package org.lenet4j.backend;

import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.TestInstance;

/** What every backend must do; a subclass says which backend. Each part of the contract is an interface of its own. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
public abstract class BackendContractTest
    implements ForwardContract, TrainingContract, OptimizerContract, AnchorContract, AverageContract, ChainContract, FreezeContract,
    StateContract, LifecycleContract {
  private Backend backend;

  /** A new backend. */
  protected abstract Backend open();

  @Override public final Backend backend() {
    return backend;
  }

  @BeforeAll
  final void openBackend() {
    backend = open();
  }

  @AfterAll
  final void closeBackend() {
    if (backend != null) {
      backend.close();
      backend.close(); // closing twice is fine
    }
  }
}
