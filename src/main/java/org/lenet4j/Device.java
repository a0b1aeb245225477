package org.lenet4j;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.lenet4j.backend.Backend;
import org.lenet4j.backend.NativeException;
import org.lenet4j.backend.Precision;
import org.lenet4j.backend.base.AtOnce;
import org.lenet4j.backend.base.Spread;
import org.lenet4j.backend.cpu.CpuBackend;
import org.lenet4j.backend.cuda.CudaBackend;
import org.lenet4j.backend.cuda.CudaGroup;
import org.lenet4j.backend.cuda.probe.CudaProbe;
import org.lenet4j.file.Words;

/** Where programs run. One device serves any number of trainers and predictors, of all threads; close them before it. */
public final class Device implements AutoCloseable {
  private static final Pattern NAMES = Pattern.compile("auto|openblas|cpu|(cuda|gpu)(:(all|\\d{1,3}(\\+\\d{1,3})*))?");

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
   * Opens a device by name. {@code cuda}, also called {@code gpu}, is the first GPU; {@code cuda:1} the one of that number, from 0, among
   * those that {@code CUDA_VISIBLE_DEVICES} lets CUDA see. {@code cuda:all} is all GPUs of the machine, for models that know nothing of
   * each other: each {@link Trainer} is on the next one in turn, the trials of a search and folds run on all at once, and each model has
   * the bits that it has on one GPU alone. {@code cuda:0+1} is two GPUs, or 4 or 8, that train one model together: each takes its share of
   * the shards of a batch, which a recipe must have ({@link org.lenet4j.optim.Recipe#withAccumulate}), and the bits are those of one GPU
   * with as many shards. It needs NCCL, and large batches to be any faster (docs/gpu.md).
   *
   * @param name {@code auto}, {@code cuda} or {@code gpu}, {@code cuda:1}, {@code cuda:all}, {@code cuda:0+1}, {@code openblas} or
   *             {@code cpu}
   * @throws IllegalArgumentException   if there is no device of that name, or none like it can compute as the settings want
   * @throws DeviceUnavailableException if the device cannot be used here; the message says why. OpenBLAS is loaded by what needs it first
   */
  public static Device open(String name, DeviceSettings settings) {
    checkName(name);
    return switch (name) {
      case "auto" -> fastest(settings);
      case "openblas", "cpu" -> openBlas(settings, "");
      default -> cuda(name.substring(name.indexOf(':') + 1), settings);
    };
  }

  /**
   * Whether there can be a device of that name, wherever it is asked; whether it is here, {@link #open(String, DeviceSettings)} finds out.
   *
   * @throws IllegalArgumentException if there is no such name
   */
  public static void checkName(String name) {
    if (!NAMES.matcher(name).matches()) {
      throw new IllegalArgumentException("unknown device '" + name + "'; devices are auto, cuda (or gpu), openblas (or cpu); of several"
          + " GPUs cuda:1 and so on, cuda:all, and cuda:0+1 for one model on two"
          + Words.didYouMean(name, "auto", "cuda", "gpu", "cuda:0", "cuda:1", "cuda:all", "openblas", "cpu"));
    }
  }

  private static Device fastest(DeviceSettings settings) {
    try {
      return cuda("0", settings);
    } catch (DeviceUnavailableException e) {
      if (settings.precision() != Precision.FP32) {
        throw e; // in float32 it would run, but that is not what was asked for
      }
      return openBlas(settings, " (" + e.getMessage() + ")");
    }
  }

  /** {@code which}: a number, {@code all}, or a name without either. */
  private static Device cuda(String which, DeviceSettings settings) {
    if (which.equals("all")) {
      return new Device(allCuda(settings), "");
    }
    if (which.contains("+")) {
      return new Device(togetherCuda(Stream.of(which.split("\\+")).map(Integer::parseInt).toList(), settings), "");
    }
    return new Device(oneCuda(Character.isDigit(which.charAt(0)) ? Integer.parseInt(which) : 0, settings), "");
  }

  private static CudaBackend oneCuda(int number, DeviceSettings settings) {
    String reason = CudaProbe.whyNot(number);
    if (reason != null) {
      throw new DeviceUnavailableException("cuda" + (number == 0 ? "" : ":" + number) + ": " + reason, null);
    }
    try {
      return new CudaBackend(number, settings.precision(), settings.fast(), settings.kernels());
    } catch (IllegalStateException | NativeException e) { // a library that cannot be loaded, or a call that failed
      throw new DeviceUnavailableException(e.getMessage(), e);
    }
  }

  private static Backend allCuda(DeviceSettings settings) {
    List<Backend> opened = new ArrayList<>();
    try {
      do {
        opened.add(oneCuda(opened.size(), settings));
      } while (opened.size() < CudaProbe.devices());
      return new Spread("cuda:all", opened);
    } catch (RuntimeException | Error e) {
      AtOnce.closeAll(opened);
      throw e;
    }
  }

  private static Backend togetherCuda(List<Integer> numbers, DeviceSettings settings) {
    List<CudaBackend> opened = new ArrayList<>();
    try {
      numbers.forEach(number -> opened.add(oneCuda(number, settings)));
      return new CudaGroup(opened);
    } catch (IllegalStateException e) { // NCCL cannot be loaded
      AtOnce.closeAll(opened);
      throw new DeviceUnavailableException(e.getMessage(), e);
    } catch (RuntimeException | Error e) {
      AtOnce.closeAll(opened);
      throw e;
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
   * some tenths of a second with the options in docs/embedding.md; without them it gives up after a second. Best called on another thread
   * while data is read, and waited for before the first step: the first training program that is compiled does the same, but gives up after
   * a twentieth of a second in which nothing has got faster. Elsewhere it does nothing.
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
