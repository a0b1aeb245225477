package org.lenet4j.backend.cuda;

import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.extension.ExtendWith;
import org.lenet4j.backend.Backend;
import org.lenet4j.backend.BackendContractTest;
import org.lenet4j.backend.KernelSet;
import org.lenet4j.backend.Precision;

/** Whatever kernels are chosen, they keep the contract. */
@Tag("cuda")
@ExtendWith(CudaDevice.class)
class AutoKernelsContractTest extends BackendContractTest {
  @Override protected Backend open() {
    return new CudaBackend(Precision.FP32, false, KernelSet.AUTO);
  }
}
