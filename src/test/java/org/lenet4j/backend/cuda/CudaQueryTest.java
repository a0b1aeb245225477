package org.lenet4j.backend.cuda;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Map;
import org.junit.jupiter.api.Test;
import org.lenet4j.backend.cuda.probe.CudaInfo;
import org.lenet4j.backend.cuda.probe.CudaQuery;

/** How versions and files are read; no call into CUDA. */
class CudaQueryTest {
  @Test void versions() {
    assertEquals("13.0", CudaQuery.version(13000));
    assertEquals("13.1", CudaQuery.version(13010));
    assertEquals("9.19.0", CudaInfo.cudnn(91900));
    assertEquals("9.5.1", CudaInfo.cudnn(90501));
  }

  @Test void capability() {
    assertNull(CudaQuery.tooLow(7, 5));
    assertNull(CudaQuery.tooLow(9, 0));
    assertNull(CudaQuery.tooLow(12, 1));
    String reason = CudaQuery.tooLow(7, 0);
    assertTrue(reason.contains("7.0") && reason.contains("7.5"), reason);
  }

  @Test void cudnnThatIsOlderThanTheDevice() {
    assertNull(CudaQuery.tooNew(90, 90501));
    assertNull(CudaQuery.tooNew(100, 90700));
    assertNull(CudaQuery.tooNew(120, 91900));
    String reason = CudaQuery.tooNew(120, 90501);
    assertTrue(reason.contains("cuDNN 9.5.1") && reason.contains("12.0") && reason.contains("CUDA 12.8"), reason);
  }

  @Test void theDriversVersion() {
    assertEquals("580.95.05", CudaInfo.driver("NVRM version: NVIDIA UNIX Open Kernel Module for x86_64  580.95.05  Release Build\n"
        + "GCC version:  gcc version 12.2.0 (Debian 12.2.0-14+deb12u1)\n"));
    assertEquals("535.54", CudaInfo.driver("NVRM version: NVIDIA UNIX x86_64 Kernel Module  535.54  Tue\n"));
    assertEquals("unknown", CudaInfo.driver(""));
  }

  @Test void mappedLibraries() {
    assertEquals(Map.of("libcuda.so.580.95.05", "/usr/lib/x86_64-linux-gnu/libcuda.so.580.95.05", "libcudnn_graph.so.9",
        "/opt/cu dnn/lib/libcudnn_graph.so.9"), CudaInfo.libraries("""
        7f00-7f01 r-xp 00000000 fe:00 1   /usr/lib/x86_64-linux-gnu/libcuda.so.580.95.05
        7f01-7f02 r--p 00000000 fe:00 1   /usr/lib/x86_64-linux-gnu/libcuda.so.580.95.05
        7f03-7f04 r-xp 00000000 fe:00 2   /opt/cu dnn/lib/libcudnn_graph.so.9
        7f05-7f06 r-xp 00000000 fe:00 3   /cache/cuda.jar/libjnicudart.so
        7f07-7f08 rw-p 00000000 00:00 0   [heap]
        """));
  }
}
