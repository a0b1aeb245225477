package org.lenet4j.backend.cpu;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.lenet4j.backend.cpu.gemm.OpenBlas;

class OpenBlasInfoTest {
  @Test void aForcedCoreTypeIsSaidWithWhatItForces() {
    List<String> warnings = OpenBlasInfo.warnings(Map.of("OPENBLAS_CORETYPE", "haswell"), "Haswell");
    assertEquals(List.of("OPENBLAS_CORETYPE=haswell makes OpenBLAS use kernels for Haswell, whatever this processor is; unset it, and"
        + " OpenBLAS looks at the processor"), warnings);
  }

  @Test void aForcedCacheSizeIsSaid() {
    List<String> warnings = OpenBlasInfo.warnings(Map.of("OPENBLAS_L2_SIZE", "512"), "Zen");
    assertEquals(1, warnings.size());
    assertTrue(warnings.get(0).startsWith("OPENBLAS_L2_SIZE=512 overrides the second-level cache"), warnings.get(0));
  }

  @Test void aCleanEnvironmentIsFine() {
    assertEquals(List.of(), OpenBlasInfo.warnings(Map.of("PATH", "/bin", "OPENBLAS_NUM_THREADS", "1"), "Zen"));
  }

  @Test void readingItJudgesThisProcess() {
    OpenBlasInfo info = OpenBlasInfo.read();
    assertEquals(OpenBlasInfo.warnings(System.getenv(), info.coreType()), info.warnings());
  }

  /** Those for AVX-512 need no copies. Which way convolutions go forward depends on it. */
  @Test void whetherItCopiesSmallMatricesIsAMatterOfItsKernels() {
    assumeTrue(System.getProperty("os.arch").equals("amd64"), "as x86's kernels are named");
    String core = OpenBlasInfo.read().coreType();
    assertEquals(!List.of("SkylakeX", "Cooperlake", "SapphireRapids").contains(core), OpenBlas.copiesSmallMatrices(), core);
  }
}
