package org.lenet4j.reference;

import org.junit.jupiter.api.Tag;
import org.lenet4j.backend.Backend;
import org.lenet4j.backend.FreezeContract;
import org.lenet4j.backend.LifecycleContract;
import org.lenet4j.backend.StateContract;

/** The reference keeps those parts of the contract that do more than compare with the reference. */
@Tag("slow")
class ReferenceContractTest implements FreezeContract, StateContract, LifecycleContract {
  private final Backend backend = new ReferenceBackend();

  @Override public Backend backend() {
    return backend;
  }
}
