package org.lenet4j.backend.cuda;

import org.junit.jupiter.api.Tag;
import org.lenet4j.backend.Backend;
import org.lenet4j.backend.BackendContractTest;
import org.lenet4j.backend.Precision;

/** CUDA keeps the contract, on a GPU or on the stand-in. */
@Tag("cuda")
class CudaBackendContractTest extends BackendContractTest {
  @Override protected Backend open() {
    return new CudaBackend(Precision.FP32, false);
  }
}
