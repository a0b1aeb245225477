package org.lenet4j;

import java.util.Locale;
import org.lenet4j.backend.Backend;
import org.lenet4j.backend.NativeException;
import org.lenet4j.backend.Precision;
import org.lenet4j.backend.cpu.CpuBackend;
import org.lenet4j.backend.cuda.CudaBackend;
import org.lenet4j.backend.cuda.probe.CudaProbe;
import org.lenet4j.file.Words;

/** Where programs run. One device serves any number of trainers and predictors, of all threads; close them before it. */
public final class Device implements AutoCloseable {
  private final Backend backend;
  private final String noCuda; // why, or empty

  private Device(Backend backend, String noCuda) {
    this.backend = backend;
    this.noCuda = noCuda;
  }

  /** The fastest usable device: CUDA if there is one, else OpenBLAS with all processors. {@link #describe} says which and why. */
  public static Device open() {
    return open("auto");
  }

  /** As {@link #open(String, DeviceSettings)} with one thread for each processor and float32. */
  public static Device open(String name) {
    return open(name, new DeviceSettings());
  }

  /** As {@link #open(String, DeviceSettings)} with float32. */
  public static Device open(String name, int threads) {
    return open(name, new DeviceSettings().withThreads(threads));
  }

  /**
   * Opens a device by name.
   *
   * @param name {@code auto}, {@code cuda} or {@code gpu}, {@code openblas} or {@code cpu}
   * @throws IllegalArgumentException   if there is no device of that name, or none like it can compute as the settings want
   * @throws DeviceUnavailableException if the device cannot be used here; the message says why. OpenBLAS is loaded by what needs it first
   */
  public static Device open(String name, DeviceSettings settings) {
    return switch (name) {
      case "auto" -> fastest(settings);
      case "cuda", "gpu" -> cuda(settings);
      case "openblas", "cpu" -> openBlas(settings, "");
      default -> throw new IllegalArgumentException("unknown device '" + name + "'; devices are auto, cuda (or gpu), openblas (or cpu)"
          + Words.didYouMean(name, "auto", "cuda", "gpu", "openblas", "cpu"));
    };
  }

  private static Device fastest(DeviceSettings settings) {
    try {
      return cuda(settings);
    } catch (DeviceUnavailableException e) {
      if (settings.precision() != Precision.FP32) {
        throw e; // in float32 it would run, but that is not what was asked for
      }
      return openBlas(settings, " (" + e.getMessage() + ")");
    }
  }

  private static Device cuda(DeviceSettings settings) {
    String reason = CudaProbe.whyNot();
    if (reason != null) {
      throw new DeviceUnavailableException("cuda: " + reason, null);
    }
    try {
      Backend backend = new CudaBackend(settings.precision(), settings.fast(), settings.kernels());
      return new Device(backend, "");
    } catch (IllegalStateException | NativeException e) { // a library that cannot be loaded, or a call that failed
      throw new DeviceUnavailableException(e.getMessage(), e);
    }
  }

  private static Device openBlas(DeviceSettings settings, String noCuda) {
    if (settings.precision() != Precision.FP32) {
      throw new IllegalArgumentException("the openblas device computes in fp32 only, not in "
          + settings.precision().name().toLowerCase(Locale.ROOT) + ", which is for cuda");
    }
    try {
      return new Device(new CpuBackend(settings.threads()), noCuda);
    } catch (IllegalStateException e) { // the system starts no more threads
      throw new DeviceUnavailableException("openblas: " + e.getMessage(), e);
    }
  }

  /** One line: what runs, and why not something faster. */
  public String describe() {
    return backend.describe() + noCuda;
  }

  /** {@code cuda} or {@code openblas}. */
  public String name() {
    return backend.name();
  }

  /**
   * Spends a while, once in a JVM, so that the first steps of training are faster: on a CPU the JVM compiles the kernels, which takes about
   * a second with the options in docs/embedding.md; without them it gives up after about as long. Best called on another thread while
   * data is read, and waited for before the first step. Elsewhere it does nothing.
   */
  public void warmUp() {
    backend.warmUp();
  }

  /** The boundary to the device, for those who drive programs themselves. */
  public Backend backend() {
    return backend;
  }

  @Override public String toString() {
    return describe();
  }

  /** Frees what it holds. Work under way on it ends its present call first; the next one throws, as making anything on it does. */
  @Override public void close() {
    backend.close();
  }
}
