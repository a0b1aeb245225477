package org.lenet4j.backend.cuda.probe;

import java.io.File;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/**
 * Whether CUDA can be used here. Most machines have no NVIDIA driver, and on those the answer costs a few looks at the file system:
 * asking CUDA itself would load 3 MB of bindings to hear that there is no driver.
 */
public final class CudaProbe {
  private static final String BINDINGS = "org.bytedeco.cuda.global.cudart";

  private CudaProbe() {}

  /** The reason, in one line, why CUDA cannot be used on its first device, or null if it can. Never throws. */
  public static String whyNot() {
    return whyNot(0);
  }

  /** The reason, in one line, why a device of CUDA cannot be used, or null if it can. Never throws. */
  public static String whyNot(int device) {
    String reason = noDriver(System.getProperty("os.name"), Path.of("/"), System.getenv());
    if (reason == null && !hasClass(BINDINGS)) {
      reason = "the cuda jar is not on the class path: add org.bytedeco:cuda and its natives for this platform";
    }
    if (reason == null) {
      reason = CudaLibraries.whyNot();
    }
    return reason == null ? CudaQuery.whyNot(device) : reason;
  }

  /** How many devices CUDA sees here. */
  public static int devices() {
    return whyNot() == null ? CudaQuery.count() : 0;
  }

  /** Says that there is no driver, or null where there may be one. */
  public static String noDriver(String system, Path root, Map<String, String> environment) {
    String name = system.toLowerCase(Locale.ROOT);
    if (name.startsWith("windows")) {
      Path driver = Path.of(environment.getOrDefault("SystemRoot", "C:\\Windows"), "System32", "nvcuda.dll");
      return Files.exists(driver) ? null : "no NVIDIA driver (there is no " + driver + ")";
    }
    if (!name.startsWith("linux")) {
      return "there is no CUDA for " + system;
    }
    // The device of a driver, that of Windows' subsystem for Linux, and what the driver says of itself where devices are hidden.
    for (String file : List.of("dev/nvidiactl", "dev/dxg", "proc/driver/nvidia/version")) {
      if (Files.exists(root.resolve(file))) {
        return null;
      }
    }
    String path = environment.getOrDefault("LD_LIBRARY_PATH", "");
    for (String folder : path.split(File.pathSeparator)) {
      if (!folder.isEmpty() && new File(folder, "libcuda.so.1").exists()) {
        return null;
      }
    }
    return "no NVIDIA driver (no /dev/nvidiactl, /dev/dxg, /proc/driver/nvidia/version or libcuda.so.1 in LD_LIBRARY_PATH)";
  }

  private static boolean hasClass(String name) {
    try {
      Class.forName(name, false, CudaProbe.class.getClassLoader());
      return true;
    } catch (ClassNotFoundException | LinkageError e) {
      return false;
    }
  }
}
