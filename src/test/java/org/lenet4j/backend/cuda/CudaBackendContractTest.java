package org.lenet4j.backend.cuda;

import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.extension.ExtendWith;
import org.lenet4j.backend.Backend;
import org.lenet4j.backend.BackendContractTest;
import org.lenet4j.backend.Precision;
import org.lenet4j.backend.ThreadsContract;

/** CUDA keeps the contract: on a GPU where there is one, else on the stand-in. */
@Tag("cuda")
@ExtendWith(CudaDevice.class)
class CudaBackendContractTest extends BackendContractTest implements ThreadsContract {
  @Override protected Backend open() {
    return new CudaBackend(Precision.FP32, false);
  }

  @Override public Backend another() {
    return open();
  }
}
