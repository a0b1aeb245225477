package org.lenet4j;

import org.lenet4j.backend.Backend;
import org.lenet4j.backend.cpu.CpuBackend;

/** Where programs run. One device serves any number of trainers and predictors; close them before it. */
public final class Device implements AutoCloseable {
  private final Backend backend;
  private final String describe;

  private Device(Backend backend, String describe) {
    this.backend = backend;
    this.describe = describe;
  }

  /** The fastest usable device: CUDA if there is one, else OpenBLAS with all processors. {@link #describe} says which and why. */
  public static Device open() {
    return open("auto");
  }

  /** As {@link #open(String, int)} with one thread for each processor. */
  public static Device open(String name) {
    return open(name, Runtime.getRuntime().availableProcessors());
  }

  /**
   * Opens a device by name.
   *
   * @param name    {@code auto}, {@code cuda} or {@code openblas}
   * @param threads worker threads of the OpenBLAS device, at least 1; results do not depend on it
   * @throws IllegalArgumentException if there is no device of that name
   * @throws IllegalStateException    if the device cannot be used; the message says why
   */
  public static Device open(String name, int threads) {
    String noCuda = "cuda: this version of lenet4j has no CUDA backend yet";
    return switch (name) {
      case "auto", "openblas" -> {
        Backend backend = new CpuBackend(threads);
        yield new Device(backend, name.equals("auto") ? backend.describe() + " (" + noCuda + ")" : backend.describe());
      }
      case "cuda" -> throw new IllegalStateException(noCuda);
      default -> throw new IllegalArgumentException("unknown device '" + name + "'; devices are auto, cuda, openblas");
    };
  }

  /** One line: what runs, and why not something faster. */
  public String describe() {
    return describe;
  }

  /** {@code cuda} or {@code openblas}. */
  public String name() {
    return backend.name();
  }

  /** The boundary to the device, for those who drive programs themselves. */
  public Backend backend() {
    return backend;
  }

  @Override public void close() {
    backend.close();
  }
}
