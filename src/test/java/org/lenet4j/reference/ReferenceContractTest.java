package org.lenet4j.reference;

import org.lenet4j.backend.Backend;
import org.lenet4j.backend.BackendContractTest;

/** The reference keeps the contract itself: what it does not compare with the reference is tried here first. */
class ReferenceContractTest extends BackendContractTest {
  @Override protected Backend open() {
    return new ReferenceBackend();
  }
}
