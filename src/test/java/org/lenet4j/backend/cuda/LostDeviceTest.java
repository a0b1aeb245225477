package org.lenet4j.backend.cuda;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import org.bytedeco.cuda.global.cudart;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.lenet4j.Checkpoint;
import org.lenet4j.Device;
import org.lenet4j.DeviceSettings;
import org.lenet4j.Trainer;
import org.lenet4j.backend.KernelSet;
import org.lenet4j.backend.NativeException;
import org.lenet4j.backend.Precision;
import org.lenet4j.backend.Program;
import org.lenet4j.backend.Samples;
import org.lenet4j.backend.cuda.StandIn.Fault;
import org.lenet4j.backend.cuda.device.Cuda;
import org.lenet4j.backend.cuda.device.CudaKernels;
import org.lenet4j.backend.cuda.probe.CudaQuery;
import org.lenet4j.data.Dataset;
import org.lenet4j.nn.LeNet5;
import org.lenet4j.optim.Recipe;

/** What a GPU refuses and how it fails: errors that end the process's work there, and what a device of an older kind cannot do. */
@Tag("cuda-standin")
class LostDeviceTest {
  private static final Dataset DATA = Samples.noise(LeNet5.INPUT, 24, 10, 1);

  @BeforeEach void standIn() {
    StandIn.assume();
  }

  @AfterEach void asBefore() {
    if (StandIn.isThere()) {
      StandIn.reset();
    }
  }

  @ParameterizedTest @ValueSource(ints = {214, 700, 702, 710, 714, 715, 716, 717, 718, 719})
  void theseEndTheContext(int code) {
    NativeException first = assertThrows(NativeException.class, () -> Cuda.check(code, "cudaStreamSynchronize"));
    assertTrue(Cuda.isLost(first) && first.getMessage().contains("the GPU is lost to this process"), first.getMessage());
    NativeException later = assertThrows(NativeException.class, () -> Cuda.checkDriver(719, "cuLaunchKernel"));
    assertEquals(first.getMessage(), later.getMessage(), "said once as what it is, and then again the same");
    Device.open("cuda").close(); // on a GPU it could not be opened: here it is back
    assertTrue(assertThrows(NativeException.class, () -> Cuda.check(700, "cudaFree")).getMessage().contains("cudaFree failed with 700"));
    Device.open("cuda").close();
  }

  @ParameterizedTest @ValueSource(ints = {1, 2, 400, 600, 901})
  void theseDoNot(int code) {
    NativeException e = assertThrows(NativeException.class, () -> Cuda.check(code, "cudaMalloc"));
    assertFalse(Cuda.isLost(e) || e.getMessage().contains("lost"), e.getMessage());
  }

  /** With a checkpoint from before; the trainer, another one, and what is compiled anew say the same. */
  @ParameterizedTest @EnumSource(KernelSet.class)
  void everyLaterCallSaysTheSame(KernelSet kernels, @TempDir Path folder) throws IOException {
    Path file = folder.resolve("run.ckpt");
    Recipe recipe = Recipe.plain().withBatchSize(8);
    try (Device device = Device.open("cuda", new DeviceSettings().withKernels(kernels));
        Trainer trainer = new Trainer(device, LeNet5.create(10, 1), recipe, 1)) {
      trainer.epoch(DATA, null);
      trainer.checkpoint().save(file);
      StandIn.fail(5, Fault.DEVICE_LOST);
      String first = assertThrows(NativeException.class, () -> trainer.epoch(DATA, null)).getMessage();
      assertTrue(first.contains("the GPU is lost to this process") && !first.contains("\n"), first);
      assertEquals(first, assertThrows(NativeException.class, () -> trainer.epoch(DATA, null)).getMessage());
      assertEquals(first, assertThrows(NativeException.class, () -> trainer.evaluate(DATA)).getMessage());
      assertEquals(first,
          assertThrows(NativeException.class, () -> new Trainer(device, LeNet5.create(10, 2), recipe, 2).close()).getMessage());
    }
    StandIn.reset();
    try (Device device = Device.open("cuda", new DeviceSettings().withKernels(kernels));
        Trainer trainer = Trainer.resume(device, Checkpoint.load(file))) {
      assertEquals(1, Checkpoint.load(file).epoch());
      trainer.epoch(DATA, null);
    }
  }

