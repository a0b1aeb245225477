package org.lenet4j.backend.cpu;

import java.lang.reflect.Method;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.bytedeco.javacpp.BytePointer;
import org.bytedeco.javacpp.Loader;
import org.lenet4j.backend.NativeException;
import org.lenet4j.backend.base.NativeLibraries;
import org.lenet4j.backend.cpu.gemm.OpenBlas;

/**
 * What OpenBLAS says of itself. Reading it loads its large LAPACK binding, the only one with these functions: for diagnosis, not for
 * every run.
 *
 * @param version   the version of OpenBLAS
 * @param coreType  the processor kind whose kernels run, for example {@code SkylakeX}, or {@code unknown}
 * @param config    how it was built, or {@code unknown}
 * @param libraries each native library that is loaded, by its name, and the file it came from
 * @param warnings  one line each on environment variables that may make OpenBLAS slower than it could be; empty if there are none
 */
public record OpenBlasInfo(String version, String coreType, String config, Map<String, String> libraries, List<String> warnings) {
  private static final String CORE_TYPE = "OPENBLAS_CORETYPE";
  private static final String UNKNOWN = "unknown";
  private static final String CACHE_SIZE = "OPENBLAS_L2_SIZE";

  /** Copies the collections. */
  public OpenBlasInfo {
    libraries = new TreeMap<>(libraries);
    warnings = List.copyOf(warnings);
  }

  /**
   * Loads OpenBLAS and asks it.
   *
   * @throws NativeException if OpenBLAS cannot be loaded
   */
  public static OpenBlasInfo read() {
    OpenBlas.load();
    Map<String, String> libraries = Loader.getLoadedLibraries(); // before the binding that only this class needs
    try {
      Class<?> bindings = Class.forName("org.bytedeco.openblas.global.openblas_full");
      NativeLibraries.load("OpenBLAS with LAPACK", bindings);
      String core = ask(bindings.getMethod("openblas_get_corename"));
      return new OpenBlasInfo(OpenBlas.version(), core, ask(bindings.getMethod("openblas_get_config")), libraries,
          warnings(System.getenv(), core));
    } catch (ClassNotFoundException e) { // OpenBLAS 0.3.28, which the bindings of CUDA 12.6 go with, has none
      return new OpenBlasInfo(OpenBlas.version(), UNKNOWN, UNKNOWN, libraries, List.of());
    } catch (LinkageError | ReflectiveOperationException | RuntimeException e) {
      throw new NativeException("openblas", "its binding with LAPACK, which nothing else needs, cannot be loaded", e);
    }
  }

  private static String ask(Method function) throws ReflectiveOperationException {
    return ((BytePointer) function.invoke(null)).getString().strip();
  }

  /** Judges the environment, which OpenBLAS reads once, when it is loaded: what it would choose without it, this process cannot know. */
  static List<String> warnings(Map<String, String> environment, String core) {
    List<String> warnings = new ArrayList<>();
    if (environment.containsKey(CORE_TYPE)) {
      warnings.add(CORE_TYPE + "=" + environment.get(CORE_TYPE) + " makes OpenBLAS use kernels for " + core
          + ", whatever this processor is; unset it, and OpenBLAS looks at the processor");
    }
    if (environment.containsKey(CACHE_SIZE)) {
      warnings.add(CACHE_SIZE + "=" + environment.get(CACHE_SIZE) + " overrides the second-level cache that the processor reports, by which"
          + " OpenBLAS sizes its blocks; unset it for full speed");
    }
    return warnings;
  }
}
