package org.lenet4j.backend.cuda.probe;

import java.io.File;
import java.util.ArrayList;
import java.util.List;
import java.util.Properties;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.bytedeco.cuda.global.cublas;
import org.bytedeco.cuda.global.cudart;
import org.bytedeco.cuda.global.cudnn;
import org.bytedeco.cuda.global.nccl;
import org.bytedeco.javacpp.Loader;
import org.lenet4j.backend.NativeException;
import org.lenet4j.backend.base.NativeFault;
import org.lenet4j.backend.base.NativeLibraries;

/**
 * Loads the driver's library and the CUDA runtime, which every program needs, and cuBLAS and cuDNN, which the fused kernels do without. To
 * be touched only where there is a driver and the cuda jar.
 */
public final class CudaLibraries {
  private static final String LINK_PATH = "platform.linkpath";
  private static final String PRELOAD_PATH = "platform.preloadpath";
  private static final Pattern MISSING = Pattern.compile("([^\\s:/]+\\.so[.0-9]*): cannot open shared object file");

  private static boolean tried;
  private static String reason; // against all programs, or null
  private static String reasonAgainstCudnn;
  private static boolean triedNccl;
  private static String reasonAgainstNccl;

  private CudaLibraries() {}

  /**
   * Loads them, once: a class whose library was missing stays unusable for as long as the JVM runs, and says less the second time.
   *
   * @return why the CUDA runtime cannot be loaded, and where it was looked for; null if it is there
   */
  public static synchronized String whyNot() {
    if (!tried) {
      tried = true;
      load();
    }
    return reason;
  }

  /** Which of the CUDA runtime, cuBLAS and cuDNN cannot be loaded, why, and where it was looked for; null if all are there. */
  public static synchronized String whyNotCudnn() {
    return whyNot() == null ? reasonAgainstCudnn : reason;
  }

  /** Why NCCL, which connects several devices that train one model, cannot be loaded, and where it was looked for; null if it is there. */
  public static synchronized String whyNotNccl() {
    if (whyNot() == null && !triedNccl) {
      triedNccl = true;
      withLibraryPath(() -> reasonAgainstNccl = load("NCCL", nccl.class));
    }
    return whyNot() == null ? reasonAgainstNccl : reason;
  }

  private static void load() {
    withLibraryPath(() -> {
      reason = load("the CUDA runtime", cudart.class);
      if (reason == null) {
        reasonAgainstCudnn = load("cuBLAS", cublas.class);
        reasonAgainstCudnn = reasonAgainstCudnn == null ? load("cuDNN", cudnn.class) : reasonAgainstCudnn;
      }
    });
  }

  /** JavaCPP looks into /usr/local/cuda first. The user's LD_LIBRARY_PATH goes before that, as for any other program. */
  private static void withLibraryPath(Runnable load) {
    Properties properties = Loader.loadProperties();
    String before = properties.getProperty(LINK_PATH);
    String library = System.getenv("LD_LIBRARY_PATH");
    if (library != null) {
      properties.setProperty(LINK_PATH, before == null || before.isEmpty() ? library : before + File.pathSeparator + library);
    }
    try {
      load.run();
    } finally {
      if (before != null) {
        properties.setProperty(LINK_PATH, before);
      } else {
        properties.remove(LINK_PATH);
      }
    }
  }

  private static String load(String name, Class<?> bindings) {
    try {
      NativeLibraries.load(name, bindings);
      return null;
    } catch (NativeException e) {
      return e.getMessage();
    } catch (LinkageError | RuntimeException e) {
      String cause = NativeFault.innermost(e);
      Matcher file = MISSING.matcher(cause);
      return name + " cannot be loaded: " + (file.find() ? file.group(1) + " not found" : cause) + " (looked in "
          + String.join(", ", folders(bindings)) + " and where the system looks)";
    }
  }

  private static List<String> folders(Class<?> bindings) {
    Properties properties = Loader.loadProperties();
    List<String> folders = new ArrayList<>();
    try {
      folders.addAll(Loader.loadProperties(bindings, properties, true).get(LINK_PATH));
      folders.addAll(Loader.loadProperties(bindings, properties, true).get(PRELOAD_PATH));
    } catch (LinkageError | RuntimeException e) {
      folders.add("no folder that JavaCPP knows: " + NativeFault.innermost(e));
    }
    return folders.stream().map(folder -> folder.replaceAll("(?<=.)/$", "")).distinct().toList();
  }
}