  /** The kernels that are tried first are lost; the others are not tried. */
  @Test void autoDoesNotFallBackOnALostDevice() {
    try (Device device = Device.open("cuda", new DeviceSettings().withKernels(KernelSet.AUTO))) {
      StandIn.fail("cudaGraphLaunch", 1, Fault.DEVICE_LOST);
      String message = assertThrows(NativeException.class,
          () -> device.backend().compile(LeNet5.create(10, 1), Recipe.plain().withBatchSize(8), 1)).getMessage();
      assertTrue(message.startsWith("cuda: cudaGraphLaunch failed with 214") && message.contains("lost to this process"), message);
    }
  }

  @ParameterizedTest @ValueSource(strings = {"cuda", "auto"})
  void olderGpusHaveFloat32Only(String name) {
    StandIn.computeCapability(7, 5);
    for (Precision precision : new Precision[] {Precision.TF32, Precision.BF16}) {
      String message = assertThrows(IllegalArgumentException.class,
          () -> Device.open(name, new DeviceSettings().withPrecision(precision))).getMessage();
      assertTrue(message.contains("8.0 or newer, and this one has 7.5; compute in fp32"), message);
    }
    Device.open(name).close();
    StandIn.computeCapability(8, 0);
    Device.open(name, new DeviceSettings().withPrecision(Precision.BF16)).close();
  }

  /** CUDA 12's drivers are not promised to read what CUDA 13's ptxas makes; the PTX is there for them. */
  @Test void aDriverThatRefusesMachineCodeGetsPtx() {
    for (int code : List.of(cudart.CUDA_ERROR_INVALID_IMAGE, cudart.CUDA_ERROR_NO_BINARY_FOR_GPU,
        cudart.CUDA_ERROR_UNSUPPORTED_PTX_VERSION, cudart.CUDA_ERROR_INVALID_SOURCE)) {
      assertFalse(CudaKernels.isTaken(code), "code " + code);
    }
    assertTrue(CudaKernels.isTaken(0));
    assertThrows(NativeException.class, () -> CudaKernels.isTaken(cudart.CUDA_ERROR_OUT_OF_MEMORY));
    Device.open("cuda").close(); // on CUDA 12 each source is loaded twice: the stand-in's driver, 12.0, refuses the first
    long refused = StandIn.CUDA == 12 ? CudaKernels.SOURCES.size() : 0;
    assertEquals(CudaKernels.SOURCES.size() + refused, StandIn.counts().get("cuModuleLoadData"));
    StandIn.reset();
    StandIn.computeCapability(11, 0); // there is no machine code for it
    Device.open("cuda").close();
    assertEquals(CudaKernels.SOURCES.size(), StandIn.counts().get("cuModuleLoadData"), "PTX at once");
  }

  @Test void stubsOfTheDriver() {
    assertTrue(CudaQuery.isStub(cudart.cudaErrorStubLibrary, -1));
    assertTrue(CudaQuery.isStub(cudart.cudaErrorInsufficientDriver, 0));
    assertFalse(CudaQuery.isStub(cudart.cudaErrorInsufficientDriver, 12_040));
    assertFalse(CudaQuery.isStub(0, -1));
    StandIn.driverVersion(0);
    assertTrue(CudaQuery.whyNot(0).contains("is a stub of the driver, not the driver"), CudaQuery.whyNot(0));
    StandIn.reset();
    assertNull(CudaQuery.whyNot(0));
  }

  /** cuBLAS's own advice: 32 MiB from Hopper on, 4 MiB before. */
  @Test void workspaceOfCublas() {
    for (int[] capability : new int[][] {{8, 0, 4}, {9, 0, 32}}) {
      StandIn.reset();
      StandIn.computeCapability(capability[0], capability[1]);
      try (Device device = Device.open("cuda")) {
        long before = StandIn.bytes();
        try (Program program = device.backend().compile(LeNet5.create(10, 1), 1)) {
          assertEquals(capability[2], StandIn.bytes() - before >> 20, program.arithmetic() + ", MiB of a small program");
        }
      }
    }
  }
}
