package org.lenet4j.backend.cuda;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.lenet4j.Device;
import org.lenet4j.DeviceUnavailableException;
import org.lenet4j.backend.cuda.StandIn.Fault;
import org.lenet4j.backend.cuda.probe.CudaProbe;

/** Machines that have CUDA's libraries and cannot use them: one line says why, and OpenBLAS takes over. */
@Tag("cuda-standin")
class CudaDetectionTest {
  @BeforeEach void standIn() {
    StandIn.assume();
  }

  @AfterEach void asBefore() {
    if (StandIn.isThere()) {
      StandIn.reset();
    }
  }

  @Test void aUsableDeviceIsTaken() {
    assertNull(CudaProbe.whyNot());
    try (Device device = Device.open()) {
      assertEquals("cuda", device.name());
      assertTrue(device.describe().startsWith("cuda: lenet4j stand-in (no GPU), driver " + StandIn.CUDA + ".0, cuDNN 9."),
          device.describe());
    }
  }

  @Test void aDriverWithoutDevice() {
    StandIn.devices(0);
    assertFallsBack("there is a driver but no NVIDIA device");
  }

  @Test void aDriverThatIsTooOldWithBothVersions() {
    int before = StandIn.CUDA - 1;
    StandIn.driverVersion(1000 * before + 40);
    assertFallsBack("the driver is too old: it is for CUDA " + before + ".4, the CUDA runtime found is " + StandIn.CUDA + ".");
  }

  @Test void aDeviceThatIsTooOld() {
    StandIn.computeCapability(7, 0);
    assertFallsBack("the device has compute capability 7.0, the least is 7.5");
  }

  @Test void noMemoryForTheKernels() {
    StandIn.fail("cuModuleLoadData", 1, Fault.OUT_OF_MEMORY);
    try (Device device = Device.open()) {
      assertEquals("openblas", device.name());
      assertTrue(device.describe().contains("cuModuleLoadData failed with 2"), device.describe());
    }
    StandIn.fail("cuModuleLoadData", 1, Fault.OUT_OF_MEMORY);
    assertThrows(DeviceUnavailableException.class, () -> Device.open("cuda"));
    assertEquals(0, StandIn.objects());
  }

  private static void assertFallsBack(String reason) {
    try (Device device = Device.open()) {
      assertEquals("openblas", device.name());
      assertTrue(device.describe().contains("(cuda: " + reason), device.describe());
      assertFalse(device.describe().contains("\n"), "one line");
    }
    String message = assertThrows(DeviceUnavailableException.class, () -> Device.open("cuda")).getMessage();
    assertTrue(message.startsWith("cuda: " + reason), message);
  }
}
