package org.lenet4j.backend.cuda.probe;

import static org.bytedeco.cuda.global.cublas.cublasGetProperty;
import static org.bytedeco.cuda.global.cudart.MAJOR_VERSION;
import static org.bytedeco.cuda.global.cudart.MINOR_VERSION;
import static org.bytedeco.cuda.global.cudart.PATCH_LEVEL;
import static org.bytedeco.cuda.global.cudnn.cudnnGetVersion;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Versions of what CUDA consists of, and the files it came from: for diagnosis.
 *
 * @param driver    the kernel driver's own version, for example {@code 580.95.05}, or {@code unknown}
 * @param cuda      the newest CUDA that the driver can serve
 * @param runtime   the CUDA runtime's version
 * @param cublas    cuBLAS's version; null if it or cuDNN cannot be used
 * @param cudnn     cuDNN's version; null if it or cuBLAS cannot be used
 * @param missing   why those two cannot be used, so that there are the fused kernels alone; or null
 * @param libraries NVIDIA's libraries in this process, by file name, and where each lies; empty where the system does not say
 */
public record CudaInfo(String driver, String cuda, String runtime, String cublas, String cudnn, String missing,
    Map<String, String> libraries) {
  private static final Path DRIVER = Path.of("/proc/driver/nvidia/version");
  private static final Path MAPPED = Path.of("/proc/self/maps");
  private static final Pattern LIBRARY = Pattern.compile("(/\\S.*/)(lib(?:cuda|cudart|cublas|cublasLt|cudnn|cudnn_[a-z_]+)\\.so[.0-9]*)$");

  /** Copies the map. */
  public CudaInfo {
    libraries = new TreeMap<>(libraries);
  }

  /** Asks CUDA, or returns null if it cannot be used. */
  public static CudaInfo read() {
    if (CudaProbe.whyNot() != null) {
      return null;
    }
    String missing = CudaQuery.whyNotCudnn(CudaQuery.capability(0));
    String cublas = missing != null ? null : property(MAJOR_VERSION) + "." + property(MINOR_VERSION) + "." + property(PATCH_LEVEL);
    return new CudaInfo(driver(lines(DRIVER)), CudaQuery.driver(), CudaQuery.runtime(), cublas, missing != null ? null : loadedCudnn(),
        missing, loaded());
  }

  /** NVIDIA's libraries in this process, by file name, and where each lies: also where CUDA cannot be used for all that. */
  public static Map<String, String> loaded() {
    return libraries(lines(MAPPED));
  }

  /** The version of the cuDNN that is loaded. */
  public static String loadedCudnn() {
    return cudnn(cudnnGetVersion());
  }

  private static int property(int which) {
    int[] value = new int[1];
    return cublasGetProperty(which, value) == 0 ? value[0] : -1;
  }

  /** 91900 is 9.19.0. */
  public static String cudnn(long number) {
    return number / 10000 + "." + number / 100 % 100 + "." + number % 100;
  }

  /** The version in the first line of what the driver says of itself. */
  public static String driver(String text) {
    Matcher matcher = Pattern.compile("\\b(\\d{3}\\.\\d+(\\.\\d+)?)\\b").matcher(text);
    return matcher.find() ? matcher.group(1) : "unknown";
  }

  /** NVIDIA's libraries among the mapped files: the truth, also for those that other libraries have brought along. */
  public static Map<String, String> libraries(String maps) {
    Map<String, String> found = new TreeMap<>();
    for (String line : maps.split("\n")) {
      Matcher matcher = LIBRARY.matcher(line);
      if (matcher.find()) {
        found.put(matcher.group(2), matcher.group(1) + matcher.group(2));
      }
    }
    return found;
  }

  private static String lines(Path file) {
    try {
      return Files.readString(file);
    } catch (IOException e) {
      return ""; // another system, or a driver that does not say
    }
  }
}
