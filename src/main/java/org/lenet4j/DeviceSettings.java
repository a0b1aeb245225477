package org.lenet4j;

import java.io.Serializable;
import org.lenet4j.backend.KernelSet;
import org.lenet4j.backend.Precision;

/**
 * How a device is to compute.
 *
 * @param threads   worker threads of the OpenBLAS device, at least 1; results do not depend on it
 * @param precision the precision of products; the OpenBLAS device has {@link Precision#FP32} only
 * @param fast      whether CUDA may choose algorithms that do not give the same bits run after run; OpenBLAS always gives the same
 * @param kernels   which kernels CUDA uses; the OpenBLAS device has its own
 */
public record DeviceSettings(int threads, Precision precision, boolean fast, KernelSet kernels) implements Serializable {
  /** Checks the number of threads. */
  public DeviceSettings {
    if (threads < 1) {
      throw new IllegalArgumentException("threads must be at least 1, got " + threads);
    }
  }

  /** A thread for each processor, float32, the same bits every time. */
  public DeviceSettings() {
    this(Runtime.getRuntime().availableProcessors(), Precision.FP32, false, KernelSet.CUDNN);
  }

  /** With another number of threads. */
  public DeviceSettings withThreads(int threads) {
    return new DeviceSettings(threads, precision, fast, kernels);
  }

  /** With another precision. */
  public DeviceSettings withPrecision(Precision precision) {
    return new DeviceSettings(threads, precision, fast, kernels);
  }

  /** With or without algorithms that do not give the same bits every time. */
  public DeviceSettings withFast(boolean fast) {
    return new DeviceSettings(threads, precision, fast, kernels);
  }

  /** With other kernels. */
  public DeviceSettings withKernels(KernelSet kernels) {
    return new DeviceSettings(threads, precision, fast, kernels);
  }
}
